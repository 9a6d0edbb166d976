"""What the service's user may do with files: asked of the kernel, as that user."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from .installed import InstalledService

READ, WRITE, BOTH = "r", "w", "rw"
PATIENCE_S = 5.0
# prints the number of each file that is denied
TRY = """
i=0
while [ $# -gt 0 ]; do
  case $1 in r) [ -r "$2" ] ;; w) [ -w "$2" ] ;; rw) [ -r "$2" ] && [ -w "$2" ] ;; esac || echo $i
  i=$((i + 1)); shift 2
done
"""
Wanted = tuple[Path, str]  # and READ, WRITE or BOTH


class NoSuchUser(Exception):
    """The user or a group of the service; the message says which."""


class CannotTry(Exception):
    """Only root can become another user."""


def denied(service: InstalledService, wanted: Sequence[Wanted]) -> list[Wanted]:
    """What of it the service could not do, hidden folders included. Raises NoSuchUser and CannotTry."""
    hidden = [one for one in wanted if hides(service, one[0])]
    rest = [one for one in wanted if one not in hidden]
    if not service.user or service.user == "root":
        return hidden + [one for one in rest if not _may(*one)]
    ids = _ids(service)
    if os.geteuid() != 0:
        raise CannotTry
    uid, gid, groups = ids
    words = [word for path, how in rest for word in (how, str(path))]
    try:
        tried = subprocess.run(  # noqa: S603 - a script of ours
            ["/bin/sh", "-c", TRY, "sh", *words],
            user=uid,
            group=gid,
            extra_groups=groups,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise CannotTry from None
    return hidden + [rest[int(number)] for number in tried.stdout.split()]


def hides(service: InstalledService, path: Path) -> bool:
    """Whether its sandbox has another folder, or none, in this place."""
    return any(path.is_relative_to(folder) for folder in service.hidden)


def _may(path: Path, how: str) -> bool:
    modes = (os.R_OK if "r" in how else 0) | (os.W_OK if "w" in how else 0)
    return os.access(path, modes, effective_ids=True)


def _ids(service: InstalledService) -> tuple[int, int, list[int]]:
    try:
        user = pwd.getpwnam(service.user)
    except KeyError:
        raise NoSuchUser(f"the user {service.user} does not exist") from None
    gid = _gid(service.group) if service.group else user.pw_gid
    groups = {_gid(name) for name in service.groups} | set(os.getgrouplist(service.user, gid))
    return user.pw_uid, gid, sorted(groups)


def _gid(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise NoSuchUser(f"the group {name} does not exist") from None


def shown(wanted: Iterable[Wanted]) -> str:
    """For people."""
    words = {READ: "read", WRITE: "write", BOTH: "open"}
    return ", ".join(f"{words[how]} {path}" for path, how in wanted)
