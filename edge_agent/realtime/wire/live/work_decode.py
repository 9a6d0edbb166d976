"""What the model that works for GPT-Live does: events of the Responses API, inside those of the session. Pure.

Its snapshots of an answer have no output: what it calls is told by an event for each, before the end.
"""

from __future__ import annotations

from ....vocabulary import events as e
from .. import Json
from ..decode import MOST_CALLS, amount_of, call_of, code_at, code_of, member

MOST_DELEGATIONS = 16  # at once


class WorkReader:
    """Of one session."""

    def __init__(self) -> None:
        # of each delegation, in its answer that is under way
        self._calls: dict[str, list[e.FunctionCall]] = {}
        self._ended = 0  # answers

    def read(self, event: Json) -> e.WorkPaused | None:
        inner, delegation_id = member(event, "event", dict), code_at(event, "delegation_id")
        match inner.get("type"):
            case "response.created":
                self._calls.pop(delegation_id, None)
            case "response.output_item.done":
                self._called(delegation_id, member(inner, "item", dict))
            case "response.completed" | "response.failed" | "response.incomplete" as kind:
                return self._paused(delegation_id, kind, inner.get("response"))
        return None

    def _called(self, delegation_id: str, item: Json) -> None:
        """Without an id it cannot be answered."""
        is_call = item.get("type") == "function_call" and item.get("status") != "incomplete"
        calls = self._calls.get(delegation_id, [])
        has_room = len(calls) < MOST_CALLS and (calls or len(self._calls) < MOST_DELEGATIONS)
        if is_call and code_at(item, "call_id") and has_room:
            self._calls[delegation_id] = [*calls, call_of(item, "call_id")]

    def _paused(self, delegation_id: str, kind: str, response: object) -> e.WorkPaused:
        self._ended += 1
        given = response if isinstance(response, dict) else {}
        calls, usage = self._calls.pop(delegation_id, []), _usage(given.get("usage"))
        response_id = code_at(given, "id") or f"work-{self._ended}"
        if kind == "response.completed":
            return e.WorkPaused(delegation_id, response_id, "completed", "", tuple(calls), usage)
        if kind == "response.incomplete":
            reason = code_at(given.get("incomplete_details"), "reason")
            return e.WorkPaused(delegation_id, response_id, "incomplete", reason, usage=usage)
        reason = code_of(given.get("error"))
        return e.WorkPaused(delegation_id, response_id, "failed", reason, usage=usage)


def _usage(usage: object) -> e.Usage:
    """All of it is text; reasoning is part of the output."""
    went_in, came_out = int(amount_of(usage, "input_tokens")), int(amount_of(usage, "output_tokens"))
    return e.Usage(
        input_text=went_in,
        cached_text=int(amount_of(usage, "input_tokens_details", "cached_tokens")),
        output_text=came_out,
        total=int(amount_of(usage, "total_tokens")) or went_in + came_out,
    )
