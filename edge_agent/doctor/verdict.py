"""What measured sound means for the device: from figures to checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from .acoustics import SOFTEST_DBFS, Ambience, MeasuredEcho
from .result import Check, failed, ok, sentence, warning

EchoMode = Literal["linear", "dtln", "aec3", "board", "half-duplex", "off"]

LOUDEST_FLOOR_DBFS = -40.0
MOST_CLIPPED = 0.001
OFFSET_TOLD = 0.01  # of full scale: it is taken out, but takes away from what is free for sound
# A voice reaches the microphone with about -40 dBFS, an answer is played with about -20: with this loss between
# speaker and microphone, what is left of the answer is 10 dB below the voice.
LOSS_NEEDED_DB = 30.0
LATEST_MS, EARLIEST_MS = 160, -60  # beyond what is expected: where the canceller does not look
BURIED_DB = 3.0  # so close to the background, an echo cannot be told from it


def microphone(device: str, hearing: Ambience, dead: str = "") -> Check:
    """Of a microphone that was heard for a while, with nothing playing. `dead`: what is wrong with one that hears
    nothing, and what to do."""
    if dead:
        return sentence("microphone", f"{device}: {dead}")
    if hearing.constant:
        what = "nothing but zeros" if hearing.zeros else "always the same value"
        return failed("microphone", f"{device}: {what}", "check the mute switch (alsamixer) and the cable")
    seen = f"{device}: level {hearing.level_dbfs:.0f} dBFS, noise floor {hearing.floor_dbfs:.0f} dBFS"
    figures = {"level_dbfs": round(hearing.level_dbfs, 1), "floor_dbfs": round(hearing.floor_dbfs, 1)}
    if abs(hearing.offset) > OFFSET_TOLD:
        seen += f", DC offset {100 * hearing.offset:+.0f} % of full scale"
    if hearing.clipped > MOST_CLIPPED:
        return failed("microphone", f"{seen}, clipping", "turn its gain down (alsamixer)", **figures)
    if hearing.level_dbfs < SOFTEST_DBFS:
        return warning("microphone", f"{seen}: very quiet", "turn its gain up (alsamixer)", **figures)
    if hearing.floor_dbfs > LOUDEST_FLOOR_DBFS:
        return warning(
            "microphone",
            f"{seen}: loud background",
            "turn its gain down, or find the source of the noise",
            **figures,
        )
    return ok("microphone", seen, **figures)


def chosen(check: Check, name: str, others: Sequence[str]) -> Check:
    """The check of a microphone or speaker, which says too if nobody has chosen the device: `name` is empty. `others`:
    names of what else is there."""
    if name:
        return check
    seen = f"{check.seen}; the system's default, because audio.{check.name} is not set"
    if not others:
        return replace(check, seen=seen)
    names = " or ".join(map(repr, others))
    status = "warning" if check.status == "ok" else check.status
    return replace(check, seen=seen, status=status, do=check.do or f"to choose, set it to {names}")


def acoustics(
    echo: MeasuredEcho, clipped: float, lost: int, mode: EchoMode, *, told_ms: int = 0, added_ms: int = 0
) -> Check:
    """Whether the microphone heard the sweep of the speaker, and how. `told_ms`: how late the system says that the
    speaker is; `added_ms`: what the configuration adds to that."""
    if not echo.heard:
        seen = "the microphone does not hear the speaker"
        if mode == "board":
            return warning(
                "acoustics", f"{seen}: it is silent, or the board cancels it completely", "did you hear it?"
            )
        if mode == "off":
            return warning("acoustics", f"{seen}, as it should be with headphones", "did you hear it?")
        return failed(
            "acoustics",
            f"{seen}: check its plug, power switch and volume (alsamixer)",
            'with headphones, set [audio] echo = "off"',
        )
    seen = (
        f"heard at {echo.level_dbfs:.0f} dBFS, round trip {echo.delay_ms:.0f} ms,"
        f" echo return loss {echo.return_loss_db:.0f} dB"
    )
    figures = {
        "level_dbfs": round(echo.level_dbfs, 1),
        "round_trip_ms": round(echo.delay_ms, 1),
        "return_loss_db": round(echo.return_loss_db, 1),
    }
    if clipped > MOST_CLIPPED:
        return warning(
            "acoustics", f"{seen}; the microphone clips", "turn the speaker or the microphone down", **figures
        )
    if lost:
        return warning(
            "acoustics",
            f"{seen}; sound was lost {lost} times",
            "check whether the processor is busy, and run this again",
            **figures,
        )
    late_ms = round((echo.delay_ms - told_ms - added_ms) / 10) * 10
    if late_ms > LATEST_MS or late_ms < EARLIEST_MS:
        how = "later" if late_ms > 0 else "earlier"
        return warning(
            "acoustics",
            f"{seen}: {abs(late_ms)} ms {how} than is expected of this speaker",
            f"set [audio] speaker_delay_ms = {max(0, added_ms + late_ms)}",
            **figures,
        )
    return ok("acoustics", seen, **figures)


def echo(
    mode: EchoMode,
    floor_dbfs: float,
    played_dbfs: float,
    plain_dbfs: float,
    left_dbfs: float | None,
    install: str,
    *,
    opened: bool = False,
) -> Check:
    """Which echo mode this device can use, and whether the configured one is among them.

    Levels at the microphone while the speaker plays at `played_dbfs`: without our canceller (`plain_dbfs`), and
    with it (`left_dbfs`; None: it is not installed, and `install` says what would). `floor_dbfs`: of the background.
    `opened`: what is left would be taken for a voice.
    """

    def good(level_dbfs: float) -> bool:
        return played_dbfs - level_dbfs >= LOSS_NEEDED_DB or level_dbfs <= floor_dbfs + BURIED_DB

    own: EchoMode = mode if mode in ("aec3", "dtln") else "linear"
    figures = {"echo_dbfs": round(plain_dbfs, 1)}
    seen = f"{plain_dbfs:.0f} dBFS of echo from an answer at {played_dbfs:.0f} dBFS"
    if left_dbfs is not None:
        figures |= {"left_dbfs": round(left_dbfs, 1), "erle_db": round(plain_dbfs - left_dbfs, 1)}
        seen += f", {left_dbfs:.0f} dBFS after {own} (which removes {plain_dbfs - left_dbfs:.0f} dB)"
    if good(plain_dbfs):
        best: EchoMode = mode if mode in ("board", "off") else own if left_dbfs is not None else "off"
    elif left_dbfs is not None and (good(left_dbfs) if own == "aec3" else not opened):
        best = own
    else:
        best = "half-duplex"
    if best == mode:
        return ok("echo", f'{seen}: echo = "{mode}" is right', **figures)
    if mode == "half-duplex":
        return ok("echo", f'{seen}: with echo = "{best}" a voice could interrupt it, too', **figures)
    if mode == "aec3" and left_dbfs is None:
        return failed("echo", f"{seen}; aec3 is not installed", install, **figures)
    return warning(
        "echo",
        f'{seen}: it would interrupt itself with echo = "{mode}"',
        f'set [audio] echo = "{best}"',
        **figures,
    )
