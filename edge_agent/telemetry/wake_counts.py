"""How often the device was called, and what came of it: where nothing was said next, perhaps nobody called. Pure."""

from __future__ import annotations

from collections import Counter, deque
from typing import NamedTuple

from ..vocabulary import events as e
from ..vocabulary.state import State, Turn
from .status_shape import WakeStatus

MOST_DOUBTED = 10


class Doubted(NamedTuple):
    """`at_s`: on the clock of whoever tells."""

    word: str
    score: float
    at_s: float


class WakeCounts:
    """Scores are kept, and no sound."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        self._stops = self._own = self._unused = 0
        self._last: deque[Doubted] = deque(maxlen=MOST_DOUBTED)
        self._call: Doubted | None = None  # after which nothing was said yet

    def watch(self, event: e.Event, state: State, now: float) -> None:
        """After each event."""
        match event:
            case e.WakeWordHeard(word, score):
                self._calls[word] += 1
                if state.turn is Turn.LISTENING:
                    self._call = Doubted(word, score, now)
            case e.StopWordHeard():
                self._stops += 1
            case e.OwnWordHeard():
                self._own += 1
        if self._call and state.turn is not Turn.LISTENING:
            if state.turn is Turn.IDLE and not isinstance(event, e.InterruptRequested | e.MuteSwitched):
                self._unused += 1
                self._last.append(self._call)
            self._call = None

    def report(self, now: float) -> WakeStatus:
        return {
            "calls": dict(self._calls),
            "stops": self._stops,
            "own": self._own,
            "nothing_said": self._unused,
            "last_nothing_said": [
                {"word": call.word, "score": call.score, "ago_s": round(now - call.at_s, 1)}
                for call in self._last
            ],
        }
