"""What is told about the device: events, as they are where all of them may be told, and these. Pure.

No words and no sound are in any. `records.EVENTS` has what each is called in files and in the journal. A field with a
default is left out of the file where it has that value.
"""

from __future__ import annotations

from typing import TypeAlias

from ..vocabulary import events as e
from ..vocabulary.announcements import AnnouncementOutcome, WhenBusy
from ..vocabulary.commands import Cue
from ..vocabulary.frozen import frozen
from ..vocabulary.notices import CallYielded as CallYielded
from ..vocabulary.notices import Outcome
from ..vocabulary.openings import OpeningOutcome
from ..vocabulary.state import Mode, Turn


@frozen
class LinkUp:
    """A session with the service began."""

    generation: int
    session_id: str


@frozen
class ConnectFailed:
    """An attempt to connect failed."""

    code: str
    message: str


@frozen
class LinkMoved:
    """The next session is the one in use."""

    generation: int
    session_id: str


@frozen
class TextTaken:
    """Somebody typed a question."""


@frozen
class MuteToggled:
    """Somebody wants the microphone off, or on again."""


@frozen
class RecordingStarted:
    """Recording began, with the pre-roll."""

    opened_by: e.OpenedBy
    audio_ms: int


@frozen
class RecordingEnded:
    """Recording ended: how much of it was speech, and how loud it was."""

    speech_ms: int
    loudest_dbfs: float
    audio_ms: int


@frozen
class AudioFirstSent:
    """The first sound of a question."""

    bytes: int


@frozen
class AudioLastSent:
    """Its last sound."""


@frozen
class CommitSent:
    """The end of the question."""


@frozen
class ClearSent:
    """The sound sent so far is taken back."""


@frozen
class QuestionWithdrawn:
    """What waited to be sent of a question that was given up never left the device."""


@frozen
class ResponseRequested:
    """An answer is asked for."""

    request_id: str


@frozen
class CancelSent:
    """An answer is not wanted any more."""

    response_id: str


@frozen
class Interrupted:
    """So much of an item was heard, and no more."""

    item_id: str
    heard_ms: int


@frozen
class AnswerStarted:
    """An answer began."""

    response_id: str


@frozen
class FirstDelta:
    """Its first sound came."""

    response_id: str
    item_id: str


@frozen
class AnswerDone:
    """The answer ended: what it was billed, how much sound came, and why it is not complete."""

    response_id: str
    status: e.ResponseStatus
    tokens: int
    answer_ms: int
    reason: str = ""


@frozen
class ServiceComplained:
    """The service complained."""

    code: str


@frozen
class ServiceRemarked:
    """The service remarked on something, and interrupted nothing."""

    code: str


@frozen
class AnswerHeard:
    """The answer was heard to its end."""

    heard_ms: int
    audio_ms: int


@frozen
class CuePlayed:
    """A short sound or a spoken message is to be heard."""

    name: Cue


@frozen
class ToolStarted:
    """A tool was called, and runs."""

    run: int
    tool: str


@frozen
class ToolEnded:
    """It has ended: it did what it was asked, or not."""

    run: int
    tool: str
    took_ms: int
    failed: bool = False
    why: str = ""


@frozen
class ToolCancelled:
    """Nobody waits for it any more: it took too long, or was interrupted."""

    run: int
    tool: str


@frozen
class RingDue:
    """A timer, an alarm or a reminder is to ring."""

    ring: int
    kind: e.RingKind


@frozen
class RingEnded:
    """Somebody has stopped it, or it gave up."""

    ring: int
    stopped: bool


@frozen
class RingLost:
    """It was due while the device was off."""


@frozen
class AnnouncementReady:
    """Something is to be announced: how long it is, and what becomes of it while somebody talks."""

    number: int
    length_ms: int
    when_busy: WhenBusy


@frozen
class AnnouncementStarted:
    """It can be heard."""

    number: int


@frozen
class AnnouncementEnded:
    """It was heard to its end, or why not."""

    number: int
    outcome: AnnouncementOutcome


@frozen
class OpeningTaken:
    """The device is told to begin a conversation, or to ask a question."""

    number: int


@frozen
class OpeningEnded:
    """The microphone is open; or, of a question, it is over."""

    number: int
    outcome: OpeningOutcome


@frozen
class StateChanged:
    """What the device does, and what its light shows."""

    turn: Turn
    mode: Mode
    muted: bool
    online: bool


@frozen
class VolumeChanged:
    """How loud it is."""

    percent: int


@frozen
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
    | e.WakeWordHeard
    | e.StopWordHeard
    | e.OwnWordHeard
    | CallYielded
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
    | AnnouncementReady
    | AnnouncementStarted
    | AnnouncementEnded
    | OpeningTaken
    | OpeningEnded
    | e.RestRequested
    | e.MuteRequested
    | StateChanged
    | VolumeChanged
    | TurnDone
)
Fact: TypeAlias = Change | Step
