"""A link without a device: tells what happens to it, one line of JSON each.

    python -m tests.faults.link_alone ENDPOINT [CONNECT_TIMEOUT_S]

Lines of the input: `attend` and `rest` (whether somebody talks), `talk` and `hush` (whether sound is sent).
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

from edge_agent.config import Config
from edge_agent.realtime.auth import credential
from edge_agent.realtime.link import Link
from edge_agent.vocabulary.commands import AppendAudio

from .serve import lines, tell

PIECE_S = 0.1


async def main(endpoint: str, connect_timeout_s: str = "2") -> None:
    base = Config()
    config = replace(
        base, service=replace(base.service, endpoint=endpoint, connect_timeout_s=float(connect_timeout_s))
    )
    proof = credential(config.service, {"AZURE_OPENAI_API_KEY": "k"})
    link = Link(config, proof, lambda event: tell(type(event).__name__, what=str(event)))
    running = asyncio.create_task(link.run())
    talking: asyncio.Task[None] | None = None

    async def talk() -> None:
        while True:
            link.send(AppendAudio(bytes(int(48_000 * PIECE_S))))
            await asyncio.sleep(PIECE_S)

    told = await lines()
    while line := (await told.readline()).decode().strip():
        match line:
            case "attend" | "rest":
                link.attend(line == "attend")
            case "talk":
                talking = asyncio.create_task(talk())
            case "hush" if talking:
                talking.cancel()
        tell(line)
    running.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
