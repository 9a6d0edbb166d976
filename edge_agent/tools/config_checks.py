"""Rules of settings of tools that need the machine."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from ..config import Config
from ..config.rules import Key
from ..config.tables import NO_ADDRESS, web_address


def check_home(config: Config, unsure: Collection[Key]) -> Iterator[tuple[Key, str]]:
    """(key, what is wrong and what to do)."""
    home = config.home
    if not home.url or ("home", "url") in unsure:
        return
    if not web_address(home.url):
        yield ("home", "url"), NO_ADDRESS
    if not home.token_file:
        what = "must name a file with a long-lived access token (in Home Assistant: your profile, Security)"
        yield ("home", "token_file"), what
    elif not Path(home.token_file).is_file():
        yield ("home", "token_file"), f"there is no file {home.token_file}; create it, or correct the path"
