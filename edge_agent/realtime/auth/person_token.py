"""A token from the sign-in of a person, which is renewed without that person for as long as Entra ID lets it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from time import time

from ...config.model import ServiceSettings
from ..errors import LinkFailure, Next
from .credential import REFUSALS, Stamp, stamp
from .person import EARLY_S, PersonalSignIn
from .token_output import Token

log = logging.getLogger(__name__)


class PersonToken:
    """`clock`: s of the Unix epoch."""

    advice = ""
    source = "a token from Microsoft Entra ID (device-code)"

    def __init__(
        self,
        service: ServiceSettings,
        environ: Mapping[str, str],
        clock: Callable[[], float] = time,
    ) -> None:
        self._person, self._clock = PersonalSignIn(service, environ), clock
        self._token: Token | None = None
        self._seen: Stamp | None = None  # the file as it was last read or written
        self._was_refused = False
        self._one_at_a_time = asyncio.Lock()

    @property
    def files(self) -> tuple[Path, ...]:
        return (self._person.file,)

    async def headers(self) -> dict[str, str]:
        async with self._one_at_a_time:
            if self.changed():  # somebody has signed in again
                self._token, self._was_refused = None, False
            if self._token is None or self._clock() >= self._token.good_until:
                self._token = await self._renewed(self._token)
            return {"Authorization": f"Bearer {self._token.text}"}

    async def _renewed(self, old: Token | None) -> Token:
        """Or the old one, to its end, while nobody gives another. Raises LinkFailure."""
        self._seen = stamp(self.files)
        try:
            return await asyncio.to_thread(self._person.token, self._clock(), fresh=self._was_refused)
        except LinkFailure as failure:
            if failure.next is Next.RETRY and old and self._clock() < old.good_until + EARLY_S:
                return old
            raise
        finally:
            self._seen = stamp(self.files)

    def refused(self, failure: LinkFailure) -> bool:
        if failure.code not in REFUSALS:
            return False
        self._token = None
        first, self._was_refused = not self._was_refused, True
        if first:
            log.warning("the service refused the token; asking for a new one")
        return first

    def accepted(self) -> None:
        self._was_refused = False

    def changed(self) -> bool:
        return self._seen is not None and stamp(self.files) != self._seen

    async def close(self) -> None: ...
