"""Whether new settings, or a new version, work on this device: it becomes ready, and keeps its link. Pure.

Times in s, of a clock that only goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

READY_S = 60.0  # until there is sound
LOST_S = 300.0  # without a link


class Trial:
    """From the moment on at which they are in use. `lasts_s`: at the end of it there must be a link."""

    def __init__(self, now: float, lasts_s: float) -> None:
        self._began, self._ends = now, now + lasts_s
        self._ready = False
        self._lost_since: float | None = now

    def became_ready(self) -> None:
        self._ready = True

    def saw_link(self, linked: bool, now: float) -> None:
        """`linked`: there is one, or there would be if somebody talked."""
        if linked:
            self._lost_since = None
        elif self._lost_since is None:
            self._lost_since = now

    def complaint(self, now: float) -> str:
        """Why they do not work, a sentence; empty: nothing is known against them."""
        if not self._ready and now >= self._began + READY_S:
            return f"the device was not ready within {READY_S:.0f} s"
        if self._lost_since is not None and now >= self._lost_since + LOST_S:
            return f"the link was away for {LOST_S / 60:.0f} minutes"
        return ""

    def has_passed(self, now: float) -> bool:
        return now >= self._ends and self._ready and self._lost_since is None

    def next_look_s(self, now: float) -> float:
        """Until which `complaint` and `has_passed` stay as they are, if nothing happens."""
        due = [self._ends]
        due += [] if self._ready else [self._began + READY_S]
        due += [] if self._lost_since is None else [self._lost_since + LOST_S]
        return min((time - now for time in due if time > now), default=0.0)


def newly_wrong(wrong_before: Collection[str], wrong: Mapping[str, str]) -> str:
    """The first of the failing checks that passed before the trial, a sentence; empty: there is none."""
    return next((f"{name}: {seen}" for name, seen in wrong.items() if name not in wrong_before), "")
