"""The control socket under fire, on a virtual card: python -m benchmarks.control [--seconds N] [--rate N]

An answer plays all the time. So many status calls a second are made, each over a connection of its own; and 50 clients
connect and never read, half of them asking without end. What the sound, the memory and the callers notice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from tests.virtual_card import VirtualCard, environment

from .bench import percentiles, service

DEAF = 50
ASK = b'{"do": "status"}\n'


@asynccontextmanager
async def device(
    card: VirtualCard, folder: Path, url: str, more: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`more`: of its configuration."""
    config = folder / "edge-agent.toml"
    config.write_text(
        f"""[service]
endpoint = "{url}"
[audio]
microphone = "vmic"
speaker = "vspk"
echo = "off"
[panel]
backend = "none"
{more}"""
    )
    environ = environment(card) | {
        "RUNTIME_DIRECTORY": str(folder),
        "STATE_DIRECTORY": str(folder),
        "AZURE_OPENAI_API_KEY": "key",
    }
    command = "-m", "edge_agent", "run", "--config", str(config)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env=environ, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


class Caller:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.took_ms: list[float] = []
        self.failed = 0

    async def ask(self, line: bytes = ASK) -> dict[str, Any]:
        reader, writer = await asyncio.open_unix_connection(self._path)
        try:
            writer.write(line)
            answer: dict[str, Any] = json.loads(await reader.readline())
            return answer
        finally:
            writer.close()

    async def call(self) -> None:
        began = time.monotonic()
        try:
            await self.ask()
        except (OSError, ValueError):
            self.failed += 1
        self.took_ms.append((time.monotonic() - began) * 1000)

    async def at(self, rate: int, ends: float) -> None:
        """So many a second, whether those before are answered or not."""
        began, made, calls = time.monotonic(), 0, set()
        while (now := time.monotonic()) < ends:
            while made < (now - began) * rate:
                made += 1
                call = asyncio.create_task(self.call())
                calls.add(call)
                call.add_done_callback(calls.discard)
            await asyncio.sleep(0.002)
        await asyncio.gather(*calls)


async def deaf(path: Path, asking: bool) -> None:
    """Connects, and never reads; again when it is cut off."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_unix_connection(path, limit=1)
            while not writer.is_closing():
                if asking:
                    writer.write(ASK)
                    await writer.drain()
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)


async def speak(caller: Caller, ends: float) -> None:
    """Keep an answer at the speaker."""
    while time.monotonic() < ends:
        with suppress(OSError, ValueError):
            if (await caller.ask())["turn"] == "idle":
                await caller.ask(b'{"do": "say", "text": "go on"}\n')
        await asyncio.sleep(0.2)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=int, default=1000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with service() as url, device(VirtualCard(folder), folder, url) as process:
            path = folder / "control.sock"
            while not path.exists():  # noqa: ASYNC110 - it is starting
                await asyncio.sleep(0.05)
            await fire(Caller(path), path, process.pid, args.rate, args.seconds)


async def fire(caller: Caller, path: Path, pid: int, rate: int, seconds: float) -> None:
    for label in "calls", "calls and deaf clients":
        caller.took_ms, caller.failed = [], 0
        ends = time.monotonic() + seconds
        before, handles, counted = _rss_kib(pid), _handles(pid), await caller.ask()
        clients = [
            asyncio.create_task(deaf(path, number % 2 == 0))
            for number in range(DEAF if "deaf" in label else 0)
        ]
        await asyncio.gather(caller.at(rate, ends), speak(caller, ends))
        for client in clients:
            client.cancel()
        after = await caller.ask()
        made = len(caller.took_ms)
        print(
            f"{label}: {made / seconds:.0f} status calls a second for {seconds:g} s, {caller.failed} failed"
        )
        print(f"  took              {percentiles(caller.took_ms)} ms")
        for what in "underruns", "overruns":
            grew = after["sound"]["counters"][what] - counted["sound"]["counters"][what]
            print(f"  {what:17} {grew} in {after['turns'] - counted['turns']} answers")
        print(
            f"  memory            {_rss_kib(pid) - before:+d} KiB of {before}, handles {_handles(pid) - handles:+d}"
        )


def _rss_kib(pid: int) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0])


def _handles(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208


if __name__ == "__main__":
    asyncio.run(main())
