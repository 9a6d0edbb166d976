"""What a benchmark ran on: absolute numbers mean nothing without it."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from edge_agent import __version__

from .measure import load

PACKAGES = ("websockets", "numpy", "webrtcvad-wheels", "pywebrtc-audio", "onnxruntime", "silero-vad")


def machine() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "edge_agent": __version__,
        "packages": _packages(),
        "load": load(),
    }


def _packages() -> dict[str, str]:
    """Those of the figures that are installed."""
    found = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    found = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model")))
    return next(found, platform.machine())
