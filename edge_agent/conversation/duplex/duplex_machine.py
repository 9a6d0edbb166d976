"""The duplex machine: events in, commands and notices out. No I/O, no clock, no threads. Pure.

The model decides when it speaks. What is decided here: what is recorded and sent, what of its speech is heard, and when
there is a session, which costs money by the minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...vocabulary import events as e
from ...vocabulary.notices import NOTHING, Output
from ...vocabulary.state import State
from ..parts import shared_parts
from ..parts.assembly import Assembly
from ..settings import TurnSettings
from ..transcript import Said
from .dialogue import Dialogue, DuplexCheckpoint
from .duplex_keeper import DuplexKeeper
from .link_keeping import LinkKeeping
from .listening import Listening
from .speaking import Speaking
from .user_requests import UserRequests
from .working import Working


class DuplexConversation:
    """`handle` every event, and `Tick` when `deadline` (same clock as `now`) comes."""

    def __init__(self, settings: TurnSettings | None = None, state: State | None = None) -> None:
        self._go_on(Dialogue.begin(settings or TurnSettings(), state or State()))

    def _go_on(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue
        self._link = link = LinkKeeping(dialogue)
        speaking = Speaking(dialogue, link)
        listening = Listening(dialogue, link, speaking)
        keeper = DuplexKeeper(dialogue, link, listening, speaking)
        working = Working(dialogue, link, keeper)
        self._shared = Assembly(shared_parts(keeper))
        self._parts = UserRequests(dialogue, link, keeper), working, listening, speaking, link
        self._timed = listening, speaking, working, link

    @property
    def state(self) -> State:
        return self.dialogue.state

    @property
    def turns(self) -> int:
        """How many there have been."""
        return self.dialogue.number

    @property
    def visits(self) -> int:
        """How many are over, and so forgotten."""
        return self.dialogue.visits

    @property
    def sounds(self) -> bool:
        """Whether the devices are open."""
        return self.dialogue.sounds

    @property
    def said(self) -> list[Said]:
        """What both sides have said in this visit, as far as it was heard."""
        return list(self.dialogue.transcript)

    @property
    def deadline(self) -> float | None:
        """When to send `Tick`."""
        shared = self._shared.due
        return min([*self.dialogue.deadlines, *([] if shared is None else [shared])], default=None)

    def checkpoint(self) -> DuplexCheckpoint:
        """What it knows now; it shares its objects, so write it down before the next event."""
        return DuplexCheckpoint(self.dialogue, self._shared.kept())

    @classmethod
    def restored(cls, checkpoint: DuplexCheckpoint) -> DuplexConversation:
        """One that goes on from there."""
        conversation = cls()
        conversation._go_on(checkpoint.dialogue)
        conversation._shared.restore(checkpoint.parts)
        return conversation

    def handle(self, event: e.Event, now: float) -> list[Output]:
        """What an event leads to, in order."""
        shared = self._shared
        outputs = [*self._handle(event, now), *shared.rest(now), *self._link.rest(now)]
        return [*outputs, *self.dialogue.show(), *shared.settle(now), *self.dialogue.show()]

    def _handle(self, event: e.Event, now: float) -> Iterable[Output]:
        if isinstance(event, e.Tick):
            return self._tick(now)
        for part in (self._shared, *self._parts):
            outputs = part.handle(event, now)
            if outputs is not None:
                return outputs
        return NOTHING

    def _tick(self, now: float) -> Iterator[Output]:
        for part in self._timed:
            yield from part.tick(now)
        yield from self._shared.tick(now)
