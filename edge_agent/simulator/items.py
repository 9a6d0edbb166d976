"""The conversation of the simulated service: its items, in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..realtime.wire import Json
from ..vocabulary.sound import ServicePcm, service_ms


@dataclass(slots=True)
class Item:
    id: str
    body: Json  # type, role, content ..., as it is echoed
    pcm: ServicePcm = b""  # of a user's audio
    audio_ms: int = 0  # generated, of an assistant's audio
    tokens: int = 0

    def echo(self, *, object_name: bool, status: str = "completed") -> Json:
        shown = {"id": self.id, **({"object": "realtime.item"} if object_name else {})}
        return shown | {"status": status} | self.body


@dataclass(slots=True)
class Items:
    order: list[Item] = field(default_factory=list)
    spoken: bool = False  # whether there ever was sound of the assistant: it locks the voice

    def get(self, item_id: str) -> Item | None:
        return next((item for item in self.order if item.id == item_id), None)

    def last_id(self) -> str | None:
        return self.order[-1].id if self.order else None

    def insert(self, item: Item, previous_item_id: str | None) -> str | None:
        """Adds an item after another ("root": first; None: last); returns the id of the one before it."""
        if previous_item_id == "root":
            self.order.insert(0, item)
            return None
        before = previous_item_id or self.last_id()
        index = next((i + 1 for i, known in enumerate(self.order) if known.id == before), len(self.order))
        self.order.insert(index, item)
        return before

    def remove(self, item: Item) -> None:
        self.order.remove(item)

    def has_call(self, call_id: str) -> bool:
        return any(
            item.body.get("type") == "function_call" and item.body.get("call_id") == call_id
            for item in self.order
        )

    @property
    def tokens(self) -> int:
        return sum(item.tokens for item in self.order)


def user_audio(item_id: str, pcm: ServicePcm) -> Item:
    content = [{"type": "input_audio", "transcript": None}]
    return Item(
        item_id,
        {"type": "message", "role": "user", "content": content},
        pcm=pcm,
        tokens=-(-service_ms(pcm) // 100),  # 1 token / 100 ms (realtime costs page)
    )


def text_tokens(text: str) -> int:
    return -(-len(text) // 4)
