"""Board profiles: what is known about some hardware, as defaults under the configuration file.

A profile is a TOML file with the sections of the configuration, and a table [board] about it. The bundled
ones are in hardware/boards, which is a folder of this package too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..vocabulary.frozen import frozen
from .document import BOARD, Problem, read
from .panel_settings import PanelSettings
from .sections import Values
from .suggest import did_you_mean

FOLDER = Path(__file__).parent.parent / "boards"
# what depends on the hardware; a profile comes from elsewhere, and shall not choose whom the device talks to
OF_HARDWARE = {
    "audio": (
        *("microphone", "mic_rate_hz", "mic_channels", "mic_channel", "mic_gain_db"),
        *("speaker", "speaker_rate_hz", "speaker_channels", "speaker_delay_ms", "echo", "noise_reduction"),
    ),
    "panel": tuple(
        item.name for item in fields(PanelSettings) if item.name not in ("long_press", "double_press")
    ),
}
HEADER_PINS = range(2, 28)  # BCM numbers; 0 and 1 are for the identification of HATs


@frozen
class Quirk:
    """A peculiarity of a board, and what to do about it."""

    what: str
    remedy: str


@frozen
class Board:
    """What a profile says besides settings. `reserved_pins`: BCM numbers that the hardware itself uses."""

    name: str = ""
    description: str = ""
    reserved_pins: tuple[int, ...] = ()
    quirks: tuple[Quirk, ...] = ()


def names() -> list[str]:
    """The bundled profiles."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def bundled() -> dict[str, Values]:
    """The settings of each bundled profile, by its name."""
    return {name: load_board(name, "", [])[1] for name in names()}


def load_board(name: Any, where: str, problems: list[Problem]) -> tuple[Board, Values]:
    """The profile called `name`, or in the file `name` if that ends with .toml. `where` it was chosen.

    None for an empty name. What is wrong goes to `problems`.
    """
    if not isinstance(name, str):
        problems.append(Problem(where, "must be text in quotes: the name of a board, or FILE.toml"))
        return Board(), {}
    if not name:
        return Board(), {}
    path = Path(name)
    if path.suffix != ".toml" or "\0" in name:
        if name not in names():
            problems.append(Problem(where, f"{name!r} is not a known board{did_you_mean(name, names())}"))
            return Board(), {}
        path = FOLDER / f"{name}.toml"
    values = read(path, problems)
    for key in [key for key in values if key != BOARD and not is_of_hardware(*key)]:
        _, place = values.pop(key)
        problems.append(
            Problem(
                place, "does not depend on the hardware; move it from the profile to the configuration file"
            )
        )
    table, place = values.pop(BOARD, ({}, str(path)))
    if complaint := _complaint(table):
        problems.append(Problem(place, complaint))
        return Board(), values
    return _board(table), values


def is_of_hardware(section: str, key: str) -> bool:
    """Whether a profile may set it."""
    return key in OF_HARDWARE.get(section, ())


def pin_problems(board: Board, panel: PanelSettings) -> Iterator[tuple[tuple[str, str], str]]:
    """((section, key), what is wrong) for each pin in use that the board itself needs."""
    for name, pin in panel.pins.items():
        if pin in board.reserved_pins:
            free = ", ".join(str(pin) for pin in HEADER_PINS if pin not in board.reserved_pins)
            yield ("panel", name), f"the board itself uses pin {pin}; choose one of {free}"


def _board(table: dict[str, Any]) -> Board:
    return Board(
        name=table.get("name", ""),
        description=table.get("description", ""),
        reserved_pins=tuple(table.get("reserved_pins", ())),
        quirks=tuple(Quirk(**quirk) for quirk in table.get("quirks", ())),
    )


def _complaint(table: Any) -> str:
    """Why `table` is not a valid description of a board; empty if it is."""
    if not isinstance(table, dict):
        return "a profile has a table [board] here; it cannot name another profile"
    keys = [item.name for item in fields(Board)]
    for key, value in table.items():
        match key:
            case "name" | "description":
                if not isinstance(value, str):
                    return f"{key} must be text in quotes"
            case "reserved_pins":
                if not isinstance(value, list) or not all(type(pin) is int for pin in value):
                    return "reserved_pins must be a list of pins, as in [18, 19]"
            case "quirks":
                if not isinstance(value, list) or not all(_is_quirk(quirk) for quirk in value):
                    return 'quirks must be a list of { what = "...", remedy = "..." }'
            case _:
                return f"[board] {key!r} is not a known key{did_you_mean(key, keys)}"
    return ""


def _is_quirk(value: Any) -> bool:
    wanted = {item.name for item in fields(Quirk)}
    return (
        isinstance(value, dict)
        and value.keys() == wanted
        and all(isinstance(v, str) and v for v in value.values())
    )
