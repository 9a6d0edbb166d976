"""Answers over networks that are slower than their sound, at 24 kHz."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from edge_agent.audio.playback import Playback
from edge_agent.audio.prebuffer import EASED, LONGEST, MOST, Prebuffer
from edge_agent.vocabulary.events import Heard
from edge_agent.vocabulary.sound import SERVICE_BYTES_PER_MS as MS

from .sound import tone

ANSWER_MS = 30_000


def arrivals(speed: float, piece_ms: int, hole_ms: int = 0) -> Iterator[float]:
    """When each piece is there, in ms after the first: `hole_ms` of each second nothing comes."""
    sending = 0.0
    while True:
        yield sending + sending // (1000 - hole_ms) * hole_ms
        sending += piece_ms / speed


class Listener:
    """Hears what a player makes of an answer."""

    def __init__(self, playback: Playback, pieces: Iterator[float], piece_ms: int, sound: bytes) -> None:
        self.began_ms = -1
        self.pauses_ms: list[int] = []
        self.starved = 0
        self.heard: tuple[Heard, ...] = ()
        out, now_ms, sent = b"", 0, 0
        due = next(pieces)
        while not self.heard:
            while due <= now_ms and sent < len(sound):
                playback.push("item", sound[sent : sent + piece_ms * MS])
                sent, due = sent + piece_ms * MS, next(pieces)
            if sent >= len(sound):
                playback.finish()
            frame = playback.pull()
            self.starved += playback.ran_dry()
            self.heard = playback.drained()
            self._listen(any(frame), now_ms)
            out, now_ms = out + frame, now_ms + 20
        steps = np.abs(np.diff(np.frombuffer(out, np.int16).astype(int)))
        self.largest_step = int(steps.max())

    def _listen(self, sounds: bool, now_ms: int) -> None:
        if sounds and self.began_ms < 0:
            self.began_ms, self._last_ms = now_ms, now_ms
        elif sounds:
            if now_ms - self._last_ms > 20:
                self.pauses_ms.append(now_ms - self._last_ms - 20)
            self._last_ms = now_ms


PIECES_MS = (40, 100, 200, 250)
SOUND = tone(24_000, ANSWER_MS, 437)
OWN_STEP = int(np.abs(np.diff(np.frombuffer(SOUND, np.int16).astype(int))).max())


def listen(
    playback: Playback, speed: float, piece_ms: int, hole_ms: int = 0, ms: int = ANSWER_MS
) -> Listener:
    return Listener(playback, arrivals(speed, piece_ms, hole_ms), piece_ms, SOUND[: ms * MS])


@pytest.mark.parametrize("piece_ms", PIECES_MS)
@pytest.mark.parametrize(("speed", "hole_ms"), [(0.95, 0), (0.9, 0), (1.2, 300)])
def test_an_answer_that_is_slower_than_its_sound_pauses_twice_at_most(
    speed: float, hole_ms: int, piece_ms: int
) -> None:
    it = listen(Playback(prebuffer_ms=100), speed, piece_ms, hole_ms)
    assert it.began_ms <= 100
    assert it.starved == len(it.pauses_ms) <= 2
    assert it.largest_step <= OWN_STEP + 1
    assert it.heard == (Heard("item", ANSWER_MS),)


@pytest.mark.parametrize("piece_ms", PIECES_MS)
@pytest.mark.parametrize(("speed", "hole_ms"), [(1.1, 0), (1.5, 300), (5, 600)])
def test_a_network_that_keeps_up_costs_nothing(speed: float, hole_ms: int, piece_ms: int) -> None:
    it = listen(Playback(prebuffer_ms=250), speed, piece_ms, hole_ms)
    assert it.pauses_ms == []
    assert it.began_ms <= 250


def test_one_hiccup_costs_no_more_than_itself() -> None:
    """Of a stream that is otherwise quick."""
    playback = Playback(prebuffer_ms=100)
    it = Listener(playback, iter([0, 30, *(800 + number * 10 for number in range(999))]), 100, SOUND)
    assert len(it.pauses_ms) == 1
    assert it.pauses_ms[0] < 800 - 200 + 150


@pytest.mark.parametrize("speed", [0.8, 0.5, 0.2])
def test_nobody_waits_longer_than_it_says(speed: float) -> None:
    it = listen(Playback(prebuffer_ms=100), speed, 100)
    assert max(it.pauses_ms) <= LONGEST // MS + 20
    assert it.heard == (Heard("item", ANSWER_MS),)


def test_what_was_learned_is_kept_for_the_next_answers_and_forgotten_in_good_ones() -> None:
    playback = Playback(prebuffer_ms=100)
    assert listen(playback, 0.9, 40).starved == 2
    began = [listen(playback, 2.0, 40, ms=3000).began_ms for _ in range(8)]
    assert began[0] == 180  # 400 ms, at double speed, the first of them at once
    assert began == sorted(began, reverse=True)
    assert began[-1] == listen(Playback(prebuffer_ms=100), 2.0, 40, ms=3000).began_ms


def test_what_is_learned_is_bounded() -> None:
    prebuffer = Prebuffer(100 * MS)
    for _ in range(10):
        prebuffer.came(960)
        prebuffer.ran_dry()
    prebuffer.ended()
    assert not prebuffer.is_enough(MOST - 1)
    assert prebuffer.is_enough(MOST)


def test_the_end_of_an_answer_is_no_lack_of_it() -> None:
    """The last sample was played before the service says that it was the last."""
    prebuffer = Prebuffer(100 * MS)
    prebuffer.came(100 * MS)
    prebuffer.ran_dry()
    prebuffer.ended()
    assert prebuffer.is_enough(100 * MS)


def test_a_word_teaches_nothing() -> None:
    prebuffer = Prebuffer(0)
    for ms in (20, 20, 20, 20):
        prebuffer.came(ms * MS)
        prebuffer.ran_dry()
    prebuffer.ended()
    prebuffer.came(10 * MS)
    prebuffer.ended()  # shorter than what is waited for
    assert not prebuffer.is_enough(int(160 * MS * EASED))
    assert prebuffer.is_enough(160 * MS)
