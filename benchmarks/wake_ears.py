"""The wake words at each step of sensitivity, at the cost of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from edge_agent.audio.micro_wake_word import MicroScorer, listened_for
from edge_agent.audio.wake_ear import WakeEar
from edge_agent.audio.wake_models import WakeModel
from edge_agent.audio.wake_trial import NOTHING_PLAYED
from edge_agent.config.wake_words import Sensitivity, WakeWord
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES

from .rooms import Signal, pcm_of

STEPS: tuple[Sensitivity, ...] = ("low", "medium", "high")


def frames(signal: Signal) -> Iterator[bytes]:
    pcm = pcm_of(signal)
    return (
        pcm[at : at + MIC_FRAME_BYTES] for at in range(0, len(pcm) - MIC_FRAME_BYTES + 1, MIC_FRAME_BYTES)
    )


class Shared:
    """A scorer that several ears ask in turn for the same sound."""

    def __init__(self, scorer: MicroScorer) -> None:
        self._scorer, self._scores = scorer, [0.0]
        self._asked = self._reset = 0

    def score(self, pcm: bytes) -> list[float]:
        if self._asked % len(STEPS) == 0:
            self._scores = self._scorer.score(pcm)
        self._asked += 1
        return self._scores

    def reset(self) -> None:
        if self._reset % len(STEPS) == 0:
            self._scorer.reset()
        self._reset += 1


class Ears:
    """One for each step of sensitivity."""

    def __init__(self, names: Sequence[str]) -> None:
        models = [WakeModel(name) for name in names]
        shared, deaf = Shared(MicroScorer(models)), MicroScorer([])
        self._ears = {
            step: WakeEar(
                [
                    listened_for(WakeWord(name, step), model)
                    for name, model in zip(names, models, strict=True)
                ],
                shared,
                deaf,
            )
            for step in STEPS
        }

    def calls(self, signal: Signal) -> Counter[tuple[str, Sensitivity]]:
        """How often each word was heard, by step."""
        count: Counter[tuple[str, Sensitivity]] = Counter()
        for ear in self._ears.values():
            ear.forget()
        for frame in frames(signal):
            for step, ear in self._ears.items():
                if hit := ear.hear(frame, NOTHING_PLAYED):
                    count[hit.word.name, step] += 1
        return count
