"""What other parts of the agent do for the doctor. Each stands here once, and nowhere else in this package."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ..audio.formats import FRAME_MS, MIC_RATE_HZ
from ..config import Config
from ..events import Event
from .acoustics import Samples

FRAME = MIC_RATE_HZ * FRAME_MS // 1000


def cancelled(heard: Samples, played: Samples) -> Samples | None:
    """What AEC3 leaves of `heard` when it knows what was `played`; None where it is not installed."""
    try:
        from pywebrtc_audio import AudioProcessor
    except ImportError:
        return None
    canceller = AudioProcessor(sample_rate=MIC_RATE_HZ, echo_cancellation=True)
    left = [canceller.process(near, far) for near, far in zip(_frames(heard), _frames(played), strict=True)]
    return np.concatenate(left).astype(np.float64) / 32_768


def open_panel(config: Config, post: Callable[[Event], None], loop: asyncio.AbstractEventLoop) -> Any:
    """Button and light; None where this build has none."""
    opener = getattr(import_module("..panel", __package__), "open_panel", None)
    return opener(config, post, loop) if opener else None


def control_sockets() -> list[Path]:
    """Where a running device may be listening."""
    try:
        found: list[Path] = import_module("..service.places", __package__).control_sockets()
    except ModuleNotFoundError:
        return [Path("/run/edge-agent/control.sock")]
    return found


def state_folder() -> Path:
    try:
        found: Path = import_module("..service.places", __package__).state_folder()
    except ModuleNotFoundError:
        return Path.home()
    return found


def _frames(samples: Samples) -> list[Any]:
    whole = np.rint(samples * 32_768).astype(np.int16)
    return list(whole[: len(whole) // FRAME * FRAME].reshape(-1, FRAME))
