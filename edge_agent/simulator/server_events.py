"""Server events as either dialect spells them, with ids shaped like the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from string import ascii_letters, digits
from typing import Any

from ..realtime.wire import Json
from .dialects import ServiceDialect

_ALPHABET = digits + ascii_letters


@dataclass(slots=True)
class ServerEvents:
    dialect: ServiceDialect
    random: Random = field(default_factory=Random)

    def id(self, prefix: str) -> str:
        length = 24 if prefix == "call" else 21
        return f"{prefix}_" + "".join(self.random.choices(_ALPHABET, k=length))

    def event(self, kind: str, /, **fields: Any) -> Json:
        """A server event, by its GA name."""
        name = self.dialect.event_names.get(kind, kind)
        return {"type": name, "event_id": self.id("event"), **fields}

    def error(
        self,
        code: str | None,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        event_id: str | None = None,
    ) -> Json:
        error = {"type": kind, "code": code, "message": message, "param": param, "event_id": event_id}
        return self.event("error", error=error)

    def item_added(self, item: Json, previous_item_id: str | None) -> list[Json]:
        return [self.event("conversation.item.added", previous_item_id=previous_item_id, item=item)]

    def item_done(self, item: Json, previous_item_id: str | None) -> list[Json]:
        if not self.dialect.items_say_done:
            return []
        return [self.event("conversation.item.done", previous_item_id=previous_item_id, item=item)]

    def spoken(self, transcript: str) -> Json:
        return {"type": self.dialect.spoken_type, "transcript": transcript}

    def written(self, text: str) -> Json:
        return {"type": self.dialect.written_type, "text": text}
