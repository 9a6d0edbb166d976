"""The process that speaks with MCP servers: python -m edge_agent.tools.mcp.child. It ends with its standard input.

A process of its own, since the SDK takes as much memory as the rest of the device, and may be held up by a server.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable

import anyio

from .keeper import ServerKeeper
from .messages import (
    LONGEST_LINE,
    AskMcp,
    CallMcp,
    CancelMcp,
    FromProcess,
    McpAlive,
    ServeMcp,
    of_line,
    to_line,
)

NICE = 10  # sound goes first


async def serve(reader: asyncio.StreamReader, tell: Callable[[FromProcess], None]) -> None:
    """Until the input ends."""
    first = of_line(await reader.readline())
    assert isinstance(first, ServeMcp)
    keepers = {server.name: ServerKeeper(server, tell) for server in first.servers}
    running: dict[int, anyio.CancelScope] = {}

    async def run(call: CallMcp) -> None:
        with running[call.number]:
            tell(await keepers[call.server].call(call))
        del running[call.number]

    async with anyio.create_task_group() as tasks:
        for keeper in keepers.values():
            tasks.start_soon(keeper.keep)
        while line := await reader.readline():
            match of_line(line):
                case CallMcp() as call:
                    running[call.number] = anyio.CancelScope()
                    tasks.start_soon(run, call)
                case CancelMcp(number):
                    if number in running:
                        running[number].cancel()
                case AskMcp():
                    tell(McpAlive())
        tasks.cancel_scope.cancel()


async def main() -> None:
    os.nice(NICE)
    logging.disable()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is not a message

    def tell(message: FromProcess) -> None:
        out.write(to_line(message))
        out.flush()

    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await serve(reader, tell)


if __name__ == "__main__":
    asyncio.run(main())
