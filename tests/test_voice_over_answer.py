"""The detector of a voice over the answer: its network and its sum. What it was taught is tested in benchmarks."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.physical.network import Network
from edge_agent.audio.echo.linear.detector import FEATURE_VERSION, MOST, NETWORK_VERSION, Detector, Weights
from edge_agent.audio.echo.linear.layout import FEATURES, Floats

SEEN, UNITS = 2, 3


def saved(**other: Any) -> dict[str, Any]:
    """As training saves it. One unit holds, more or less, feature 5 (up to 1) of this frame: it forgets at once."""
    inward, gates = np.zeros((FEATURES, SEEN)), np.zeros((SEEN, 3 * UNITS))
    inward[5, 0] = 1
    gates[0, 2 * UNITS] = 1
    values: dict[str, Any] = {
        "feature_version": FEATURE_VERSION,
        "network_version": NETWORK_VERSION,
        "mean": np.zeros(FEATURES),
        "scale": np.ones(FEATURES),
        "inward": inward,
        "inward_bias": np.zeros(SEEN),
        "gates": gates,
        "gates_bias": np.repeat([-40.0, 0.0, 0.0], UNITS),
        "recurrent": np.zeros((UNITS, 3 * UNITS)),
        "recurrent_bias": np.zeros(UNITS),
        "output": np.array([10.0, 0.0, 0.0]),
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


def drawn(seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    plain = saved()
    return plain | {
        name: random.standard_normal(plain[name].shape)
        for name in ("inward", "inward_bias", "gates", "gates_bias", "recurrent", "recurrent_bias", "output")
    }


def test_it_is_what_was_trained() -> None:
    random = np.random.default_rng(4)
    frames = random.standard_normal((40, FEATURES)).astype(np.float32)
    trained = Network.new(frames, seen=6, units=5, random=random)
    for parameter in trained.parameters():
        parameter += 0.3 * random.standard_normal(parameter.shape)
    arrays = trained.arrays() | {"offset": np.float64(2.0), "limit": np.float64(9.0)}
    weights = Weights.of(arrays)
    assert (weights.offset, weights.limit) == (2.0, 9.0)
    assert np.allclose(Detector(weights).logits(frames), trained.logits(frames), atol=0.02)


def test_a_unit_that_forgets_at_once_sees_one_frame() -> None:
    logits = Detector(Weights.of(saved())).logits(features(0, 9, 0, -9))
    assert np.allclose(logits, [-1, 9, -1, -1], atol=1e-4)


def test_a_unit_that_never_forgets_sees_the_first_one_until_it_is_reset() -> None:
    update = np.zeros((SEEN, 3 * UNITS))
    update[0, 2 * UNITS] = 1
    update[1, 0] = 80
    first_only = saved(gates=update, inward_bias=np.array([0.0, 0.0]), inward=marked())
    detector = Detector(Weights.of(first_only))
    heard = features(9, 9, 0)
    heard[1:, 6] = 1
    assert np.allclose(detector.logits(heard), [9, 9, 9], atol=1e-4)
    detector.reset()
    assert np.allclose(detector.logits(heard[1:]), [-1, -1], atol=1e-4)


def marked() -> Floats:
    """Feature 6 closes the gate."""
    inward = np.zeros((FEATURES, SEEN), np.float32)
    inward[5, 0] = inward[6, 1] = 1
    return inward


def test_what_is_not_a_number_is_not_remembered() -> None:
    detector = Detector(Weights.of(saved()))
    assert detector.voices(features(np.nan)) == [False]
    assert np.allclose(detector.logits(features(9)), [9], atol=1e-4)


def test_features_are_taken_as_in_training() -> None:
    mean, scale = np.zeros(FEATURES), np.ones(FEATURES)
    mean[5], scale[5] = 4, 2
    detector = Detector(Weights.of(saved(mean=mean, scale=scale)))
    assert np.allclose(detector.logits(features(4, 24)), [-1, 9], atol=1e-4)


@given(st.lists(st.integers(1, 9), min_size=1), st.integers(0, 9))
def test_it_does_not_matter_how_many_frames_come_together(counts: list[int], seed: int) -> None:
    frames = np.random.default_rng(seed).standard_normal((sum(counts), FEATURES)).astype(np.float32)
    weights = Weights.of(drawn(seed))
    detector, whole = Detector(weights), Detector(weights).logits(frames)
    parts = [detector.logits(part) for part in np.split(frames, np.cumsum(counts)[:-1])]
    assert np.allclose(np.concatenate(parts), whole, atol=1e-3)


SURE = 0.31  # its tanh is 0.3: a logit of 2


def test_a_voice_is_believed_when_it_lasts() -> None:
    detector = Detector(Weights.of(saved(limit=5.9)))
    assert detector.voices(features(SURE, 0, SURE, 0, 0)) == [False] * 5
    assert detector.voices(features(SURE, SURE, SURE, SURE)) == [False, False, True, False]


def test_one_frame_alone_is_not_believed_however_sure_it_is() -> None:
    detector = Detector(Weights.of(saved()))
    assert detector.voices(features(1000)) == [False]
    assert detector.sum == MOST


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"feature_version": 99}, "features of version 99, not 1"),
        ({"network_version": 1}, "networks of version 1, not 2"),
        ({"inward": np.zeros((3, 3))}, r"inward of \(3, 3\), not \(64, 2\)"),
        ({"gates": np.zeros((3, 3))}, r"gates of \(3, 3\), not \(2, 9\)"),
        ({"mean": np.zeros(3)}, r"mean of \(3,\), not \(64,\)"),
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
