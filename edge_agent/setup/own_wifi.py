"""The Wi-Fi that root has opened for a device without a network."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from ..files.whole import contents
from ..install.hotspot import TOLD
from ..vocabulary.frozen import frozen


@frozen
class OwnWifi:
    """`code`: its password, and what opens the page. `networks`: of others, that the device can join."""

    name: str
    code: str
    networks: tuple[str, ...]


def opened(folder: Path) -> OwnWifi | None:
    """None: there is none."""
    with suppress(ValueError, KeyError, TypeError):
        told = json.loads(contents(folder / TOLD))
        return OwnWifi(str(told["name"]), str(told["code"]), tuple(map(str, told["networks"])))
    return None
