"""From the start of the service to READY=1, and what it holds: python -m benchmarks.startup [--times N]

The simulated card, an API key, and everything on that is off by default: metrics, transcripts in the log, all details.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
import time
from pathlib import Path

from edge_agent.host.control.client import request

from .bench import percentiles, service
from .measure import size

EVERYTHING = """[metrics]
address = "127.0.0.1:{port}"
[log]
level = "debug"
transcripts = true
"""


async def start(url: str, extra: str) -> tuple[float, float, float]:
    """One start: ms to READY=1, and MiB of memory after an answer has begun: RSS and PSS of all its processes."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"{folder}/notify")
        systemd.settimeout(30)
        config = Path(folder) / "edge-agent.toml"
        config.write_text(
            f'[service]\nendpoint = "{url}"\n[audio]\nbackend = "simulated"\n[panel]\nbackend = "none"\n{extra}'
        )
        names = ("RUNTIME_DIRECTORY", "STATE_DIRECTORY")
        environ = os.environ | dict.fromkeys(names, folder) | {"NOTIFY_SOCKET": f"{folder}/notify"}
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "edge_agent", "run", "--config", str(config)),
            env=environ | {"AZURE_OPENAI_API_KEY": "key"},
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            while b"READY=1" not in await asyncio.to_thread(systemd.recv, 4096):
                pass
            ready_ms = (time.monotonic() - began) * 1000
            sockets = [Path(folder) / "control.sock"]
            await asyncio.to_thread(request, "say", sockets=sockets, text="Are you there?")
            await asyncio.sleep(3)
            held = size(process.pid)
            return ready_ms, held.rss_mib, held.pss_mib
        finally:
            process.terminate()
            await process.wait()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    times = parser.parse_args().times
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    async with service() as url:
        for label, extra in (
            ("as configured by default", ""),
            ("everything on", EVERYTHING.format(port=port)),
        ):
            starts = [await start(url, extra) for _ in range(times)]
            ready, rss, pss = zip(*starts, strict=True)
            print(f"{label}, {times} starts")
            print(f"  start to ready    {percentiles(list(ready))} ms")
            print(f"  memory            RSS {max(rss):.1f} MiB, PSS {max(pss):.1f} MiB at most")


if __name__ == "__main__":
    asyncio.run(main())
