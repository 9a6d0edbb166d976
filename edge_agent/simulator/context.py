"""What a response reads: the conversation, or what the client gives it instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..realtime.wire import Json
from ..vocabulary.frozen import frozen
from .answers import Asked
from .complaint import Complaint
from .dialects import ServiceDialect
from .intake import Intake
from .items import Item, Items, new_item
from .usage import Reading
from .values import check_item


@frozen
class Context:
    items: Sequence[Item]
    asked: Asked

    def reading(self, instructions: int, cached: int) -> Reading:
        """`instructions`: tokens of them. `cached`: tokens that were read before."""
        heard = sum(item.tokens for item in self.items if item.pcm or item.audio_ms)
        text = sum(item.tokens for item in self.items) - heard + instructions
        return Reading(text, heard, cached)


def check_input(given: Sequence[Json], known: Items, dialect: ServiceDialect) -> Iterator[Complaint]:
    for index, body in enumerate(given):
        path = f"response.input[{index}]"
        if body.get("type") != "item_reference":
            yield from check_item(body, dialect, path)
        elif known.get(str(body.get("id"))) is None:
            words = f"Item with id '{body.get('id')}' not found."
            yield Complaint("invalid_value", words, f"{path}.id")


def context_of(given: Sequence[Json], known: Items, intake: Intake) -> Context:
    """Of items whose values were checked; `intake` takes their sound."""
    read: list[Item] = []
    asked = Asked()
    for body in given:
        item = known.get(body["id"]) if body["type"] == "item_reference" else new_item("", body, intake)
        assert item
        read.append(item)
        asked = asked_after(asked, item)
    return Context(read, asked)


def asked_after(asked: Asked, item: Item) -> Asked:
    """What the user says, when this item comes after it."""
    if item.body.get("type") == "function_call_output":
        return replace(asked, outputs=(*asked.outputs, str(item.body.get("output"))))
    match item.body.get("role"):
        case "user":
            parts = item.body.get("content") or []
            words = " ".join(part.get("text") or part.get("transcript") or "" for part in parts).strip()
            return Asked(words or asked.text, asked.pcm + item.pcm)
        case "assistant":  # told by a client that restores a conversation
            return Asked()
    return asked
