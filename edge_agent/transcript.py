"""What both sides have said, as far as it was heard: bounded, and forgotten when a visit ends."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Role = Literal["user", "assistant"]
MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class Said:
    role: Role
    text: str
    cut: bool = False  # the rest of it was never heard


class Transcript:
    def __init__(self) -> None:
        self._items: OrderedDict[str, Said] = OrderedDict()

    def __iter__(self) -> Iterator[Said]:
        return iter([said for said in self._items.values() if said.text])

    def begin(self, item_id: str, role: Role) -> None:
        """Keep this item's place; its words may come later, and after those of its answer."""
        self._items.setdefault(item_id, Said(role, ""))
        while len(self._items) > MOST_ITEMS:
            self._items.popitem(last=False)

    def add(self, item_id: str, role: Role, text: str) -> None:
        """More words of an item; those of one that was cut come too late."""
        self.begin(item_id, role)
        said = self._items[item_id]
        if not said.cut:
            self._items[item_id] = Said(role, said.text + text)

    def cut(self, item_id: str, share: float) -> None:
        """Keep the first `share` (0 to 1) of an item's words: those that were heard."""
        said = self._items.get(item_id)
        if said is None:
            return
        words = said.text.split()
        kept = " ".join(words[: round(len(words) * share)])
        self._items[item_id] = Said(said.role, kept, cut=True)

    def forget(self) -> None:
        self._items.clear()
