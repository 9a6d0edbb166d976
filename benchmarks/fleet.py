"""A fleet on one broker: python -m benchmarks.fleet [--devices N] [--processes N] [--json FILE]

Of each device there is what speaks with the broker (`edge_agent.mqtt`) and what decides about signed settings
(`edge_agent.fleet`: the repository through tuf, the plan, what was tried), many to a process: whole daemons would need
50 MiB each. What is not there: sound, the link, and the trial itself, which lasts a second here and ends as the device
is: one in twenty is bad. Mosquitto and the web server are real, and on this machine too; so it measures all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from edge_agent.config.fleet_settings import FleetPart, FleetSettings
from edge_agent.config.model import Config, MqttSettings
from edge_agent.files.folders import fleet_folder
from edge_agent.fleet import child
from edge_agent.fleet.kept import KeptStanding
from edge_agent.fleet.outcome import DeviceReport, read_report, report_text
from edge_agent.fleet.publish import Site
from edge_agent.fleet.repository import RepositoryRefused
from edge_agent.fleet.standing import NOTHING
from edge_agent.fleet.target import Stage
from edge_agent.mqtt.fleet_side import FleetSide
from edge_agent.mqtt.surface import Mqtt
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State
from tests.fleet.web import made_site, publish, serving
from tests.markdown import DOCS, blocks
from tests.mosquitto import Mosquitto, Watcher

BAD_EVERY = 20
TRIAL_S, AGAIN_S = 1.0, 2.0
PATIENCE_S = 900.0
# 36 s apart, for hours would be as good
STAGES = (Stage(10), Stage(50, 0.01), Stage(100, 0.02))


class SimulatedMember:
    """One device, as far as a fleet sees it."""

    def __init__(self, number: int, port: int, repository: str, folder: Path) -> None:
        self._is_bad = number % BAD_EVERY == BAD_EVERY - 1
        self._kept = KeptStanding(folder / f"{number}")
        self._status = json.loads(blocks(DOCS / "status-json.md")[0])
        self._state = State(online=True)
        mqtt = MqttSettings(host="127.0.0.1", port=port, device=f"kiosk-{number}")
        fleet = FleetSettings(repository=repository, root_file=str(folder / "root.json"))
        self._config = Config(mqtt=mqtt, fleet=fleet)
        self._asked = {
            "repository": repository,
            "root_file": fleet.root_file,
            "folder": str(fleet_folder(folder / f"{number}")),
            "name": mqtt.device,
            "tags": [],
            "releases": False,
            "broker": {"host": mqtt.host, "port": mqtt.port, "device": mqtt.device},
        }
        self._news = asyncio.Event()
        self._surface = Mqtt(
            lambda: self._status,
            lambda _: None,
            lambda _: None,
            lambda *_: None,
            FleetSide(self._told, self._news.set),
        )

    def _told(self) -> str:
        return report_text(DeviceReport(settings=self._kept.now.outcome))

    async def run(self) -> None:
        self._surface.changed(self._config)
        while True:
            await self._news.wait()
            self._news.clear()
            standing = self._kept.now
            has = [standing.proven.sha256, *standing.rejected]
            try:
                told = await asyncio.to_thread(child.answer, {**self._asked, "has": has})
            except RepositoryRefused:  # a machine that is too busy; a device looks again some hours later
                self._news.set()
                await asyncio.sleep(AGAIN_S)
                continue
            part = FleetPart(*told["part"]) if told["part"] else NOTHING
            if self._kept.now.can_be_tried(part):
                await self._try(part)

    async def _try(self, part: FleetPart) -> None:
        self._kept.keep(self._kept.now.begun(part, time.time()))
        await asyncio.sleep(TRIAL_S)
        trying = self._kept.now
        fails = self._is_bad and "bad" in part.target
        self._kept.keep(
            trying.failed("it does not work", time.time()) if fails else trying.passed(time.time())
        )
        self._state = replace(self._state, volume=(self._state.volume + 1) % 100)
        self._surface.watch(e.Tick(), self._state)  # as after a reload: then the broker is told


async def members(numbers: range, port: int, repository: str, folder: Path) -> None:
    """Until the input ends."""
    tasks = [
        asyncio.create_task(SimulatedMember(number, port, repository, folder).run()) for number in numbers
    ]
    ending = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    done, _ = await asyncio.wait([ending, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in done - {ending}:
        task.result()  # raises


class Owner:
    """Who publishes and watches. `devices`: how many there are."""

    def __init__(self, site: Site, devices: int) -> None:
        self._site, self._devices = site, devices

    async def online(self, watcher: Watcher, since: float) -> dict[str, float]:
        """When each device was there first, and how much was said until then."""
        back: dict[str, float] = {}
        seen = 0

        def all_there() -> bool:
            nonlocal seen
            for topic, text in watcher.told[seen:]:
                if topic.endswith("/availability") and text == "online":
                    back.setdefault(topic, time.monotonic() - since)
            seen = len(watcher.told)
            return len(back) >= self._devices

        await patiently(all_there)
        times = sorted(back.values())
        return {
            "first_s": times[0],
            "median_s": median(times),
            "last_s": times[-1],
            "messages_per_s": seen / times[-1],
        }

    def publish(self, name: str, stages: tuple[Stage, ...]) -> None:
        text = f'# {name}\n[assistant]\nvoice = "marin"\n'
        publish(self._site, name, text, stages=stages, stop_above=2, stop_after=10)

    async def roll_out(self, watcher: Watcher) -> dict[str, float]:
        """To all at the same moment."""
        self.publish("good.toml", (Stage(),))
        began, before = time.monotonic(), len(watcher.told)
        await watcher.publish("edge-agent/fleet-news", "")
        await patiently(lambda: steps(watcher, "good.toml")["applied"] == self._devices)
        last_s = time.monotonic() - began
        return {"last_s": last_s, "messages_per_s": (len(watcher.told) - before) / last_s}

    async def staged(self, watcher: Watcher) -> list[dict[str, float]]:
        """To more and more, of whom one in twenty is bad; after each stage, what has come of it."""
        began = time.monotonic()
        self.publish("bad.toml", STAGES)
        found = []
        for stage in STAGES:
            await asyncio.sleep(max(0.0, began + stage.after_h * 3600 - time.monotonic()))
            await watcher.publish("edge-agent/fleet-news", "")
            await self._settled(watcher)
            found.append({"share": stage.share, **steps(watcher, "bad.toml")})
        return found

    async def _settled(self, watcher: Watcher) -> None:
        """Nothing new is told for a while."""
        told = -1
        while told != len(watcher.told):
            told = len(watcher.told)
            await asyncio.sleep(15)


def steps(watcher: Watcher, target: str) -> Counter[str]:
    """What came of it, and on how many devices."""
    newest = {topic: text for topic, text in watcher.told if topic.endswith("/fleet") and target in text}
    reports = filter(None, map(read_report, newest.values()))
    return Counter(outcome.step for report in reports for outcome in report.outcomes)


async def patiently(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - looking costs less than each message of a flood
            await asyncio.sleep(0.05)


async def measure(devices: int, processes: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        site = made_site(folder / "owner")
        (folder / "root.json").write_bytes((site.site / "metadata" / "1.root.json").read_bytes())
        lines = "max_queued_messages 100000", "log_type error"
        with serving(site.site) as web:
            async with Mosquitto(folder, *lines) as broker:
                owner = Owner(site, devices)
                shares = [range(first, devices, processes) for first in range(processes)]
                running: list[asyncio.subprocess.Process] = []
                try:
                    async with Watcher(broker.port, max_queued_incoming_messages=0) as watcher:
                        began = time.monotonic()
                        for share in shares:
                            running.append(await started(share, broker.port, web.url, folder))
                        start = await owner.online(watcher, began)
                    await broker.stop()
                    await broker.start()
                    async with Watcher(broker.port, max_queued_incoming_messages=0) as watcher:
                        restart = await owner.online(watcher, time.monotonic())
                        good = await owner.roll_out(watcher)
                        staged = await owner.staged(watcher)
                finally:
                    for process in running:
                        assert process.stdin
                        process.stdin.close()
                        await process.wait()
    return {"devices": devices, "start": start, "restart": restart, "roll_out": good, "staged": staged}


async def started(share: range, port: int, repository: str, folder: Path) -> asyncio.subprocess.Process:
    numbers = [str(share.start), str(share.stop), str(share.step)]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __spec__.name, "--members", *numbers, str(port), repository, str(folder)),
        stdin=asyncio.subprocess.PIPE,
    )


def told(found: dict[str, Any]) -> str:
    start, restart, good = found["start"], found["restart"], found["roll_out"]
    lines = [
        f"{found['devices']} devices on one Mosquitto",
        f"start            all there after {start['last_s']:.1f} s, {start['messages_per_s']:.0f} messages a second",
        f"broker restart   back after {restart['first_s']:.1f} s (first), {restart['median_s']:.1f} s (median),"
        f" {restart['last_s']:.1f} s (last), {restart['messages_per_s']:.0f} messages a second",
        f"to all           the last has it after {good['last_s']:.1f} s,"
        f" {good['messages_per_s']:.0f} messages a second",
    ]
    for stage in found["staged"]:
        tried = stage.get("applied", 0) + stage.get("failed", 0)
        lines.append(
            f"stage of {stage['share']:3.0f} %   {tried} have tried it, on {stage.get('failed', 0)} it failed"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--members", nargs=6, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.members:
        first, end, step, port, repository, folder = args.members
        asyncio.run(members(range(int(first), int(end), int(step)), int(port), repository, Path(folder)))
        return
    found = asyncio.run(measure(args.devices, args.processes))
    print(told(found), flush=True)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
