"""What the model says: played, held until the user has finished, or thrown away. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.notices import NOTHING, Output
from .dialogue import ASK_S, LEAVE_S, QUIET_S, SURE_S, Dialogue
from .link_keeping import LinkKeeping

ANSWERED_MS = 1000  # of an answer, after which the question is not asked again
STOP = "Stop speaking now, and wait until the user speaks again."


class Speaking:
    def __init__(self, dialogue: Dialogue, link: LinkKeeping) -> None:
        self._dialogue, self._link = dialogue, link

    def handle(self, event: e.Event, now: float) -> Iterable[Output] | None:
        dialogue = self._dialogue
        match event:
            case e.AudioDelta():
                return self._receive(event, now)
            case e.AudioFinished(item_id=item_id):
                return (
                    self._end(now) if item_id in (dialogue.bursts.coming, dialogue.bursts.deaf) else NOTHING
                )
            case e.WordsTranscribed(item_id, role, text, _, end_ms):
                dialogue.transcript.add(item_id, role, text)
                if role == "assistant":
                    dialogue.transcript.time(item_id, text.strip(), end_ms)
                return NOTHING
            case e.PlaybackDrained(heard):
                dialogue.bursts.drained(heard, dialogue.transcript)
                return NOTHING
            case e.PlaybackStopped(heard):
                dialogue.bursts.stopped(heard, dialogue.transcript)
                return NOTHING
        return None

    def tick(self, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        if dialogue.quiet_at is not None and now >= dialogue.quiet_at:
            yield from self._fall_quiet(now)
        if dialogue.leave_at is not None and now >= dialogue.leave_at:
            dialogue.leave_at = None
            if dialogue.bursts.coming:
                yield from self._link.leave(c.RenewLink())
        if dialogue.resume_at is not None and now >= dialogue.resume_at:
            dialogue.resume_at = None
            yield c.DivideAnswer()

    def lose(self) -> None:
        """There is no speaker: nobody will hear all of what is being said, so the rest is not played either."""
        dialogue = self._dialogue
        if dialogue.bursts.coming:
            dialogue.bursts.drop(dialogue.transcript)
            if not dialogue.listens:
                dialogue.outcome, dialogue.why = "unanswered", dialogue.state.lost
                dialogue.give_up()

    def silence(self) -> Iterator[Output]:
        """The listener hears no more of it; the model stops when it hears a voice."""
        dialogue = self._dialogue
        if dialogue.bursts.are_under_way:
            dialogue.outcome = "interrupted"
        yield from dialogue.bursts.stop(dialogue.transcript)

    def stop(self, now: float) -> Iterator[Output]:
        """By hand: the model is told; it hears nothing that would stop it."""
        goes_on = bool(self._dialogue.bursts.coming) and self._dialogue.state.online
        yield from self.silence()
        if goes_on:
            self._dialogue.leave_at = now + LEAVE_S
            yield c.Tell("instructions", STOP)

    def _receive(self, delta: e.AudioDelta, now: float) -> Iterator[Output]:
        dialogue, bursts = self._dialogue, self._dialogue.bursts
        begins = delta.item_id != bursts.coming
        bursts.coming, dialogue.quiet_at = delta.item_id, now + QUIET_S
        if begins:
            self._begin(delta.item_id, now)
        if dialogue.state.lost:
            self.lose()
        if delta.item_id == bursts.deaf:
            return
        if bursts.withheld or (dialogue.listens and not dialogue.full_duplex):
            bursts.withheld.append(delta)
        else:
            dialogue.outcome = "answered"
            yield bursts.play(delta, dialogue.transcript)
        if dialogue.is_heard(now):
            dialogue.asked_at = dialogue.offline_until = None
            dialogue.outcome = "answered"
            if bursts.coming_ms >= ANSWERED_MS and dialogue.early_at is None and not dialogue.works:
                dialogue.answered()

    def _begin(self, item_id: str, now: float) -> None:
        """Another stretch of speech; after a stop by hand it is the rest of what was stopped, if nothing was asked."""
        dialogue = self._dialogue
        goes_on = dialogue.leave_at is not None and not dialogue.waits
        dialogue.bursts.deaf = item_id if goes_on else ""
        dialogue.resume_at = None
        if not goes_on:
            dialogue.leave_at = None
        dialogue.early_at = None if dialogue.is_heard(now) else now
        dialogue.work_heard = True

    def _end(self, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        yield from self._fall_quiet(now, ended=True)
        dialogue.bursts.deaf = ""
        dialogue.resume_at = None

    def _count(self, now: float, *, ended: bool) -> None:
        """An answer is over, and all was heard: it was about all of that, unless it began before, or was broken off."""
        dialogue = self._dialogue
        if dialogue.early_at is None and ended:
            dialogue.answered()
        elif dialogue.texts and now < dialogue.heard_by + ASK_S:
            dialogue.ask(now)
        else:
            dialogue.sure_at = now + SURE_S

    def _fall_quiet(self, now: float, *, ended: bool = False) -> Iterator[Output]:
        """It may have ended, or the network is slow: what is not listened to stays so."""
        dialogue = self._dialogue
        is_missed = not dialogue.bursts.coming or dialogue.bursts.deaf or dialogue.works
        if dialogue.is_heard(now) and not is_missed:
            self._count(now, ended=ended)
        dialogue.quiet_at = None
        yield from dialogue.bursts.end()
