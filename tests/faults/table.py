"""`python -m tests.faults.table`: runs the matrix, and writes what came of it into docs/faults.md."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from statistics import median

from ..conftest import CA  # noqa: F401 - trusted from here on
from .matrix import Cell, cell
from .troubles import STATES, TROUBLES, State, Trouble

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


async def rows() -> list[tuple[Trouble, dict[State, Cell]]]:
    found = []
    for trouble in TROUBLES:
        if trouble.at_once:
            cells = await asyncio.gather(*(cell(trouble, state) for state in trouble.states))
        else:
            cells = [await cell(trouble, state) for state in trouble.states]
        found.append((trouble, {result.state: result for result in cells}))
        print(trouble.name, file=sys.stderr)
    return found


def shown(result: Cell) -> str:
    """A cell in a few words."""
    if result.state == "idle":
        if result.again_s is None:
            return "stays up" if result.trouble.survives else "up with the next press"
        return f"up in {result.again_s:.1f} s"
    if not result.answered:
        return "told: " + ", ".join(f"*{cue.value}*" for cue in result.cues[-1:])
    if result.state == "speaking":
        return "plays on" if result.again_s is None else f"plays on, up in {result.again_s:.1f} s"
    return f"answered in {result.sound_s:.1f} s"


def page(found: list[tuple[Trouble, dict[State, Cell]]]) -> str:
    lines = [
        f"| trouble | {' | '.join(STATES)} | heard besides | attempts |",
        f"|---|{'---|' * len(STATES)}---|---|",
    ]
    for trouble, cells in found:
        heard = sorted({cue.value for result in cells.values() for cue in result.cues})
        attempts = max(result.attempts for result in cells.values())
        shown_cells = " | ".join(shown(cells[state]) if state in cells else "–" for state in STATES)
        lines.append(f"| {trouble.name} | {shown_cells} | {', '.join(heard) or '–'} | {attempts} |")
    waits = sorted(result.resent_ms for _, cells in found for result in cells.values() if result.resent_ms)
    lines += [
        "",
        f"From `session.updated` of the next session to the first sound of a question that waited: median"
        f" {median(waits):.0f} ms, at most {waits[-1]:.0f} ms ({len(waits)} times).",
    ]
    return "\n".join(lines)


def main() -> None:
    text = PAGE.read_text("utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    measured = page(asyncio.run(rows()))
    PAGE.write_text(f"{before}{BEGIN}\n{measured}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
