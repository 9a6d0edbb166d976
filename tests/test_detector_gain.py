from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.audio.detector_gain import BACKGROUND_DB, LOUDEST_DB, MOST_DB, RISE_DB, DetectorGain
from edge_agent.audio.levels import level
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES

from .sound import noise

LEVELS = st.floats(-30, 90)


def settled(background_db: float, loudest_db: float) -> float:
    gain = DetectorGain()
    gain.settle(background_db, loudest_db)
    return gain.db


def test_a_room_of_the_usual_level_is_left_alone() -> None:
    gain = DetectorGain()
    gain.follow(BACKGROUND_DB, LOUDEST_DB)
    frame = noise(16000, 20, 0.1)
    assert gain.db == 0
    assert gain.apply(frame) is frame


def test_it_rises_slowly_and_falls_at_once() -> None:
    gain, rises = DetectorGain(), []
    for _ in range(100):
        gain.follow(BACKGROUND_DB - 10, 40)
        rises.append(gain.db)
    assert np.allclose(rises, np.minimum(10, RISE_DB * np.arange(1, 101)))
    gain.follow(BACKGROUND_DB - 10, LOUDEST_DB - 3)
    assert gain.db == 3


@given(LEVELS, LEVELS)
def test_it_never_lowers_and_never_makes_the_loudest_too_loud(
    background_db: float, loudest_db: float
) -> None:
    db = settled(background_db, loudest_db)
    assert 0 <= db <= MOST_DB
    assert db == 0 or (background_db + db <= BACKGROUND_DB + 1e-9 and loudest_db + db <= LOUDEST_DB + 1e-9)


@given(st.integers(-40, 40), st.binary(min_size=MIC_FRAME_BYTES, max_size=MIC_FRAME_BYTES))
def test_what_it_makes_louder_is_louder_by_as_much_and_is_clipped_at_full_scale(
    background_db: int, frame: bytes
) -> None:
    gain = DetectorGain()
    gain.settle(background_db, background_db)
    wanted = np.frombuffer(frame, np.int16).astype(float) * 10 ** (gain.db / 20)
    assert np.abs(np.frombuffer(gain.apply(frame), np.int16) - wanted.clip(-32768, 32767)).max() <= 1


def test_a_soft_frame_is_lifted() -> None:
    gain = DetectorGain()
    gain.settle(20, 30)
    soft = noise(16000, 20, 0.001)
    assert abs(level(gain.apply(soft)) - level(soft) - gain.db) < 0.5
