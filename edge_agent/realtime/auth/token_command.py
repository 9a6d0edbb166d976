"""A token printed by a program, such as a broker of short-lived tokens, so that the device stores no key."""

from __future__ import annotations

import errno
import shlex
from collections.abc import Callable
from time import time

from ..errors import LinkFailure, Next
from . import token_output, token_program
from .renewed_token import RenewedToken
from .token_output import Token

# the machine is short of something, or the program is just being replaced
PASSING = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETXTBSY)


class CommandToken(RenewedToken):
    """`command` is split as a shell would, but no shell runs it."""

    def __init__(self, command: str, *, timeout_s: float, clock: Callable[[], float] = time) -> None:
        super().__init__(clock)
        self._timeout_s = timeout_s
        try:
            self._argv = shlex.split(command)
        except ValueError:  # the configuration is checked before; whoever does not gets the words below
            self._argv = []
        self._name = self._argv[0] if self._argv else ""

    @property
    def source(self) -> str:
        return f"a token printed by {self._name}"

    async def _ask(self, _: Token | None, /) -> Token:
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
