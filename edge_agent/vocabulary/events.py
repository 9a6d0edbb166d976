"""What happens: the events that go into the conversation. What it answers with is in `commands`.

Events are past participles, frozen, and carry the ids that tell whether they still matter.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal, TypeAlias

from .frozen import frozen

# one import, and not one of each
# isort: off
from .announcements import (
    AnnouncementMade as AnnouncementMade,
    AnnouncementPlayed as AnnouncementPlayed,
)
from .group import (
    CallClaimed as CallClaimed,
    Claim as Claim,
    DeviceEngaged as DeviceEngaged,
    GroupEvent as GroupEvent,
    GroupReached as GroupReached,
)
from .openings import OpeningRequested as OpeningRequested
from .live_events import (
    LiveEvent as LiveEvent,
    SecondsBilled as SecondsBilled,
    SessionEnded as SessionEnded,
    WordsTranscribed as WordsTranscribed,
    WorkAsked as WorkAsked,
    WorkPaused as WorkPaused,
)
from .panel_events import (
    ButtonPressed as ButtonPressed,
    ButtonReleased as ButtonReleased,
    ForgetRequested as ForgetRequested,
    InterruptRequested as InterruptRequested,
    MuteSwitched as MuteSwitched,
    PanelEvent as PanelEvent,
    RingingStopped as RingingStopped,
    StopRequested as StopRequested,
    TextEntered as TextEntered,
    VolumeSet as VolumeSet,
    VolumeStepped as VolumeStepped,
)
from .sound_events import (
    AudioEvent as AudioEvent,
    AudioLost as AudioLost,
    AudioNoted as AudioNoted,
    AudioStarted as AudioStarted,
    EchoJudged as EchoJudged,
    Heard as Heard,
    MicAudioRecorded as MicAudioRecorded,
    OpenedBy as OpenedBy,
    PlaybackDrained as PlaybackDrained,
    PlaybackStarted as PlaybackStarted,
    PlaybackStarved as PlaybackStarved,
    PlaybackStopped as PlaybackStopped,
    SoundSide as SoundSide,
    SpeechEnded as SpeechEnded,
    SpeechStarted as SpeechStarted,
    UplinkClosed as UplinkClosed,
    UplinkOpened as UplinkOpened,
    VoiceMeasured as VoiceMeasured,
)
from .tool_events import (
    CallKind as CallKind,
    FunctionCall as FunctionCall,
    MuteRequested as MuteRequested,
    RingKind as RingKind,
    RestRequested as RestRequested,
    RingMissed as RingMissed,
    ServiceCallEnded as ServiceCallEnded,
    TimeReached as TimeReached,
    ToolEvent as ToolEvent,
    ToolReturned as ToolReturned,
    ToolsListed as ToolsListed,
)
from .wake_events import (
    OwnWordHeard as OwnWordHeard,
    StopWordHeard as StopWordHeard,
    WakeWordHeard as WakeWordHeard,
)

# isort: on
from .sound import ServicePcm
from .usage import Usage as Usage

ResponseStatus: TypeAlias = Literal["completed", "cancelled", "incomplete", "failed"]


# ---- link ---------------------------------------------------------------
@frozen
class Connected:
    """The session is configured: from now on the service may be spoken to."""

    generation: int
    session_id: str = ""
    lasts_s: float = 0.0  # the session; 0: nobody knows
    model: str = ""  # as the service calls it; empty: it does not say


@frozen
class Disconnected:
    generation: int
    reason: str


@frozen
class LinkFailed:
    """An attempt to connect ended. `told`: worth telling the user, since waiting alone may not help."""

    code: str
    message: str
    told: bool


@frozen
class SettingRefused:
    """The service does not take a setting that an answer does not need: sessions go on without it."""

    setting: str
    message: str


@frozen
class LinkPrepared:
    """The next session stands ready, since this one will expire. `urgent`: soon; else a quiet moment will do."""

    urgent: bool


@frozen
class LinkSwitched:
    """The prepared session is the one in use."""

    generation: int
    session_id: str
    lasts_s: float
    model: str = ""


@frozen
class Withdrawn:
    """The answer to `WithdrawQuestion`: so many commits, and these requests, were not sent and never will be."""

    commits: int
    request_ids: tuple[str, ...]


# ---- service ------------------------------------------------------------
@frozen
class ServiceSpeechStarted:
    item_id: str
    audio_start_ms: int


@frozen
class ServiceSpeechStopped:
    item_id: str
    audio_end_ms: int


@frozen
class InputCommitted:
    item_id: str


@frozen
class SilenceTimedOut:
    """Nobody has spoken for `turns.idle_timeout_ms` after an answer: the service takes that in, and answers."""

    item_id: str


@frozen
class UserTranscribed:
    item_id: str
    transcript: str
    seconds: float = 0.0  # of speech that was billed for writing it down


@frozen
class TranscriptionFailed:
    item_id: str
    message: str


@frozen
class ResponseStarted:
    response_id: str
    request_id: str | None = None  # the id this device put into response.create; None: made by the service


@frozen
class AudioDelta:
    response_id: str
    item_id: str
    pcm: ServicePcm
    is_silent: bool = False  # nothing but zeros


@frozen
class AudioFinished:
    """All the audio of an item has been sent."""

    response_id: str
    item_id: str


@frozen
class TranscriptDelta:
    response_id: str
    item_id: str
    text: str


@frozen
class WordTimed:
    """When the next word of an item has been spoken: `end_ms` of its sound."""

    response_id: str
    item_id: str
    text: str
    end_ms: int


@frozen
class ResponseDone:
    response_id: str
    status: ResponseStatus
    reason: str = ""  # why it is not `completed`: a reason or an error code of the service
    message: str = ""
    item_ids: tuple[str, ...] = ()  # messages only
    calls: tuple[FunctionCall, ...] = ()
    usage: Usage = field(default_factory=Usage)
    wait_s: float = 0.0  # that the service asks for before the next attempt; 0: it names none


@frozen
class ResponseBilled:
    """What a response of a session that was left has cost, told while it was being closed."""

    response_id: str
    usage: Usage


@frozen
class ServiceErred:
    """An `error` event of the service. `request_id`: the event_id of the command it refuses, if it says.
    `kind`: the service's own class of errors, as in server_error or invalid_request_error."""

    code: str
    message: str
    request_id: str | None = None
    param: str | None = None
    kind: str = ""
    wait_s: float = 0.0  # that the service asks for before the next attempt; 0: it names none


