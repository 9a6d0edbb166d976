"""The process that speaks with MCP servers, as the daemon sees it: lines, and an end that leaves nothing behind."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

from .messages import LONGEST_LINE, ToProcess, to_line
from .supervised import Supervised

LEAVES_S = 0.5  # to end by itself, with the programs below it
MOST_UNSENT = 2**20  # bytes: it does not read any more


class McpProcess:
    def __init__(self) -> None:
        self._program = Supervised((sys.executable, "-m", "edge_agent.tools.mcp.child"), LONGEST_LINE)
        self._killed = False

    @property
    def pid(self) -> int | None:
        return self._program.pid

    async def start(self) -> None:
        """Raises OSError."""
        await self._program.start()

    def send(self, message: ToProcess) -> None:
        """Never waits. One that does not read is killed."""
        if self._program.input.transport.get_write_buffer_size() > MOST_UNSENT:
            self.kill()
        elif not self._program.input.is_closing():
            self._program.input.write(to_line(message))

    async def lines(self) -> AsyncIterator[bytes]:
        """Until it says no more. Raises ValueError where a line is too long."""
        while line := await self._program.output.readline():
            yield line

    def kill(self) -> None:
        """With all that is below it."""
        self._killed = True
        self._program.kill()

    async def end(self) -> str:
        """It is not needed any more; how it has ended."""
        how = await self._program.end(LEAVES_S)
        return "did not answer any more, and was ended" if self._killed else how
