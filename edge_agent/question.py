"""What the user has asked, kept until the answer begins: so that a lost link loses no word."""

from __future__ import annotations

from collections.abc import Iterator

from .audio.formats import ServicePcm, service_ms
from .commands import AppendAudio, CreateUserText, ServiceCommand

SHORTEST_COMMIT_MS = 100


class Question:
    """An utterance as it grows, or a line of text."""

    def __init__(self, text: str | None = None) -> None:
        self._text = text
        self._pieces: list[ServicePcm] = []
        self._sent = 0  # pieces that this connection has been given
        self.ms = 0
        self.complete = text is not None
        self.committed = False  # the service has made an item of it

    @property
    def spoken(self) -> bool:
        return self._text is None

    @property
    def too_short(self) -> bool:
        """For the service to accept."""
        return self.spoken and self.ms < SHORTEST_COMMIT_MS

    def add(self, pcm: ServicePcm) -> None:
        self._pieces.append(pcm)
        self.ms += service_ms(pcm)

    def unsent(self) -> Iterator[ServiceCommand]:
        """What the service does not have yet, in order, each piece once a connection."""
        if self._text is not None:
            if not self.committed:
                self.committed = True
                yield CreateUserText(self._text)
            return
        while self._sent < len(self._pieces):
            self._sent += 1
            yield AppendAudio(self._pieces[self._sent - 1])

    @property
    def begun(self) -> bool:
        """Whether this connection has been given any sound of it."""
        return self._sent > 0

    def rewind(self) -> None:
        """The connection is gone, and with it all that it was given."""
        self._sent = 0
        self.committed = False
