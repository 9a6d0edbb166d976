"""Client events about items: create, delete, retrieve, truncate."""

from __future__ import annotations

from base64 import b64encode

from ..realtime.wire import Json
from ..vocabulary.sound import SERVICE_BYTES_PER_MS
from .context import asked_after
from .core import Core
from .intake import Intake
from .items import Item, new_item
from .settings import input_format, output_format
from .sound_formats import OutgoingSound
from .values import check_item


class ItemEvents:
    def __init__(self, core: Core) -> None:
        self._core = core

    def create(self, event: Json, now: float) -> None:
        core, body = self._core, dict(event["item"])
        before = event.get("previous_item_id")
        for complaint in check_item(body, core.wire.dialect):
            core.complain(complaint, event, now)
            return
        if before not in (None, "root") and core.items.get(before) is None:
            words = f"Error adding item: the previous item with id '{before}' does not exist."
            core.refuse("item_create_invalid_previous_item_id", words, now, event, "previous_item_id")
            return
        if body["type"] == "function_call_output" and (words := self._unfit_output(body["call_id"])):
            core.refuse("invalid_tool_call_id", words, now, event, "item.call_id")
            return
        if body["type"] == "mcp_approval_response" and (words := core.mcp.unfit(body["approval_request_id"])):
            core.refuse("invalid_value", words, now, event, "item.approval_request_id")
            return
        item_id = body.pop("id", None) or core.wire.id("item")
        if core.items.get(item_id):
            words = f"Error adding item: an item with id '{item_id}' exists already."
            core.refuse("item_create_duplicate_item_id", words, now, event, "item.id")
            return
        item = new_item(item_id, body, Intake.of(core.config))
        after = core.items.insert(item, before)
        core.asked = asked_after(core.asked, item)
        echo = item.echo(object_name=core.wire.dialect.items_say_object)
        core.send(*core.wire.item_added(echo, after), *core.wire.item_done(echo, after), at=now)
        if item.body["type"] == "mcp_approval_response":
            core.mcp.answer(item.body, now)

    def _unfit_output(self, call_id: str) -> str:
        """Why a call can have no output; empty: it can."""
        if not self._core.items.has_call(call_id):
            return f"Tool call ID '{call_id}' not found in conversation."
        answered = self._core.items.has_call(call_id, "function_call_output")
        return f"Tool call ID '{call_id}' already has an output." if answered else ""

    def delete(self, event: Json, now: float) -> None:
        if item := self._find(
            event, now, "delete", "Error deleting item: the item with id '{}' does not exist."
        ):
            self._core.items.remove(item)
            self._core.send(self._core.wire.event("conversation.item.deleted", item_id=item.id), at=now)

    def retrieve(self, event: Json, now: float) -> None:
        words = "Error retrieving item: the item with id '{}' does not exist."
        if item := self._find(event, now, "retrieve", words):
            wire = self._core.wire
            echo = item.echo(object_name=wire.dialect.items_say_object) | self._with_sound(item)
            self._core.send(wire.event("conversation.item.retrieved", item=echo), at=now)

    def _with_sound(self, item: Item) -> Json:
        """Its content as it was sent or received, in the session's format."""
        formatted = output_format if item.spoken else input_format
        sound = OutgoingSound(formatted(self._core.config)).encode(item.spoken or item.pcm)
        parts = item.body.get("content")
        if not sound.data or not parts:
            return {}
        return {"content": [*parts[:-1], parts[-1] | {"audio": b64encode(sound.data).decode()}]}

    def truncate(self, event: Json, now: float) -> None:
        core, end_ms = self._core, event["audio_end_ms"]
        item = self._find(event, now, "truncate", "Item with item_id not found: {}")
        if item is None:
            return
        if item.body.get("role") != "assistant" or not item.audio_ms or event["content_index"] != 0:
            words = "Only model output audio messages can be truncated"
            core.refuse("unsupported_content_type", words, now, event)
        elif not 0 <= end_ms <= item.audio_ms:
            words = f"Audio content of {item.audio_ms}ms is already shorter than {end_ms}ms"
            core.refuse("invalid_value", words, now, event, "audio_end_ms")
        else:
            item.audio_ms, item.spoken = end_ms, item.spoken[: end_ms * SERVICE_BYTES_PER_MS]
            item.body["content"] = [core.wire.spoken("")]
            where = {"item_id": item.id, "content_index": 0, "audio_end_ms": end_ms}
            core.send(core.wire.event("conversation.item.truncated", **where), at=now)

    def _find(self, event: Json, now: float, verb: str, words: str) -> Item | None:
        item = self._core.items.get(event["item_id"])
        if item is None:
            code = f"item_{verb}_invalid_item_id"
            self._core.refuse(code, words.format(event["item_id"]), now, event, "item_id")
        return item
