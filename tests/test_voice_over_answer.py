"""The detector of a voice over the answer: its network and its sum. What it was taught is tested in benchmarks."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.audio.echo.linear.detector import FEATURE_VERSION, MOST, Detector, Weights
from edge_agent.audio.echo.linear.layout import FEATURES, Floats

CONTEXT = (0, 1, 3)
UNITS = 2


def saved(**other: Any) -> dict[str, Any]:
    """As training saves it: one unit sums up feature 5 of this frame, one that of three frames ago."""
    inputs = len(CONTEXT) * FEATURES
    hidden = np.zeros((inputs, UNITS))
    hidden[5, 0] = hidden[2 * FEATURES + 5, 1] = 1
    values: dict[str, Any] = {
        "feature_version": FEATURE_VERSION,
        "context": CONTEXT,
        "mean": np.zeros(inputs),
        "scale": np.ones(inputs),
        "hidden": hidden,
        "hidden_bias": np.zeros(UNITS),
        "output": np.array([1.0, 10.0]),
        "output_bias": -1.0,
        "offset": 0.0,
        "limit": 6.0,
    }
    file = BytesIO()
    np.savez(file, allow_pickle=False, **(values | other))
    file.seek(0)
    return dict(np.load(file))


def features(*values: float) -> Floats:
    frames = np.zeros((len(values), FEATURES), np.float32)
    frames[:, 5] = values
    return frames


def test_it_sees_this_frame_and_some_before() -> None:
    detector = Detector(Weights.of(saved()))
    assert detector.logits(features(0, 1, 0, 0, 0, 2)).tolist() == [-1, 0, -1, -1, 9, 1]
    assert detector.logits(features(0, 0, 0)).tolist() == [-1, -1, 19]
    detector.reset()
    assert detector.logits(features(0, 0, 0)).tolist() == [-1, -1, -1]


def test_before_the_first_frame_all_was_as_in_it() -> None:
    assert Detector(Weights.of(saved())).logits(features(2)).tolist() == [21]


def test_features_are_taken_as_in_training() -> None:
    mean, scale = np.zeros(3 * FEATURES), np.ones(3 * FEATURES)
    mean[5], scale[5] = 4, 2
    detector = Detector(Weights.of(saved(mean=mean, scale=scale)))
    assert detector.logits(features(0, 10)).tolist() == [-1, 2]


@given(st.lists(st.integers(1, 9), min_size=1), st.integers(0, 9))
def test_it_does_not_matter_how_many_frames_come_together(counts: list[int], seed: int) -> None:
    frames = np.random.default_rng(seed).standard_normal((sum(counts), FEATURES)).astype(np.float32)
    detector, whole = Detector(Weights.of(saved())), Detector(Weights.of(saved())).logits(frames)
    parts = [detector.logits(part) for part in np.split(frames, np.cumsum(counts)[:-1])]
    assert np.allclose(np.concatenate(parts), whole, atol=1e-5)


def test_a_voice_is_believed_when_it_lasts() -> None:
    detector = Detector(Weights.of(saved(context=(0,), **one_frame())))
    loud = 3.0  # a logit of 2
    assert detector.voices(features(loud, 0, loud, 0, 0)) == [False] * 5
    assert detector.voices(features(loud, loud, loud, loud)) == [False, False, True, False]


def test_one_frame_alone_is_not_believed_however_sure_it_is() -> None:
    detector = Detector(Weights.of(saved(context=(0,), **one_frame())))
    assert detector.voices(features(1000)) == [False]
    assert detector.sum == MOST


def one_frame() -> dict[str, Any]:
    hidden = np.zeros((FEATURES, UNITS))
    hidden[5, 0] = 1
    return {"mean": np.zeros(FEATURES), "scale": np.ones(FEATURES), "hidden": hidden}


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"feature_version": 99}, "features of version 99, not 1"),
        ({"hidden": np.zeros((3, 3))}, r"hidden of \(3, 3\), not \(192, 2\)"),
        ({"mean": np.zeros(3)}, r"mean of \(3,\), not \(192,\)"),
    ],
)
def test_weights_for_something_else_are_refused(other: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Weights.of(saved(**other))


def test_weights_must_be_whole() -> None:
    whole = saved()
    del whole["scale"], whole["limit"]
    with pytest.raises(ValueError, match="the weights lack scale, limit"):
        Weights.of(whole)
