"""The Debian package, whose files are in /opt/edge-agent/package: from them a version is made that dpkg does not know,
so that the one before is still there when dpkg has replaced its files."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from . import systems
from .build import new_name
from .changeover import change_over
from .finish import finish, prepare_start
from .home import Home
from .leave import stop
from .pause import wait_for_pause
from .process import Console, Refused, call
from .service import Systemd
from .session import manager
from .settings import given_settings, settle
from .steps import result_of

FOLDER = "package"
PAUSE_S = 60.0  # at most, for somebody who talks to the device that is to restart


def configure(console: Console) -> None:
    """After the files are unpacked. Raises Refused."""
    home, systemd = Home(), Systemd()
    given = given_settings(os.environ, asks=False)
    home.heal()
    package = home.folder / FOLDER
    new = made_of(package, home) or _make(package, home)
    folder = home.versions / new
    if next(folder.rglob("*.pyc"), None) is None:  # it was built where there is no such Python
        call(str(folder / "bin" / "python"), "-m", "compileall", "-q", "-j", "0", str(folder / "lib"))
    settle(given, folder / "bin" / "edge-agent", console)
    look = prepare_start(home, systemd, console)
    wait_for_pause(PAUSE_S)
    # a device whose new version was rolled back works: dpkg shall not call it broken
    finish(result_of(change_over(home, manager(systemd), new, look=look)), home, systemd, console)


def made_of(package: Path, home: Home) -> str:
    """The current version, if that is what these files became already, and then the power was cut; else empty. Made
    once more, it would be one to roll back to, and push out the one before."""
    mark = "pyvenv.cfg"
    there = (package / mark).exists() and (home.current / mark).exists()
    return home.shelf().current if there and (package / mark).samefile(home.current / mark) else ""


def _make(package: Path, home: Home) -> str:
    new = new_name()
    home.versions.mkdir(exist_ok=True)
    home.share(package)
    # links to the same files take no room
    shutil.copytree(package, home.versions / new, symlinks=True, copy_function=os.link)
    return new


def main(arguments: Sequence[str]) -> int:
    console = Console("edge-agent")
    try:
        with systems.lock():
            if arguments[0] == "configure":
                configure(console)
            else:
                stop(Home(), Systemd(), disables=False)
    except Refused as why:
        console.complain(str(why))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
