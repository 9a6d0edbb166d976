"""A token printed by a program, such as a broker of short-lived tokens, so that the device stores no key."""

from __future__ import annotations

import asyncio
import errno
import logging
import shlex
from collections.abc import Callable
from pathlib import Path
from time import time

from ..errors import LinkFailure, Next
from . import token_output, token_program
from .credential import REFUSALS
from .token_output import Token

log = logging.getLogger(__name__)

# the machine is short of something, or the program is just being replaced
PASSING = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETXTBSY)


class CommandToken:
    """`command` is split as a shell would, but no shell runs it. `clock`: s of the Unix epoch."""

    files: tuple[Path, ...] = ()
    advice = ""

    def __init__(self, command: str, *, timeout_s: float, clock: Callable[[], float] = time) -> None:
        self._timeout_s, self._clock = timeout_s, clock
        try:
            self._argv = shlex.split(command)
        except ValueError:  # the configuration is checked before; whoever does not gets the words below
            self._argv = []
        self._name = self._argv[0] if self._argv else ""
        self._token: Token | None = None
        self._was_refused = False
        self._one_at_a_time = asyncio.Lock()

    @property
    def source(self) -> str:
        return f"a token printed by {self._name}"

    async def headers(self) -> dict[str, str]:
        async with self._one_at_a_time:
            if self._token is None or self._clock() >= self._token.good_until:
                self._token = await self._ask()
            return {"Authorization": f"Bearer {self._token.text}"}

    def refused(self, failure: LinkFailure) -> bool:
        if failure.code not in REFUSALS:
            return False
        self._token = None
        first, self._was_refused = not self._was_refused, True
        if first:
            log.warning("the service refused the token; asking %s for another", self._name)
        return first

    def accepted(self) -> None:
        self._was_refused = False

    def changed(self) -> bool:
        return False

    async def close(self) -> None: ...

    async def _ask(self) -> Token:
        if not self._argv:
            raise self._failure(Next.FIX, "no-credential", "does not name a program")
        try:
            outcome = await token_program.run(self._argv, self._timeout_s)
        except TimeoutError:  # an OSError too
            what = f"did not finish within {self._timeout_s:g} s"
            raise self._failure(Next.RETRY, "sign-in-unreachable", what) from None
        except OSError as error:
            what = f"cannot be run ({error.strerror})"
            if error.errno in PASSING:
                raise self._failure(Next.RETRY, "no-token", what) from None
            raise self._failure(Next.FIX, "no-credential", what) from None
        said = f": {outcome.complaint}" if outcome.complaint else ""
        if outcome.status:
            raise self._failure(Next.RETRY, "no-token", outcome.how + said)
        try:
            return token_output.parse(outcome.printed, self._clock())
        except ValueError as error:
            raise self._failure(Next.WAIT, "no-token", f"{error}{said}") from None

    def _failure(self, step: Next, code: str, what: str) -> LinkFailure:
        return LinkFailure(step, code, " ".join(filter(None, ("credential_command:", self._name, what))))
