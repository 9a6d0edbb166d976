"""What is said and done once the versions are changed; the same for the installer and for the Debian package."""

from __future__ import annotations

import grp
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

from ..config import load
from ..config.load import DEFAULT_PATH
from ..host.systemd.sealed import FOLDERS, SEALED_FILES, complaint
from . import ending
from .changeover import ChangeEnd, Result, start_and_judge, swap
from .home import Home
from .key import has_key
from .process import Console, Refused, call
from .service import Systemd
from .session import UserSession, caller, manager
from .steps import result_of

GROUP = "edge-agent"
NOT_READY = "does not become ready"
GOOD = (ChangeEnd.RUNS, ChangeEnd.WAITS, ChangeEnd.LACKS_CONFIGURATION)


def prepare_start(home: Home, systemd: Systemd, console: Console) -> Callable[[], None]:
    """What is done before a device that was silent starts."""

    def look() -> None:
        for file, why in unopened():
            console.complain(
                f"{file} does not open here ({why}), so the service cannot start: seal it again on this system, or"
                " remove it"
            )
        if systemd.runs:
            ending.examine([str(home.command)], console)

    return look


def unopened() -> Iterator[tuple[Path, str]]:
    """Sealed credentials that keep the service from starting, in silence (status 243)."""
    for folder in FOLDERS:
        for file in sorted(folder.glob(SEALED_FILES)):
            if why := complaint(file):
                yield file, why


def finish(
    result: Result, home: Home, systemd: Systemd, console: Console, session: UserSession | None = None
) -> int:
    """The exit code. The last line says whether one can talk to the device."""
    join_group(console)
    command = [str(home.command)]
    tell_result(result, console)
    if session:
        command = list(session.command(*command))
        ending.examine(command, console)
    if result.end is ChangeEnd.LACKS_CONFIGURATION or (result.end is ChangeEnd.WAITS and systemd.runs):
        for line in to_do():
            console.say(line)
    if systemd.is_active or session:
        for line in ending.ask(command):
            console.say(line)
    return 0 if result.end in GOOD else 1


def tell_result(result: Result, console: Console) -> None:
    if result.end is ChangeEnd.LACKS_CONFIGURATION:
        console.say(f"version {result.version} {result.end.value}:")
        console.show(result.words)
    else:
        if result.failed:
            console.say(f"version {result.failed} {NOT_READY}:")
            console.show(result.words)
        console.say(f"version {result.version} {result.end.value}")


def last_of_not_ready(said: str) -> str:
    """The last line of what failed, in all that `finish` has said; empty: it said nothing of that."""
    _, _, after = said.partition(f"{NOT_READY}:\n")
    words = list(takewhile(lambda line: line.startswith("  "), after.splitlines()))
    return words[-1].strip() if words else ""


def to_do() -> Iterator[str]:
    """What the configuration lacks, and the start after it."""
    config, problems = load(DEFAULT_PATH, environ={})
    if problems:
        yield f"to do: correct the configuration: {problems[0]}"
    elif not config.has_service:
        yield f"to do: the address of the service, in {DEFAULT_PATH}: [service] endpoint"
    if config.service.credential == "api-key" and not has_key():
        yield "to do: its key, if it takes one: sudo edge-agent key set"
    yield "then: sudo systemctl restart edge-agent"
    if not config.has_service:
        yield "or in a browser, with the link of: sudo edge-agent setup"


def join_group(console: Console) -> None:
    """Who called it with sudo may talk to the device."""
    if not (user := caller()):
        return
    try:
        members = grp.getgrnam(GROUP).gr_mem
    except KeyError:
        return
    if user not in members and not call("usermod", "--append", "--groups", GROUP, user).returncode:
        console.say(f"{user} may talk to the device from the next login on (group {GROUP})")


def rolled_back_by_hand(home: Home, systemd: Systemd, within_s: float, console: Console) -> int:
    """The exit code. Raises Refused."""
    home.heal()
    previous = home.shelf().previous
    if not previous:
        raise Refused("there is no other version on this device")
    service = manager(systemd)
    for _ in swap(home, service, previous):
        pass
    if not systemd.runs:
        console.say(f"version {previous} runs from the next start on")
        return 0
    return finish(result_of(start_and_judge(home, service, previous, within_s)), home, systemd, console)
