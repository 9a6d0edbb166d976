"""Real devices, one broker, and somebody whom all of them hear: the nearest answers, and without the broker each."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge_agent.conversation.nearest import SAME_S
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.server import SimulatedService

from .group_of_devices import PATIENCE_S, GroupOfDevices
from .mosquitto import Mosquitto, Watcher
from .sound import tone

pytestmark = pytest.mark.realtime

ROOMS = ("bath", "hall", "kitchen")
LOG = '[log]\nlevel = "debug"\n'
OVER = re.compile(r"turn \d+ answered|answers: it is")
MOST_TRIES = 8
PAUSE_MS = 800  # in which a room falls silent


class House:
    """Somebody speaks, and is heard in each of the rooms as loud as `gains` says."""

    def __init__(self, group: GroupOfDevices, watcher: Watcher) -> None:
        self._group, self._watcher = group, watcher

    async def answering(self, gains: Sequence[float]) -> list[str]:
        """Who answers what is said, once all of them have left or answered it."""
        devices = self._group.devices
        before = {room: device.log for room, device in devices.items()}
        self._group.say(dict(zip(ROOMS, gains, strict=True)))
        async with asyncio.timeout(PATIENCE_S):
            while True:
                new = {room: device.log[len(before[room]) :] for room, device in devices.items()}
                if all(map(OVER.search, new.values())):
                    return [room for room, log in new.items() if " answered" in log]
                await asyncio.sleep(0.05)

    async def settled(self, gains: Sequence[float]) -> list[str]:
        """The same with a broker. A machine that is too busy lets them hear it too far apart: then it is said again."""
        for _ in range(MOST_TRIES):
            told = len(self._watcher.told)
            answering = await self.answering(gains)
            claimed = zip(self._watcher.told[told:], self._watcher.told_at[told:], strict=True)
            times = [at for (_, payload), at in claimed if "over_noise_db" in payload]
            if len(times) == len(ROOMS) and max(times) - min(times) < SAME_S:
                return answering
        raise AssertionError("they never heard it at the same time")


@pytest.mark.parametrize("mode", ["hands-free", "wake-word"])
async def test_the_nearest_answers_and_without_a_broker_that_works_each(mode: str, tmp_path: Path) -> None:
    if mode == "wake-word":
        pytest.importorskip("pymicro_wakeword")
    answers = Script(*([Speech("Yes.", tone(24_000, 300))] for _ in range(100)))
    groups = dict.fromkeys(ROOMS, "home")
    async with (
        SimulatedService(answers=lambda: answers) as service,
        Mosquitto(tmp_path) as broker,
        GroupOfDevices(
            tmp_path, service.url, broker.port, mode, groups, pause_ms=PAUSE_MS, more=LOG
        ) as group,
    ):
        async with Watcher(broker.port, topic="edge-agent/group/#") as watcher:
            house = House(group, watcher)
            await group.in_touch()
            assert await house.settled((0.3, 0.5, 1.0)) == ["kitchen"]
            if mode == "hands-free":
                assert await house.settled((1.0, 0.5, 0.3)) == ["bath"]
        if mode == "hands-free":
            await broker.stop()
            await group.out_of_touch()
        else:
            broker.send(signal.SIGSTOP)  # it is there, and says nothing
        assert await house.answering((0.3, 0.5, 1.0)) == list(ROOMS)
