"""How long a turn took, as the records of the timeline tell it. Pure.

All latencies are in ms between records' `t`: when this device knew of something. "First sample" is the one handed
to the sound card; what the card itself holds back (`latency_ms` of the status) comes on top.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from ..vocabulary import events as e
from ..vocabulary.frozen import frozen
from ..vocabulary.notices import Outcome
from . import facts as f
from .records import Record

BeganBy: TypeAlias = Literal["button", "speech", "text"]


@frozen
class TurnSummary:
    """A turn that is over. Latencies in ms; None: it did not happen.

    `outcome` and `why` as in `TurnEnded`.
    The release is when this device knew that the utterance was over: the button was released or pressed again, the
    gate closed or the service heard its end, whichever was first; for a text, when it was entered. Where a question
    had to be sent again in another session, the commit is the last one before the answer, so that the latencies add up.
    """

    turn_id: int
    outcome: Outcome
    began_by: BeganBy
    why: str = ""
    press_to_sent_ms: int | None = None  # or from when the gate opened
    release_to_commit_ms: int | None = None
    commit_to_delta_ms: int | None = None  # what the service took
    delta_to_sound_ms: int | None = None
    release_to_sound_ms: int | None = None  # what somebody waited for
    speech_ms: int | None = None  # what the gate took for speech
    heard_ms: int | None = None  # of the answer
    answer_ms: int | None = None  # as much as came of it
    tokens: int = 0
    sessions: int = 1  # that it took
    tools: int = 0  # that ran for it
    tools_ms: int = 0  # how long they took together; some may run side by side

    @property
    def latencies(self) -> dict[str, int]:
        return {name: value for name in LATENCIES if (value := getattr(self, name)) is not None}

    def __str__(self) -> str:
        said = [
            f"{self.press_to_sent_ms} ms to the first sound on the wire"
            if self.press_to_sent_ms is not None
            else "",
            f"{self.release_to_sound_ms} ms to the first sound of the answer"
            f" (service {self.commit_to_delta_ms} ms)"
            if self.release_to_sound_ms is not None and self.commit_to_delta_ms is not None
            else "",
            f"{self.heard_ms / 1000:.1f} s heard" if self.heard_ms is not None else "",
            f"{self.sessions} sessions" if self.sessions > 1 else "",
            f"{self.tools} tools {self.tools_ms} ms" if self.tools else "",
        ]
        why = f" ({self.why})" if self.why else ""
        words = ", ".join(word for word in said if word)
        return f"turn {self.turn_id} {self.outcome}{why}" + (f": {words}" if words else "")


LATENCIES = (
    "press_to_sent_ms",
    "release_to_commit_ms",
    "commit_to_delta_ms",
    "delta_to_sound_ms",
    "release_to_sound_ms",
)


class TurnCourse:
    """A turn as it goes on: `take` its records after the first. Times are of records."""

    def __init__(self, first: Record, gate_opened: float | None) -> None:
        self.turn_id = first.turn_id
        self.done: f.TurnDone | None = None
        self._began_by = _began_by(first.fact)
        self._began = first.t
        if self._began_by == "speech" and gate_opened is not None:
            self._began = gate_opened
        self._recorded = isinstance(first.fact, f.RecordingStarted)
        self._ending: float | None = None  # the utterance seems to end
        self._closed: float | None = None
        self._released = self._began if self._began_by == "text" else None
        self._sent: float | None = None
        self._commit: float | None = None
        self._ends_itself = False  # by a commit of this device
        self._delta: float | None = None
        self._sound: float | None = None
        self._speech_ms: int | None = None
        self._heard_ms: int | None = None
        self._playing = False
        self._open: set[str] = set()  # responses
        self._answer_ms = self._tokens = 0
        self._sessions = 1
        self._tools = self._tools_ms = 0

    @property
    def settled(self) -> bool:
        """Whether all of it is known."""
        return self.done is not None and not self._playing and not self._open

    def lose_session(self) -> None:
        """Nothing more comes of its responses."""
        self._open.clear()
        if self._sound is None:
            self._delta = None

    def end(self, done: f.TurnDone) -> None:
        """This turn is over, or a later one."""
        if done.number == self.turn_id:
            self.done = done
        elif done.number > self.turn_id:
            self.lose_session()
            self._playing = False

    def take(self, record: Record) -> None:
        at = record.t
        match record.fact:
            case f.RecordingStarted():
                self._recorded = True
            case e.SpeechStarted() | e.ServiceSpeechStarted():
                self._ending = None
            case e.SpeechEnded() | e.ServiceSpeechStopped() if self._ending is None:
                self._ending = at
            case e.ButtonPressed() | e.ButtonReleased():
                self._ending = at
            case f.RecordingEnded(speech_ms):
                self._speech_ms = speech_ms
                self._closed = at if self._ending is None else self._ending
                self._released = self._closed if self._released is None else self._released
            case f.AudioFirstSent():
                self._sent = self._sent or at
            case f.ClearSent():
                self._sent = self._commit = None  # they were of the turn before
            case f.CommitSent():
                self._ends_itself = True
                self._released = self._released if self._closed is None else self._closed
                self._take_in(at)
            case e.InputCommitted() if self._recorded and not self._ends_itself:
                self._released = at if self._ending is None else self._ending
                self._take_in(at)
            case f.ToolEnded(took_ms=took_ms) if not self.done:
                self._tools += 1
                self._tools_ms += took_ms
            case f.LinkUp() if not self.done:
                self._sessions += 1
            case _:
                self._answer(record)

    def _answer(self, record: Record) -> None:
        at = record.t
        match record.fact:
            case f.AnswerStarted(response_id):
                self._open.add(response_id)
            case f.FirstDelta():
                self._delta = self._delta or at
            case f.AnswerDone(response_id, _, tokens, answer_ms):
                self._open.discard(response_id)
                self._tokens += tokens
                self._answer_ms += answer_ms
            case e.PlaybackStarted():
                self._sound = self._sound or at
                self._playing = True
            case f.AnswerHeard(heard_ms):
                self._hear(heard_ms)
            case e.PlaybackStopped(heard):
                self._hear(sum(item.heard_ms for item in heard))

    def summary(self) -> TurnSummary:
        assert self.done
        return TurnSummary(
            self.turn_id,
            self.done.outcome,
            self._began_by,
            why=self.done.why,
            press_to_sent_ms=None if self._began_by == "text" else _between(self._began, self._sent),
            release_to_commit_ms=_between(self._released, self._commit),
            commit_to_delta_ms=_between(self._commit, self._delta),
            delta_to_sound_ms=_between(self._delta, self._sound),
            release_to_sound_ms=_between(self._released, self._sound),
            speech_ms=self._speech_ms,
            heard_ms=self._heard_ms,
            answer_ms=self._answer_ms or None,
            tokens=self._tokens,
            sessions=self._sessions,
            tools=self._tools,
            tools_ms=self._tools_ms,
        )

    def _hear(self, ms: int) -> None:
        """So much of an item, or of some, was heard, and no more."""
        self._playing = False
        if self._sound is not None:
            self._heard_ms = (self._heard_ms or 0) + ms

    def _take_in(self, at: float) -> None:
        if self._sound is None:
            self._commit, self._delta = at, None


def _began_by(fact: f.Fact) -> BeganBy:
    match fact:
        case f.TextTaken():
            return "text"
        case e.ServiceSpeechStarted() | f.RecordingStarted(opened_by="speech"):
            return "speech"
    return "button"


def _between(earlier: float | None, later: float | None) -> int | None:
    """In ms."""
    return None if earlier is None or later is None else round(1000 * (later - earlier))
