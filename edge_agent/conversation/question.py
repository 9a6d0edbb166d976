"""What the user has asked, kept until the answer has come: so that a lost link loses no word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..vocabulary.commands import (
    AppendAudio,
    ClearInput,
    CommitInput,
    CreateUserText,
    DetectTurns,
    RestoreMessage,
    Role,
    ServiceCommand,
)
from ..vocabulary.sound import UplinkPcm

SHORTEST_COMMIT_MS = 100  # the service refuses less
MOST_MS = 60_000  # of speech that is kept: 3 MB
MOST_PARTS = 16


@dataclass(slots=True)
class QuestionPart:
    """An utterance as it grows, or a line of text."""

    text: str | None = None
    pieces: list[UplinkPcm] = field(default_factory=list)
    ms: int = 0
    complete: bool = False
    sent: int = 0  # pieces that this connection has been given
    committed: bool = False  # this connection has been told to make an item of it
    undetected: bool = False  # this connection has been told not to look for its end
    role: Role = "user"  # whose text it is; system: of this device itself

    @property
    def too_short(self) -> bool:
        """Whether it is less than the service takes."""
        return self.text is None and self.ms < SHORTEST_COMMIT_MS

    def unsent(self, *, detects: bool) -> Iterator[ServiceCommand]:
        if self.text is not None:
            if not self.committed:
                yield (
                    CreateUserText(self.text) if self.role == "user" else RestoreMessage(self.role, self.text)
                )
            self.committed = True
            return
        if detects and not self.sent and (self.complete or len(self.pieces) > 1):
            self.undetected = True  # it was recorded: the pauses in what is sent at once must not end it
            yield DetectTurns(False)
        while self.sent < len(self.pieces):
            self.sent += 1
            yield AppendAudio(self.pieces[self.sent - 1])
        if self.complete and not self.committed:
            self.committed = True
            yield CommitInput()
            yield from self.detect()

    def take_back(self) -> Iterator[ServiceCommand]:
        if self.sent:
            yield ClearInput()
        yield from self.detect()

    def detect(self) -> Iterator[ServiceCommand]:
        if self.undetected:
            self.undetected = False
            yield DetectTurns(True)


@dataclass(slots=True)
class Question:
    """What is answered together: the last part, and those before it to which no answer was heard."""

    parts: list[QuestionPart] = field(default_factory=list)
    forgot: bool = False  # some of it, for want of room
    dropped: bool = False  # some of it that this connection has: it is forgotten if the connection is lost
    withheld: bool = False  # another device may be nearer
    doubtful: int = 0  # parts at the front to which an answer came: whether it was heard is not told yet

    def write(self, text: str, role: Role = "user") -> None:
        self.parts.append(QuestionPart(text, complete=True, role=role))
        self._keep_bounded()

    def begin(self) -> None:
        """An utterance begins."""
        self.parts.append(QuestionPart())
        self._keep_bounded()

    def doubt(self) -> None:
        """An answer came to all of it: soon it is told whether that was heard."""
        self.doubtful = len(self.parts)

    @property
    def is_held(self) -> bool:
        """Whether it must be known first who answers, or whether an answer was heard to what this connection does not
        have."""
        return self.withheld or any(not part.committed for part in self.parts[: self.doubtful])

    def decide(self, *, heard: bool) -> None:
        """It is told: what was doubtful is answered, or not."""
        if heard:
            del self.parts[: self.doubtful]
        self.doubtful = 0

    def add(self, pcm: UplinkPcm, ms: int) -> None:
        """More of the utterance; the oldest of too many that wait are forgotten."""
        part = self.parts[-1]
        part.pieces.append(pcm)
        part.ms += ms
        self._keep_bounded()

    def _keep_bounded(self) -> None:
        while len(self.parts) > 1 and (
            len(self.parts) > MOST_PARTS or sum(part.ms for part in self.parts) > MOST_MS
        ):
            oldest = self.parts.pop(0)
            self.doubtful = max(0, self.doubtful - 1)
            self.forgot |= not oldest.committed
            self.dropped |= oldest.committed

    def end(self, *, wanted: bool = True) -> Iterator[ServiceCommand]:
        """The last part is over; it is dropped if it is not wanted, or too short for the service."""
        self.withheld = False
        if self.empty:
            return
        part = self.parts[-1]
        part.complete = True
        if part.too_short or (part.text is None and not wanted):
            yield from self.take_back()
            self.parts.pop()

    def taken_in(self) -> None:
        """The service has ended the last part by itself."""
        if self.parts:
            self.parts[-1].complete = self.parts[-1].committed = True

    def take_back(self) -> Iterator[ServiceCommand]:
        """Take back what the service was given of the last part, which is not over or too short."""
        if self.parts:
            yield from self.parts[-1].take_back()

    def unsent(self, *, detects: bool) -> Iterator[ServiceCommand]:
        """What the service does not have yet, in order, each piece once a connection.

        `detects`: the service ends utterances by itself.
        """
        for part in self.parts:
            yield from part.unsent(detects=detects)

    def rewind(self) -> None:
        """The connection is gone, and with it all that it was given."""
        self.forgot |= self.dropped
        self.dropped = False
        # the service may have ended an utterance of which it had nothing from this part
        doubtful, sure = self.parts[: self.doubtful], self.parts[self.doubtful :]
        doubtful = [part for part in doubtful if not part.too_short]
        sure = [part for part in sure if not part.too_short or not part.complete]
        self.parts, self.doubtful = doubtful + sure, len(doubtful)
        for part in self.parts:
            part.sent, part.committed, part.undetected = 0, False, False

    @property
    def empty(self) -> bool:
        return not self.parts

    @property
    def undetected(self) -> bool:
        """Whether the service does not look for the end of the utterance."""
        return any(part.undetected for part in self.parts)

    @property
    def ms(self) -> int:
        """Of the last utterance."""
        return self.parts[-1].ms

    @property
    def spoken(self) -> bool:
        return self.parts[-1].text is None
