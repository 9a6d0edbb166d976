"""What is said without anybody having asked the device: announcements. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .frozen import frozen
from .sound import ServicePcm

WhenBusy: TypeAlias = Literal["interrupt", "wait", "drop"]
Priority: TypeAlias = Literal["normal", "high"]
# heard: to its end. interrupted: somebody spoke, pressed the button or stopped it. dropped: somebody talked, an answer
# sounded, or too many waited. expired: it had waited for too long. no-sound: the speaker was lost. stopped: the device
# ended.
AnnouncementOutcome: TypeAlias = Literal["heard", "interrupted", "dropped", "expired", "no-sound", "stopped"]


@frozen
class Announcement:
    """What somebody wants to have announced: `text`, or the sound at the address `media`. None: as configured.

    `volume`: in %, only for it. `priority` high: before others that wait.
    """

    text: str = ""
    media: str = ""
    chime: bool | None = None
    volume: int | None = None
    when_busy: WhenBusy | None = None
    priority: Priority = "normal"


@frozen
class AnnouncementMade:
    """It can be heard now. `when_busy`: what becomes of it while somebody talks or an answer sounds. `volume` None: the
    device's. `wait_s`: how long it may wait."""

    number: int
    pcm: ServicePcm
    when_busy: WhenBusy = "wait"
    chime: bool = True
    volume: int | None = None
    priority: Priority = "normal"
    wait_s: float = 60.0


@frozen
class AnnouncementPlayed:
    """By the sound: it was heard to its end."""

    number: int
    audio_ms: int
