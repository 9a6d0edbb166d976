"""Addresses that sounds may be fetched from: `[announce] media`. Pure."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

from .setting import listed

PORTS = {"http": 80, "https": 443}
_UNUSUAL = re.compile(r"[\s\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def complaint(media: str) -> str:
    """What is wrong with the setting; empty: nothing."""
    for entry in listed(media):
        parts = _parts(entry)
        if parts is None or not parts.path.endswith("/") or parts.query:
            return (
                f"{_shown(entry)!r} must be the beginning of addresses, up to a /, as in https://HOST/sounds/"
            )
    return ""


def is_allowed(address: str, media: str) -> bool:
    """Whether an address is below one of the setting: scheme, host and port are the same, and its path begins so."""
    parts = _parts(address)
    return parts is not None and any(
        _origin(parts) == _origin(known) and parts.path.startswith(known.path)
        for entry in listed(media)
        if (known := _parts(entry))
    )


def _parts(address: str) -> SplitResult | None:
    """None: it is not the address of a file, or is written so that programs may differ about where it leads."""
    if _UNUSUAL.search(address) or _UNUSUAL.search(unquote(address)):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    climbs = {".", ".."} & set(unquote(parts.path).split("/"))
    if parts.scheme not in PORTS or not parts.hostname or port == 0 or "@" in parts.netloc:
        return None
    return None if climbs or parts.fragment or not parts.hostname.isascii() else parts


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme]


def _shown(entry: str) -> str:
    """Without what may be a password."""
    return re.sub(r"//[^/]*@", "//***@", entry)
