"""What every part of the turn machine is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from ...vocabulary import events as e
from ...vocabulary.notices import NOTHING, Output
from ..turn_keeper import Outputs, TurnKeeper

__all__ = ["NOTHING", "Output", "Outputs", "Part"]


class Part(ABC):
    """`handle` takes the events of its kind; `tick` comes when `due` is reached; `rest` and `settle` after each event,
    whoever took it. A part keeps what only it needs, as attributes that are named in `KEPT`: they are recorded
    (`replay`)."""

    KEPT: tuple[str, ...] = ()

    def __init__(self, keeper: TurnKeeper) -> None:
        self.keeper = keeper

    @property
    def due(self) -> float | None:
        """When it wants a `Tick`, on the clock of `now`."""
        return None

    @abstractmethod
    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        """What an event leads to; None: it is for another part."""

    def tick(self, _: float, /) -> Iterable[Output]:
        """`due` may have come."""
        return NOTHING

    def rest(self, _: float, /) -> Iterable[Output] | None:
        """An event has been handled: what is to be done because nobody talks, or somebody does. None: the next part
        is asked."""
        return None

    def settle(self, _: float, /) -> Iterable[Output]:
        """Last of all: what must hold now, whatever the event has led to. All parts are asked."""
        return NOTHING
