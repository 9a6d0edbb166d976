"""How a response ends other than completed."""

from __future__ import annotations

from ..realtime.wire import Json
from .faults import Fault, error_type


def scripted(fault: Fault) -> Json:
    """`fail`, `fail-early`, `incomplete` or `ends`: the status, and why."""
    if fault.what == "incomplete":
        return {"status": "incomplete", "reason": fault.argument or "max_output_tokens"}
    if fault.what == "ends":
        status, reason = fault.part(0), fault.part(1)
        return {"status": status} | ({"reason": reason} if reason else {})
    code = fault.part(0) or "server_error"
    error = {"type": fault.part(1) or error_type(code), "code": code, "message": "Scripted."}
    return {"status": "failed", "error": error}


def cancelled(reason: str) -> Json:
    return {"status": "cancelled", "reason": reason}


def too_long() -> Json:
    return {"status": "incomplete", "reason": "max_output_tokens"}


def status_details(end: Json) -> Json | None:
    """As `response.done` says it; None: it ended well."""
    status = end["status"]
    if status == "completed":
        return None
    return {"type": status} | {key: value for key, value in end.items() if key != "status"}
