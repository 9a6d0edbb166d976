"""How much of this device a session may fill: what comes beyond is skipped. Pure.

A service that is broken, or hostile, may say anything for as long as it likes.
"""

from __future__ import annotations

from dataclasses import replace

from ...vocabulary import events as e
from ...vocabulary.sound import SERVICE_BYTES_PER_MS
from ...vocabulary.text import LONGEST_ITEM

MOST_SOUND_MS = 10 * 60_000  # of one answer
SHORTEST_DELTA_MS = 10  # each counts as at least this much: millions of tiny ones fill the memory, too
MOST_ITEMS = 64  # of one answer
MOST_COUNTED = 256  # items whose words are counted; whoever collects words keeps fewer


class Allowance:
    """Of one connection."""

    def __init__(self) -> None:
        self._chars: dict[str, int] = {}  # of each item, the oldest first
        self._items: set[str] = set()  # of this answer
        self._sound_bytes = 0

    def admit(self, event: e.ServiceEvent) -> e.ServiceEvent | None:
        """As much of the event as there is room for; None: there is none."""
        match event:
            case e.ResponseStarted():
                self.begin_answer()
            case e.AudioDelta(_, item_id, pcm):
                size = max(len(pcm), SHORTEST_DELTA_MS * SERVICE_BYTES_PER_MS)
                full = self._sound_bytes + size > MOST_SOUND_MS * SERVICE_BYTES_PER_MS
                if full or not self._is_open(item_id):
                    return None
                self._sound_bytes += size
            case e.TranscriptDelta(_, item_id, text):
                kept = self._words(item_id, text) if self._is_open(item_id) else ""
                if kept != text:
                    return replace(event, text=kept) if kept else None
            case e.UserTranscribed(item_id, text):
                kept = self._words(item_id, text)
                if kept != text:
                    return replace(event, transcript=kept) if kept else None
        return event

    def begin_answer(self) -> None:
        """What was said before counts no longer."""
        self._items.clear()
        self._sound_bytes = 0

    def _is_open(self, item_id: str) -> bool:
        """Whether the item is one of this answer, or may become one."""
        if len(self._items) < MOST_ITEMS:
            self._items.add(item_id)
        return item_id in self._items

    def _words(self, item_id: str, text: str) -> str:
        kept = text[: LONGEST_ITEM - self._chars.get(item_id, 0)]
        self._chars[item_id] = self._chars.get(item_id, 0) + len(kept)
        while len(self._chars) > MOST_COUNTED:
            del self._chars[next(iter(self._chars))]
        return kept
