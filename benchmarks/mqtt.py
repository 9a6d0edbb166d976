"""What a broker costs a device: python -m benchmarks.mqtt [--quick]

Two real devices side by side, one of them with Debian's mosquitto: processor at rest and memory; how soon a change of
the volume is at the broker; and how soon a press is on the wire while somebody floods the commands, compared with the
same flood at topics that nobody reads, and with none, in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import monotonic

from tests.mosquitto import Mosquitto, Watcher
from tests.run_process import RunProcess

from . import measure
from .bench import service
from .quantiles import quantile

SETTINGS = """\
[limits]
idle_close_s = 0
visit_idle_s = 0
[gate]
confirm = "off"
"""
AT_BROKER = """\
[mqtt]
host = "127.0.0.1"
port = {}
device = "kitchen"
allow = "mute, volume"
"""
HERE, ELSEWHERE = "edge-agent/kitchen/command/volume", "somewhere/else"
RATE = 10_000  # messages a second
FLOOD = """\
import socket, sys, time
port, topic, rate = int(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])
broker = socket.create_connection(("127.0.0.1", port))
broker.sendall(bytes.fromhex("101100044d51545404020000" "0005") + b"flood")
broker.recv(4)
body = len(topic).to_bytes(2, "big") + topic + b"50"
batch = (bytes([0x30, len(body)]) + body) * (rate // 100)
began, sent = time.monotonic(), 0
while True:
    broker.sendall(batch)
    sent += 1
    time.sleep(max(0.0, began + sent / 100 - time.monotonic()))
"""


@asynccontextmanager
async def flooded(port: int, topic: str) -> AsyncIterator[None]:
    """By another program; without a topic, not at all."""
    if not topic:
        yield
        return
    command = [sys.executable, "-c", FLOOD, str(port), topic, str(RATE)]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def rest(devices: dict[str, RunProcess], rounds: int, seconds: float) -> None:
    """Both at the same time, so that what else the machine does is the same for them."""
    shares: dict[str, list[float]] = {name: [] for name in devices}
    for _ in range(rounds):
        before = {name: measure.read(device.pid) for name, device in devices.items()}
        await asyncio.sleep(seconds)
        for name, device in devices.items():
            spent = measure.read(device.pid) - before[name]
            shares[name].append(spent.main_cpu_s / spent.lasted_s * 100)
    for name, device in devices.items():
        size = measure.size(device.pid)
        print(
            f"{name:16} {median(shares[name]):.4f} % of a core at rest (event loop), RSS {size.rss_mib:.2f} MiB"
        )
    differences = [there - without for without, there in zip(*shares.values(), strict=True)]
    print(
        f"{'the broker':16} {median(differences):.4f} % of a core at rest, median of {rounds} x {seconds:g} s"
    )


async def state_changes(device: RunProcess, watcher: Watcher, changes: int) -> None:
    took_ms = []
    for number in range(changes):
        percent = 40 + number % 2
        began = monotonic()
        await device.ask("volume", percent=percent)
        await watcher.has("edge-agent/kitchen/volume", str(percent))
        took_ms.append((monotonic() - began) * 1000)
    print(
        f"a change of the state is at the broker after {median(took_ms):.1f} ms, p95 {quantile(took_ms, 0.95):.1f} ms"
        f" ({changes} changes, with the request over the control socket)"
    )


async def press(device: RunProcess) -> int:
    """ms from a press to its first sound on the wire."""
    turns = (await device.ask("status"))["turns"]
    await device.ask("press")
    await asyncio.sleep(0.4)
    await device.ask("release")
    while True:
        status = await device.ask("status")
        last = status["latency"]["last"]
        if status["turns"] > turns and status["turn"] == "idle" and last and last["turn_id"] > turns:
            sent: int = last["press_to_sent_ms"]
            return sent
        await asyncio.sleep(0.05)


async def presses(devices: dict[str, RunProcess], port: int, rounds: int) -> None:
    cases = {
        "no flood": "",
        f"{RATE} messages a second, read by nobody": ELSEWHERE,
        f"{RATE} messages a second of commands": HERE,
    }
    found: dict[tuple[str, str], list[int]] = {}
    for _ in range(rounds):
        for case, topic in cases.items():
            async with flooded(port, topic):
                await asyncio.sleep(0.5)
                for name, device in devices.items():
                    found.setdefault((case, name), []).append(await press(device))
    for (case, name), took_ms in found.items():
        shown = f"{median(took_ms):.0f} ms, p95 {quantile(took_ms, 0.95):.0f} ms"
        print(f"from a press to the wire, {case}, {name}: {shown} ({len(took_ms)} presses)")


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mqtt", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    os.environ["EDGE_AGENT_AUDIO_CUES"] = (
        "false"  # where one sounds, the simulated card is not in the same state
    )
    with tempfile.TemporaryDirectory() as name:
        without, there, place = (Path(name, part) for part in ("without", "there", "broker"))
        for folder in (without, there, place):
            folder.mkdir()
        async with (
            service() as url,
            Mosquitto(place, log="error") as broker,
            RunProcess(without, url, more=SETTINGS) as bare,
            RunProcess(there, url, more=SETTINGS + AT_BROKER.format(broker.port)) as device,
            Watcher(broker.port, topic="edge-agent/kitchen/+") as watcher,
        ):
            await watcher.has("edge-agent/kitchen/state", "idle")
            devices = {"without a broker": bare, "with a broker": device}
            await rest(devices, *((2, 5.0) if args.quick else (6, 30.0)))
            await state_changes(device, watcher, 20 if args.quick else 200)
            await presses(devices, broker.port, 2 if args.quick else 20)


if __name__ == "__main__":
    asyncio.run(main())
