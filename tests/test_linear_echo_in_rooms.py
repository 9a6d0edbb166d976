"""The agent's own canceller with its trained detector, in rooms that are a delay and an echo."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import numpy as np
import pytest

from edge_agent.audio.build import trained
from edge_agent.audio.echo.canceller import Cleaned
from edge_agent.audio.echo.duplex import Duplex
from edge_agent.audio.echo.linear.layout import size
from edge_agent.audio.echo.linear_echo import LinearEcho
from edge_agent.audio.echo.meter import EchoMeter
from edge_agent.audio.levels import level
from edge_agent.audio.resample import Resampler
from edge_agent.audio.sounds import spoken_answers
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES, SERVICE_FRAME_BYTES

from .sound import noise, rms, tone
from .world import LINES

QUIET, SILENT = bytes(MIC_FRAME_BYTES), bytes(SERVICE_FRAME_BYTES)
ANSWER = b"".join(clip.pcm for clip in spoken_answers())


def frames(pcm: bytes, size: int = MIC_FRAME_BYTES) -> list[bytes]:
    return [pcm[at : at + size] for at in range(0, len(pcm) - size + 1, size)]


class Room:
    """An echo of 0.5 after 80 ms, and a noise of -60 dBFS."""

    def __init__(self, duplex: Duplex) -> None:
        self.duplex = duplex
        self._to_mic = Resampler(24_000, 16_000)
        self._echo: list[Any] = [np.zeros(320)] * 4
        self._answer = cycle(frames(ANSWER, SERVICE_FRAME_BYTES))
        self._seed = 0
        self.heard: list[bytes] = []

    def frame(self, near: bytes = QUIET, *, answering: bool = True) -> Cleaned:
        self._seed += 1
        room = np.frombuffer(noise(16_000, 20, 0.001, self._seed), np.int16)
        mic = np.frombuffer(near, np.int16) + room + self._echo.pop(0)
        self.heard.append(mic.clip(-32768, 32767).astype(np.int16).tobytes())
        cleaned, _ = self.duplex.hear(self.heard[-1], measured=True)
        played = next(self._answer) if answering else SILENT
        self.duplex.played(played)
        self._echo.append(0.5 * np.frombuffer(self._to_mic.process(played), np.int16))
        return cleaned

    def seconds(self, count: float, *, answering: bool = True) -> list[Cleaned]:
        return [self.frame(answering=answering) for _ in range(round(50 * count))]


def erle_db(room: Room, cleaned: list[Cleaned]) -> float:
    heard = room.heard[-len(cleaned) :]
    return level(b"".join(heard)) - level(b"".join(each.heard for each in cleaned))


@pytest.fixture(scope="module")
def learned() -> Room:
    room = Room(Duplex(EchoMeter(), LinearEcho(trained())))
    room.seconds(8)
    return room


def test_it_takes_the_echo_out_and_takes_none_of_it_for_a_voice(learned: Room) -> None:
    cleaned = learned.seconds(10)
    assert erle_db(learned, cleaned) > 15
    assert not any(each.voice for each in cleaned)
    assert learned.duplex.full


@pytest.mark.parametrize("line", range(3))
def test_a_person_over_the_answer_is_noticed_and_what_was_said_is_left(learned: Room, line: int) -> None:
    learned.seconds(2)
    said = [learned.frame(near) for near in frames(LINES[line])]
    assert any(each.voice for each in said)
    assert level(b"".join(each.sent for each in said)) > level(LINES[line]) - 3


def test_while_nothing_is_played_the_microphone_comes_through_a_frame_late_and_nobody_listens_for_a_voice() -> (
    None
):
    duplex = Duplex(EchoMeter(), LinearEcho(trained()))
    hum = frames(tone(16_000, 400, 1000, 0.1))
    cleaned = [duplex.hear(mic, measured=True)[0] for mic in hum]
    assert [each.heard for each in cleaned] == hum
    assert [each.sent for each in cleaned[1:]] == hum[:-1]
    assert {each.voice for each in cleaned} == {None}


def test_it_falls_asleep_and_wakes_up_without_a_click_or_a_gap() -> None:
    duplex = Duplex(EchoMeter(), LinearEcho(trained()))
    hum = tone(16_000, 5000, 1000, 0.1)
    sent = b""
    for number, mic in enumerate(frames(hum)):
        sent += duplex.hear(mic, measured=True)[0].sent
        duplex.played(noise(24_000, 20, 0.0005) if number in range(60, 100) else SILENT)
    came, went = (
        np.frombuffer(sent[640:], np.int16).astype(int),
        np.frombuffer(hum[:-640], np.int16).astype(int),
    )
    for second in (slice(0, 15_000), slice(50_000, 70_000)):  # asleep
        assert (came[second] == went[second]).all()
    assert np.abs(np.diff(came)).max() <= 1.1 * np.abs(np.diff(went)).max()
    assert np.abs(came - went)[20_000:40_000].max() > 0  # it was awake


def test_what_was_heard_before_a_mute_does_not_come_out_after_it() -> None:
    duplex = Duplex(EchoMeter(), LinearEcho(trained()))
    for sounding in (False, True):
        for _ in range(40):
            duplex.hear(tone(16_000, 20), measured=True)
            duplex.played(noise(24_000, 20) if sounding else SILENT)
        duplex.skip()
        cleaned = [duplex.hear(QUIET, measured=True)[0] for _ in range(5)]
        assert rms(b"".join(each.sent for each in cleaned)) < 0.01 * rms(tone(16_000, 20))


def test_what_is_learned_outlives_the_process() -> None:
    memory = memoryview(bytearray(size()))
    first = Room(Duplex(EchoMeter(), LinearEcho(trained(), memory)))
    first.seconds(8)
    again = Room(Duplex(EchoMeter(), LinearEcho(trained(), memory)))
    new = Room(Duplex(EchoMeter(), LinearEcho(trained())))
    again.seconds(0.5)
    new.seconds(0.5)
    assert erle_db(again, again.seconds(1)) > 10 + erle_db(new, new.seconds(1))


def test_a_memory_that_was_damaged_begins_anew() -> None:
    memory = memoryview(bytearray(size()))
    Room(Duplex(EchoMeter(), LinearEcho(trained(), memory))).seconds(4)
    memory[4096:8192] = b"\xff" * 4096
    room = Room(Duplex(EchoMeter(), LinearEcho(trained(), memory)))
    room.seconds(4)
    assert erle_db(room, room.seconds(2)) > 10


def test_a_speaker_later_than_it_says_is_found_and_cancelled() -> None:
    room = Room(Duplex(EchoMeter(), LinearEcho(trained())))
    room._echo = [np.zeros(320)] * 35
    room.seconds(10)
    assert room.duplex.late_ms == pytest.approx(660, abs=40)
    room.seconds(6)
    assert erle_db(room, room.seconds(4)) > 12
