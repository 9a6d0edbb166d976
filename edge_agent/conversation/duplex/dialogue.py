"""All that the duplex machine knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...vocabulary.commands import Tell
from ...vocabulary.events import TimeReached
from ...vocabulary.frozen import frozen
from ...vocabulary.notices import Outcome, TurnEnded
from ...vocabulary.state import State, Turn
from ..presence import Presence
from ..settings import TurnSettings
from ..spoken_causes import OFFLINE
from ..transcript import Transcript
from .bursts import Bursts
from .kept_sound import KeptSound

ASK_S = 2.5  # without an answer after the user has finished, it is asked for
SILENT_S = 8.0  # and after that, the session is left
QUIET_S = 1.0  # without a piece of it, an answer has ended: not every service sends silence
LEAVE_S = 3.0  # an answer that goes on for so long after it was stopped by hand
RESUME_S = 1.5  # and after a voice over it that was none of its business


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
    early_at: float | None = None  # an answer began while the user was still listened to
    asked_before: bool = False  # what is said now: it is answered together with that
    is_reminded: bool = False
    late_s: float = 0.0  # so much later the service hears what is said now
    offline_until: float | None = None
    quiet_at: float | None = None  # the answer that comes has ended, if nothing more of it does
    leave_at: float | None = None
    resume_at: float | None = None
    link_trouble: str = OFFLINE  # a code: why the link is down, if it is
    rings: list[TimeReached] = field(default_factory=list)  # that are due, and nobody has heard
    rings_until: float | None = None
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
    def waits(self) -> bool:
        """Whether something was said, or is being said, that is not answered."""
        return self.listens or self.asked_at is not None or bool(self.kept.pieces or self.texts)

    @property
    def turn(self) -> Turn:
        """As it is shown."""
        if self.bursts.sounds and not self.bursts.stops:
            return Turn.SPEAKING
        if self.listens:
            return Turn.LISTENING
        return Turn.THINKING if self.asked_at is not None else Turn.IDLE

    @property
    def remind_at(self) -> float | None:
        """When an answer that has not begun is asked for once more; SILENT_S later the session is left."""
        if self.asked_at is None or not self.state.online:
            return None
        return self.asked_at + self.late_s + ASK_S

    @property
    def deadlines(self) -> list[float]:
        answer_due = self.remind_at
        if answer_due is not None and self.is_reminded:
            answer_due += SILENT_S
        dues = (
            *(self.listen_until, self.first_word_until, answer_due, self.offline_until),
            *(self.quiet_at, self.leave_at, self.resume_at, self.presence.due, self.rings_until),
        )
        return [due for due in dues if due is not None]

    def begin_turn(self) -> None:
        self.number += 1
        self.outcome, self.why = "empty", ""

    def ended(self) -> TurnEnded:
        return TurnEnded(self.number, self.outcome, self.why if self.outcome == "unanswered" else "")

    def ask(self, now: float) -> None:
        """What was said is complete: an answer is waited for."""
        self.asked_at, self.is_reminded = now, False
        self.outcome, self.why = "unanswered", "timeout"
        if not self.state.online and self.offline_until is None:
            self.offline_until = now + self.settings.limits.offline_s

    def answered(self) -> None:
        """What was said until now needs not be said again, whatever becomes of the session."""
        self.kept.clear()
        self.texts.clear()
        self.late_s = 0.0
        self.transcript.mark()

    def give_up(self) -> None:
        """Nothing of what was said is answered any more."""
        self.asked_at = self.offline_until = None
        self.answered()


@frozen
class DuplexCheckpoint:
    dialogue: Dialogue
