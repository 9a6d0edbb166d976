"""The checks of the computer: clock, disk, processor."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ..vocabulary.bits import too_few_bits
from ..vocabulary.dates import can_be_right
from .result import Check, failed, ok, sentence, skipped, warning

BITS = struct.calcsize("P") * 8
MOST_SKEW_S = 120.0
LOW_MB, TOO_LOW_MB = 500, 50
HOT_C = 80.0  # where a Raspberry Pi begins to slow down
THROTTLED = {  # https://www.raspberrypi.com/documentation/computers/os.html#get_throttled
    0: "under-voltage",
    1: "the frequency is capped",
    2: "throttled",
    3: "too hot for full speed",
}
SINCE = 16  # the same bits again, for any time since the start


def clock(now: datetime, synchronized: bool | None, service_date: datetime | None) -> Check:
    """`synchronized`: as the system says, None: it does not. `service_date`: what the service thinks it is."""
    shown = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    do = "timedatectl set-ntp true (and let UDP port 123 out)"
    if not can_be_right(now):
        return failed("clock", f"{shown} cannot be right", do)
    if service_date:
        skew_s = (now - service_date).total_seconds()
        if abs(skew_s) > MOST_SKEW_S:
            side = "ahead of" if skew_s > 0 else "behind"
            return failed(
                "clock", f"{shown} is {abs(skew_s):.0f} s {side} the service", do, skew_s=round(skew_s)
            )
        by = "synchronized, " if synchronized else ""
        return ok("clock", f"{shown}, {by}{abs(skew_s):.0f} s from the service's", skew_s=round(skew_s))
    if synchronized is False:
        return warning("clock", f"{shown}, not synchronized", do)
    return ok("clock", f"{shown}, {'synchronized' if synchronized else 'no sign that it is wrong'}")


def now() -> datetime:
    return datetime.now(UTC)


def disk(folders: list[Path], usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage) -> Check:
    """The fullest of the disks that these folders are on."""
    free: dict[Path, int] = {}
    for folder in folders:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free[there] = usage(there)[2] // 2**20
    place, least_mb = min(free.items(), key=lambda item: item[1])
    seen = f"{least_mb} MB free for {place}"
    do = "free some space (journalctl --vacuum-size=100M)"
    if least_mb < TOO_LOW_MB:
        return failed("disk", seen, do, free_mb=least_mb)
    return (
        warning("disk", seen, do, free_mb=least_mb)
        if least_mb < LOW_MB
        else ok("disk", seen, free_mb=least_mb)
    )


def processor(flags: int | None, celsius: float | None, bits: int = BITS) -> Check:
    """`flags`: as vcgencmd get_throttled gives them. None: the system does not tell."""
    if complaint := too_few_bits(bits):
        return sentence("processor", complaint)
    figures = {} if celsius is None else {"celsius": celsius}
    if flags is None and celsius is None:
        return skipped("processor", "this computer reports neither temperature nor throttling")
    seen = f"{celsius:.0f} °C" if celsius is not None else "temperature unknown"
    for shift, when in ((0, "now"), (SINCE, "since the start")):
        if troubles := [words for bit, words in THROTTLED.items() if (flags or 0) >> (shift + bit) & 1]:
            power = (flags or 0) >> shift & 1
            do = "use the official power supply and a short cable" if power else "improve the cooling"
            found = f"{seen}; {when}: {', '.join(troubles)}"
            return (
                failed("processor", found, do, **figures)
                if not shift
                else warning("processor", found, do, **figures)
            )
    if celsius is not None and celsius >= HOT_C:
        return warning("processor", f"{seen} is hot", "improve the cooling", **figures)
    return ok("processor", seen + (", not throttled" if flags is not None else ""), **figures)


def celsius(sys: Path = Path("/sys")) -> float | None:
    """Of the hottest zone."""
    zones = []
    for zone in sys.glob("class/thermal/thermal_zone*/temp"):
        with suppress(OSError, ValueError):
            zones.append(int(zone.read_text()) / 1000)
    return max(zones, default=None)


def throttled(sys: Path = Path("/sys")) -> int | None:
    """Of a Raspberry Pi; None elsewhere."""
    for file in sys.glob("devices/platform/soc*/soc*firmware/get_throttled"):
        with suppress(OSError, ValueError):
            return int(file.read_text(), 16)
    if program := shutil.which("vcgencmd"):
        with suppress(OSError, ValueError, subprocess.TimeoutExpired):
            said = subprocess.run(  # noqa: S603
                [program, "get_throttled"], capture_output=True, text=True, timeout=3, check=False
            )
            return int(said.stdout.partition("=")[2], 16)
    return None
