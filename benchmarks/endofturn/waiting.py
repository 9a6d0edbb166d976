"""Tries a way of waiting on utterances: how late it ends them, and how often too early."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from edge_agent.audio.gate import RETURNS
from edge_agent.audio.patience import Patience
from edge_agent.vocabulary.sound import FRAME_MS

from .pauses import Utterance

ANSWERS_MS = 500  # from the commit to the first sound of an answer, at the soonest
PAUSE = 200 // FRAME_MS  # frames


@dataclass(slots=True)
class Tally:
    late_ms: list[float] = field(default_factory=list)  # of each utterance: its last word to the commit
    pauses: int = 0  # inside utterances
    cut: int = 0  # of them: taken for the end
    answered: int = 0  # of them: so long that an answer sounded before the voice went on

    def add(self, other: Tally) -> None:
        self.late_ms += other.late_ms
        self.pauses += other.pauses
        self.cut += other.cut
        self.answered += other.answered

    def quantile_ms(self, share: float) -> float:
        return float(np.quantile(self.late_ms, share)) if self.late_ms else float("nan")


def wait_for(
    utterances: Iterable[Utterance], patience: Callable[[], Patience], returns: int = RETURNS
) -> Tally:
    """Each speaker is a visitor: what was learned of one is not used for the next. `returns`: as in the gate."""
    tally, last, current = Tally(), None, patience()
    for utterance in utterances:
        if utterance.speaker != last:
            current, last = patience(), utterance.speaker
        _wait(utterance, current, tally, returns)
    return tally


def _wait(utterance: Utterance, patience: Patience, tally: Tally, returns: int) -> None:
    """A cut does not keep the next pauses from being judged."""
    patience.opened()
    quiet = longest = 0
    cut_at: int | None = None
    heard = zip(utterance.frames, utterance.voiced, utterance.suspected, strict=True)
    for number, (frame, voiced, suspected) in enumerate(heard):
        quiet = max(0, quiet - 3) if voiced else quiet + 1
        limit = patience.limit(frame, quiet)
        longest = max(longest, quiet)
        if cut_at is None and quiet >= limit + (returns if suspected else 0):
            cut_at = number
        if quiet == 0:
            if longest >= PAUSE:
                tally.pauses += 1
                tally.cut += cut_at is not None
                tally.answered += cut_at is not None and (number - cut_at) * FRAME_MS >= ANSWERS_MS
            longest, cut_at = 0, None
    if cut_at is not None:
        tally.late_ms.append((cut_at + 1) * FRAME_MS - utterance.end_ms)
