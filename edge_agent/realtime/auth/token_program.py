"""Runs a program and returns its output, with limits on time and size. Whatever it started ends with it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from pathlib import Path

from ...vocabulary.frozen import frozen
from .token_output import LONGEST_BYTES

TAIL_BYTES = 2000  # of what it complains
GONE_S = 1.0  # so long the supervisor is waited for; if it takes longer it goes on alone
SUPERVISOR = Path(__file__).with_name("supervisor.py")


@frozen
class ProgramResult:
    """`status`: 0 for success, negative for a signal. `complaint`: the last line of its stderr."""

    status: int
    printed: bytes = field(repr=False)
    complaint: str

    @property
    def how(self) -> str:
        """How it ended, if it failed."""
        return f"was killed by signal {-self.status}" if self.status < 0 else f"failed with {self.status}"


async def run(
    argv: Sequence[str],
    timeout_s: float,
    *,
    given: bytes = b"",
    most_bytes: int = LONGEST_BYTES,
    user: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> ProgramResult:
    """Raises TimeoutError, and OSError where it cannot be started. `given`: on its standard input. One that prints
    more than `most_bytes` is ended, with so much and a byte printed. `environment` None: that of this process."""
    loop = asyncio.get_running_loop()
    trouble, report = os.pipe()
    with os.fdopen(trouble, "rb") as reading:
        with os.fdopen(report, "wb"):
            transport, program = await loop.subprocess_exec(
                lambda: _Program(loop, most_bytes),
                *supervised(argv, report),
                stdin=asyncio.subprocess.PIPE if given else asyncio.subprocess.DEVNULL,
                pass_fds=(report,),
                start_new_session=True,
                user=user,
                env=environment,
            )
        if given:
            _give(transport, given)
        try:
            async with asyncio.timeout(timeout_s):
                await program.ended.wait()
        finally:
            if program.exited.done() and program.ended.is_set():
                transport.close()
            else:
                await _end(transport, program)
        if said := reading.read():
            raise OSError(int(said), os.strerror(int(said)))
    too_much = len(program.printed) > most_bytes
    status = 0 if too_much else transport.get_returncode()
    assert status is not None  # it has ended
    return ProgramResult(status, bytes(program.printed), last_line(bytes(program.said)))


def supervised(argv: Sequence[str], report: int) -> tuple[str, ...]:
    """The command of a supervisor that runs this program. `report`: the descriptor on which it tells why it cannot."""
    return sys.executable, "-I", "-S", str(SUPERVISOR), str(report), *argv


def _give(transport: asyncio.SubprocessTransport, given: bytes) -> None:
    pipe = transport.get_pipe_transport(0)
    assert isinstance(pipe, asyncio.WriteTransport)
    pipe.write(given)
    pipe.close()


async def _end(transport: asyncio.SubprocessTransport, program: _Program) -> None:
    """Have the supervisor end all that is below it; killed itself, it could not."""
    program.exited.add_done_callback(lambda _: transport.close())
    with suppress(ProcessLookupError):
        transport.terminate()
    await asyncio.wait({program.exited}, timeout=GONE_S)


class _Program(asyncio.SubprocessProtocol):
    """Keeps the beginning of stdout and the end of stderr."""

    def __init__(self, loop: asyncio.AbstractEventLoop, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self.printed, self.said = bytearray(), bytearray()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.ended = asyncio.Event()  # nobody holds its pipes any more, either

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 1:
            self.printed += data[: self._most_bytes + 1 - len(self.printed)]
            if len(self.printed) > self._most_bytes:
                self.ended.set()  # enough is known of it
        else:
            self.said = (self.said + data)[-TAIL_BYTES:]

    def process_exited(self) -> None:
        self.exited.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.ended.set()


def last_line(said: bytes) -> str:
    """Without control characters."""
    text = "".join(
        char if char.isprintable() or char == "\n" else " " for char in said.decode(errors="replace")
    )
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    return lines[-1][:200] if lines else ""