@frozen
class ServiceNoted:
    """A `warning` event of the service: nothing is interrupted."""

    code: str
    message: str


# ---- money --------------------------------------------------------------
@frozen
class BudgetSpent:
    """What a day may cost is used up; not `spent`: a new day has begun, or the limit is gone."""

    spent: bool


# ---- time ---------------------------------------------------------------
@frozen
class Tick:
    """The deadline was reached."""


LinkEvent: TypeAlias = (
    Connected
    | Disconnected
    | LinkFailed
    | SettingRefused
    | LinkPrepared
    | LinkSwitched
    | Withdrawn
    | ResponseBilled
)
ServiceEvent: TypeAlias = (
    ServiceSpeechStarted
    | ServiceSpeechStopped
    | InputCommitted
    | SilenceTimedOut
    | UserTranscribed
    | TranscriptionFailed
    | ResponseStarted
    | AudioDelta
    | AudioFinished
    | TranscriptDelta
    | WordTimed
    | ResponseDone
    | ServiceErred
    | ServiceNoted
    | ServiceCallEnded
    | LiveEvent
)
Event: TypeAlias = (
    PanelEvent
    | AudioEvent
    | LinkEvent
    | ServiceEvent
    | ToolEvent
    | AnnouncementMade
    | OpeningRequested
    | GroupEvent
    | BudgetSpent
    | Tick
)
