"""All that the duplex machine knows. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ...vocabulary.commands import Tell
from ...vocabulary.frozen import frozen
from ...vocabulary.notices import Outcome, TurnEnded
from ...vocabulary.state import State, Turn
from ..calls import Calls
from ..parts.assembly import PartsKept
from ..presence import Presence
from ..settings import TurnSettings
from ..spoken_causes import OFFLINE
from ..transcript import Transcript
from .bursts import Bursts
from .kept_sound import KeptSound

ASK_S = 2.5  # without an answer after the user has finished, it is asked for
SILENT_S = 8.0  # and after that, the session is left
WORK_S = 120.0  # of another model at the service, without a sign of it
QUIET_S = 1.0  # without a piece of it, an answer has ended: not every service sends silence
LEAVE_S = 3.0  # an answer that goes on for so long after it was stopped by hand
PLACED_S = 1.0  # after which a text has found its place
TAIL_S = 0.5  # of what is said: silence, in which an answer may begin
SURE_S = 16.0  # a link may be dead for as long before that is noticed
RESUME_S = 1.5  # and after a voice over it that was none of its business
BROKEN_OFF = (
    "The connection was lost while something was being done for the user. What was done is in the conversation. Go on"
    " with it, or tell the user what came of it, now."
)


@dataclass(slots=True)
class Dialogue:
    """`uplink_id`: of the utterance that is recorded. `asked_at`: since when an answer is waited for;
    `is_reminded`: it was asked for once more."""

    settings: TurnSettings
    state: State
    presence: Presence
    transcript: Transcript = field(default_factory=Transcript)
    kept: KeptSound = field(default_factory=KeptSound)
    bursts: Bursts = field(default_factory=Bursts)
    texts: list[Tell] = field(default_factory=list)  # that are not answered
    calls: Calls = field(default_factory=Calls)
    work: list[str] = field(default_factory=list)  # delegations that another model is at, at the service
    work_at: float = 0.0  # the last sign of it
    work_heard: bool = False  # the model has spoken since it was begun, or went on
    owes: bool = False  # the answer to what was said and done for: it is not said again
    rounds: int = 0  # of calls, for what is being worked at
    lost_calls: list[str] = field(default_factory=list)  # of sessions that are gone
    number: int = 0
    visits: int = 0  # that are over
    sounds: bool = False
    full_duplex: bool = False
    spent: bool = False
    uplink_id: int | None = None
    by_hand: bool = False
    is_voice: bool = False  # what is recorded
    listen_until: float | None = None
    first_word_until: float | None = None
    asked_at: float | None = None
    early_at: float | None = None  # the answer that comes began before all was heard
    asked_before: bool = False  # what is said now: it is answered together with that
    is_reminded: bool = False
    heard_by: float = 0.0  # when the service will have heard all that was said
    sure_at: float | None = None  # what began early was the answer, if no other follows
    offline_until: float | None = None
    quiet_at: float | None = None  # the answer that comes has ended, if nothing more of it does
    leave_at: float | None = None
    resume_at: float | None = None
    link_trouble: str = OFFLINE  # a code: why the link is down, if it is
    opening: bool = False  # a session, if there is none
    leaving: bool = False  # the session, on purpose; `Disconnected` follows
    outcome: Outcome = "empty"  # of this turn
    why: str = ""

    @classmethod
    def begin(cls, settings: TurnSettings, state: State) -> Dialogue:
        return cls(settings, replace(state, standby=True), Presence.begin(settings))

    @property
    def listens(self) -> bool:
        return self.uplink_id is not None or self.listen_until is not None

    @property
    def works(self) -> bool:
        """Whether something is being done for an answer, here or at the service."""
        return bool(self.work) or self.calls.is_open

    @property
    def waits(self) -> bool:
        """Whether something was said, or is being said, that is not answered."""
        is_asked = self.asked_at is not None or self.works
        return self.listens or is_asked or bool(self.kept.pieces or self.texts)

    def is_heard(self, now: float) -> bool:
        """Whether what the model says now can be about all that was said."""
        return not self.listens and now >= self.heard_by - TAIL_S

    @property
    def turn(self) -> Turn:
        """As it is shown."""
        if self.bursts.sounds and not self.bursts.stops:
            return Turn.SPEAKING
        if self.listens:
            return Turn.LISTENING
        return Turn.THINKING if self.asked_at is not None or self.works else Turn.IDLE

    @property
    def remind_at(self) -> float | None:
        """When an answer that has not begun is asked for once more; SILENT_S later the session is left."""
        if self.asked_at is None or self.works or not self.state.online:
            return None
        return max(self.asked_at, self.heard_by) + ASK_S

    @property
    def work_due(self) -> float | None:
        """When work has taken too long; tools have deadlines of their own."""
        return self.work_at + WORK_S if self.work and not self.calls_open else None

    @property
    def calls_open(self) -> bool:
        """Whether this session waits for an output."""
        return any(call_id not in self.lost_calls for call_id in self.calls.open_ids)

    @property
    def deadlines(self) -> list[float]:
        answer_due = self.remind_at
        if answer_due is not None and self.is_reminded:
            answer_due += SILENT_S
        dues = (
            self.work_due,
            *(self.listen_until, self.first_word_until, self.sure_at, answer_due, self.offline_until),
            *(self.quiet_at, self.leave_at, self.resume_at, self.presence.due),
        )
        return [due for due in dues if due is not None]

    def show(self) -> Iterator[TurnEnded]:
        """Whose turn it is now, and that one has ended."""
        before, after = self.state.turn, self.turn
        if before is after:
            return
        self.state = replace(self.state, turn=after)
        again = before is Turn.SPEAKING and after is Turn.LISTENING
        if again and self.outcome == "unanswered":
            self.outcome = "answered"  # something else was, and that is still waited for
        if before is not Turn.IDLE and (again or after is Turn.IDLE):
            yield TurnEnded(self.number, self.outcome, self.why if self.outcome == "unanswered" else "")
        if before is Turn.IDLE or again:
            self.number += 1
            self.outcome, self.why = ("empty", "") if self.asked_at is None else ("unanswered", "timeout")

    def ask(self, now: float) -> None:
        """What was said is complete: an answer is waited for."""
        self.asked_at, self.is_reminded = now, False
        self.outcome, self.why = "unanswered", "timeout"

    def go_on_working(self, now: float) -> None:
        """The model at the service has all that it needs."""
        self.work_at, self.work_heard = now, False

    def end_work(self, delegation_id: str, now: float) -> None:
        """Nothing more comes of it but an answer. An unknown id: all work has ended."""
        self.work = [work for work in self.work if delegation_id in self.work and work != delegation_id]
        if self.works:
            return
        self.finish_work()
        if not self.work_heard:
            self.asked_at, self.is_reminded = now, False
        elif not (self.listens or self.bursts.coming):
            self.answered()

    def finish_work(self) -> None:
        self.work.clear()
        self.rounds = 0
        self.calls.answered()

    def lose_work(self, *, broken_off: bool) -> None:
        """The session is gone in which it was asked for. `broken_off`: nobody wanted that."""
        self.calls.lose_session()
        self.lost_calls = lost = self.calls.open_ids
        is_owed = self.owes or (self.work and not self.kept.pieces)
        if broken_off and is_owed and not lost:
            self.texts.append(Tell("commentary", BROKEN_OFF))
            if not self.listens and self.asked_at is None:
                self.ask(self.work_at)
        self.work.clear()
        if not lost:
            self.finish_work()

    def answered(self) -> None:
        """What was said until now needs not be said again, whatever becomes of the session."""
        self.kept.clear()
        self.texts.clear()
        self.sure_at, self.owes = None, False
        self.transcript.mark()

    def give_up(self) -> None:
        """Nothing of what was said is answered any more."""
        self.asked_at = self.offline_until = None
        self.answered()


@frozen
class DuplexCheckpoint:
    dialogue: Dialogue
    parts: PartsKept = field(default_factory=dict)
