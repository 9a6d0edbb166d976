"""When there is a session: it costs money by the minute, and ends. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.commands import Cue
from ...vocabulary.notices import NOTHING, Output
from ...vocabulary.state import Turn
from ..presence import QuietStep
from ..spoken_causes import OFFLINE, link_cause, spoken_cause
from .dialogue import PLACED_S, SILENT_S, Dialogue

ANSWER = "The user has finished and waits for you. Answer now."


class LinkKeeping:
    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue

    def handle(self, event: e.Event, now: float) -> Iterable[Output] | None:
        dialogue = self._dialogue
        match event:
            case e.Connected():
                return self._begin(now)
            case e.Disconnected():
                return self._lose(now)
            case e.LinkFailed(code, told=told):
                dialogue.link_trouble = code
                dialogue.state = replace(
                    dialogue.state, standby=dialogue.state.standby and not dialogue.waits
                )
                return self.give_up(spoken_cause(code)) if told and dialogue.waits else self.spare()
            case e.LinkPrepared(urgent):
                dialogue.presence.prepared(urgent=urgent)
                return NOTHING
            case e.SessionEnded("content"):
                return self._refuse()
        return None

    def tick(self, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        if dialogue.offline_until is not None and now >= dialogue.offline_until:
            yield from self.give_up(link_cause(dialogue.link_trouble))
        remind_at = dialogue.remind_at
        if remind_at is None or now < remind_at:
            return
        if now >= remind_at + SILENT_S:
            yield from self.give_up(Cue.GAVE_UP)
            yield from self.leave(c.CloseLink())
        elif not dialogue.is_reminded:
            dialogue.is_reminded = True
            yield c.Tell("commentary", ANSWER)

    def rest(self, now: float) -> Iterator[Output]:
        """An event was handled: what is to be done because nobody talks, or the link is down."""
        dialogue, presence = self._dialogue, self._dialogue.presence
        online, idle = dialogue.state.online, dialogue.turn is Turn.IDLE and not dialogue.bursts.coming
        if dialogue.spent and (online or dialogue.opening) and not dialogue.bursts.are_under_way:
            yield from self.give_up(Cue.DAILY_COST)
            yield from self.leave(c.CloseLink())
            return
        for step in presence.steps(now, quiet=idle, online=online):
            yield from self._step(step)
        if presence.urgent and not dialogue.bursts.coming:
            yield from self._step(QuietStep.SWITCH)
        if dialogue.asked_at is not None and not dialogue.state.online and dialogue.offline_until is None:
            dialogue.offline_until = now + dialogue.settings.limits.offline_s

    def want(self) -> Iterator[Output]:
        """Somebody wants to talk."""
        if not (self._dialogue.state.online or self._dialogue.spent):
            self._dialogue.opening = True
            yield c.OpenLink()

    def spare(self) -> Iterator[Output]:
        """A session that is being opened, and nobody waits for."""
        dialogue = self._dialogue
        if dialogue.opening and not dialogue.waits:
            dialogue.opening, dialogue.offline_until = False, None
            dialogue.state = replace(dialogue.state, standby=True)
            yield c.CloseLink()

    def leave(self, command: c.CloseLink | c.RenewLink) -> Iterator[Output]:
        """Leave this session on purpose; `Disconnected` follows."""
        dialogue = self._dialogue
        if dialogue.state.online:
            dialogue.lose_work(broken_off=isinstance(command, c.RenewLink))
            yield from self._forsake()
            renews = isinstance(command, c.RenewLink) and not dialogue.spent
            dialogue.leaving, dialogue.opening = True, renews
            dialogue.state = replace(dialogue.state, online=False, standby=True)
            yield command if renews else c.CloseLink()

    def forget(self, *, called: bool = False) -> Iterator[Output]:
        """The visit is over: nothing of it is left here, or at the service. `called`: another one begins, and with it
        what the microphone has just heard."""
        dialogue = self._dialogue
        yield from dialogue.calls.abandon()
        dialogue.finish_work()
        dialogue.give_up()
        dialogue.transcript.forget()
        dialogue.visits += 1
        dialogue.presence.done(QuietStep.FORGET)
        if not called:
            yield c.ForgetPreroll()
        yield from self.leave(c.CloseLink())

    def give_up(self, cue: Cue) -> Iterator[Output]:
        """What was asked is not answered: say why."""
        dialogue = self._dialogue
        if not dialogue.state.online:
            dialogue.why = dialogue.link_trouble
        dialogue.give_up()
        yield c.PlayCue(cue)
        yield from self.spare()

    def _begin(self, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        dialogue.state = replace(dialogue.state, online=True, standby=False)
        dialogue.opening, dialogue.offline_until, dialogue.link_trouble = False, None, OFFLINE
        dialogue.heard_by = now + dialogue.kept.ms / 1000 + (PLACED_S if dialogue.texts else 0.0)
        if dialogue.asked_at is not None or dialogue.texts:
            dialogue.asked_at = now
        if dialogue.state.muted:
            yield c.MuteInput(True)
        if dialogue.kept.forgot:
            yield c.PlayCue(Cue.LOST_WORDS)
        if dialogue.kept.pieces:
            dialogue.transcript.keep_place()
        yield from dialogue.kept.pieces
        yield from dialogue.texts

    def _lose(self, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        left, dialogue.leaving = dialogue.leaving, False
        if left:
            return
        dialogue.lose_work(broken_off=True)
        yield from self._forsake()
        dialogue.state = replace(dialogue.state, online=False, standby=not dialogue.waits)
        if dialogue.waits and dialogue.spent:
            yield from self.give_up(Cue.DAILY_COST)
            yield c.CloseLink()
        elif dialogue.waits:
            is_asked = dialogue.listens or dialogue.asked_at is not None
            if (dialogue.kept.pieces or dialogue.texts) and not is_asked:
                dialogue.ask(now)  # too little of an answer was heard
            yield from self.want()
        else:
            yield c.CloseLink()

    def _forsake(self) -> Iterator[Output]:
        """The session is gone: what came is still worth listening; what was not answered will be said again."""
        dialogue = self._dialogue
        dialogue.transcript.rewind()
        dialogue.leave_at = dialogue.resume_at = dialogue.quiet_at = None
        dialogue.early_at = dialogue.sure_at = None
        yield from dialogue.bursts.end()
        dialogue.bursts.deaf = ""

    def _refuse(self) -> Iterator[Output]:
        """The service does not want to hear of this any more."""
        yield from self.give_up(Cue.SERVICE_PROBLEM)
        yield from self.forget()

    def _step(self, step: QuietStep) -> Iterator[Output]:
        if step is QuietStep.FORGET:
            yield from self.forget()
        elif step is QuietStep.CLOSE:
            self._dialogue.answered()
            yield from self.leave(c.CloseLink())
        else:
            self._dialogue.presence.done(step)
            yield from self.leave(c.RenewLink())
