"""Takes everything away again."""

from __future__ import annotations

import shutil
from pathlib import Path

from .home import Home
from .process import Console, call
from .service import UNIT, UPDATES, Systemd
from .session import stop_in_sessions

KEPT = (
    "/etc/edge-agent",
    "/var/lib/edge-agent",
    "/var/lib/edge-agent-update",
    "/root/.local/state/edge-agent",
)
KEYS = (Path("/etc/credstore"), Path("/etc/credstore.encrypted"))


def uninstall(home: Home, systemd: Systemd, console: Console, *, purges: bool) -> None:
    stop(home, systemd)
    if not purges:
        console.say("edge-agent is gone; configuration, keys and memory are kept (--purge removes them)")
        return
    purge()
    console.say("edge-agent is gone, with its configuration, keys and memory")


def stop(home: Home, systemd: Systemd, *, disables: bool = True) -> None:
    """And removes the program."""
    if systemd.runs:
        systemd.stop()
        call("systemctl", "--quiet", "stop", UPDATES)
        stop_in_sessions()
    if disables:
        systemd.disable()
    home.vanish()
    if systemd.runs:
        call("systemctl", "daemon-reload")
        call("systemctl", "reset-failed", UNIT)
        call("udevadm", "control", "--reload")


def purge() -> None:
    for folder in KEPT:
        shutil.rmtree(folder, ignore_errors=True)
    for store in KEYS:
        for file in store.glob("edge-agent.*"):
            file.unlink()
    call("userdel", "edge-agent")
    call("groupdel", "edge-agent")
