"""Where the service keeps what it needs while it runs, and what it remembers."""

from __future__ import annotations

import os
from pathlib import Path

NAME = "edge-agent"
SYSTEM = Path("/run") / NAME
SETTING_UP = Path("/run") / f"{NAME}-setup"  # there while the set-up page is served


def runtime_folder() -> Path:
    """As systemd says (RuntimeDirectory=), else the user's own."""
    return _given("RUNTIME_DIRECTORY") or _own("XDG_RUNTIME_DIR", state_folder())


def state_folder() -> Path:
    """As systemd says (StateDirectory=), else the user's own."""
    return _given("STATE_DIRECTORY") or _own("XDG_STATE_HOME", Path.home() / ".local" / "state" / NAME)


def fleet_folder(state: Path) -> Path:
    """What the device has of its fleet."""
    return state / "fleet"


def control_sockets() -> list[Path]:
    """Where a running device may be listening: the system's, then the user's own."""
    return [folder / "control.sock" for folder in dict.fromkeys((SYSTEM, runtime_folder()))]


def _given(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value.split(":")[0]) if value else None


def _own(variable: str, otherwise: Path) -> Path:
    value = os.environ.get(variable)
    return Path(value) / NAME if value else otherwise
