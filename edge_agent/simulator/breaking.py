"""What a fault does to the connection, whatever is spoken over it. Pure."""

from __future__ import annotations

from typing import Any, Protocol

from ..realtime.wire import Json
from .faults import Fault, error_type
from .outbox import Close, Drop, Freeze, Outbox, Outgoing


class EventWriter(Protocol):
    """How a service writes its events."""

    def event(self, kind: str, /, **fields: Any) -> Json: ...
    def error(
        self,
        code: str | None,
        message: str,
        *,
        kind: str = ...,
        param: str | None = None,
        event_id: str | None = None,
    ) -> Json: ...


def broken(fault: Fault, wire: EventWriter, outbox: Outbox) -> list[Outgoing] | None:
    """None: it is about what is spoken."""
    match fault.what:
        case "drop" | "reset":
            return [Drop(reset=fault.what == "reset")]
        case "close":
            return [Close(fault.number, fault.part(1, most=2) or "scripted")]
        case "freeze":
            return [Freeze()]
        case "fatal":
            return _fatal(fault, wire)
        case "error" | "anonymous-error":
            return [scripted_error(fault, wire)]
        case "duplicate":
            outbox.twice = True
            return []
        case "reorder":
            outbox.swaps = True
            return []
        case "unknown":
            return [wire.event("moon.phase.changed", phase="full")]
        case "big":
            return [wire.event("conversation.item.retrieved", item="x" * fault.number)]
        case "binary":
            return [b"\x00\x01\x02"]
        case "bad-json":
            return ['{"type": "response.output_audio.delta", "delta": ']
    return None


def scripted_error(fault: Fault, wire: EventWriter, event_id: str | None = None) -> Json:
    """`event_id`: of the client's event that it refuses; an anonymous error does not say which."""
    code, kind, param = fault.part(0), fault.part(1), fault.part(2)
    kind = kind or error_type(code)
    event_id = event_id if fault.what == "error" else None
    return wire.error(code or None, "Scripted.", kind=kind, param=param or None, event_id=event_id)


def _fatal(fault: Fault, wire: EventWriter) -> list[Outgoing]:
    code = fault.part(0)
    kind = fault.part(1) or error_type(code)
    usual = 3000 if code == "invalid_api_key" else 4000
    close = Close(int(fault.part(2) or usual), f"{kind}.{code}")
    return [wire.error(code or None, "Scripted.", kind=kind), close]
