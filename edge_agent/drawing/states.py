"""The states of a turn as a Mermaid diagram, drawn from the table that the turn machine is held to."""

from __future__ import annotations

from ..vocabulary.state import LEGAL, Turn


def draw() -> str:
    """Mermaid's stateDiagram-v2, without a fence."""
    lines = ["stateDiagram-v2", f"    [*] --> {Turn.IDLE.value}"]
    lines += [
        f"    {before.value} --> {after.value}: {why}"
        for before, following in LEGAL.items()
        for after, why in following.items()
    ]
    return "\n".join(lines)
