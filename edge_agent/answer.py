"""What the service says, item by item: how much of each was received, and what is settled of it.

Settled means that the service knows how much of the item was heard: all of it, or up to a truncation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .audio.formats import SERVICE_BYTES_PER_MS
from .events import Heard

MOST_ITEMS = 32


@dataclass(slots=True)
class Spoken:
    received: int = 0  # bytes
    whole: bool = False  # the service has sent all of it
    settled: bool = False
    lost: bool = False  # the connection that knew it is gone

    @property
    def received_ms(self) -> int:
        return self.received // SERVICE_BYTES_PER_MS


@dataclass(frozen=True, slots=True)
class CutOff:
    """An item of which the rest was never heard."""

    item_id: str
    heard_ms: int
    share: float  # of what was received
    known: bool  # to the service, on this connection


class Answer:
    def __init__(self) -> None:
        self._items: dict[str, Spoken] = {}

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._items

    @property
    def unsettled_ms(self) -> int:
        """The longest that playing the rest can take."""
        return sum(item.received_ms for item in self._items.values() if not item.settled)

    def unheard(self) -> tuple[Heard, ...]:
        """What is not settled, as if nothing of it had been heard."""
        return tuple(Heard(item_id, 0) for item_id, item in self._items.items() if not item.settled)

    def receive(self, item_id: str, size: int) -> None:
        """`size` more bytes of sound."""
        self._items.setdefault(item_id, Spoken()).received += size
        while len(self._items) > MOST_ITEMS:
            del self._items[next(iter(self._items))]

    def finish(self, item_ids: Iterable[str]) -> None:
        """These have been received to their end."""
        for item_id in item_ids:
            if item := self._items.get(item_id):
                item.whole = True

    def heard_out(self) -> None:
        """All that came was heard."""
        for item in self._items.values():
            item.settled = True

    def lose(self) -> None:
        """The connection is gone: nobody knows these items any more."""
        for item in self._items.values():
            item.lost = True

    def settle(self, heard: Iterable[Heard]) -> Iterator[CutOff]:
        """What was cut off, now that playing has stopped."""
        for item_id, heard_ms in ((h.item_id, h.heard_ms) for h in heard):
            item = self._items.get(item_id)
            if item is None or item.settled:
                continue
            item.settled = True
            if not item.whole or heard_ms < item.received_ms:
                yield CutOff(item_id, heard_ms, heard_ms / max(1, item.received_ms), not item.lost)
