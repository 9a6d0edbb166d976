"""How long the gate waits in a pause: by this person's pauses, by how it was spoken, and by a network."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pytest

from edge_agent.audio.gate import Edge, Gate
from edge_agent.audio.patience import ASK, MIDDLE, REMEMBERED, AdaptivePatience, FixedPatience
from edge_agent.audio.prosody import FEATURE_VERSION, NAMES, Prosody, features
from edge_agent.vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES

from .sound import noise, tone

FRAME = bytes(MIC_FRAME_BYTES)
SPEECH = [True] * 20  # frames


def paused(ms: int) -> list[bool]:
    return [False] * (ms // FRAME_MS)


def waits_ms(patience: AdaptivePatience, voiced: Iterable[bool] = SPEECH) -> int:
    """After all that: how long a silence ends the utterance."""
    quiet = 0
    for each in [*voiced, *paused(2000)]:
        quiet = 0 if each else quiet + 1
        if quiet >= patience.limit(FRAME, quiet):
            patience.ended()
            return quiet * FRAME_MS
    raise AssertionError("it never ends")


def who(logit: float = MIDDLE, hangover_ms: int = 600) -> AdaptivePatience:
    patience = AdaptivePatience(hangover_ms, lambda _: logit)
    patience.opened()
    return patience


def come_back(patience: AdaptivePatience, after_ms: int = 1200) -> None:
    for _ in range(after_ms // FRAME_MS):
        patience.wait(FRAME)
    patience.opened()


def test_a_fixed_wait_is_always_the_same() -> None:
    patience = FixedPatience(600)
    patience.opened()
    patience.wait(FRAME)
    assert (patience.limit(FRAME, 0), patience.limit(FRAME, 25), patience.certain(25)) == (30, 30, 5)
    patience.ended()
    patience.restart()
    patience.forget()
    assert patience.limit(FRAME, 0) == 30


def test_somebody_new_is_waited_for_half_as_long_as_a_fixed_wait() -> None:
    assert waits_ms(who()) == 260


@pytest.mark.parametrize(
    ("pause_ms", "expected_ms"), [(60, 260), (240, 260), (300, 300), (400, 420), (500, 540), (660, 700)]
)
def test_who_goes_on_after_a_pause_is_waited_for_longer(pause_ms: int, expected_ms: int) -> None:
    """Were it fixed, 660 ms had ended it: what it sounds like is what keeps it open here."""
    logits = iter([-3.0, MIDDLE] if pause_ms >= 200 else [MIDDLE])
    patience = AdaptivePatience(600, lambda _: next(logits))
    assert waits_ms(patience, SPEECH + paused(pause_ms) + SPEECH) == expected_ms


def test_a_pause_is_forgotten_after_a_dozen_others_or_with_the_visitor() -> None:
    logits = iter([-3.0] + [MIDDLE] * 99)
    patience = AdaptivePatience(600, lambda _: next(logits))
    assert waits_ms(patience, SPEECH + paused(500) + SPEECH) == 540
    come_back(patience)
    assert waits_ms(patience, (SPEECH + paused(100)) * (REMEMBERED - 1) + SPEECH) == 540
    come_back(patience)
    assert waits_ms(patience, SPEECH + paused(100) + SPEECH) == 240
    patience.forget()
    assert waits_ms(patience) == 260


@pytest.mark.parametrize(("away_ms", "expected_ms"), [(300, 620), (980, 700), (1040, 260)])
def test_who_is_heard_again_soon_after_the_end_had_only_paused(away_ms: int, expected_ms: int) -> None:
    patience = who()
    assert waits_ms(patience) == 260
    come_back(patience, away_ms)
    assert waits_ms(patience) == expected_ms


def test_who_presses_again_had_not_paused() -> None:
    """Between two presses the gate is told of nothing: how long that was is not known."""
    patience = who()
    assert waits_ms(patience) == 260
    patience.restart()
    come_back(patience, 300)
    assert waits_ms(patience) == 260


@pytest.mark.parametrize(
    ("logit", "expected_ms"), [(-9.0, 700), (0.0, 440), (MIDDLE, 260), (2.0, 240), (9.0, 240)]
)
def test_what_sounds_finished_is_waited_for_less(logit: float, expected_ms: int) -> None:
    assert waits_ms(who(logit)) == expected_ms


@pytest.mark.parametrize(("hangover_ms", "expected_ms"), [(300, 200), (600, 260), (1200, 500), (100, 120)])
def test_the_setting_scales_it(hangover_ms: int, expected_ms: int) -> None:
    assert waits_ms(who(hangover_ms=hangover_ms)) == expected_ms


def test_it_is_judged_once_in_a_pause_from_what_was_said_alone() -> None:
    heard: list[bytes] = []

    def judge(pcm: bytes) -> float:
        heard.append(pcm)
        return -9.0

    patience = AdaptivePatience(600, judge)
    patience.wait(b"\1" * MIC_FRAME_BYTES)
    patience.opened()
    said = b"\2" * MIC_FRAME_BYTES
    for quiet in [0, 0, 0, *range(1, 30), 0, *range(1, 25)]:
        patience.limit(FRAME if quiet else said, quiet)
    assert heard == [said * 3, said * 3 + FRAME * 29 + said]


def test_a_pause_right_at_the_beginning_is_not_judged() -> None:
    patience = who(9.0)
    assert waits_ms(patience, []) == 440  # as if nothing was known of it


class Later:
    """A network that has its answer after a number of looks."""

    def __init__(self, logit: float, looks: int) -> None:
        self._logit, self._looks = logit, looks
        self.asked: list[bytes] = []

    def ask(self, pcm: bytes) -> None:
        self.asked.append(pcm)

    def answer(self) -> float | None:
        self._looks -= 1
        return self._logit if self._looks < 0 else None


@pytest.mark.parametrize(
    ("logit", "looks", "expected_ms"),
    [
        (1.0, 3, 280),
        (6.0, 3, 260),
        (-9.0, 3, 700),
        (6.0, 30, 360),  # it is not waited for longer than this ...
    ],
)
def test_a_network_is_waited_for_a_little(logit: float, looks: int, expected_ms: int) -> None:
    network = Later(logit, looks)
    patience = AdaptivePatience(600, lambda _: MIDDLE, network)
    patience.wait(FRAME)
    patience.opened()
    assert waits_ms(patience) == expected_ms
    assert network.asked == [FRAME * (1 + len(SPEECH) + ASK)]
    assert patience.certain(ASK) == 1  # it may answer with any frame


@pytest.mark.parametrize("logit", [-9.0, MIDDLE, 9.0])
def test_a_gate_that_takes_frames_together_ends_with_the_same_frame(logit: float) -> None:
    class Sure:
        def feed(self, frames: Sequence[bytes]) -> list[list[float]]:
            return [[1.0 if any(frame) else 0.0] for frame in frames]

        def resume(self) -> None:
            pass

    voiced = [*SPEECH, *paused(260), *SPEECH, *paused(2000)]
    edges = []
    for patient in (False, True):
        waits = AdaptivePatience(600, lambda _: logit)
        gate = Gate(lambda _: True, Sure(), start_ms=40, hangover_ms=600, patience=waits)
        for _ in range(50):
            gate.feed(FRAME)
        loud = tone(16_000, FRAME_MS)
        found = [gate.feed(loud if each else FRAME, patient=patient) for each in voiced]
        edges.append([(number, edge) for number, edge in enumerate(found) if edge])
        gate.forget()
    assert edges[0] == edges[1]
    assert [edge for _, edge in edges[0]][-1] is Edge.CLOSED


def spoken(hz: Callable[[float], float], ms: int = 1000) -> bytes:
    """A buzz whose pitch goes as told, from 0 to 1."""
    at = np.arange(16 * ms) / (16 * ms)
    phase = np.cumsum([hz(float(share)) for share in at]) / 16_000 * 2 * np.pi
    wave = np.sum([np.sin(phase * overtone) / overtone for overtone in range(1, 12)], axis=0)
    return bytes((wave * 4000).astype(np.int16).tobytes())


def of(pcm: bytes) -> dict[str, float]:
    return dict(zip(NAMES, features(pcm).tolist(), strict=True))


def test_pitch_is_followed() -> None:
    falling, level, rising = (of(spoken(lambda at: 150 * to**at)) for to in (0.7, 1.0, 1.4))  # noqa: B023
    assert level["range of pitch"] < 0.02
    assert level["slope of pitch in the last 12"] == pytest.approx(0, abs=0.02)
    octaves_in_200_ms = 0.2 * np.log2(1.4)
    assert rising["slope of pitch in the last 20"] == pytest.approx(octaves_in_200_ms, rel=0.2)
    assert falling["slope of pitch in the last 20"] < -0.08
    assert falling["pitch of the last 5"] < -0.2 < 0.2 < rising["pitch of the last 5"]


def test_lengthening_and_fading_are_seen() -> None:
    beat = spoken(lambda _: 120, 120) + bytes(32 * 80)
    even = of(beat * 5 + spoken(lambda _: 120, 120))
    slow = of(beat * 5 + spoken(lambda _: 120, 400))
    assert slow["lengthening"] > even["lengthening"] + 0.5
    fading = np.frombuffer(spoken(lambda _: 120), np.int16) * np.linspace(1, 0.2, 16_000)
    assert of(fading.astype(np.int16).tobytes())["loudness of the last 10"] < -1.5


@pytest.mark.parametrize("pcm", [b"", FRAME, FRAME * 75, noise(16_000, 1500, 0.1), tone(16_000, 40)], ids=len)
def test_what_is_not_speech_gives_numbers_too(pcm: bytes) -> None:
    assert np.isfinite(features(pcm)).all()


def test_weights_for_other_features_are_refused() -> None:
    arrays = {
        "weights": np.ones(len(NAMES)),
        "bias": np.array(0.5),
        "feature_version": np.array(FEATURE_VERSION),
    }
    prosody = Prosody.of(arrays)
    assert prosody.judge(FRAME) == pytest.approx(float(features(FRAME).sum()) + 0.5, rel=1e-4)
    for wrong in ({"weights": np.ones(3)}, {"feature_version": np.array(0)}):
        with pytest.raises(ValueError, match="the weights are for"):
            Prosody.of({**arrays, **wrong})


def test_judging_the_end_imports_nothing() -> None:
    """It is done between two frames of the sound."""
    code = """
import sys
import numpy as np
from edge_agent.audio.prosody import features
voice = (3000 * np.sin(np.arange(16_000) / 20)).astype(np.int16)
before = set(sys.modules)
features(voice.tobytes())
print(sorted(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
