"""A program that one speaks with, below a supervisor which ends everything that it has started."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from ...realtime.auth.token_program import GONE_S, TAIL_BYTES, last_line, supervised


class Supervised:
    """`longest`: line that it may write, in bytes. To be ended, whatever happens."""

    def __init__(
        self, argv: Sequence[str], longest: int, environment: Mapping[str, str] | None = None
    ) -> None:
        self._argv, self._longest, self._environment = argv, longest, environment
        self._transport: asyncio.SubprocessTransport | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._said = bytearray()
        self._trouble = -1  # where the supervisor tells why the program cannot be run

    async def start(self) -> None:
        """Raises OSError."""
        loop = asyncio.get_running_loop()
        self._trouble, report = os.pipe()
        with os.fdopen(report, "wb"):
            transport, protocol = await loop.subprocess_exec(
                lambda: asyncio.subprocess.SubprocessStreamProtocol(self._longest, loop),
                *supervised(self._argv, report),
                pass_fds=(report,),
                start_new_session=True,
                env=self._environment,
            )
        self._transport = transport
        self._process = asyncio.subprocess.Process(transport, protocol, loop)
        self._listening = asyncio.create_task(self._listen())

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def output(self) -> asyncio.StreamReader:
        assert self._process
        assert self._process.stdout
        return self._process.stdout

    @property
    def input(self) -> asyncio.StreamWriter:
        assert self._process
        assert self._process.stdin
        return self._process.stdin

    async def _listen(self) -> None:
        assert self._process
        assert self._process.stderr
        while piece := await self._process.stderr.read(TAIL_BYTES):
            self._said += piece
            del self._said[:-TAIL_BYTES]

    def kill(self) -> None:
        """With all that is below it."""
        with suppress(ProcessLookupError):
            if self._transport:
                self._transport.terminate()

    async def end(self, leaves_s: float) -> str:
        """How it has ended: once its input ends, it should too, within this time. The supervisor ends it else."""
        if self._process is None:
            os.close(self._trouble)
            return "cannot be run"
        self.input.close()
        if not await self._is_gone(leaves_s):
            self.kill()
            await self._is_gone(GONE_S)
        how = self._how(self._process.returncode)
        assert self._transport
        assert self._listening
        self._transport.close()
        self._listening.cancel()
        await asyncio.wait({self._listening})
        return how

    async def _is_gone(self, patience_s: float) -> bool:
        assert self._process
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._process.wait()
                return True
        return False

    def _how(self, status: int | None) -> str:
        with os.fdopen(self._trouble, "rb") as trouble:
            os.set_blocking(self._trouble, False)
            if number := trouble.read():
                return f"cannot be run ({os.strerror(int(number))})"
        how = f"was killed by signal {-status}" if status and status < 0 else f"has ended with {status}"
        complaint = last_line(bytes(self._said))
        return f"{how}{f': {complaint}' if complaint else ''}"
