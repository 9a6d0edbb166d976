"""The conversation of the simulated service: its items, in order."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass, field

from ..realtime.wire import Json
from ..vocabulary.sound import ServicePcm, service_ms
from .intake import Intake


@dataclass(slots=True)
class Item:
    id: str
    body: Json  # type, role, content ..., as it is echoed
    pcm: ServicePcm = b""  # of a user's audio
    spoken: ServicePcm = b""  # of an assistant's
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

    def has_call(self, call_id: str, kind: str = "function_call") -> bool:
        """Whether there is an item of this kind that bears the id of the call."""
        return any(
            item.body.get("type") == kind and item.body.get("call_id") == call_id for item in self.order
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
        tokens=heard_tokens(pcm),
    )


def new_item(item_id: str, body: Json, intake: Intake) -> Item:
    """As a client gives it; `intake` takes its sound, and what is echoed of it is without."""
    shown, pcm = dict(body), b""
    if body["type"] == "message":
        parts = [dict(part) for part in body["content"]]
        heard = [part.pop("audio") for part in parts if part.get("type") == "input_audio"]
        pcm = b"".join(intake.feed(b64decode(audio)) for audio in heard)
        shown["content"] = parts
    return Item(item_id, shown, pcm=pcm, tokens=text_tokens(json.dumps(shown)) + heard_tokens(pcm))


def heard_tokens(pcm: ServicePcm) -> int:
    return -(-service_ms(pcm) // 100)  # 1 token / 100 ms of the user (realtime costs page)


def text_tokens(text: str) -> int:
    return -(-len(text) // 4)
