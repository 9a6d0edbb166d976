"""What is to be done for an answer: by another model at the service, and by the tools that it calls. Pure.

The model that speaks hands work to the other one and says nothing of what it is; the other one calls the tools of this
device, and the one that speaks tells what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.commands import Cue
from ...vocabulary.notices import NOTHING, Output
from ..retries import MOST_CALLS
from .dialogue import Dialogue
from .duplex_keeper import DuplexKeeper
from .link_keeping import LinkKeeping

MOST_WORK = 16  # at once
NO_TOOLS = "Nothing is available for that on this device. Say so in a few words, and go on."
FAILED = "What was to be done could not be done ({}). Tell the user so in a few words."
LATE = "It takes too long. Tell the user in a few words that nothing came of it."


class Working:
    def __init__(self, dialogue: Dialogue, link: LinkKeeping, keeper: DuplexKeeper) -> None:
        self._dialogue, self._link, self._keeper = dialogue, link, keeper

    def handle(self, event: e.Event, now: float) -> Iterable[Output] | None:
        dialogue = self._dialogue
        match event:
            case e.WorkAsked(delegation_id, by_service=True):
                dialogue.work = [*dialogue.work, delegation_id][-MOST_WORK:]
                dialogue.go_on_working(now)
                return NOTHING
            case e.WorkAsked(delegation_id):
                return [c.Tell("commentary", NO_TOOLS, delegation_id)]
            case e.WorkPaused(calls=()):
                return self._end(event, now)
            case e.WorkPaused():
                return self._call(event, now)
        return None

    def tick(self, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        if dialogue.work_due is None or now < dialogue.work_due:
            return
        dialogue.finish_work()
        dialogue.ask(now)
        yield c.Tell("commentary", LATE)

    def _call(self, event: e.WorkPaused, now: float) -> Iterator[Output]:
        """What was said has been understood: from here on it is not said again, or it would be done twice."""
        dialogue = self._dialogue
        dialogue.rounds += 1
        if dialogue.rounds > MOST_CALLS + 1:
            yield from self._link.give_up(Cue.GAVE_UP)
            yield from self._link.leave(c.CloseLink())
            return
        if dialogue.is_heard(now):
            dialogue.asked_at = None
            dialogue.answered()
            dialogue.owes = True
        called = dialogue.calls.begin(event.calls, now, may_run=dialogue.rounds <= MOST_CALLS)
        yield from self._keeper.carry_out(called, now)

    def _end(self, event: e.WorkPaused, now: float) -> Iterator[Output]:
        self._dialogue.end_work(event.delegation_id, now)
        if event.status != "completed":
            yield c.Tell("commentary", FAILED.format(event.reason or event.status))
