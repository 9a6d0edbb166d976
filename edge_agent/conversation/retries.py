"""How often, and when, to ask again for the answer to one question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..vocabulary.account import ACCOUNT

BUSY = "conversation_already_has_active_response"
TIMEOUT = "timeout"  # no answer began in time
NO_SOUND = "no-sound"  # an answer came, and nothing of it can be heard
RATES = frozenset(
    {"rate_limit_exceeded", "inference_rate_limit_exceeded"}
)  # of the account: another session has the same

SAME_AGAIN = frozenset(
    {"content_filter", "max_output_tokens", "content_policy_violation"}
)  # the same question, the same end

ATTEMPTS = dict.fromkeys(RATES, 3) | {BUSY: 3, TIMEOUT: 0, NO_SOUND: 0}  # in one session
UNKNOWN_ATTEMPTS = 1  # after any other failure
MARGIN_S = 0.25  # on a wait that the service has named
PAUSE_S = 0.5  # doubled each time
MOST_SESSIONS = 4  # in which the answer to one question may begin, and be lost
MOST_ASKED = 12  # sessions in which it is asked at all
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
    has_begun: bool = False  # an answer to it, in this session
    sessions: int = 0  # lost after an answer to it had begun
    asked: int = 0  # sessions in which it was asked again

    def failed(self, code: str, now: float, *, wait_s: float = 0.0, patience_s: float = 0.0) -> Attempt:
        """An answer failed with this code.

        `wait_s`: what the service asks to wait, 0: nothing; `patience_s`: how long the user waits for an answer.
        A session that only fails is left, whatever the reason, unless another one must fail alike.
        """
        if code in ACCOUNT or code in SAME_AGAIN or (code in RATES and wait_s > patience_s):
            return Attempt.NONE
        if self.failures < ATTEMPTS.get(code, UNKNOWN_ATTEMPTS):
            self.at = now + (wait_s + MARGIN_S if 0 < wait_s <= patience_s else PAUSE_S * 2**self.failures)
            self.failures += 1
            return Attempt.AGAIN
        if code not in RATES and not self.renewed:
            self.renewed = True
            return Attempt.RENEW
        return Attempt.NONE

    def may_ask(self) -> bool:
        """A new session stands: whether to ask in it too; it counts them.

        A question that ends the sessions it is asked in is not asked for ever. Those in which an answer began cost
        money, and count for more; but not those that we left ourselves, which were not ended by the question.
        """
        self.asked += 1
        return self.sessions < MOST_SESSIONS and self.asked < MOST_ASKED

    def leave_session(self, *, moved: bool) -> None:
        """It is asked no more in this one. `moved`: we go on in another that stands already; else it was lost."""
        self.sessions += self.has_begun and not moved
        self.has_begun, self.at = False, None

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
