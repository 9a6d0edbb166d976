"""Rules of settings of tools that need the machine."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ..config import Config
from ..config.rules import Key


def check_home(config: Config, unsure: Collection[Key]) -> Iterator[tuple[Key, str]]:
    """(key, what is wrong and what to do)."""
    home = config.home
    if not home.url or ("home", "url") in unsure:
        return
    url = urlsplit(home.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        yield ("home", "url"), "must begin with http:// or https:// and name a host"
    if not home.token_file:
        what = "must name a file with a long-lived access token (in Home Assistant: your profile, Security)"
        yield ("home", "token_file"), what
    elif not Path(home.token_file).is_file():
        yield ("home", "token_file"), f"there is no file {home.token_file}; create it, or correct the path"
