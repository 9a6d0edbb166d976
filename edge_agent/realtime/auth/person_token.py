"""A token from the sign-in of a person, which is renewed without that person for as long as Entra ID lets it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from time import time

from ...config.model import ServiceSettings
from ..errors import LinkFailure, Next
from .credential import Stamp, stamp
from .person import EARLY_S, PersonalSignIn
from .renewed_token import RenewedToken
from .token_output import Token


class PersonToken(RenewedToken):
    source = "a token from Microsoft Entra ID (device-code)"

    def __init__(
        self,
        service: ServiceSettings,
        environ: Mapping[str, str],
        clock: Callable[[], float] = time,
    ) -> None:
        super().__init__(clock)
        self._person = PersonalSignIn(service, environ)
        self._seen: Stamp | None = None  # the file as it was last read or written

    @property
    def files(self) -> tuple[Path, ...]:
        return (self._person.file,)

    async def _ask(self, old: Token | None, /) -> Token:
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

    def changed(self) -> bool:
        """Somebody has signed in again."""
        return self._seen is not None and stamp(self.files) != self._seen
