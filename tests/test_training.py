"""How the detector of voices over the answer is trained and judged: what needs no recordings."""

from __future__ import annotations

import re

import numpy as np
import pytest

from benchmarks.physical.network import STRETCH, TOGETHER, Examples, Network, backward, forward, train
from benchmarks.physical.opening import Score, Threshold, of_nobody, of_words, openings
from benchmarks.physical.sources import SOURCES, SPOKEN, TRAINING_LICENCES

from .markdown import table_headed


def test_training_has_only_recordings_that_may_be_built_on() -> None:
    used = [source.licence for source in SOURCES if source.use == "train"]
    used += [licence for _, use, licence in SPOKEN if use == "train"]
    assert [licence for licence in used if not licence.startswith(TRAINING_LICENCES)] == []


def test_the_page_lists_every_recording() -> None:
    rows = table_headed("training.md", "recordings", "from", "licence", "for")
    listed = [(row[0].partition(":")[0], row[2], row[3]) for row in rows]
    expected = [(source.folder, source.licence, source.use) for source in SOURCES]
    expected += [(name, re.sub(r" \(.*", "", licence), use) for name, use, licence in SPOKEN]
    assert listed == expected


def test_no_recording_is_in_both_sets() -> None:
    assert len({(source.origin, paths) for source in SOURCES for paths in source.paths}) == sum(
        len(source.paths) for source in SOURCES
    )


def test_a_sum_of_logits_opens_once_for_a_voice() -> None:
    logits = np.full(200, -2.0)
    logits[50:60] = 3.0
    assert openings(logits, Threshold(offset=1.0, limit=8.0)) == [53]
    assert openings(logits, Threshold(offset=1.0, limit=30.0)) == []


def test_one_frame_alone_does_not_open() -> None:
    logits = np.full(200, -2.0)
    logits[50] = 1000.0
    assert openings(logits, Threshold(offset=0.0, limit=5.0)) == []


@pytest.mark.parametrize(
    ("opened", "onsets_ms", "interruptions"),
    [([12], [60.0], 0), ([12, 14], [60.0], 0), ([34], [500.0], 0), ([36], [], 1), ([5], [], 1), ([], [], 0)],
)
def test_words_are_heard_while_they_last_and_a_little_later(
    opened: list[int], onsets_ms: list[float], interruptions: int
) -> None:
    score = of_words(opened, starts=[10], ends=[20])
    assert (score.words, score.onsets_ms, score.interruptions) == (1, onsets_ms, interruptions)


def test_scores_add_up() -> None:
    total = Score()
    total.add(of_nobody([3, 90], frames=3000))
    total.add(of_words([12], starts=[10, 100], ends=[20, 110]))
    assert (total.false_a_minute, total.heard) == (2.0, 0.5)
    assert total.worth == pytest.approx(0.5 * (1 - 0.06 / 2))
    assert "1/2" in str(total)
    assert "2.00/min" in str(total)


def network(features: int = 6) -> Network:
    random = np.random.default_rng(1)
    sample = random.standard_normal((50, features)).astype(np.float32)
    return Network.new(sample, seen=8, units=8, random=random)


def test_its_gradients_are_the_slopes_of_the_loss() -> None:
    random, small = np.random.default_rng(2), network()
    features = random.standard_normal((7, 3, 6)).astype(np.float32)
    direction = random.standard_normal((7, 3)).astype(np.float32)
    state = random.standard_normal((3, 8)).astype(np.float32)
    gradients = backward(small, forward(small, features, state), direction)
    for parameter, gradient in zip(small.parameters(), gradients, strict=True):
        at = np.unravel_index(int(np.abs(gradient).argmax()), gradient.shape)
        middle, sums = parameter[at], []
        for step in (1e-2, -1e-2):
            parameter[at] = middle + step
            sums.append(float((forward(small, features, state).logits * direction).sum()))
        parameter[at] = middle
        assert (sums[0] - sums[1]) / 2e-2 == pytest.approx(float(gradient[at]), rel=0.02)


def test_it_learns_what_was_a_while_ago() -> None:
    random, small = np.random.default_rng(1), network(features=2)
    features = random.standard_normal((TOGETHER, 2 * STRETCH, 2)).astype(np.float32)
    ago = 5
    labels = np.zeros(features.shape[:2], np.float32)
    labels[:, ago:] = features[:, :-ago, 0] > 0
    losses = list(train(small, Examples(features, labels, np.ones_like(labels)), 150, random, rate=2e-2))
    assert losses[-1] < losses[0] / 2
    right = (small.logits(features.swapaxes(0, 1)) > 0) == (labels.T > 0)
    assert right[ago:].mean() > 0.9
