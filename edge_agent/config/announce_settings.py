"""Settings of announcements. Pure."""

from __future__ import annotations

from ..vocabulary.announcements import WhenBusy
from ..vocabulary.frozen import frozen
from .setting import setting


@frozen
class AnnounceSettings:
    """What `edge-agent announce` and other programs say through this device (docs/announcements.md)."""

    media: str = setting(
        "",
        "Addresses that sounds may be fetched from, as in https://HOST/sounds/, separated by commas: WAV files below"
        " one of them can be announced. Empty: none.",
    )
    when_busy: WhenBusy = setting(
        "wait",
        "What becomes of an announcement while somebody talks or an answer sounds, unless it says otherwise."
        " interrupt: the turn ends. wait: it comes after the turn. drop: it is not heard.",
    )
    wait_s: float = setting(
        60.0, "How long an announcement may wait; then it is not heard.", unit="s", low=1, high=600
    )
    chime: bool = setting(True, "A tone before each, unless it says otherwise.")
    volume: int = setting(
        0, "Volume of announcements, unless they say otherwise. 0: as of answers.", unit="%", low=0, high=100
    )
