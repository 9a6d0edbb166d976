"""The pages under attack, on a virtual card: python -m benchmarks.web_attacks [--seconds N] [--rounds N]

An answer plays all the time, through PortAudio and ALSA. In turns nobody attacks, a hostile page is open in a browser
that is let in, a thousand clients connect and say nothing, and pages ask without ever reading. What counts is how often
the speaker ran dry, or an answer before its end.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from edge_agent.host.control.client import request
from edge_agent.host.control.requests import MOST_TURNS
from edge_agent.report.device_share import PAUSE_S
from tests.ports import free_port
from tests.test_metrics import until_it
from tests.virtual_card import VirtualCard

from .bench import service
from .control import Caller, device, speak

IDLE, DEAF = 1000, 16
HOSTILE = (
    "GET /socket/technician HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\n{upgrade}",
    "GET /socket/captions HTTP/1.1\r\nHost: {host}\r\nOrigin: null\r\n{upgrade}",
    "GET / HTTP/1.1\r\nHost: rebound.example\r\n",
    "GET /metrics HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n",
)
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
Attack = Callable[[int, Counter[str]], Awaitable[None]]


async def nobody(_port: int, _came: Counter[str]) -> None:
    """Attacks."""


async def hostile_page(port: int, came: Counter[str]) -> None:
    """As fast as it is answered, over as many connections as a browser opens to one host."""
    await asyncio.gather(*(_ask_all(port, came) for _ in range(6)))


async def _ask_all(port: int, came: Counter[str]) -> None:
    while True:
        for asked in HOSTILE:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(f"{asked.format(host=f'127.0.0.1:{port}', upgrade=UPGRADE)}\r\n".encode())
                came[(await reader.readline()).decode().strip()[9:12] or "cut off"] += 1
                writer.close()


async def idle_clients(port: int, came: Counter[str]) -> None:
    await asyncio.gather(*(_idle(port, came) for _ in range(IDLE)))


async def _idle(port: int, came: Counter[str]) -> None:
    """Says nothing; comes again when it is cut off."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            came["connections"] += 1
            await reader.read()
            writer.close()


async def deaf_pages(port: int, came: Counter[str]) -> None:
    await asyncio.gather(*(_deaf(port, came) for _ in range(DEAF)))


async def _deaf(port: int, came: Counter[str]) -> None:
    """Asks for the last turns, the largest answer, within the limit; reads none; again when it is cut off."""
    head = f"GET /socket/technician HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n{UPGRADE}\r\n"
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            came["pages"] += 1
            writer.write(head.encode())
            while not writer.is_closing():
                writer.write(masked(b'{"do":"turns"}'))
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.1)


def masked(text: bytes) -> bytes:
    """A frame of text from a browser, with a mask of zeros."""
    return bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text


ATTACKS: tuple[Attack, ...] = (nobody, hostile_page, idle_clients, deaf_pages)


async def starved(socket: Path) -> int:
    """How many answers of the last turns ran dry before their end."""
    await asyncio.sleep(PAUSE_S)  # a page has just asked for a report
    report = await asyncio.to_thread(request, "report", sockets=[socket], last=MOST_TURNS)
    return sum('"playback_starved"' in step for step in report["steps"])


async def run(rounds: int, seconds: float) -> None:
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        web = f'[web]\naddress = "127.0.0.1:{port}"\ncaptions = true\n'
        async with service() as url, device(VirtualCard(folder), folder, url, web):
            await until_it(port, wanted=True)
            socket = folder / "control.sock"
            caller = Caller(socket)
            found = {attack.__name__: Counter[str]() for attack in ATTACKS}
            came = {attack.__name__: Counter[str]() for attack in ATTACKS}
            for _ in range(rounds):
                for attack in ATTACKS:
                    before = await caller.ask()
                    attacking = asyncio.ensure_future(attack(port, came[attack.__name__]))
                    await speak(caller, time.monotonic() + seconds)
                    attacking.cancel()
                    await asyncio.wait({attacking})
                    after = await caller.ask()
                    counters, earlier = after["sound"]["counters"], before["sound"]["counters"]
                    found[attack.__name__] += Counter(
                        underruns=counters["underruns"] - earlier["underruns"],
                        overruns=counters["overruns"] - earlier["overruns"],
                        answers=after["turns"] - before["turns"],
                    )
            for attack in ATTACKS:
                label, count = attack.__name__.replace("_", " "), found[attack.__name__]
                told = ", ".join(f"{number} {what}" for what, number in sorted(came[attack.__name__].items()))
                lost = f"{count['underruns']} underruns, {count['overruns']} overruns"
                print(f"{label}: {lost} in {count['answers']} answers, {rounds * seconds:g} s; {told}")
            print(f"answers of the last turns that ran dry: {await starved(socket)}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web_attacks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rounds", type=int, default=4)
    args = parser.parse_args()
    asyncio.run(run(args.rounds, args.seconds))


if __name__ == "__main__":
    main()
