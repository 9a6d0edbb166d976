"""The turn machine: events in, commands and notices out. No I/O, no clock, no threads. Pure.

The only place that changes what the device is doing. What happens is handed to the parts (`parts/`) in their order,
by what it is: people, sound, link, service. What they change is kept by `turn_keeper` (whose turn it is) with its
small machines: `utterance` (what is being said, and how long to listen), `exchange` (what was asked, and what came
of it), `presence` (whether anybody is here).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..vocabulary import events as e
from ..vocabulary.frozen import frozen
from ..vocabulary.state import State
from .parts import make_parts
from .parts.assembly import Assembly, PartsKept
from .parts.part import Output, Part
from .settings import TurnSettings
from .transcript import Said
from .turn_keeper import TurnKeeper


@frozen
class Checkpoint:
    """All that a conversation knows."""

    keeper: TurnKeeper
    parts: PartsKept


class Conversation:
    """Decides; never acts. `handle` every event, and `Tick` when `deadline` (same clock as `now`) comes."""

    def __init__(self, settings: TurnSettings | None = None, state: State | None = None) -> None:
        self._go_on(TurnKeeper.begin(settings or TurnSettings(), state or State()))

    def _go_on(self, keeper: TurnKeeper) -> None:
        self.keeper, self._assembly = keeper, Assembly(make_parts(keeper))

    @property
    def parts(self) -> Sequence[Part[Any]]:
        return self._assembly.parts

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
        return self._assembly.due

    def checkpoint(self) -> Checkpoint:
        """What it knows now; it shares its objects, so write it down before the next event."""
        return Checkpoint(self.keeper, self._assembly.kept())

    @classmethod
    def restored(cls, checkpoint: Checkpoint) -> Conversation:
        """One that goes on from there. What the checkpoint does not know is as at the start."""
        conversation = cls()
        conversation._go_on(checkpoint.keeper)
        conversation._assembly.restore(checkpoint.parts)
        return conversation

    def handle(self, event: e.Event, now: float) -> list[Output]:
        """What an event leads to, in order."""
        parts = self._assembly
        return [*self._handle(event, now), *parts.rest(now), *parts.settle(now)]

    def _handle(self, event: e.Event, now: float) -> Iterable[Output]:
        if isinstance(event, e.Tick):
            return self._assembly.tick(now)
        outputs = self._assembly.handle(event, now)
        return self.keeper.listen_on(event, now) if outputs is None else outputs
