"""What is heard and what is played: by the sound card's own clock. A part of `events`. Pure.

`audio_ms` is a position on that clock.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from .announcements import AnnouncementPlayed
from .frozen import frozen
from .sound import SERVICE_BYTES_PER_MS, UplinkPcm
from .wake_events import WakeEvent

OpenedBy: TypeAlias = Literal["button", "speech", "word"]
SoundSide: TypeAlias = Literal["microphone", "speaker", "sound"]  # sound: both, or nobody knows which


@frozen
class AudioStarted:
    device: str
    audio_ms: int


@frozen
class AudioLost:
    """The device neither hears nor speaks, until `AudioStarted`."""

    part: SoundSide
    reason: str


@frozen
class AudioNoted:
    """Something a technician may want to know of the devices."""

    text: str


@frozen
class EchoJudged:
    """Whether the speaker is kept out of the microphone well enough for a voice to break in."""

    full_duplex: bool
    erle_db: float


@frozen
class UplinkOpened:
    """The engine has begun to record: what comes with this id belongs to one utterance."""

    uplink_id: int
    opened_by: OpenedBy
    audio_ms: int


@frozen
class MicAudioRecorded:
    """`bytes_per_ms`: of what the service takes, which may be at another rate, and may have two channels."""

    uplink_id: int
    pcm: UplinkPcm
    bytes_per_ms: int = SERVICE_BYTES_PER_MS

    @property
    def ms(self) -> int:
        return len(self.pcm) // self.bytes_per_ms


@frozen
class UplinkClosed:
    """No more sound of this utterance. `speech_ms`: how much of it the gate took for speech. `noise_dbfs`: the level of
    the room without a voice. `loudest_dbfs`: of what
    it was looked at, a frame of each piece."""

    uplink_id: int
    speech_ms: int
    audio_ms: int
    loudest_dbfs: float = -90.0
    noise_dbfs: float = -90.0


@frozen
class SpeechStarted:
    """The gate hears a voice."""

    audio_ms: int


@frozen
class VoiceMeasured:
    """Of a voice that has opened the uplink: how loud it was in its beginning, over the noise of the room."""

    over_noise_db: float
    audio_ms: int


@frozen
class SpeechEnded:
    """The gate has heard no voice for its hangover."""

    audio_ms: int


@frozen
class Heard:
    item_id: str
    heard_ms: int


@frozen
class PlaybackStarted:
    """The first sample of an item was handed to the speaker."""

    item_id: str
    audio_ms: int


@frozen
class PlaybackStarved:
    """An answer ran dry before its end."""

    item_id: str
    audio_ms: int


@frozen
class PlaybackDrained:
    """All that the player was given has been heard: of each item so much."""

    heard: tuple[Heard, ...]
    audio_ms: int


@frozen
class PlaybackStopped:
    """The answer to `StopPlayback`: what was heard of each item that was playing or waiting."""

    heard: tuple[Heard, ...]
    audio_ms: int


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
    | VoiceMeasured
    | WakeEvent
    | AnnouncementPlayed
    | PlaybackStarted
    | PlaybackStarved
    | PlaybackDrained
    | PlaybackStopped
)
