from __future__ import annotations

import numpy as np
import pytest

from edge_agent.audio.echo.canceller import LATEST
from edge_agent.audio.echo.lateness import COMPARED, EARLIEST, Lateness
from edge_agent.audio.levels import level
from edge_agent.audio.resample import Resampler
from edge_agent.audio.sounds import spoken_answers
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES

from .sound import noise
from .world import LINES

ANSWER = Resampler(24_000, 16_000).process(b"".join(clip.pcm for clip in spoken_answers())[: 48 * 12_000])
PLAYED = np.frombuffer(ANSWER, np.int16).astype(float)


def levels(samples: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
    pcm = samples.clip(-32768, 32767).astype(np.int16).tobytes()
    return [level(pcm[at : at + MIC_FRAME_BYTES]) for at in range(0, len(pcm) - 639, MIC_FRAME_BYTES)]


def found(late_frames: int, gain: float = 0.1, beside: bytes = b"") -> int | None:
    room = np.frombuffer(noise(16_000, len(PLAYED) // 16, 0.001), np.int16).astype(float)
    heard = room[: len(PLAYED)] + gain * np.roll(PLAYED, late_frames * 320)
    near = np.frombuffer(beside, np.int16)
    heard[: len(near)] += near[: len(heard)]
    lateness = Lateness()
    for mic_db, played_db in zip(levels(heard), levels(PLAYED), strict=True):
        lateness.feed(mic_db, played_db)
    return lateness.frames


@pytest.mark.parametrize("late", [-6, 0, 3, 25, 35, 55])
def test_it_finds_the_delay_of_an_echo(late: int) -> None:
    assert found(late) == pytest.approx(late, abs=1)


def test_a_soft_echo_too_and_beside_a_voice_now_and_then() -> None:
    assert found(35, gain=0.06) == pytest.approx(35, abs=1)
    assert found(35, beside=LINES[0]) == pytest.approx(35, abs=1)


def test_without_an_echo_it_finds_nothing() -> None:
    assert found(0, gain=0) is None
    assert found(0, gain=0, beside=LINES[0] + LINES[1] + LINES[2]) is None


def test_what_lasts_steadily_says_nothing() -> None:
    lateness = Lateness()
    for _ in range(2 * (COMPARED + LATEST - EARLIEST)):
        lateness.feed(60, 60)
    assert lateness.frames is None


def test_what_was_played_softly_says_nothing() -> None:
    lateness = Lateness()
    for mic_db, played_db in zip(levels(PLAYED), levels(PLAYED), strict=True):
        lateness.feed(mic_db, played_db - 50)
    assert lateness.frames is None


def test_it_forgets_what_came_at_another_delay() -> None:
    lateness, both = Lateness(), list(zip(levels(np.roll(PLAYED, 320 * 30)), levels(PLAYED), strict=True))
    for mic_db, played_db in both[:200]:
        lateness.feed(mic_db, played_db)
    lateness.restart()
    for mic_db, played_db in both[:200]:
        lateness.feed(mic_db, played_db)
    assert lateness.frames is None
