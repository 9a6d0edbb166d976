"""The service in the session of a user, where PulseAudio or PipeWire has the sound card."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Iterator
from pathlib import Path

from ..config.keys import SYSTEM_FILE
from .process import Console, Refused, call, succeeds, told
from .service import UNIT, Systemd


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
        return succeeds(*self.command("systemctl", "--user", "--quiet", *words))

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


def restart_in_sessions(console: Console) -> bool:
    """Whether it is ready in one."""
    found = False
    for session in sessions():
        if session.systemctl("is-active", UNIT):
            session.systemctl("daemon-reload")
            if session.systemctl("restart", UNIT):
                console.say(f"restarted in the session of {session.user}")
                found = True
    return found


def stop_in_sessions() -> None:
    for session in sessions():
        session.systemctl("disable", "--now", UNIT)


def caller() -> str:
    """Who called this with sudo; empty: nobody."""
    user = os.environ.get("SUDO_USER", "")
    return "" if user == "root" else user
