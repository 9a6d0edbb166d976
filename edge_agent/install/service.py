"""The service of the system, as systemctl and journalctl have it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Protocol

from .process import call, succeeds, told

UNIT = "edge-agent.service"
AGAIN, TRIAL = "edge-agent-again.service", "edge-agent-trial.service"
UPDATES = "edge-agent-update.path"
SETUP = "edge-agent-setup.service"
CONFIGURATION = 78  # the exit code for "the configuration must be changed first"
LOOK_S, LOOKS = 1.0, 3  # ready in so many looks in a row: it stays so
LAST_LINES = 8


class Manager(Protocol):
    """What runs the service."""

    @property
    def runs(self) -> bool:
        """Whether there is one: not while an image is made."""

    @property
    def is_active(self) -> bool: ...

    @property
    def is_enabled(self) -> bool: ...

    def enable(self) -> None: ...

    def reload(self) -> None:
        """The files of the service have changed."""

    def restart(self, within_s: float) -> bool:
        """Whether it becomes ready in this time, and stays so."""

    def stop(self) -> None: ...

    @property
    def needs_configuration(self) -> bool:
        """Whether it has ended because of its configuration."""

    def last_words(self) -> list[str]:
        """Of what failed since `restart`."""


class Systemd:
    """The real one."""

    def __init__(self) -> None:
        self._began_s = 0.0

    @property
    def runs(self) -> bool:
        return Path("/run/systemd/system").is_dir()

    @property
    def is_active(self) -> bool:
        return self.runs and self.get("ActiveState") == "active"

    @property
    def is_enabled(self) -> bool:
        return succeeds("systemctl", "--quiet", "is-enabled", UNIT)

    def enable(self) -> None:
        call("systemctl", "--quiet", "enable", UNIT)

    def disable(self) -> None:
        call("systemctl", "--quiet", "disable", UNIT)

    def reload(self) -> None:
        call("systemd-sysusers", "/usr/local/lib/sysusers.d/edge-agent.conf")
        if self.runs:
            call("systemctl", "daemon-reload")
            call("udevadm", "control", "--reload")
            call("udevadm", "trigger", "--subsystem-match=sound", "--subsystem-match=gpio")

    def restart(self, within_s: float) -> bool:
        self._began_s = time.time()
        self._forget()
        if not succeeds("systemctl", "restart", "--no-block", UNIT):
            return False
        until, ready, was = time.monotonic() + within_s, 0, ""
        while time.monotonic() < until:
            time.sleep(LOOK_S)
            state, now = self.get("ActiveState"), self.get("InvocationID")
            if state == "failed" and self.get("ActiveState", TRIAL) not in ("active", "activating"):
                return False
            ready = ready + 1 if state == "active" and (now == was or not ready) else 0
            if ready == LOOKS:
                return True
            was = now
        return False

    def stop(self) -> None:
        call("systemctl", "--quiet", "stop", UNIT, SETUP)
        self._forget()

    def start_again(self) -> None:
        """Without waiting, and with all its attempts before it."""
        call("systemctl", "reset-failed", UNIT)
        call("systemctl", "start", "--no-block", UNIT)

    @property
    def needs_configuration(self) -> bool:
        return self.get("ActiveState") == "failed" and self.get("ExecMainStatus") == str(CONFIGURATION)

    def last_words(self) -> list[str]:
        """Of the service itself; if it said nothing, of systemd about it."""
        now = self.get("InvocationID") if self.get("ActiveState") == "active" else ""
        own, about = [], []
        for line in journal(self._began_s, f"--unit={UNIT}", "--output=json"):
            record = json.loads(line)
            words, unit = record.get("MESSAGE"), record.get("_SYSTEMD_UNIT")
            if isinstance(words, str) and words.strip():
                if unit != UNIT:
                    about.append(words)
                elif not now or record.get("_SYSTEMD_INVOCATION_ID") != now:
                    own.append(words)
        return [line for words in (own or about) for line in words.splitlines()][-LAST_LINES:]

    def get(self, name: str, unit: str = UNIT) -> str:
        return told("systemctl", "show", f"--property={name}", "--value", unit)

    def _forget(self) -> None:
        """What it has failed at, and the unit that waits to start it once more."""
        call("systemctl", "--quiet", "stop", AGAIN)
        call("systemctl", "reset-failed", UNIT)


def journal(since_s: float, *options: str) -> list[str]:
    """Its lines, up to what was said just now. `since_s`: of the epoch."""
    call("journalctl", "--sync")
    return told("journalctl", f"--since=@{since_s:.6f}", "--quiet", *options).splitlines()
