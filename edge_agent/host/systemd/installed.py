"""The installed service, as systemd would start it now: its unit with all drop-ins, and its environment files."""

from __future__ import annotations

import glob
import os
import shlex
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from ...vocabulary.frozen import frozen
from .environment_file import variables
from .sealed import UNIT, Run, run_program

ASKED = (
    *("LoadState", "UnitFileState", "ActiveState", "DropInPaths", "User", "Group", "SupplementaryGroups"),
    *("Environment", "EnvironmentFiles", "ProtectHome", "PrivateTmp", "PrivateNetwork", "InaccessiblePaths"),
    *("StateDirectory", "MemoryMax"),
)
HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
TEMPORARY = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - of everybody else
Properties = Mapping[str, list[str]]


@frozen
class InstalledService:
    """`user`: empty in a user's own session. `variables`: of its environment; `origins`: the file that each comes from.
    `unread`: files that this user may not read; `missing`: without which it does not start. `hidden`: folders that it
    does not see. `memory_max`: in bytes; None: no limit."""

    user: str
    group: str
    groups: tuple[str, ...]
    variables: Mapping[str, str]
    origins: Mapping[str, Path] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    unread: tuple[Path, ...] = ()
    missing: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    drop_ins: tuple[Path, ...] = ()
    state: Path | None = None
    memory_max: int | None = None
    has_network: bool = True


def installed(run: Run = run_program, *, root: bool | None = None) -> InstalledService | None:
    """The one of this user's session, if it is in use there, else the system's; None: there is none, or no systemd that
    could tell. `root`: None: as this process is."""
    properties = ",".join(ASKED)
    if not (os.geteuid() == 0 if root is None else root):
        told = _told(run(["systemctl", "--user", "show", UNIT, f"--property={properties}"]))
        if _one(told, "LoadState") == "loaded" and (
            _one(told, "UnitFileState") == "enabled" or _one(told, "ActiveState") not in ("", "inactive")
        ):
            return _service(told, Path.home() / ".local" / "state", of_session=True)
    told = _told(run(["systemctl", "show", UNIT, f"--property={properties}"]))
    return _service(told, Path("/var/lib")) if _one(told, "LoadState") == "loaded" else None


def _told(answer: tuple[int, str]) -> Properties:
    found: dict[str, list[str]] = {}
    for line in answer[1].splitlines() if answer[0] == 0 else ():
        name, equals, value = line.partition("=")
        if equals and value:
            found.setdefault(name, []).append(value)
    return found


def _one(told: Properties, name: str) -> str:
    return told.get(name, [""])[0]


def _service(told: Properties, states: Path, *, of_session: bool = False) -> InstalledService:
    environment = dict(entry.partition("=")[::2] for entry in shlex.split(_one(told, "Environment")))
    origins: dict[str, Path] = {}
    files, unread, missing = [], [], []
    for told_file in told.get("EnvironmentFiles", []):
        pattern, _, how = told_file.partition(" (")
        matching = [Path(file) for file in sorted(glob.glob(pattern))]  # noqa: PTH207 - as systemd writes it
        if not matching and "ignore_errors=no" in how:
            missing.append(Path(pattern))
        for file in matching:
            try:
                set_here = variables(file.read_text("utf-8", "replace"))
            except OSError:
                unread.append(file)
                continue
            files.append(file)
            environment |= set_here
            origins |= dict.fromkeys(set_here, file)
    memory, state = _one(told, "MemoryMax"), _one(told, "StateDirectory").split()
    return InstalledService(
        user="" if of_session else _one(told, "User") or "root",
        group=_one(told, "Group"),
        groups=tuple(_one(told, "SupplementaryGroups").split()),
        variables=environment,
        origins=origins,
        files=tuple(files),
        unread=tuple(unread),
        missing=tuple(missing),
        hidden=() if of_session else tuple(_hidden(told)),
        drop_ins=tuple(map(Path, _one(told, "DropInPaths").split())),
        state=states / state[0] if state else None,
        memory_max=int(memory) if memory.isdecimal() else None,
        has_network=_one(told, "PrivateNetwork") != "yes",
    )


def _hidden(told: Properties) -> list[Path]:
    hidden = [Path(path.lstrip("-+")) for path in _one(told, "InaccessiblePaths").split()]
    if _one(told, "ProtectHome") in ("yes", "tmpfs"):
        hidden += HOMES
    return [*hidden, *TEMPORARY] if _one(told, "PrivateTmp") == "yes" else hidden
