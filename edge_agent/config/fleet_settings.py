"""Settings of the fleet that a device belongs to, and which settings that fleet may change. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from ..vocabulary.frozen import frozen
from .setting import listed, setting

PROGRAM = "service.credential_command"
OFTEN_CHANGED = "assistant, turns, gate, limits, prices, abilities, audio.volume, audio.cues, audio.messages"


@frozen
class FleetSettings:
    """Settings that the owner of many devices has signed (tuf must be installed; docs/fleet.md)."""

    repository: str = setting(
        "",
        "Address of the signed repository, as in https://fleet.example.com ('edge-agent fleet join' sets it). Empty:"
        " off.",
    )
    root_file: str = setting(
        "/etc/edge-agent/fleet-root.json", "Whose signatures count: the root.json of that repository."
    )
    name: str = setting("", "This device in the fleet. Empty: its host name.")
    tags: str = setting("", "What else it may be called there, as in kiosk, ground-floor.")
    check_every_h: float = setting(6.0, "How often to look for news.", unit="h", low=0.02, high=720)
    may_set: str = setting(
        OFTEN_CHANGED,
        "What the fleet may set: sections, and settings as section.name. What it sets counts more than this file.",
    )
    releases: bool = setting(
        False,
        "Whether the fleet may replace edge-agent itself by a newer release (where the Debian package is installed).",
    )
    download_mbit_s: float = setting(
        2.0, "How fast a release is fetched: speech needs the rest.", unit="Mbit/s", low=0.1, high=1000
    )
    trial_min: float = setting(
        10.0,
        "How long new settings, and releases, are on trial: they go if the link is lost for 5 minutes, or is not"
        " there at the end.",
        unit="min",
        low=0.01,
        high=1440,
    )


@frozen
class FleetPart:
    """A part of a configuration that a fleet has signed. `target`: its name there. `sha256`: of `text`, in TOML."""

    target: str
    sha256: str
    text: str


def may_set(allowed: str, section: str, key: str) -> bool:
    """Never what the fleet is, nor what is not in a section: programs, servers and the board."""
    name = f"{section}.{key}"
    never = section == "fleet" or not key or name == PROGRAM
    return not never and not {section, name}.isdisjoint(listed(allowed))


def unknown_names(allowed: str, known: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """What of it is neither a section nor a setting; nor may ever be set."""
    names = {name for section, key in known if section != "fleet" for name in (section, f"{section}.{key}")}
    return tuple(name for name in listed(allowed) if name not in names - {PROGRAM})


def repository_complaint(address: str) -> str:
    """Why it is not valid, and what to do; empty: it is."""
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment:
        return f"{address!r} is not a valid address; use one as in https://fleet.example.com/edge-agent"
    if "@" in parts.netloc:
        return "an address with a password does not belong here; what is signed need not be secret"
    return ""
