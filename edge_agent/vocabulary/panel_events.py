"""What people do: with the panel, by typing, or through whoever commands the device. A part of `events`. Pure."""

from __future__ import annotations

from typing import TypeAlias

from .frozen import frozen


@frozen
class ButtonPressed: ...


@frozen
class ButtonReleased: ...


@frozen
class MuteSwitched:
    muted: bool | None = None  # None: the other way round


@frozen
class VolumeStepped:
    """Louder or softer by some steps of 10 %."""

    steps: int

    def applied_to(self, percent: int) -> int:
        return max(0, min(100, percent + 10 * self.steps))


@frozen
class VolumeSet:
    percent: int

    def applied_to(self, _: int) -> int:
        return max(0, min(100, self.percent))


@frozen
class InterruptRequested: ...


@frozen
class ForgetRequested:
    """The visit is over: what was said is to be known neither here nor at the service."""


@frozen
class TextEntered:
    text: str


@frozen
class RingingStopped:
    """Somebody has heard what rings."""


@frozen
class StopRequested: ...


PanelEvent: TypeAlias = (
    ButtonPressed
    | ButtonReleased
    | MuteSwitched
    | VolumeStepped
    | VolumeSet
    | InterruptRequested
    | ForgetRequested
    | TextEntered
    | RingingStopped
    | StopRequested
)
