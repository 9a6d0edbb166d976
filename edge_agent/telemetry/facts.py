"""What is told about the device: events, as they are where all of them may be told, and these. Pure.

No words and no sound are in any. `records.EVENTS` has what each is called in files and in the journal. A field with a
default is left out of the file where it has that value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ..vocabulary import events as e
from ..vocabulary.commands import Cue
from ..vocabulary.notices import Outcome
from ..vocabulary.state import Mode, Turn


@dataclass(frozen=True, slots=True)
class LinkUp:
    """A session with the service began."""

    generation: int
    session_id: str


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """An attempt to connect failed."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class LinkMoved:
    """The next session is the one in use."""

    generation: int
    session_id: str


@dataclass(frozen=True, slots=True)
class TextTaken:
    """Somebody typed a question."""


@dataclass(frozen=True, slots=True)
class MuteToggled:
    """Somebody wants the microphone off, or on again."""


@dataclass(frozen=True, slots=True)
class RecordingStarted:
    """Recording began, with the pre-roll."""

    opened_by: e.OpenedBy
    audio_ms: int


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """Recording ended: how much of it was speech, and how loud it was."""

    speech_ms: int
    loudest_dbfs: float
    audio_ms: int


@dataclass(frozen=True, slots=True)
class AudioFirstSent:
    """The first sound of a question."""

    bytes: int


@dataclass(frozen=True, slots=True)
class AudioLastSent:
    """Its last sound."""


@dataclass(frozen=True, slots=True)
class CommitSent:
    """The end of the question."""


@dataclass(frozen=True, slots=True)
class ClearSent:
    """The sound sent so far is taken back."""


@dataclass(frozen=True, slots=True)
class QuestionWithdrawn:
    """What waited to be sent of a question that was given up never left the device."""


@dataclass(frozen=True, slots=True)
class ResponseRequested:
    """An answer is asked for."""

    request_id: str


@dataclass(frozen=True, slots=True)
class CancelSent:
    """An answer is not wanted any more."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """So much of an item was heard, and no more."""

    item_id: str
    heard_ms: int


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    """An answer began."""

    response_id: str


@dataclass(frozen=True, slots=True)
class FirstDelta:
    """Its first sound came."""

    response_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class AnswerDone:
    """The answer ended: what it was billed, how much sound came, and why it is not complete."""

    response_id: str
    status: e.ResponseStatus
    tokens: int
    answer_ms: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ServiceComplained:
    """The service complained."""

    code: str


@dataclass(frozen=True, slots=True)
class ServiceRemarked:
    """The service remarked on something, and interrupted nothing."""

    code: str


@dataclass(frozen=True, slots=True)
class AnswerHeard:
    """The answer was heard to its end."""

    heard_ms: int
    audio_ms: int


@dataclass(frozen=True, slots=True)
class CuePlayed:
    """A short sound or a spoken message is to be heard."""

    name: Cue


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool was called, and runs."""

    run: int
    tool: str


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """It has ended: it did what it was asked, or not."""

    run: int
    tool: str
    took_ms: int
    failed: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class ToolCancelled:
    """Nobody waits for it any more: it took too long, or was interrupted."""

    run: int
    tool: str


@dataclass(frozen=True, slots=True)
class RingDue:
    """A timer, an alarm or a reminder is to ring."""

    ring: int
    kind: e.RingKind


@dataclass(frozen=True, slots=True)
class RingEnded:
    """Somebody has stopped it, or it gave up."""

    ring: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class RingLost:
    """It was due while the device was off."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    """What the device does, and what its light shows."""

    turn: Turn
    mode: Mode
    muted: bool
    online: bool


@dataclass(frozen=True, slots=True)
class VolumeChanged:
    """How loud it is."""

    percent: int


@dataclass(frozen=True, slots=True)
class TurnDone:
    """A turn is over: the event that ended it, what became of it, and why it is unanswered."""

    number: int
    by: str
    outcome: Outcome
    why: str = ""


# of link and devices: these belong to no turn alone
Change: TypeAlias = (
    e.AudioStarted
    | e.AudioLost
    | e.AudioNoted
    | e.EchoJudged
    | LinkUp
    | e.Disconnected
    | ConnectFailed
    | e.LinkPrepared
    | LinkMoved
    | e.BudgetSpent
)
Step: TypeAlias = (
    e.ButtonPressed
    | e.ButtonReleased
    | TextTaken
    | MuteToggled
    | e.InterruptRequested
    | e.ForgetRequested
    | e.StopRequested
    | e.SpeechStarted
    | e.SpeechEnded
    | RecordingStarted
    | RecordingEnded
    | AudioFirstSent
    | AudioLastSent
    | CommitSent
    | ClearSent
    | QuestionWithdrawn
    | ResponseRequested
    | CancelSent
    | Interrupted
    | e.ServiceSpeechStarted
    | e.ServiceSpeechStopped
    | e.SilenceTimedOut
    | e.InputCommitted
    | AnswerStarted
    | FirstDelta
    | AnswerDone
    | ServiceComplained
    | ServiceRemarked
    | e.PlaybackStarted
    | e.PlaybackStarved
    | AnswerHeard
    | e.PlaybackStopped
    | CuePlayed
    | ToolStarted
    | ToolEnded
    | ToolCancelled
    | RingDue
    | RingEnded
    | RingLost
    | e.RingingStopped
    | e.RestRequested
    | e.MuteRequested
    | StateChanged
    | VolumeChanged
    | TurnDone
)
Fact: TypeAlias = Change | Step
