"""What the service says, item by item: how much of each was received, and what is settled of it.

Settled means that the service knows how much of the item was heard: all of it, or up to a truncation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..vocabulary.commands import StopPlayback
from ..vocabulary.events import Heard
from ..vocabulary.frozen import frozen
from ..vocabulary.sound import SERVICE_BYTES_PER_MS

MOST_ITEMS = 32


@dataclass(slots=True)
class Spoken:
    received: int = 0  # bytes
    whole: bool = False  # the service has sent all of it
    settled: bool = False
    lost: bool = False  # the connection that knew it is gone
    heard_ms: int = 0

    @property
    def received_ms(self) -> int:
        return self.received // SERVICE_BYTES_PER_MS


@frozen
class CutOff:
    """An item of which the rest was never heard."""

    item_id: str
    heard_ms: int
    received_ms: int
    whole: bool  # all of it was received
    known: bool  # to the service, on this connection


@dataclass(slots=True)
class Answer:
    items: dict[str, Spoken] = field(default_factory=dict)
    stops: int = 0  # StopPlayback without its PlaybackStopped
    heard_ms: int = 0  # of all items, ever

    def __contains__(self, item_id: str) -> bool:
        return item_id in self.items

    @property
    def unsettled_ms(self) -> int:
        """The longest that playing the rest can take."""
        return sum(item.received_ms for item in self.items.values() if not item.settled)

    @property
    def untold(self) -> set[str]:
        """Items that this session must not be told of yet: they began in another one, and may still be cut off."""
        return {item_id for item_id, item in self.items.items() if item.lost and not item.settled}

    @property
    def unfinished(self) -> list[CutOff]:
        """Items that were heard as far as they came, and whose end never will."""
        return [
            CutOff(item_id, item.heard_ms, item.received_ms, whole=False, known=False)
            for item_id, item in self.items.items()
            if item.settled and not item.whole
        ]

    @property
    def stopping(self) -> bool:
        """Whether the sound has still to say what was heard."""
        return self.stops > 0

    def stop(self) -> StopPlayback:
        self.stops += 1
        return StopPlayback()

    def receive(self, item_id: str, size: int) -> None:
        """`size` more bytes of sound. An id that was heard to its end is used again: that is another item."""
        before = self.items.get(item_id)
        if before and before.settled and before.whole:
            del self.items[item_id]
        self.items.setdefault(item_id, Spoken()).received += size
        while len(self.items) > MOST_ITEMS:
            del self.items[next(iter(self.items))]

    def finish(self, item_ids: Iterable[str]) -> None:
        """These have been received to their end."""
        for item_id in item_ids:
            if item := self.items.get(item_id):
                item.whole = True

    def drained(self, heard: Iterable[Heard]) -> Iterator[tuple[str, int]]:
        """The speaker has nothing left of these: those that were heard to their end, and their length in ms."""
        for item_id, heard_ms in ((h.item_id, h.heard_ms) for h in heard):
            item = self.items.get(item_id)
            if item and heard_ms >= item.received_ms:
                self._settle(item, heard_ms)
                if item.whole:
                    yield item_id, heard_ms

    @property
    def is_settled(self) -> bool:
        """Whether nothing that came is still to be heard: more may be on its way to the speaker."""
        return all(item.settled for item in self.items.values())

    def lose(self) -> Iterator[CutOff]:
        """The connection is gone: nobody knows these items any more, and the rest of them will not come."""
        for item_id, item in self.items.items():
            if not (item.lost or item.whole or item.settled):
                yield CutOff(item_id, item.received_ms, item.received_ms, whole=False, known=False)
            item.lost = True

    def forsaken(self) -> Iterator[CutOff]:
        """What was cut off, where the sound does not answer any more: what it has not told was not heard."""
        self.stops = 0
        yield from self._cut([Heard(item_id, 0) for item_id in self.items])

    def stopped(self, heard: Iterable[Heard]) -> Iterator[CutOff]:
        """What was cut off, now that playing has stopped."""
        self.stops = max(0, self.stops - 1)
        yield from self._cut(heard)

    def _cut(self, heard: Iterable[Heard]) -> Iterator[CutOff]:
        for item_id, heard_ms in ((h.item_id, h.heard_ms) for h in heard):
            item = self.items.get(item_id)
            if item is None or item.settled:
                continue
            self._settle(item, heard_ms)
            if not item.whole or heard_ms < item.received_ms:
                yield CutOff(item_id, heard_ms, item.received_ms, item.whole, not item.lost)

    def _settle(self, item: Spoken, heard_ms: int) -> None:
        item.settled = True
        self.heard_ms += max(0, heard_ms - item.heard_ms)
        item.heard_ms = max(item.heard_ms, heard_ms)
