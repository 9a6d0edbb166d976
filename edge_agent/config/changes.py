"""What may be changed on the running device, without its owner's file: a text in TOML that is laid over that. Pure.

Who changes it may be anybody with the link of an operator, or in the group of the control socket. So nothing can be set
here that runs a program, opens or reads a file, sends the key or words elsewhere, opens a port, or moves a pin.
"""

from __future__ import annotations

from collections.abc import Iterable

from .setting import listed

CHANGEABLE = "assistant, turns, gate, audio, limits, prices, abilities"
CHANGES = "changes.toml"
# whatever the owner allows
NEVER = frozenset(
    {
        *("service", "panel", "log", "metrics", "mqtt", "web", "home", "announce", "fleet"),
        *("audio.backend", "audio.sounds", "audio.mic_wav", "audio.speaker_wav", "audio.echo_path"),
    }
)


def may_change(allowed: str, section: str, key: str) -> bool:
    """Never what is not in a section: programs, servers and the board."""
    names = {section, f"{section}.{key}"}
    return bool(key) and names.isdisjoint(NEVER) and not names.isdisjoint(listed(allowed))


def unchangeable_names(allowed: str, known: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """What of it is neither a section nor a setting that may be changed. `known`: (section, key) of each."""
    names = {
        name
        for section, key in known
        for name in (section, f"{section}.{key}")
        if may_change(name, section, key)
    }
    return tuple(name for name in listed(allowed) if name not in names)
