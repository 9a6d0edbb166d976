"""A module of this program in a process of its own, which ends soon, whatever it waits for."""

from __future__ import annotations

import asyncio
import sys

NICE = 10  # of such a process: sound goes first


async def answer_of(module: str, *arguments: str, within_s: float, asked: str = "") -> tuple[bytes, bytes]:
    """What it prints, and what it complains of. `asked`: on its standard input. Raises TimeoutError, and OSError where
    it cannot be started."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(within_s):
            return await process.communicate(asked.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
