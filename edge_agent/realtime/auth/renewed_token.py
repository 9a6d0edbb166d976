"""A token that is kept while it is good, and asked for again when it is not, or when the service refuses it."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from ..errors import LinkFailure
from .credential import REFUSALS
from .token_output import Token

log = logging.getLogger(__name__)


class RenewedToken(ABC):
    """What is common to credentials that ask somebody for a token. `clock`: s of the Unix epoch."""

    advice = ""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._token: Token | None = None
        self._was_refused = False
        self._one_at_a_time = asyncio.Lock()

    @property
    @abstractmethod
    def source(self) -> str: ...

    @abstractmethod
    async def _ask(self, old: Token | None, /) -> Token:
        """Another one. `old`: the one before, unless it was refused. Raises LinkFailure."""

    @property
    def files(self) -> tuple[Path, ...]:
        return ()

    async def headers(self) -> dict[str, str]:
        async with self._one_at_a_time:
            if self.changed():
                self._token, self._was_refused = None, False
            if self._token is None or self._clock() >= self._token.good_until:
                self._token = await self._ask(self._token)
            return {"Authorization": f"Bearer {self._token.text}"}

    def refused(self, failure: LinkFailure) -> bool:
        if failure.code not in REFUSALS:
            return False
        self._token = None
        first, self._was_refused = not self._was_refused, True
        if first:
            log.warning("the service refused %s; asking for another", self.source)
        return first

    def accepted(self) -> None:
        self._was_refused = False

    def changed(self) -> bool:
        return False

    async def close(self) -> None:  # noqa: B027 - nothing is open
        ...
