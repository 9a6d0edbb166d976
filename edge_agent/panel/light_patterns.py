"""What the light does in each mode: a colour, and a rhythm that tells the modes apart without it.

| mode      | colour  | dimmable          | on and off             |
|-----------|---------|-------------------|------------------------|
| idle      | dark    | dark              | dark                   |
| listening | green   | steady            | steady                 |
| thinking  | yellow  | breathes quickly  | blinks quickly         |
| working   | yellow  | swells, and stops | 2 quick flashes a second |
| speaking  | cyan    | breathes slowly   | on, with short gaps    |
| muted     | red     | 1 flash every 3 s (with colours: steady, dim)      |
| offline   | magenta | 2 flashes every 3 s                                |
| ringing   | green   | flashes evenly, four times a second                |
| fault     | red     | 3 flashes every 3 s                                |
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from math import cos, pi
from typing import TypeAlias

from ..vocabulary.frozen import frozen
from ..vocabulary.look import LOOKS, Colour
from ..vocabulary.state import Mode

Rgb: TypeAlias = tuple[float, float, float]  # red, green, blue: 0 to 1
LightSteps: TypeAlias = tuple[tuple[float, float], ...]  # (level 0 to 1, how long in s), over and over

COLOURS: dict[Colour, Rgb] = {
    Colour.DARK: (0, 0, 0),
    Colour.GREEN: (0, 1, 0),
    Colour.YELLOW: (1, 0.5, 0),
    Colour.CYAN: (0, 0.8, 1),
    Colour.RED: (1, 0, 0),
    Colour.MAGENTA: (1, 0, 0.8),
}


@frozen
class Pattern:
    colour: Rgb
    steps: LightSteps

    def at(self, elapsed_s: float) -> tuple[float, float | None]:
        """(level, when it changes next) at a time since the mode began; None: it stays."""
        if len(self.steps) == 1:
            return self.steps[0][0], None
        ends = list(accumulate(duration_s for _, duration_s in self.steps))
        at_s = elapsed_s + 1e-6  # a timer may come a trifle early
        phase_s = at_s % ends[-1]
        index = bisect_right(ends, phase_s)
        return self.steps[index][0], at_s + ends[index] - phase_s


def pattern(mode: Mode, *, coloured: bool, dimmable: bool) -> Pattern:
    """For three LEDs (`coloured`) or a single one."""
    colour = COLOURS[LOOKS[mode].colour]
    if not dimmable:
        red, green, blue = colour
        colour = (float(red > 0), float(green > 0), float(blue > 0))
    if coloured and mode is Mode.MUTED:
        return Pattern(colour, steady(0.25 if dimmable else 1.0))
    return Pattern(colour, (DIMMABLE if dimmable else ON_AND_OFF)[mode])


def steady(level: float) -> LightSteps:
    return ((level, 1.0),)


def flashes(count: int) -> LightSteps:
    """Some short ones every 3 s."""
    on_s, gap_s = 0.12, 0.24
    one = ((1.0, on_s), (0.0, gap_s))
    return (*one * (count - 1), (1.0, on_s), (0.0, 3.0 - on_s - (count - 1) * (on_s + gap_s)))


def breath(period_s: float, *, low: float, steps_per_s: int) -> LightSteps:
    """From bright to `low` and back, evenly for the eye, which sees about the root of the power."""
    count = round(period_s * steps_per_s)
    waves = [(1 + cos(2 * pi * step / count)) / 2 for step in range(count)]
    return tuple(((low + (1 - low) * wave) ** 2, 1 / steps_per_s) for wave in waves)


DIMMABLE: dict[Mode, LightSteps] = {
    Mode.IDLE: steady(0.0),
    Mode.LISTENING: steady(1.0),
    Mode.THINKING: breath(1.0, low=0.1, steps_per_s=20),
    Mode.WORKING: (*breath(0.6, low=0.1, steps_per_s=20), (0.01, 0.4)),
    Mode.SPEAKING: breath(3.0, low=0.4, steps_per_s=10),  # slow enough for larger steps
    Mode.MUTED: flashes(1),
    Mode.OFFLINE: flashes(2),
    Mode.RINGING: ((1.0, 0.125), (0.0, 0.125)),
    Mode.FAULT: flashes(3),
}
ON_AND_OFF = DIMMABLE | {
    Mode.THINKING: ((1.0, 0.2), (0.0, 0.2)),
    Mode.WORKING: ((1.0, 0.1), (0.0, 0.15), (1.0, 0.1), (0.0, 0.65)),
    Mode.SPEAKING: ((1.0, 0.9), (0.0, 0.1)),
}
