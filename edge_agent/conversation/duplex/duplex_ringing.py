"""What was set with another service still rings, over everything but a person who is listened to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.notices import NOTHING, Output
from ..parts.ringing import RING_S, in_words
from .dialogue import Dialogue


class Ringing:
    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue

    def handle(self, event: e.Event, _: float) -> Iterable[Output] | None:
        match event:
            case e.TimeReached():
                self._dialogue.rings.append(event)
                return NOTHING
            case e.RingingStopped() | e.ButtonPressed() | e.InterruptRequested() | e.StopWordHeard() if (
                self._dialogue.state.ringing
            ):
                return self._stop(heard=True)
        return None

    def rest(self, now: float) -> Iterator[Output]:
        """An event was handled: begin or end, as it is time to."""
        dialogue, until = self._dialogue, self._dialogue.rings_until
        if until is None and dialogue.rings and not dialogue.listens:
            dialogue.rings_until = now + RING_S
            dialogue.state = replace(dialogue.state, ringing=True)
            yield c.StartRinging()
        elif until is not None and (dialogue.listens or now >= until):
            yield from self._stop(heard=dialogue.listens)

    def _stop(self, *, heard: bool) -> Iterator[Output]:
        dialogue = self._dialogue
        rung, dialogue.rings, dialogue.rings_until = dialogue.rings, [], None
        dialogue.state = replace(dialogue.state, ringing=False)
        yield c.StopRinging()
        for ring in rung:
            yield c.SettleRing(ring.ring, heard)
        if not dialogue.listens:
            yield in_words(rung)
