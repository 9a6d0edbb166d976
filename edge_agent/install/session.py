"""The service in the session of a user, where PulseAudio or PipeWire has the sound card."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..config.keys import SYSTEM_FILE
from .process import Console, Refused, call, succeeds, told
from .service import CONFIGURATION, LAST_LINES, UNIT, Manager, Systemd, journal

SYSTEMCTL = ("systemctl", "--user", "--quiet")


class UserSession:
    """Of a user who logs in. Raises Refused."""

    def __init__(self, user: str) -> None:
        try:
            self._entry = pwd.getpwnam(user)
        except KeyError:
            raise Refused(
                f"there is no user {user}; --session takes the one who logs in to the desktop"
            ) from None
        if not self._entry.pw_uid:
            raise Refused("--session takes the user who logs in to the desktop, not root")
        self.user = user

    def command(self, *command: str) -> tuple[str, ...]:
        """As that user."""
        runtime = f"XDG_RUNTIME_DIR=/run/user/{self._entry.pw_uid}"
        return ("runuser", "-u", self.user, "--", "env", runtime, *command)

    def systemctl(self, *words: str) -> bool:
        return succeeds(*self.command(*SYSTEMCTL, *words))

    def give_key(self, console: Console) -> None:
        """That of the system's service, for a service that cannot read it."""
        file = Path(self._entry.pw_dir, ".config", "edge-agent", "api-key")
        if SYSTEM_FILE.exists() and not file.exists():
            write = 'umask 077 && mkdir -p "$(dirname "$1")" && cat >"$1.new" && mv "$1.new" "$1"'
            key = SYSTEM_FILE.read_text("utf-8", "replace")
            done = call(*self.command("sh", "-c", write, "sh", str(file)), text=key)
            if done.returncode:
                raise Refused(f"{file} cannot be written: {done.stderr.strip()}")
            console.say(f"copied the key into {file}")

    def move_in(self, system: Systemd, within_s: float, console: Console) -> None:
        """From the system's service. Raises Refused."""
        system.stop()
        system.disable()
        self.give_key(console)
        call("loginctl", "enable-linger", self.user)
        until = time.monotonic() + within_s
        while not self.systemctl("daemon-reload"):
            if time.monotonic() > until:
                raise Refused(
                    f"the session of {self.user} does not start: systemctl status user@{self._entry.pw_uid}"
                )
            time.sleep(1)
        self.systemctl("enable", UNIT)
        if not self.systemctl("restart", UNIT):
            raise Refused(
                f"it does not become ready in the session of {self.user}; as that user: journalctl --user -u edge-agent"
            )
        console.say(
            f"it runs in the session of {self.user}; as that user: systemctl --user status edge-agent"
        )


def sessions() -> Iterator[UserSession]:
    """Those that are there."""
    for line in told("loginctl", "--no-legend", "list-users").splitlines():
        if (words := line.split()) and words[0] != "0" and len(words) > 1:
            yield UserSession(words[1])


class InSessions:
    """The service of those who have it in their sessions, as a Manager."""

    def __init__(self, system: Systemd, users: Sequence[UserSession]) -> None:
        self._system, self._users = system, users
        self._began_s = 0.0

    @property
    def runs(self) -> bool:
        return self._system.runs

    @property
    def is_active(self) -> bool:
        return self._all(*SYSTEMCTL, "is-active", UNIT)

    @property
    def is_enabled(self) -> bool:
        return True

    def enable(self) -> None:
        """It is."""

    def reload(self) -> None:
        self._system.reload()
        for user in self._users:
            user.systemctl("daemon-reload")

    def restart(self, within_s: float) -> bool:
        self._began_s = time.time()
        return self._all("timeout", f"{within_s:.0f}", *SYSTEMCTL, "restart", UNIT)

    def stop(self) -> None:
        self._all(*SYSTEMCTL, "stop", UNIT)

    @property
    def needs_configuration(self) -> bool:
        asked = (*SYSTEMCTL, "show", "--property=ExecMainStatus", "--value", UNIT)
        return any(told(*user.command(*asked)) == str(CONFIGURATION) for user in self._users)

    def last_words(self) -> list[str]:
        return journal(self._began_s, f"_SYSTEMD_USER_UNIT={UNIT}", "--output=cat")[-LAST_LINES:]

    def _all(self, *command: str) -> bool:
        done = [succeeds(*user.command(*command)) for user in self._users]
        return all(done)


def manager(system: Systemd) -> Manager:
    """What runs the service of this device."""
    if not system.runs or system.is_enabled:
        return system
    users = [user for user in sessions() if user.systemctl("is-enabled", UNIT)]
    return InSessions(system, users) if users else system


def stop_in_sessions() -> None:
    for session in sessions():
        session.systemctl("disable", "--now", UNIT)


def caller() -> str:
    """Who called this with sudo; empty: nobody."""
    user = os.environ.get("SUDO_USER", "")
    return "" if user == "root" else user
