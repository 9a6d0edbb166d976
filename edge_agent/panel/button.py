"""A button as its raw contact tells it: pressed, released, held, pressed twice. Time is an argument."""

from __future__ import annotations

from enum import StrEnum

from ..vocabulary.frozen import frozen


class Gesture(StrEnum):
    PRESSED = "pressed"
    RELEASED = "released"
    HELD = "held"  # pressed for `held_s`, and after each `repeat_s` more
    DOUBLE = "double"  # in place of PRESSED: the second press within `double_s` of the first


@frozen
class Timing:
    """In seconds; None: this gesture is not looked for."""

    debounce_s: float
    held_s: float | None = None
    repeat_s: float | None = None
    double_s: float | None = None


class Button:
    """One contact, which bounces.

    A press counts at the first touch, so it costs no time. It ends when the contact has been open for
    `debounce_s`, so neither bounces nor a worn contact cut it. A second press may follow immediately.
    Call `feed` at every edge and at `deadline`, with times in seconds on one clock.
    """

    def __init__(self, timing: Timing, *, closed: bool = False) -> None:
        self._timing = timing
        self.pressed = closed  # closed from the start: nobody has pressed it, but it can be released
        self._closed = closed
        self._quiet_at: float | None = None  # when the contact will have been quiet for long enough
        self._held_at: float | None = None
        self._pressed_at: float | None = None  # the press that a second one would make a double press

    @property
    def deadline(self) -> float | None:
        """When to feed the level once more, also to find an edge that was lost."""
        held_at = self._held_at if self._closed else None  # it may be released already
        return min((at for at in (self._quiet_at, held_at) if at is not None), default=None)

    def feed(self, closed: bool, now: float) -> list[Gesture]:
        """The contact is closed, or open, `now`."""
        said = self._pass(now)
        if closed != self._closed:
            self._closed = closed
            self._quiet_at = now + self._timing.debounce_s
            if closed and not self.pressed:
                said.append(self._press(now))
        return said + self._pass(now)

    def _press(self, now: float) -> Gesture:
        self.pressed = True
        first, self._pressed_at = self._pressed_at, None
        double_s, held_s = self._timing.double_s, self._timing.held_s
        if first is not None and double_s is not None and now - first <= double_s:
            return Gesture.DOUBLE
        self._pressed_at = now
        self._held_at = None if held_s is None else now + held_s
        return Gesture.PRESSED

    def _pass(self, now: float) -> list[Gesture]:
        """What has fallen due by `now`."""
        said = []
        if self._quiet_at is not None and now >= self._quiet_at:
            self._quiet_at = None
            if self.pressed and not self._closed:
                self.pressed, self._held_at = False, None
                said.append(Gesture.RELEASED)
        if self._held_at is not None and self._closed and now >= self._held_at:
            repeat_s = self._timing.repeat_s
            self._held_at = None if repeat_s is None else now + repeat_s
            said.append(Gesture.HELD)
        return said
