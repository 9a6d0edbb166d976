"""Plots in SVG: lines and bars. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import floor, log10

from edge_agent.drawing.svg import Sketch

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 60, 16, 34, 46
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f")
STYLE = "text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.end{text-anchor:end}.mid{text-anchor:middle}"
GRID = "#ddd"
TICKS = 6
ROW, BAR, NAMES, VALUES = 22, 14, 170, 120  # of bars: heights, and what is left and right of them

Points = Sequence[tuple[float, float]]


def cumulative(values: Sequence[float]) -> Points:
    """Which share of the values, in %, is at most so large: a step at each."""
    points: list[tuple[float, float]] = []
    for number, value in enumerate(sorted(values)):
        points += [(value, 100 * number / len(values)), (value, 100 * (number + 1) / len(values))]
    return points


def ticks(highest: float) -> list[float]:
    """Round numbers from 0 on, the last of which is not below."""
    rough = max(highest, 1e-9) / TICKS
    unit: float = 10.0 ** floor(log10(rough))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough)
    count = 1
    while count * step < highest:
        count += 1
    return [number * step for number in range(count + 1)]


def lines(title: str, series: Mapping[str, Points], *, x: str, y: str) -> str:
    """Each series in a colour, from the origin. `x`, `y`: what the axes are."""
    every = [point for points in series.values() for point in points]
    across, up = ticks(max(p[0] for p in every)), ticks(max(p[1] for p in every))
    legend = 16 * len(series)
    bottom = HEIGHT - BOTTOM
    sketch = Sketch(WIDTH)

    def at(point: tuple[float, float]) -> tuple[float, float]:
        share_x, share_y = point[0] / across[-1], point[1] / up[-1]
        return LEFT + share_x * (WIDTH - LEFT - RIGHT), bottom - share_y * (bottom - TOP)

    sketch.text(LEFT, 18, title, "title")
    for value in across:
        place = at((value, 0))[0]
        sketch.line(place, TOP, bottom, GRID)
        sketch.text(place, bottom + 16, f"{value:g}", "mid")
    for value in up:
        height = at((0, value))[1]
        sketch.rect(LEFT, height, WIDTH - LEFT - RIGHT, 0.6, GRID)
        sketch.text(LEFT - 6, height + 4, f"{value:g}", "end")
    sketch.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x, "mid")
    sketch.text(WIDTH - RIGHT, 18, y, "end")
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        for one, other in pairwise([at(point) for point in points]):
            sketch.parts.append(_segment(one, other, colour))
        sketch.rect(LEFT, HEIGHT + 16 * number - 6, 18, 4, colour)
        sketch.text(LEFT + 24, HEIGHT + 16 * number, name, "")
    return sketch.document(HEIGHT + legend, STYLE)


def bars(title: str, values: Mapping[str, float], *, unit: str) -> str:
    """One for each name, from 0 on."""
    highest = max(values.values())
    sketch = Sketch(WIDTH)
    sketch.text(8, 18, title, "title")
    for number, (name, value) in enumerate(values.items()):
        top = TOP + number * ROW
        length = max(0.0, value) / highest * (WIDTH - NAMES - VALUES)
        sketch.text(NAMES - 8, top + 12, name, "end")
        sketch.rect(NAMES, top, length, BAR, COLOURS[0])
        sketch.text(NAMES + length + 6, top + 12, f"{value:.3g} {unit}", "")
    return sketch.document(TOP + len(values) * ROW + 8, STYLE)


def _segment(one: tuple[float, float], other: tuple[float, float], colour: str) -> str:
    ends = f'x1="{one[0]:.1f}" y1="{one[1]:.1f}" x2="{other[0]:.1f}" y2="{other[1]:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="1.6"/>'
