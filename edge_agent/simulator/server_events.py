"""Server events as either dialect spells them, with ids shaped like the real ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from string import ascii_letters, digits
from typing import Any, Literal

from ..realtime.wire.dialects import PREVIEW_EVENTS

Json = dict[str, Any]
_ALPHABET = digits + ascii_letters
_PREVIEW_NAMES: Mapping[str, str] = {ga: preview for preview, ga in PREVIEW_EVENTS.items()}


@dataclass(slots=True)
class ServerEvents:
    dialect: Literal["ga", "preview"]
    random: Random = field(default_factory=Random)

    @property
    def ga(self) -> bool:
        return self.dialect == "ga"

    def id(self, prefix: str) -> str:
        length = 24 if prefix == "call" else 21
        return f"{prefix}_" + "".join(self.random.choices(_ALPHABET, k=length))

    def event(self, kind: str, **fields: Any) -> Json:
        """A server event, by its GA name."""
        name = kind if self.ga else _PREVIEW_NAMES.get(kind, kind)
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
        """GA only: preview announces an item once."""
        if not self.ga:
            return []
        return [self.event("conversation.item.done", previous_item_id=previous_item_id, item=item)]

    def spoken(self, transcript: str) -> Json:
        return {"type": "output_audio" if self.ga else "audio", "transcript": transcript}

    def written(self, text: str) -> Json:
        return {"type": "output_text" if self.ga else "text", "text": text}
