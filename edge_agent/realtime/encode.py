"""Commands to wire events. Pure: a function of the command and the dialect."""

from __future__ import annotations

import json
from base64 import b64encode

from .. import commands as c
from .dialects import Dialect, Json


def encode(command: c.ServiceCommand, dialect: Dialect) -> str:
    """The text frame that carries a command."""
    if isinstance(command, c.AppendAudio):  # nine of ten frames, and nothing in them needs escaping
        return f'{{"type":"input_audio_buffer.append","audio":"{b64encode(command.pcm).decode()}"}}'
    return json.dumps(_event(command, dialect), ensure_ascii=False)


def encode_session(session: Json) -> str:
    return json.dumps(
        {"type": "session.update", "event_id": "session", "session": session}, ensure_ascii=False
    )


def _event(command: c.ServiceCommand, dialect: Dialect) -> Json:
    match command:
        case c.CommitInput():
            return {"type": "input_audio_buffer.commit"}
        case c.ClearInput():
            return {"type": "input_audio_buffer.clear"}
        case c.CreateUserText(text):
            content = [{"type": "input_text", "text": text}]
            return _item({"type": "message", "role": "user", "content": content})
        case c.CreateFunctionOutput(call_id, output):
            return _item({"type": "function_call_output", "call_id": call_id, "output": output})
        case c.CreateResponse(request_id):
            event: Json = {"type": "response.create", "event_id": request_id}
            return event | (
                {"response": {"metadata": {"request": request_id}}} if dialect.tags_responses else {}
            )
        case c.CancelResponse(response_id):
            return {"type": "response.cancel", "response_id": response_id}
        case c.TruncateItem(item_id, audio_end_ms):
            event = {"type": "conversation.item.truncate", "item_id": item_id}
            return event | {"content_index": 0, "audio_end_ms": audio_end_ms}
        case c.DeleteItem(item_id):
            return {"type": "conversation.item.delete", "item_id": item_id}
        case c.AppendAudio():
            raise AssertionError("handled above")


def _item(item: Json) -> Json:
    return {"type": "conversation.item.create", "item": item}
