"""edge-agent roll-back: the version before this one runs again, however both were installed."""

from __future__ import annotations

import argparse

from ..install import systems
from ..install.changeover import READY_S
from ..install.finish import rolled_back_by_hand
from ..install.home import Home
from ..install.process import Console, Refused
from ..install.service import Systemd
from .exits import FAILED
from .output import complain


def add_options(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_: argparse.Namespace) -> int:
    try:
        with systems.lock():
            return rolled_back_by_hand(Home(), Systemd(), READY_S, Console("edge-agent"))
    except Refused as why:
        complain(str(why))
    except PermissionError:
        complain("this needs root: sudo edge-agent roll-back")
    return FAILED
