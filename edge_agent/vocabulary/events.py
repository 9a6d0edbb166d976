"""What happens: the events that go into the conversation. What it answers with is in `commands`.

Events are past participles, frozen, and carry the ids that tell whether they still matter.
`audio_ms` is a position on the sound card's own clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

# one import, and not one of each
# isort: off
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
from .tool_events import (
    FunctionCall as FunctionCall,
    MuteRequested as MuteRequested,
    RingKind as RingKind,
    RestRequested as RestRequested,
    RingMissed as RingMissed,
    TimeReached as TimeReached,
    ToolEvent as ToolEvent,
    ToolReturned as ToolReturned,
    ToolsListed as ToolsListed,
)

# isort: on
from .sound import SERVICE_BYTES_PER_MS, ServicePcm, UplinkPcm
from .usage import Usage as Usage

OpenedBy: TypeAlias = Literal["button", "speech"]
ResponseStatus: TypeAlias = Literal["completed", "cancelled", "incomplete", "failed"]
SoundSide: TypeAlias = Literal["microphone", "speaker", "sound"]  # sound: both, or nobody knows which


# ---- sound --------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AudioStarted:
    device: str
    audio_ms: int


@dataclass(frozen=True, slots=True)
class AudioLost:
    """The device neither hears nor speaks, until `AudioStarted`."""

    part: SoundSide
    reason: str


@dataclass(frozen=True, slots=True)
class AudioNoted:
    """Something a technician may want to know of the devices."""

    text: str


@dataclass(frozen=True, slots=True)
class EchoJudged:
    """Whether the speaker is kept out of the microphone well enough for a voice to break in."""

    full_duplex: bool
    erle_db: float


@dataclass(frozen=True, slots=True)
class UplinkOpened:
    """The engine has begun to record: what comes with this id belongs to one utterance."""

    uplink_id: int
    opened_by: OpenedBy
    audio_ms: int


@dataclass(frozen=True, slots=True)
class MicAudioRecorded:
    """`bytes_per_ms`: of what the service takes, which may be at another rate, and may have two channels."""

    uplink_id: int
    pcm: UplinkPcm
    bytes_per_ms: int = SERVICE_BYTES_PER_MS

    @property
    def ms(self) -> int:
        return len(self.pcm) // self.bytes_per_ms


@dataclass(frozen=True, slots=True)
class UplinkClosed:
    """No more sound of this utterance. `speech_ms`: how much of it the gate took for speech. `noise_dbfs`: the level of
    the room without a voice. `loudest_dbfs`: of what
    it was looked at, a frame of each piece."""

    uplink_id: int
    speech_ms: int
    audio_ms: int
    loudest_dbfs: float = -90.0
    noise_dbfs: float = -90.0


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The gate hears a voice."""

    audio_ms: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The gate has heard no voice for its hangover."""

    audio_ms: int


@dataclass(frozen=True, slots=True)
class Heard:
    item_id: str
    heard_ms: int


@dataclass(frozen=True, slots=True)
class PlaybackStarted:
    """The first sample of an item was handed to the speaker."""

    item_id: str
    audio_ms: int


@dataclass(frozen=True, slots=True)
class PlaybackStarved:
    """An answer ran dry before its end."""

    item_id: str
    audio_ms: int


@dataclass(frozen=True, slots=True)
class PlaybackDrained:
    """All that the player was given has been heard: of each item so much."""

    heard: tuple[Heard, ...]
    audio_ms: int


@dataclass(frozen=True, slots=True)
class PlaybackStopped:
    """The answer to `StopPlayback`: what was heard of each item that was playing or waiting."""

    heard: tuple[Heard, ...]
    audio_ms: int


# ---- link ---------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Connected:
    """The session is configured: from now on the service may be spoken to."""

    generation: int
    session_id: str = ""
    lasts_s: float = 0.0  # the session; 0: nobody knows
    model: str = ""  # as the service calls it; empty: it does not say


@dataclass(frozen=True, slots=True)
class Disconnected:
    generation: int
    reason: str


@dataclass(frozen=True, slots=True)
class LinkFailed:
    """An attempt to connect ended. `told`: worth telling the user, since waiting alone may not help."""

    code: str
    message: str
    told: bool


@dataclass(frozen=True, slots=True)
class SettingRefused:
    """The service does not take a setting that an answer does not need: sessions go on without it."""

    setting: str
    message: str


@dataclass(frozen=True, slots=True)
class LinkPrepared:
    """The next session stands ready, since this one will expire. `urgent`: soon; else a quiet moment will do."""

    urgent: bool


@dataclass(frozen=True, slots=True)
class LinkSwitched:
    """The prepared session is the one in use."""

    generation: int
    session_id: str
    lasts_s: float
    model: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The answer to `WithdrawQuestion`: so many commits, and these requests, were not sent and never will be."""

    commits: int
    request_ids: tuple[str, ...]


