"""The turn machine: events in, commands and notices out. No I/O, no clock, no threads. Pure.

The only place that changes what the device is doing. What happens is handed to the parts (`parts/`) in their order,
by what it is: people, sound, link, service. What they change is kept by `turn_keeper` (whose turn it is) with its
small machines: `utterance` (what is being said, and how long to listen), `exchange` (what was asked, and what came
of it), `presence` (whether anybody is here).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..vocabulary import events as e
from ..vocabulary.frozen import frozen
from ..vocabulary.state import State
from .parts import make_parts
from .parts.part import NOTHING, Output, Outputs, Part
from .settings import TurnSettings
from .transcript import Said
from .turn_keeper import TurnKeeper


@frozen
class Checkpoint:
    """All that a conversation knows. `parts`: what each part keeps (`Part.KEPT`), by the name of its class."""

    keeper: TurnKeeper
    parts: dict[str, dict[str, Any]]


class Conversation:
    """Decides; never acts. `handle` every event, and `Tick` when `deadline` (same clock as `now`) comes."""

    def __init__(self, settings: TurnSettings | None = None, state: State | None = None) -> None:
        self._go_on(TurnKeeper.begin(settings or TurnSettings(), state or State()))

    def _go_on(self, keeper: TurnKeeper) -> None:
        self.keeper, self.parts = keeper, make_parts(keeper)
        # few parts have these, and each event asks all of them
        self._timed = [part for part in self.parts if type(part).due is not Part.due]
        self._resting = [part for part in self.parts if type(part).rest is not Part.rest]
        self._settling = [part for part in self.parts if type(part).settle is not Part.settle]

    @property
    def state(self) -> State:
        return self.keeper.state

    @property
    def turns(self) -> int:
        """How many there have been."""
        return self.keeper.number

    @property
    def visits(self) -> int:
        """How many are over, and so forgotten."""
        return self.keeper.visits

    @property
    def sounds(self) -> bool:
        """Whether the devices are open."""
        return self.keeper.sounds

    @property
    def said(self) -> list[Said]:
        """What both sides have said in this visit, as far as it was heard."""
        return list(self.keeper.exchange.transcript)

    @property
    def deadline(self) -> float | None:
        """When to send `Tick`; never None in a turn."""
        return min((due for part in self._timed if (due := part.due) is not None), default=None)

    def checkpoint(self) -> Checkpoint:
        """What it knows now; it shares its objects, so write it down before the next event."""
        kept = {type(part).__name__: {name: getattr(part, name) for name in part.KEPT} for part in self.parts}
        return Checkpoint(self.keeper, {name: state for name, state in kept.items() if state})

    @classmethod
    def restored(cls, checkpoint: Checkpoint) -> Conversation:
        """One that goes on from there. What the checkpoint does not know is as at the start."""
        conversation = cls()
        conversation._go_on(checkpoint.keeper)
        for part in conversation.parts:
            state = checkpoint.parts.get(type(part).__name__, {})
            for name in state.keys() & set(part.KEPT):
                setattr(part, name, state[name])
        return conversation

    def handle(self, event: e.Event, now: float) -> list[Output]:
        """What an event leads to, in order."""
        return [*self._handle(event, now), *self._rest(now), *self._settle(now)]

    def _handle(self, event: e.Event, now: float) -> Iterable[Output]:
        if isinstance(event, e.Tick):
            return self._tick(now)
        for part in self.parts:
            outputs = part.handle(event, now)
            if outputs is not None:
                return outputs
        return self.keeper.listen_on(event, now)

    def _tick(self, now: float) -> Outputs:
        for part in self.parts:
            yield from part.tick(now)

    def _rest(self, now: float) -> Iterable[Output]:
        rests = (part.rest(now) for part in self._resting)
        return next((outputs for outputs in rests if outputs is not None), NOTHING)

    def _settle(self, now: float) -> Outputs:
        for part in self._settling:
            yield from part.settle(now)
