"""The computer that a report is of, and what is installed on it."""

from __future__ import annotations

import os
import platform
import shutil
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import __version__
from ..doctor.system import celsius, throttled
from ..files.whole import contents

MIB = 2**20


def host(root: Path = Path("/")) -> dict[str, Any]:
    """What cannot be found out is left out. Sizes in MiB."""
    facts: dict[str, Any] = {
        "name": platform.node(),
        "model": contents(root / "proc/device-tree/model").strip("\0\n "),
        "system": _os_name(contents(root / "etc/os-release")),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "up_s": round(time.clock_gettime(time.CLOCK_BOOTTIME)),
        "memory": _memory(contents(root / "proc/meminfo")),
        "disk_free": shutil.disk_usage(root).free // MIB,
        "celsius": celsius(),
        "throttled": throttled(),
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, "", {})}


def versions() -> dict[str, Any]:
    packages = {package.name: package.version for package in metadata.distributions()}
    return {
        "edge-agent": __version__,
        "python": platform.python_version(),
        "packages": dict(sorted(packages.items(), key=lambda package: package[0].lower())),
    }


def _os_name(text: str) -> str:
    values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return values.get("PRETTY_NAME", "").strip('"')


def _memory(text: str) -> dict[str, int]:
    """As in /proc/meminfo, which counts in KiB."""
    found = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name in ("MemTotal", "MemAvailable"):
            found[name.removeprefix("Mem").lower()] = int(value.split()[0]) // 1024
    return found
