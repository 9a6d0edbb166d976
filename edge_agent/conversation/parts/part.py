"""What every part of a machine is, and what shared parts need from the keeper of the turn. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.notices import NOTHING, Outcome, Output
from ...vocabulary.state import State, Turn
from ..calls import CallCommand, Calls
from ..presence import Presence
from ..settings import TurnSettings
from ..turn_keeper import Outputs

__all__ = ["NOTHING", "Keeper", "Output", "Outputs", "Part"]


class Keeper(Protocol):
    """As `turn_keeper.TurnKeeper`, which says what each of these is."""

    state: State

    @property
    def settings(self) -> TurnSettings: ...
    @property
    def presence(self) -> Presence: ...
    @property
    def calls(self) -> Calls: ...
    @property
    def turn(self) -> Turn: ...
    @property
    def number(self) -> int: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def sounds(self) -> bool: ...
    @property
    def spent(self) -> bool: ...
    @property
    def is_quiet(self) -> bool: ...
    @property
    def may_tell(self) -> bool: ...
    @property
    def takes_in(self) -> bool: ...
    def interrupt(self, now: float) -> Outputs: ...
    def wait_longer(self, s: float) -> None: ...
    def invite(self, now: float, *, called: bool = False) -> Outputs: ...
    def begin_by_itself(self, now: float, first_word_s: float) -> Outputs: ...
    def take_text(self, text: str, now: float, role: c.Role = "user") -> Outputs: ...
    def remark(self, text: str) -> Outputs: ...
    def carry_out(self, commands: Iterable[CallCommand], now: float) -> Outputs: ...
    def update_tools(self) -> Outputs: ...
    def mute(self, muted: bool) -> Outputs: ...
    def leave(self, command: c.CloseLink | c.RenewLink) -> Outputs: ...
    def forget(
        self, command: c.CloseLink | c.RenewLink | None = None, *, called: bool = False
    ) -> Outputs: ...


KeeperType = TypeVar("KeeperType", bound=Keeper)


class Part(ABC, Generic[KeeperType]):
    """`handle` takes the events of its kind; `tick` comes when `due` is reached; `rest` and `settle` after each event,
    whoever took it. A part keeps what only it needs, as attributes that are named in `KEPT`: they are recorded
    (`replay`)."""

    KEPT: tuple[str, ...] = ()

    def __init__(self, keeper: KeeperType) -> None:
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
