"""scripts/install, behind its door: `python3 -m edge_agent.install OPTION...`."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from . import systems
from .build import build, make_wheels, new_name
from .changeover import ChangeEnd, Result, change_over
from .finish import finish, prepare_start, rolled_back_by_hand
from .home import Home
from .leave import uninstall
from .options import parse
from .process import Console, Refused
from .service import Systemd
from .session import UserSession, manager
from .settings import given_settings, settle
from .steps import result_of


def install(args: Namespace, console: Console) -> int:
    """The exit code."""
    home, systemd = Home(), Systemd()
    session = UserSession(args.session) if args.session else None
    given = given_settings(
        os.environ,
        endpoint=args.endpoint,
        deployment=args.deployment,
        key_file=args.key_file,
        replaces=args.replace,
    )
    home.heal()
    new = new_name()
    console.say(f"making version {new}")
    folder = home.versions / new
    try:
        build(folder, args.wheels.resolve() if args.wheels else None, console)
    except BaseException:
        home.clear()
        console.complain(f"version {new} could not be made; nothing was changed")
        raise
    settle(given, folder / "bin" / "edge-agent", console)
    home.share(folder)
    start = not args.no_start
    ready = prepare_start(home, systemd, console)
    service = systemd if session else manager(systemd)
    result = result_of(
        change_over(home, service, new, start=start and not session, within_s=args.ready_within, look=ready)
    )
    if session and start and systemd.runs:
        session.move_in(systemd, args.ready_within, console)
        result = proven(home, new)
    return finish(result, home, systemd, console, session)


def proven(home: Home, version: str) -> Result:
    """It is ready, in the session of a user, where systemd does not mark it."""
    home.prove(version)
    return Result(ChangeEnd.RUNS, version)


def roll_back(args: Namespace, console: Console) -> int:
    return rolled_back_by_hand(Home(), Systemd(), args.ready_within, console)


def main(arguments: Sequence[str]) -> int:
    args = parse(arguments)
    console = Console("install")
    for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    os.umask(0o022)
    try:
        if args.make_wheels:
            make_wheels(args.make_wheels, console)
            return 0
        systems.check()
        with systems.lock():
            if args.uninstall:
                uninstall(Home(), Systemd(), console, purges=args.purge)
                return 0
            return roll_back(args, console) if args.roll_back else install(args, console)
    except Refused as why:
        console.complain(str(why))
        return 1
    except OSError as error:
        console.complain(f"{error.filename or 'a file'} cannot be written ({error.strerror})")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
