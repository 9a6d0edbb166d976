"""Why there is no link, and what happens next."""

from __future__ import annotations

from enum import Enum

from ..vocabulary.text import harmless


class Next(Enum):
    RETRY = "try again soon"
    CLOCK = "tell the user, and wait until the clock is set"
    WAIT = "tell the user, and try again later"
    FIX = "the configuration must be changed first"


LONGEST_WAIT_S = 300.0  # whatever a service asks for: somebody may have put things right
UNREACHED = frozenset({"dns", "unreachable", "timeout", "silent", "sign-in-unreachable", "proxy-unreachable"})


class LinkFailure(Exception):
    """Why there is no link: `code` for machines, `message` a sentence that says what to do.

    `retry_after_s`: what the service asks to wait, at most 300; None: nothing. `audiences`: those that it takes of a
    token, if it said. `leave_out`: the setting that was refused, which the answer does not need; empty: none.
    """

    def __init__(
        self,
        next: Next,  # noqa: A002 - the question that this class answers
        code: str,
        message: str,
        *,
        retry_after_s: float | None = None,
        audiences: tuple[str, ...] = (),
        leave_out: str = "",
    ) -> None:
        message = harmless(message)  # the service may have its say in it
        super().__init__(message)
        self.next, self.code, self.message = next, code, message
        self.retry_after_s = None if retry_after_s is None else min(retry_after_s, LONGEST_WAIT_S)
        self.audiences, self.leave_out = audiences, leave_out

    @property
    def unreached(self) -> bool:
        """Whether no server was reached, so that another attempt burdens nobody."""
        return self.code in UNREACHED
