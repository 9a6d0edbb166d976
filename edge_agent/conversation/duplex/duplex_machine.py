"""The duplex machine: events in, commands and notices out. No I/O, no clock, no threads. Pure.

The model decides when it speaks. What is decided here: what is recorded and sent, what of its speech is heard, and when
there is a session, which costs money by the minute.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...vocabulary import events as e
from ...vocabulary.notices import NOTHING, Output
from ...vocabulary.state import State, Turn
from ..settings import TurnSettings
from ..transcript import Said
from .dialogue import Dialogue, DuplexCheckpoint
from .duplex_ringing import Ringing
from .link_keeping import LinkKeeping
from .listening import Listening
from .speaking import Speaking
from .user_requests import UserRequests


class DuplexConversation:
    """`handle` every event, and `Tick` when `deadline` (same clock as `now`) comes."""

    def __init__(self, settings: TurnSettings | None = None, state: State | None = None) -> None:
        self._go_on(Dialogue.begin(settings or TurnSettings(), state or State()))

    def _go_on(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue
        self._link = LinkKeeping(dialogue)
        speaking = Speaking(dialogue, self._link)
        listening = Listening(dialogue, self._link, speaking)
        self._ringing = Ringing(dialogue)
        self._parts = (
            self._ringing,
            UserRequests(dialogue, self._link, listening, speaking),
            listening,
            speaking,
            self._link,
        )

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
        return min(self.dialogue.deadlines, default=None)

    def checkpoint(self) -> DuplexCheckpoint:
        """What it knows now; it shares its objects, so write it down before the next event."""
        return DuplexCheckpoint(self.dialogue)

    @classmethod
    def restored(cls, checkpoint: DuplexCheckpoint) -> DuplexConversation:
        """One that goes on from there."""
        conversation = cls()
        conversation._go_on(checkpoint.dialogue)
        return conversation

    def handle(self, event: e.Event, now: float) -> list[Output]:
        """What an event leads to, in order."""
        outputs = [*self._handle(event, now), *self._ringing.rest(now), *self._link.rest(now)]
        return [*outputs, *self._show()]

    def _handle(self, event: e.Event, now: float) -> Iterable[Output]:
        for part in self._parts:
            outputs = part.handle(event, now)
            if outputs is not None:
                return outputs
        return NOTHING

    def _show(self) -> Iterable[Output]:
        """Whose turn it is now, and that one has ended."""
        dialogue = self.dialogue
        before, after = dialogue.state.turn, dialogue.turn
        if before is after:
            return
        dialogue.state = replace(dialogue.state, turn=after)
        again = before is Turn.SPEAKING and after is Turn.LISTENING
        if before is not Turn.IDLE and (again or after is Turn.IDLE):
            yield dialogue.ended()
        if before is Turn.IDLE or again:
            dialogue.begin_turn()
