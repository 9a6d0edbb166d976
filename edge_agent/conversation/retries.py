"""How often, and when, to ask again for the answer to one question."""

from __future__ import annotations

BUSY = "conversation_already_has_active_response"
MOST_ATTEMPTS = {"server_error": 1, "rate_limit_exceeded": 3, "inference_rate_limit_exceeded": 3, BUSY: 3}
POISONED = frozenset({"server_error"})  # where the same comes again, it is the session that is ill
PAUSE_S = 0.5  # doubled each time
MOST_CALLS = 8  # answers that end in calls of functions, one after the other


class Retries:
    """Of one question. `at`: when to ask again; None: not at all."""

    def __init__(self) -> None:
        self.at: float | None = None
        self._failures = 0
        self._calls = 0
        self._renewed = False

    def may_help(self, code: str, now: float) -> bool:
        """An answer failed with this code: whether, and so when, to ask again."""
        if self._failures >= MOST_ATTEMPTS.get(code, 0):
            return False
        self.at = now + PAUSE_S * 2**self._failures
        self._failures += 1
        return True

    def may_renew(self) -> bool:
        """This session gives no answer: whether to ask in a new one."""
        renewed, self._renewed = self._renewed, True
        return not renewed

    def may_call(self) -> bool:
        """An answer called functions: whether to ask what comes of it."""
        self._calls += 1
        return self._calls <= MOST_CALLS

    def due(self, now: float) -> bool:
        """Whether to ask again now; it is said once."""
        if self.at is None or now < self.at:
            return False
        self.at = None
        return True
