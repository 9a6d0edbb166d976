"""The second opinion on an echo: when it is asked, and what it hears."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge_agent.audio.echo.linear.layout import FRAME, Floats
from edge_agent.audio.echo.second_opinion import (
    AT_ONCE,
    HOP,
    LAG,
    LOOK_BACK,
    PATIENCE,
    UNASKED,
    Opinion,
    SecondOpinion,
)


class Delay:
    """A network that finds no echo: what it hears comes LAG samples later."""

    def __init__(self) -> None:
        self.taken = 0  # samples
        self.began = 0
        self.heard = np.zeros(0, np.float32)  # since it began

    def reset(self) -> None:
        self.began += 1
        self._held = np.zeros(LAG, np.float32)
        self.heard = np.zeros(0, np.float32)

    def process(self, near: Floats, far: Floats) -> Floats:
        assert len(near) == len(far)
        assert len(near) % HOP == 0
        self.taken += len(near)
        self.heard = np.concatenate([self.heard, near])
        signal = np.concatenate([self._held, near])
        self._held = signal[len(near) :]
        return signal[: len(near)]


class LoudIsVoice:
    """Hears a voice in what is loud, in chunks of 512 samples."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.int16)

    def feed(self, frames: Sequence[bytes]) -> list[list[float]]:
        self._rest = np.concatenate([self._rest, *(np.frombuffer(pcm, np.int16) for pcm in frames)])
        chunks = len(self._rest) // 512
        loud = np.abs(self._rest[: chunks * 512].astype(int).reshape(chunks, 512)).max(axis=1) > 8000
        self._rest = self._rest[chunks * 512 :]
        return [[float(each) for each in loud]]

    def resume(self) -> None:
        self._rest = np.zeros(0, np.int16)


def noise(frames: int, level: float = 0.01) -> Floats:
    random = np.random.default_rng(frames)
    return (level * random.standard_normal((frames, FRAME))).astype(np.float32)


def fed(second: SecondOpinion, near: Floats, doubts: Sequence[int]) -> list[Opinion]:
    quiet = np.zeros(FRAME, np.float32)
    return [second.feed(frame, quiet, doubted=number in doubts) for number, frame in enumerate(near)]


def test_nothing_is_asked_while_nothing_is_doubted() -> None:
    network = Delay()
    assert fed(SecondOpinion(network, LoudIsVoice()), noise(60, 0.5), ()) == [UNASKED] * 60
    assert network.began == network.taken == 0


def test_it_hears_all_from_before_the_doubt_until_it_sleeps_a_few_frames_at_a_time() -> None:
    network = Delay()
    second, near = SecondOpinion(network, LoudIsVoice()), noise(100)
    before = 0
    for number in range(50 + PATIENCE - 1):
        fed(second, near[number : number + 1], [0] if number == 49 else ())
        assert network.taken - before <= (AT_ONCE + 1) * FRAME
        before = network.taken
    heard = near[49 - LOOK_BACK : 49 + PATIENCE].ravel()
    assert len(heard) - FRAME <= len(network.heard) <= len(heard)
    assert np.array_equal(network.heard, heard[: len(network.heard)])


def test_it_sleeps_when_nothing_is_doubted_any_more_and_begins_again() -> None:
    network = Delay()
    second = SecondOpinion(network, LoudIsVoice())
    fed(second, noise(PATIENCE), (0,))
    assert second.is_awake
    fed(second, noise(1), ())
    assert not second.is_awake
    fed(second, noise(PATIENCE), (0, 10, 20))
    assert network.began == 2


def test_a_voice_in_what_is_left_is_suspected_and_then_believed() -> None:
    near = noise(120)
    near[80:90] *= 100
    opinions = fed(SecondOpinion(Delay(), LoudIsVoice()), near, range(40, 120))
    suspected = [number for number, opinion in enumerate(opinions) if opinion.suspected]
    believed = [number for number, opinion in enumerate(opinions) if opinion.voice]
    assert 80 < suspected[0] < believed[0] < 92
    assert not opinions[-1].suspected


def test_what_was_heard_before_a_rest_is_not_looked_back_to() -> None:
    network = Delay()
    second = SecondOpinion(network, LoudIsVoice())
    fed(second, noise(30), (29,))
    second.rest()
    assert not second.is_awake
    fed(second, noise(1), (0,))
    assert len(network.heard) == FRAME // HOP * HOP
