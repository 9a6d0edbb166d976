"""Which response of the service is ours: one at a time, and none that was given up.

The service answers one question at a time and refuses a second `response.create`; a cancel that
overtakes `response.created` does nothing. So requests wait for their turn, and one that was given up
before it began is cancelled by its id when it does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import Enum

from ..vocabulary.commands import CancelResponse, CreateResponse, ServiceCommand
from .retries import BUSY, MOST_ATTEMPTS

MOST_GONE = 8
OTHER_COMMANDS = (
    "response_cancel_",
    "input_audio_buffer_",
    "item_",
    "unsupported_content_type",
)  # their errors


class Refusal(Enum):
    """What becomes of a refused request."""

    LOST = "lost"
    PERHAPS = "lost, if the error meant it: it does not say"
    WAITS = "waits for its turn"
    NOT_OURS = "not ours, or not wanted any more"


class Responses:
    def __init__(self) -> None:
        self._numbers = 0
        self.reset()

    def reset(self) -> None:
        """A new connection: it knows of no response."""
        self._gone: deque[str] = deque(maxlen=MOST_GONE)
        self._clear()

    def forget(self) -> None:
        """Wait for nothing any more: the service says nothing. What it may still say of it is too late."""
        if self._active is not None:
            self._gone.append(self._active)
        self._clear()

    def _clear(self) -> None:
        self.request: str | None = None  # asked for, not begun
        self._request_wanted = False
        self._active: str | None = None  # what the service is busy with
        self._active_wanted = False
        self._queued = False  # to be asked for when the service is free
        self._expected = False  # the service will begin one by itself

    @property
    def current(self) -> str | None:
        """The response whose audio is wanted."""
        return self._active if self._active_wanted else None

    @property
    def pending(self) -> bool:
        """Whether an answer is still to begin or to end."""
        return self._request_wanted or self._active_wanted or self._queued or self._expected

    def ask(self) -> Iterator[ServiceCommand]:
        """Want an answer; it is asked for as soon as the service is free."""
        self._queued = self.request is not None or self._active is not None
        if not self._queued:
            self._numbers += 1
            self.request, self._request_wanted = f"ask_{self._numbers}", True
            yield CreateResponse(self.request)

    def expect(self) -> None:
        """Want the answer that the service begins by itself (server VAD)."""
        self._expected = True

    def give_up(self) -> Iterator[ServiceCommand]:
        """Want no answer."""
        if self._active is not None and self._active_wanted:
            yield CancelResponse(self._active)
        self.interrupted()

    def interrupted(self) -> None:
        """Want no answer; the service has cancelled the one under way by itself."""
        self._request_wanted = self._active_wanted = self._queued = self._expected = False

    def started(self, response_id: str, request_id: str | None) -> Iterator[ServiceCommand]:
        """A response has begun; one that nobody wants is cancelled."""
        if self.request is not None and request_id in (None, self.request):
            wanted, self.request, self._request_wanted = self._request_wanted, None, False
        else:
            wanted, self._expected = self._expected, False
        self._active, self._active_wanted = response_id, wanted
        if not wanted:
            yield CancelResponse(response_id)

    def done(self, response_id: str) -> bool:
        """A response has ended, perhaps without ever having begun. Whether it was ours."""
        if response_id in self._gone:
            return False
        if self._active == response_id:
            ours, self._active, self._active_wanted = self._active_wanted, None, False
            return ours
        if self._active is not None:
            return False
        ours = self._request_wanted or self._expected
        self.request, self._request_wanted, self._expected = None, False, False
        return ours

    def next(self) -> Iterator[ServiceCommand]:
        """Ask for what had to wait, if the service is free now."""
        if self._queued:
            yield from self.ask()

    def refused(self, code: str, request_id: str | None) -> Refusal:
        """The service refuses something; `request_id`: what, if it says."""
        if request_id is None and code in MOST_ATTEMPTS:
            request_id = self.request  # it can only mean what is under way
        if request_id is None and self._request_wanted and not code.startswith(OTHER_COMMANDS):
            return Refusal.PERHAPS
        if request_id is None or request_id != self.request:
            return Refusal.NOT_OURS
        wanted, self.request, self._request_wanted = self._request_wanted, None, False
        if not wanted:
            return Refusal.NOT_OURS
        if code == BUSY and self._active is not None:
            self._queued = True
            return Refusal.WAITS
        return Refusal.LOST
