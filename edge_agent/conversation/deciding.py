"""What the shell needs of a machine that decides. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ..vocabulary import events as e
from ..vocabulary.notices import Output
from ..vocabulary.state import State
from .transcript import Said


class Machine(Protocol):
    """Decides; never acts. `handle` every event, and `Tick` when `deadline` (same clock as `now`) comes. `turns`:
    how many there have been; `visits`: how many are over. `sounds`: whether the devices are open. `said`: by both
    sides in this visit, as far as it was heard. `checkpoint`: all that it knows, to be written down before the next
    event."""

    @property
    def state(self) -> State: ...
    @property
    def turns(self) -> int: ...
    @property
    def visits(self) -> int: ...
    @property
    def sounds(self) -> bool: ...
    @property
    def said(self) -> Sequence[Said]: ...
    @property
    def deadline(self) -> float | None: ...
    def handle(self, event: e.Event, now: float) -> list[Output]: ...
    def checkpoint(self) -> Any: ...
