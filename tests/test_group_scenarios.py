"""Two whole devices in one home: each hears what the other says."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.audio.sounds import spoken_answers
from edge_agent.config import Config
from edge_agent.config.mqtt_settings import MqttSettings
from edge_agent.simulator.answers import Script, Speech
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES

from .sound import tone
from .world import LINES, World

ROOMS = ("kitchen", "hall")
ANSWERS = {
    "kitchen": Speech("A long story.", spoken_answers()[0].pcm),
    "hall": Speech("Yes.", tone(24_000, 200)),
}
THROUGH_THE_DOOR = 0.3  # of what is played or said in the other room


def softer(pcm: bytes, gain: float = THROUGH_THE_DOOR) -> bytes:
    return (np.frombuffer(pcm, np.int16) * gain).astype(np.int16).tobytes()


class Home:
    """`grouped`: whether they can tell each other. What they tell arrives with the next frame."""

    def __init__(self, *, grouped: bool) -> None:
        self._told: list[tuple[str, e.Event]] = []
        config = Config(mqtt=MqttSettings(group="home"))
        self.devices = {
            room: World(
                config,
                mode="hands-free",
                answers=Script([ANSWERS[room]]),
                tell_group=lambda command, room=room: self._tell(room, command),  # type: ignore[misc]
            )
            for room in ROOMS
        }
        if grouped:
            for room, device in self.devices.items():
                device.post(e.GroupReached(room))
        self.wait(1000)

    def _tell(self, room: str, command: c.GroupCommand) -> None:
        said = (
            e.CallClaimed(command.claim)
            if isinstance(command, c.ClaimCall)
            else e.DeviceEngaged(room, command.engaged)
        )
        self._told += [(other, said) for other in ROOMS if other != room]

    def frame(self, voice: bytes = bytes(MIC_FRAME_BYTES)) -> None:
        """Somebody is in the kitchen."""
        told, self._told = self._told, []
        for room, event in told:
            self.devices[room].post(event)
        kitchen, hall = self.devices.values()
        played = np.frombuffer(kitchen.frame(voice), np.int16)[::3]  # 24 kHz, as 16 kHz for the ear
        heard = np.zeros(MIC_FRAME_BYTES // 2, np.int16)
        heard[: len(played)] = played
        both = np.frombuffer(voice, np.int16).astype(np.int32) + np.repeat(played, 2)[: len(heard)]
        hall.frame(softer(np.clip(both, -32768, 32767).astype(np.int16).tobytes()))

    def say(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), MIC_FRAME_BYTES):
            self.frame(pcm[at : at + MIC_FRAME_BYTES].ljust(MIC_FRAME_BYTES, b"\0"))

    def wait(self, ms: int) -> None:
        self.say(bytes(32 * ms))

    def answered(self, room: str) -> int:
        return len([event for event in self.devices[room].events if isinstance(event, e.ResponseDone)])


@pytest.mark.parametrize("grouped", [True, False])
def test_the_farther_device_answers_neither_the_user_nor_the_nearer_one(grouped: bool) -> None:
    home = Home(grouped=grouped)
    home.say(LINES[0])
    home.wait(9000)
    assert home.answered("kitchen") == 1
    if grouped:
        assert home.answered("hall") == 0
        assert home.devices["hall"].appended == b""
    else:
        assert home.answered("hall") > 1  # it answers the answers, too
