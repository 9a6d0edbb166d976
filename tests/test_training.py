"""How the detector of voices over the answer is trained and judged: what needs no recordings."""

from __future__ import annotations

import re

import numpy as np
import pytest

from benchmarks.physical.network import BATCH, CONTEXT, Examples, Network, history, train
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
    assert "1/2" in str(total)
    assert "2.00/min" in str(total)


def test_the_network_learns_what_was_a_while_ago() -> None:
    random = np.random.default_rng(1)
    features = random.standard_normal((6 * BATCH, 2)).astype(np.float32)
    rows = history(len(features))
    labels = (features[rows[:, -1], 0] > 0).astype(np.float32)
    examples = Examples(features, rows, labels, np.ones_like(labels))
    network = Network.new(features[rows[:2000]].reshape(2000, -1), 16, random)
    losses = list(train(network, examples, 40, random, rate=1e-2))
    assert losses[-1] < losses[0] / 3
    right = (network.logits(features) > 0) == (labels > 0)
    assert right[max(CONTEXT) :].mean() > 0.95
