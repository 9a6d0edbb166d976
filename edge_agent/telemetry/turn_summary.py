"""What became of a turn, and how long it took, as the records of the timeline tell it.

All latencies are in ms between records' `t`: when this device knew of something. "First sample" is the one handed
to the sound card; what the card itself holds back (`latency_ms` of the status) comes on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..conversation.spoken_causes import CAUSES
from ..vocabulary.commands import Cue
from .timeline import Record

BeganBy: TypeAlias = Literal["button", "speech", "text"]
Outcome: TypeAlias = Literal["answered", "interrupted", "unanswered", "empty"]

PEOPLE = {"button_pressed", "mute_switched", "interrupt_requested", "forget_requested", "stop_requested"}
PEOPLE |= {"text_entered", "uplink_opened", "service_speech_started"}
GIVEN_UP = {Cue.GAVE_UP, Cue.SERVICE_PROBLEM, Cue.OFFLINE, *CAUSES}


@dataclass(frozen=True, slots=True)
class TurnSummary:
    """A turn that is over. Latencies in ms; None: it did not happen.

    `outcome`: answered to the end; interrupted by people, before the answer or in it; unanswered, and `why`: a code of
    the link or of the service, a part of the sound, offline, or timeout; empty: nothing was said.
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
    """A turn as it goes on: `take` its records after the first."""

    def __init__(self, turn_id: int, first: Record, gate_opened: float | None) -> None:
        self.turn_id = turn_id
        self.outcome: Outcome | None = None
        self.why = self.refused = ""
        self.playing = False
        self._began: float = first["t"]
        self._began_by = _began_by(first)
        if self._began_by == "speech" and gate_opened is not None:
            self._began = gate_opened
        self._recorded = first["event"] == "uplink_opened"
        self._ending: float | None = None  # the utterance seems to end
        self._released = self._began if self._began_by == "text" else None
        self._sent: float | None = None
        self._commit: float | None = None
        self._delta: float | None = None
        self._sound: float | None = None
        self._speech_ms: int | None = None
        self._heard_ms: int | None = None
        self._open: set[str] = set()  # responses
        self._answer_ms = self._tokens = 0
        self._sessions = 1
        self._cue = ""

    @property
    def settled(self) -> bool:
        """Whether all of it is known."""
        return self.outcome is not None and not self.playing and not self._open

    def lose_session(self) -> None:
        """Nothing more comes of its responses."""
        self._open.clear()
        if self._sound is None:
            self._delta = None

    def take(self, record: Record) -> None:
        at: float = record["t"]
        match record:
            case {"event": "uplink_opened"}:
                self._recorded = True
            case {"event": "gate_opened" | "service_speech_started"}:
                self._ending = None
            case {"event": "gate_closed" | "service_speech_stopped"} if self._ending is None:
                self._ending = at
            case {"event": "button_pressed" | "button_released"}:
                self._ending = at
            case {"event": "uplink_closed", "speech_ms": speech_ms}:
                self._speech_ms = speech_ms
                self._release(at)
            case {"event": "audio_first_sent"}:
                self._sent = self._sent or at
            case {"event": "clear_sent"}:
                self._sent = None  # it was of the turn before
            case {"event": "commit_sent"}:
                self._take_in(at)
            case {"event": "input_committed"}:  # the service has ended the utterance
                self._release(at)
                self._take_in(at)
            case {"event": "cue", "name": name}:
                self._cue = name
            case {"event": "service_erred", "code": code}:
                self.refused = code
            case {"event": "link_up"} if not self.outcome:
                self._sessions += 1
            case _:
                self._answer(record)

    def _answer(self, record: Record) -> None:
        at: float = record["t"]
        match record:
            case {"event": "response_started", "response_id": response_id}:
                self._open.add(response_id)
                self.refused = ""
            case {"event": "first_delta"}:
                self._delta = self._delta or at
            case {"event": "response_done", "response_id": response_id, "status": status, "tokens": tokens}:
                self._open.discard(response_id)
                self._tokens += tokens
                if status != "completed":
                    self.refused = record.get("reason") or status
                self._answer_ms += record["answer_ms"]
            case {"event": "playback_started"}:
                self._sound = self._sound or at
                self.playing = True
            case {"event": "playback_drained", "heard_ms": heard_ms}:
                self._hear(heard_ms)
            case {"event": "playback_stopped", "heard": heard}:
                self._hear(sum(item["heard_ms"] for item in heard))

    def judge(self, by: str, *, overtaken: bool) -> Outcome:
        """What came of it, by what ended it; `overtaken`: that was the beginning of the next one."""
        gave_up = self._cue in GIVEN_UP
        match by:
            case "playback_drained":
                return "answered"
            case "uplink_closed" if gave_up and not overtaken:
                return "unanswered"
            case "uplink_closed" if not (overtaken and self._speech_ms):
                return "empty"
            case "deadline" if self._recorded and self._released is None:
                return "empty"
        return "interrupted" if overtaken or by in PEOPLE else "unanswered"

    def summary(self) -> TurnSummary:
        assert self.outcome
        return TurnSummary(
            self.turn_id,
            self.outcome,
            self._began_by,
            why=self.why,
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
        )

    def _hear(self, ms: int) -> None:
        """So much of an item, or of some, was heard, and no more."""
        self.playing = False
        if self._sound is not None:
            self._heard_ms = (self._heard_ms or 0) + ms

    def _release(self, at: float) -> None:
        if self._released is None:
            self._released = at if self._ending is None else self._ending

    def _take_in(self, at: float) -> None:
        if self._sound is None:
            self._commit, self._delta = at, None


def _began_by(first: Record) -> BeganBy:
    match first:
        case {"event": "text_entered"}:
            return "text"
        case {"event": "service_speech_started"} | {"event": "uplink_opened", "opened_by": "speech"}:
            return "speech"
    return "button"


def _between(earlier: float | None, later: float | None) -> int | None:
    """In ms."""
    return None if earlier is None or later is None else round(1000 * (later - earlier))
