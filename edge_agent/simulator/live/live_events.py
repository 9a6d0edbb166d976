"""What GPT-Live writes: events, and errors that name the event they refuse as `client_event_id`."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from string import ascii_letters, digits
from typing import Any

from ...realtime.wire import Json


@dataclass(slots=True)
class LiveEvents:
    random: Random = field(default_factory=Random)

    def id(self, prefix: str) -> str:
        return f"{prefix}_" + "".join(self.random.choices(digits + ascii_letters, k=21))

    def event(self, kind: str, /, **fields: Any) -> Json:
        return {"type": kind, "event_id": self.id("event"), **fields}

    def error(
        self,
        code: str | None,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        event_id: str | None = None,
    ) -> Json:
        error: Json = {"type": kind, "code": code or "", "message": message}
        error |= {"param": param} if param else {}
        return self.event("error", error=error | ({"client_event_id": event_id} if event_id else {}))
