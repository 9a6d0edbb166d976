"""The simulated service as a process that is told what goes wrong, and tells what it has seen.

    python -m tests.faults.serve HOST CERTIFICATE [FAULT ...]

Each line of the input is a fault: WHAT[:ARGUMENT] now, or WHAT[:ARGUMENT]@MOMENT[#N] from now on; `clear` ends those.
Each line is answered with a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from time import monotonic
from typing import Any

from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.server import SimulatedService

from ..sound import tone


def tell(event: str, **fields: Any) -> None:
    print(json.dumps({"t": monotonic(), "event": event, **fields}), flush=True)


async def lines() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    return reader


async def main(host: str, certificate: str, *faults: str) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    service = SimulatedService(
        host=host,
        tls=tls,
        answers=lambda: Script([Speech("a few words", tone(24_000, 1000))]),
        faults=FaultScript(parse(text) for text in faults),
    )
    async with service:
        tell("listening", url=service.url)
        told = await lines()
        while line := (await told.readline()).decode().strip():
            if line == "clear":
                service.faults.clear()
            elif "@" in line:
                service.faults.add(parse(line))
            else:
                service.inject(line)
            tell(line, open=service.open, attempts=service.attempts)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
