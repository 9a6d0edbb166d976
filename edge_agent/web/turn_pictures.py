"""The last turns as pictures, out of what the device keeps for a report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..drawing.turn import draw
from ..report.turns import Told, turns_of

MOST_DRAWN = 6


def pictures_of(report: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """(the turns, the newest first, with what is known of each; drawings in SVG of the newest by path). `report`: as
    the control socket gives it."""
    steps, changes = ([json.loads(line) for line in report[kind]] for kind in ("steps", "changes"))
    newest = turns_of(steps, changes)[::-1]
    drawings = {_path(turn): draw(turn.records) for turn in newest[:MOST_DRAWN]}
    return [_told(turn, drawings) for turn in newest], drawings


def _path(turn: Told) -> str:
    return f"/turn/{turn.run}-{turn.number}-{len(turn.kept)}.svg"  # it may grow


def _told(turn: Told, drawings: Mapping[str, str]) -> dict[str, Any]:
    told = turn.as_json()
    del told["records"]
    path = _path(turn)
    return told | {"picture": path if path in drawings else ""}
