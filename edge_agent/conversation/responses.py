"""Which response of the service is ours: one at a time, and none that was given up.

The service answers one question at a time and refuses a second `response.create`; a cancel that
overtakes `response.created` does nothing. So requests wait for their turn, and one that was given up
before it began is cancelled by its id when it does.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import Enum

from ..vocabulary.commands import CancelResponse, CreateResponse, ServiceCommand
from .retries import BUSY, RATES

# the errors of these begin with it
OTHER_COMMANDS = ("response_cancel_", "input_audio_buffer_", "item_", "unsupported_content_type")


# errors that only a response has
OF_RESPONSES = RATES | {BUSY, "server_error"}


class Refusal(Enum):
    """What becomes of a refused request."""

    LOST = "lost"
    PERHAPS = "lost, if the error meant it: it does not say"
    WAITS = "waits for its turn"
    NOT_OURS = "not ours, or not wanted any more"


@dataclass(slots=True)
class Responses:
    asked: int = 0  # requests, ever
    request: str | None = None  # asked for, not begun
    request_wanted: bool = False
    active: str | None = None  # what the service is busy with
    active_wanted: bool = False
    queued: bool = False  # to be asked for when the service is free
    expected: bool = False  # the service will begin one by itself
    tags: bool = False  # the service says which request a response is of

    def reset(self) -> None:
        """A new connection: it knows of no response."""
        self._clear()

    def _clear(self) -> None:
        self.request = self.active = None
        self.request_wanted = self.active_wanted = self.queued = self.expected = False

    @property
    def current(self) -> str | None:
        """The response whose audio is wanted."""
        return self.active if self.active_wanted else None

    @property
    def pending(self) -> bool:
        """Whether an answer is still to begin or to end."""
        return self.request_wanted or self.active_wanted or self.queued or self.expected

    def ask(self) -> Iterator[ServiceCommand]:
        """Want an answer; it is asked for as soon as the service is free."""
        self.queued = self.request is not None or self.active is not None
        if not self.queued:
            self.asked += 1
            self.request, self.request_wanted = f"ask_{self.asked}", True
            yield CreateResponse(self.request)

    def expect(self) -> None:
        """Want the answer that the service begins by itself (server VAD)."""
        self.expected = True

    def give_up(self) -> Iterator[ServiceCommand]:
        """Want no answer."""
        if self.active is not None and self.active_wanted:
            yield CancelResponse(self.active)
        self.interrupted()

    def interrupted(self) -> None:
        """Want no answer; the service has cancelled the one under way by itself."""
        self.request_wanted = self.active_wanted = self.queued = self.expected = False

    def started(self, response_id: str, request_id: str | None) -> Iterator[ServiceCommand]:
        """A response has begun; one that nobody wants is cancelled."""
        self.tags = self.tags or request_id is not None
        untagged = request_id is None and not self.tags
        if self.request is not None and (untagged or request_id == self.request):
            wanted, self.request, self.request_wanted = self.request_wanted, None, False
        else:
            wanted, self.expected = self.expected, False
        if not wanted:
            yield CancelResponse(response_id)
        if wanted or not self.active_wanted:  # one that nobody asked for takes no place
            self.active, self.active_wanted = response_id, wanted

    def done(self, response_id: str) -> bool:
        """A response has ended, perhaps without ever having begun. Whether it was ours."""
        if self.active == response_id:
            ours, self.active, self.active_wanted = self.active_wanted, None, False
            return ours
        if self.active is not None:
            return False
        ours = self.request_wanted or self.expected
        self.request, self.request_wanted, self.expected = None, False, False
        return ours

    def next(self) -> Iterator[ServiceCommand]:
        """Ask for what had to wait, if the service is free now."""
        if self.queued:
            yield from self.ask()

    def withdrawn(self, request_ids: Container[str]) -> Iterator[ServiceCommand]:
        """These requests were never sent."""
        if self.request in request_ids:
            self.request, self.request_wanted = None, False
            yield from self.next()

    def refused(self, code: str, request_id: str | None) -> Refusal:
        """The service refuses something; `request_id`: what, if it says."""
        if request_id is None and code in OF_RESPONSES:
            request_id = self.request  # it can only mean what is under way
            if request_id is None and self.active_wanted:
                return Refusal.PERHAPS  # it may never end
        if request_id is None and self.request_wanted and not code.startswith(OTHER_COMMANDS):
            return Refusal.PERHAPS
        if request_id is None or request_id != self.request:
            return Refusal.NOT_OURS
        wanted, self.request, self.request_wanted = self.request_wanted, None, False
        if not wanted:
            return Refusal.NOT_OURS
        if code == BUSY and self.active is not None:
            self.queued = True
            return Refusal.WAITS
        return Refusal.LOST
