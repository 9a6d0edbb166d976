"""Real devices, one broker, and somebody whom all of them hear: the nearest answers, and without the broker each."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio.convert import convert
from edge_agent.audio.sounds import spoken_call, spoken_lines
from edge_agent.conversation.nearest import SAME_S
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.server import SimulatedService

from .mosquitto import Mosquitto, Watcher
from .run_process import RunProcess
from .sound import tone

pytestmark = pytest.mark.realtime

ROOMS = ("bath", "hall", "kitchen")
SETTINGS = """\
[log]
level = "debug"
[gate]
confirm = "off"
[turns]
mode = "{mode}"
follow_up_s = 0
{word}
[mqtt]
host = "127.0.0.1"
port = {port}
device = "{room}"
group = "home"
"""
WORD = '[[wake]]\nword = "hey_jarvis"\n'
LINE = convert(spoken_lines()[1].pcm, 24_000, 16_000)[: 32 * 1200]
CALL = convert(spoken_call().pcm, 24_000, 16_000)
OVER = re.compile(r"turn \d+ answered|answers: it is")
PATIENCE_S = 30.0
MOST_TRIES = 8
PAUSE = bytes(32 * 800)  # in which a room falls silent


class House:
    """Devices in rooms; `said` is heard in each, as loud as `gains` says."""

    def __init__(self, folder: Path, watcher: Watcher, devices: dict[str, RunProcess], words: bytes) -> None:
        self._folder, self._watcher, self._devices = folder, watcher, devices
        self._words = np.frombuffer(words, np.int16)

    async def until(self, group: str) -> None:
        """All devices have reached it; empty: they have lost it."""
        async with asyncio.timeout(PATIENCE_S):
            for device in self._devices.values():
                while (await device.ask("status"))["broker"]["group"] != group:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

    async def answering(self, gains: Sequence[float], rooms: int) -> list[str]:
        """Who answers what is said, once all of them have left or answered it. `rooms`: how many of them do either."""
        before = {room: device.log for room, device in self._devices.items()}
        for (room, device), gain in zip(self._devices.items(), gains, strict=True):
            said = self._folder / f"{room}.pcm"
            said.write_bytes((self._words * gain).astype(np.int16).tobytes())
            device.say(said)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                new = {room: device.log[len(before[room]) :] for room, device in self._devices.items()}
                if sum(bool(OVER.search(log)) for log in new.values()) == rooms:
                    return [room for room, log in new.items() if " answered" in log]
                await asyncio.sleep(0.05)

    async def settled(self, gains: Sequence[float]) -> list[str]:
        """The same with a broker. A machine that is too busy lets them hear it too far apart: then it is said again."""
        for _ in range(MOST_TRIES):
            told = len(self._watcher.told)
            answering = await self.answering(gains, len(ROOMS))
            claimed = zip(self._watcher.told[told:], self._watcher.told_at[told:], strict=True)
            times = [at for (_, payload), at in claimed if "over_noise_db" in payload]
            if len(times) == len(ROOMS) and max(times) - min(times) < SAME_S:
                return answering
        raise AssertionError("they never heard it at the same time")


@pytest.mark.parametrize("mode", ["hands-free", "wake-word"])
async def test_the_nearest_answers_and_without_a_broker_that_works_each(mode: str, tmp_path: Path) -> None:
    word = ""
    if mode == "wake-word":
        pytest.importorskip("pymicro_wakeword")
        word = WORD
    answers = Script(*([Speech("Yes.", tone(24_000, 300))] for _ in range(100)))
    async with (
        SimulatedService(answers=lambda: answers) as service,
        Mosquitto(tmp_path) as broker,
        AsyncExitStack() as stack,
    ):
        devices = {}
        for room in ROOMS:
            (folder := tmp_path / room).mkdir()
            more = SETTINGS.format(mode=mode, port=broker.port, room=room, word=word)
            devices[room] = RunProcess(folder, service.url, more=more, spoken=True)
        await asyncio.gather(*map(stack.enter_async_context, devices.values()))
        async with Watcher(broker.port, topic="edge-agent/group/#") as watcher:
            house = House(tmp_path, watcher, devices, PAUSE + (CALL if word else b"") + LINE)
            await house.until("home")
            assert await house.settled((0.3, 0.5, 1.0)) == ["kitchen"]
            if mode == "hands-free":
                assert await house.settled((1.0, 0.5, 0.3)) == ["bath"]
        if mode == "hands-free":
            await broker.stop()
            await house.until("")
        else:
            broker.send(signal.SIGSTOP)  # it is there, and says nothing
        assert await house.answering((0.3, 0.5, 1.0), len(ROOMS)) == list(ROOMS)
