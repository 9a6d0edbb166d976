"""What people do: with the panel, by typing, or through whoever commands the device. A part of `events`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ButtonPressed: ...


@dataclass(frozen=True, slots=True)
class ButtonReleased: ...


@dataclass(frozen=True, slots=True)
class MuteSwitched:
    muted: bool | None = None  # None: the other way round


@dataclass(frozen=True, slots=True)
class VolumeStepped:
    """Louder or softer by some steps of 10 %."""

    steps: int

    def applied_to(self, percent: int) -> int:
        return max(0, min(100, percent + 10 * self.steps))


@dataclass(frozen=True, slots=True)
class VolumeSet:
    percent: int

    def applied_to(self, _: int) -> int:
        return max(0, min(100, self.percent))


@dataclass(frozen=True, slots=True)
class InterruptRequested: ...


@dataclass(frozen=True, slots=True)
class ForgetRequested:
    """The visit is over: what was said is to be known neither here nor at the service."""


@dataclass(frozen=True, slots=True)
class TextEntered:
    text: str


@dataclass(frozen=True, slots=True)
class RingingStopped:
    """Somebody has heard what rings."""


@dataclass(frozen=True, slots=True)
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
