"""Timers, alarms and reminders ring: over everything but a person who is listened to, with or without a link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.commands import Cue
from ...vocabulary.state import Turn
from .part import NOTHING, Keeper, Output, Outputs, Part

RING_S = 60.0  # until it gives up
MESSAGES = {"timer": Cue.TIMER, "alarm": Cue.ALARM, "reminder": Cue.REMINDER}
NOBODY = "It rang, and nobody stopped it."
TELL = "Tell the user so now, in a few words."


class RingingPart(Part[Keeper]):
    KEPT = ("waiting", "since", "untold", "missed")

    def __init__(self, keeper: Keeper) -> None:
        super().__init__(keeper)
        self.waiting: list[e.TimeReached] = []  # that are due, and nobody has heard
        self.since: float | None = None  # it rings
        self.untold: list[e.TimeReached] = []  # that were heard to ring: the words are still to come
        self.missed: list[str] = []  # texts

    @property
    def due(self) -> float | None:
        return None if self.since is None else self.since + RING_S

    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        match event:
            case e.TimeReached():
                self.waiting.append(event)
                self.keeper.calls.run_again()
                return NOTHING
            case e.RingMissed(text):
                self.missed.append(text)
                return NOTHING
            case e.RingingStopped() if self.since is None:
                return NOTHING
            case e.RingingStopped() | e.ButtonPressed() | e.InterruptRequested() | e.StopWordHeard() if (
                self.since is not None
            ):
                return self._stop(now, heard=True)
        return None

    def tick(self, now: float, /) -> Outputs:
        if self.due is not None and now >= self.due:
            yield from self._stop(now, heard=False)

    def rest(self, now: float, /) -> Iterable[Output] | None:
        listening = self.keeper.turn is Turn.LISTENING
        if self.since is not None:
            return self._stop(now, heard=True) if listening else None  # a voice answers it
        if self.waiting and not listening:
            return self._start(now)
        if self.keeper.is_quiet:
            return self._words(now)
        return None

    def _start(self, now: float) -> Outputs:
        self.since = now
        self.keeper.state = replace(self.keeper.state, ringing=True)
        yield c.StartRinging()

    def _stop(self, now: float, *, heard: bool) -> Outputs:
        """What sounded before goes on. Nobody is told who is not there: words for the room, and for later."""
        keeper, rung = self.keeper, self.waiting
        keeper.wait_longer(now - (self.since or now))
        self.since, self.waiting = None, []
        keeper.state = replace(keeper.state, ringing=False)
        yield c.StopRinging()
        for ring in rung:
            yield c.SettleRing(ring.ring, heard)
        if heard:
            self.untold += rung
        else:
            self.missed += [f"{ring.text} {NOBODY}" for ring in rung]
            yield in_words(rung)

    def _words(self, now: float) -> Iterable[Output] | None:
        """By the service, if there is one; missed ones when somebody is here."""
        if self.untold:
            rung, self.untold = self.untold, []
            return self._tell([ring.text for ring in rung], in_words(rung), now)
        if self.missed and self.keeper.presence.visited:
            missed, self.missed = self.missed, []
            return self._tell(missed, c.PlayCue(Cue.MISSED_RING), now)
        return None

    def _tell(self, texts: list[str], otherwise: c.AudioCommand, now: float) -> Iterable[Output]:
        if not self.keeper.may_tell:
            return [otherwise]
        return self.keeper.take_text(" ".join([*texts, TELL]), now, "system")


def in_words(rung: list[e.TimeReached]) -> c.AudioCommand:
    """On this device, without a link."""
    if all(ring.pcm for ring in rung):
        return c.PlayWords(b"".join(ring.pcm for ring in rung))
    return c.PlayCue(MESSAGES[rung[-1].kind])