# ---- service ------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ServiceSpeechStarted:
    item_id: str
    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class ServiceSpeechStopped:
    item_id: str
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class InputCommitted:
    item_id: str


@dataclass(frozen=True, slots=True)
class SilenceTimedOut:
    """Nobody has spoken for `turns.idle_timeout_ms` after an answer: the service takes that in, and answers."""

    item_id: str


@dataclass(frozen=True, slots=True)
class UserTranscribed:
    item_id: str
    transcript: str
    seconds: float = 0.0  # of speech that was billed for writing it down


@dataclass(frozen=True, slots=True)
class TranscriptionFailed:
    item_id: str
    message: str


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    response_id: str
    request_id: str | None = None  # the id this device put into response.create; None: made by the service


@dataclass(frozen=True, slots=True)
class AudioDelta:
    response_id: str
    item_id: str
    pcm: ServicePcm
    is_silent: bool = False  # nothing but zeros


@dataclass(frozen=True, slots=True)
class AudioFinished:
    """All the audio of an item has been sent."""

    response_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class TranscriptDelta:
    response_id: str
    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class WordTimed:
    """When the next word of an item has been spoken: `end_ms` of its sound."""

    response_id: str
    item_id: str
    text: str
    end_ms: int


@dataclass(frozen=True, slots=True)
class ResponseDone:
    response_id: str
    status: ResponseStatus
    reason: str = ""  # why it is not `completed`: a reason or an error code of the service
    message: str = ""
    item_ids: tuple[str, ...] = ()  # messages only
    calls: tuple[FunctionCall, ...] = ()
    usage: Usage = field(default_factory=Usage)
    wait_s: float = 0.0  # that the service asks for before the next attempt; 0: it names none


@dataclass(frozen=True, slots=True)
class ResponseBilled:
    """What a response of a session that was left has cost, told while it was being closed."""

    response_id: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class ServiceErred:
    """An `error` event of the service. `request_id`: the event_id of the command it refuses, if it says.
    `kind`: the service's own class of errors, as in server_error or invalid_request_error."""

    code: str
    message: str
    request_id: str | None = None
    param: str | None = None
    kind: str = ""
    wait_s: float = 0.0  # that the service asks for before the next attempt; 0: it names none


@dataclass(frozen=True, slots=True)
class ServiceNoted:
    """A `warning` event of the service: nothing is interrupted."""

    code: str
    message: str


# ---- money --------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """What a day may cost is used up; not `spent`: a new day has begun, or the limit is gone."""

    spent: bool


# ---- time ---------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Tick:
    """The deadline was reached."""


AudioEvent: TypeAlias = (
    AudioStarted
    | AudioLost
    | AudioNoted
    | EchoJudged
    | UplinkOpened
    | MicAudioRecorded
    | UplinkClosed
    | SpeechStarted
    | SpeechEnded
    | PlaybackStarted
    | PlaybackStarved
    | PlaybackDrained
    | PlaybackStopped
)
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
)
Event: TypeAlias = PanelEvent | AudioEvent | LinkEvent | ServiceEvent | ToolEvent | BudgetSpent | Tick
