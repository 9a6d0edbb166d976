"""Runs a program and returns its output, with limits on time and size; at a timeout it and its children are killed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from .token_output import LONGEST_BYTES

TAIL_BYTES = 2000  # of what it complains
GONE_S = 1.0  # how long a killed program may take to be gone


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """`status`: 0 for success, negative for a signal. `complaint`: the last line of its stderr."""

    status: int
    printed: bytes = field(repr=False)
    complaint: str

    @property
    def how(self) -> str:
        """How it ended, if it failed."""
        return f"was killed by signal {-self.status}" if self.status < 0 else f"failed with {self.status}"


async def run(argv: Sequence[str], timeout_s: float) -> ProgramResult:
    """Raises TimeoutError, and OSError where it cannot be started."""
    loop = asyncio.get_running_loop()
    transport, program = await loop.subprocess_exec(
        lambda: _Program(loop), *argv, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
    )
    try:
        async with asyncio.timeout(timeout_s):
            await program.ended.wait()
    finally:
        if not program.ended.is_set():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(transport.get_pid(), signal.SIGKILL)
            await asyncio.wait({program.exited}, timeout=GONE_S)
        transport.close()
    status = transport.get_returncode()
    assert status is not None  # it has ended
    return ProgramResult(status, bytes(program.printed), _last_line(bytes(program.said)))


class _Program(asyncio.SubprocessProtocol):
    """Keeps the beginning of stdout and the end of stderr."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.printed, self.said = bytearray(), bytearray()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.ended = asyncio.Event()  # nobody holds its pipes any more, either

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 1:
            self.printed += data[: LONGEST_BYTES + 1 - len(self.printed)]
        else:
            self.said = (self.said + data)[-TAIL_BYTES:]

    def process_exited(self) -> None:
        self.exited.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.ended.set()


def _last_line(said: bytes) -> str:
    """Without control characters."""
    text = "".join(
        char if char.isprintable() or char == "\n" else " " for char in said.decode(errors="replace")
    )
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    return lines[-1][:200] if lines else ""
