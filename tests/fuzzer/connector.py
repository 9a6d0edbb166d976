"""How a link comes up: it is tried until there is a network, and until the service takes a session."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from random import Random

from edge_agent.vocabulary import events as e

from .clock import Clock


class Connector(ABC):
    def __init__(self, clock: Clock, random: Random, post: Callable[[e.Event], None]) -> None:
        self._clock, self._random, self._post = clock, random, post
        self.network = True
        self.refusal = ""  # a code: the service is reached, and does not take us
        self._generation = self._attempt = 0

    @property
    @abstractmethod
    def _lacks_session(self) -> bool:
        """Whether a session is wanted, and there is none."""

    @abstractmethod
    def _connect(self) -> None:
        """The service takes a session."""

    @abstractmethod
    def drop(self, away_ms: int, noticed_ms: int) -> None:
        """No network for so long; that the session is gone is noticed later."""

    @abstractmethod
    def prepare(self, *, urgent: bool) -> None:
        """The next session is due."""

    def heal(self) -> None:
        self.network = True

    def refuse(self, code: str) -> None:
        """The service takes no new sessions; empty: it does."""
        self.refusal = code

    def _try_after(self, wait_ms: int) -> None:
        self._attempt += 1
        self._clock.after(wait_ms, self._try, self._attempt)

    def _try(self, attempt: int) -> None:
        if attempt != self._attempt or not self._lacks_session:
            return
        if not self.network:
            self._post(e.LinkFailed("unreachable", "nobody there", told=False))
            self._try_after(self._random.choice((300, 1000, 3000)))
        elif self.refusal:
            self._post(e.LinkFailed(self.refusal, "no", told=self.refusal == "unauthorized"))
            self._try_after(self._random.choice((1000, 5000)))
        else:
            self._connect()
