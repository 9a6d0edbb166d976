"""The Debian package, whose files are in /opt/edge-agent/package: from them a version is made that dpkg does not know,
so that the one before is still there when dpkg has replaced its files."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from . import systems
from .build import new_name
from .changeover import change_over
from .finish import finish, prepare_start
from .home import Home
from .leave import stop
from .process import Console, Refused, call
from .service import Systemd
from .session import manager
from .settings import given_settings, settle
from .steps import result_of

FOLDER = "package"


def configure(console: Console) -> None:
    """After the files are unpacked. Raises Refused."""
    home, systemd = Home(), Systemd()
    given = given_settings(os.environ, asks=False)
    home.heal()
    new = new_name()
    folder = home.versions / new
    home.versions.mkdir(exist_ok=True)
    package = home.folder / FOLDER
    home.share(package)
    # links to the same files take no room
    shutil.copytree(package, folder, symlinks=True, copy_function=os.link)
    if next(folder.rglob("*.pyc"), None) is None:  # it was built where there is no such Python
        call(str(folder / "bin" / "python"), "-m", "compileall", "-q", "-j", "0", str(folder / "lib"))
    settle(given, folder / "bin" / "edge-agent", console)
    look = prepare_start(home, systemd, console)
    # a device whose new version was rolled back works: dpkg shall not call it broken
    finish(result_of(change_over(home, manager(systemd), new, look=look)), home, systemd, console)


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
