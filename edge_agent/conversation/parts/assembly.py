"""Parts in their order: who is asked of what. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ...vocabulary import events as e
from .part import NOTHING, Output, Outputs, Part

# what each part keeps (`Part.KEPT`), by the name of its class
PartsKept: TypeAlias = dict[str, dict[str, Any]]


class Assembly:
    def __init__(self, parts: Sequence[Part[Any]]) -> None:
        self.parts = parts
        # few parts have these, and each event asks all of them
        self._timed = [part for part in parts if type(part).due is not Part.due]
        self._resting = [part for part in parts if type(part).rest is not Part.rest]
        self._settling = [part for part in parts if type(part).settle is not Part.settle]

    @property
    def due(self) -> float | None:
        return min((due for part in self._timed if (due := part.due) is not None), default=None)

    def handle(self, event: e.Event, now: float) -> Iterable[Output] | None:
        """None: no part knows the event."""
        for part in self.parts:
            outputs = part.handle(event, now)
            if outputs is not None:
                return outputs
        return None

    def tick(self, now: float) -> Outputs:
        for part in self.parts:
            yield from part.tick(now)

    def rest(self, now: float) -> Iterable[Output]:
        rests = (part.rest(now) for part in self._resting)
        return next((outputs for outputs in rests if outputs is not None), NOTHING)

    def settle(self, now: float) -> Outputs:
        for part in self._settling:
            yield from part.settle(now)

    def kept(self) -> PartsKept:
        kept = {type(part).__name__: {name: getattr(part, name) for name in part.KEPT} for part in self.parts}
        return {name: state for name, state in kept.items() if state}

    def restore(self, kept: Mapping[str, Mapping[str, Any]]) -> None:
        """What is not kept is as at the start."""
        for part in self.parts:
            state = kept.get(type(part).__name__, {})
            for name in state.keys() & set(part.KEPT):
                setattr(part, name, state[name])
