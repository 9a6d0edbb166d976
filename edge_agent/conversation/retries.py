"""How often, and when, to ask again for the answer to one question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

BUSY = "conversation_already_has_active_response"
TIMEOUT = "timeout"  # no answer began in time
MOST_ATTEMPTS = {"server_error": 1, "rate_limit_exceeded": 3, "inference_rate_limit_exceeded": 3, BUSY: 3}
POISONED = frozenset({"server_error", TIMEOUT})  # where the same comes again, it is the session that is ill
PAUSE_S = 0.5  # doubled each time
MOST_SESSIONS = 4  # in which one question is asked
MOST_CALLS = 8  # answers that end in calls of functions, one after the other


class Attempt(Enum):
    """What to try, now that an answer has failed."""

    AGAIN = "ask again, when `at` comes"
    RENEW = "ask in another session"
    NONE = "nothing: tell the user"


@dataclass(slots=True)
class Retries:
    """Of one question. `at`: when to ask again; None: not at all."""

    at: float | None = None
    failures: int = 0
    calls: int = 0
    renewed: bool = False
    sessions: int = 0  # in which it was asked

    def failed(self, code: str, now: float) -> Attempt:
        """An answer failed with this code."""
        if self.failures < MOST_ATTEMPTS.get(code, 0):
            self.at = now + PAUSE_S * 2**self.failures
            self.failures += 1
            return Attempt.AGAIN
        if code in POISONED and not self.renewed:
            self.renewed = True
            return Attempt.RENEW
        return Attempt.NONE

    def may_ask(self) -> bool:
        """A new session stands: whether to ask in it too. A question that ends the sessions it is asked in is not
        asked for ever."""
        self.sessions += 1
        return self.sessions <= MOST_SESSIONS

    def may_call(self) -> bool:
        """An answer called functions: whether to ask what comes of it."""
        self.calls += 1
        return self.calls <= MOST_CALLS

    def due(self, now: float) -> bool:
        """Whether to ask again now; it is said once."""
        if self.at is None or now < self.at:
            return False
        self.at = None
        return True
