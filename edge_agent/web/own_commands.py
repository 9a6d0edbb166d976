"""Commands of this program, run for a page as they would be on the device: in a process of their own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

RUNS_S = 180.0


class CommandFailed(Exception):
    """What it said last, a sentence."""


async def printed(*arguments: str) -> AsyncIterator[str]:
    """Its lines, as they come. Raises TimeoutError."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "edge_agent", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(RUNS_S):
            async for line in process.stdout:
                yield line.decode("utf-8", "replace").rstrip()
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def report(config: Path | None) -> bytes:
    """The page that `edge-agent report --html` writes. Raises CommandFailed, TimeoutError and OSError."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        said = [
            line async for line in printed("report", "--html", "--out", str(file), *config_option(config))
        ]
        if not file.exists():
            raise CommandFailed(said[-1] if said else "the report was not written")
        return await asyncio.to_thread(file.read_bytes)


def config_option(config: Path | None) -> list[str]:
    return ["--config", str(config)] if config else []
