"""Commands to wire events. Pure: a function of the command, the dialect and the settings."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import assert_never

from ...config.model import Config, TurnTaking
from ...vocabulary import commands as c
from ...vocabulary.frozen import frozen
from . import Json, PastWords

OFFER = "tools"  # the id of a `session.update` that changes them


def ga_server(tool: Json) -> Json:
    """Lists of tools that need an approval are filters there."""
    approval = tool["require_approval"]
    if isinstance(approval, str):
        return tool
    return tool | {"require_approval": {when: {"tool_names": names} for when, names in approval.items()}}


def no_server(_: Json) -> Json:
    return {}


@frozen
class Encoder:
    """What differs between dialects with the same commands; the defaults are those of GA.

    `session`: the body of a `session.update`; `detection`: one that changes only turn detection (None: off). `partial`:
    what one must say that changes anything else. `server`: an MCP server that the service calls; empty: it calls none.
    `written`: the content type of an assistant's message that we
    restore. `tags_responses`: response.create carries our id as metadata, and response.created returns it.
    """

    session: Callable[[Config], Json]
    detection: Callable[[TurnTaking | None], Json]
    partial: Mapping[str, str] = field(default_factory=dict)
    server: Callable[[Json], Json] = no_server
    written: str = "output_text"
    tags_responses: bool = True

    def encode(self, command: c.ServiceCommand, turns: TurnTaking) -> str:
        """The text frame that carries a command."""
        match command:
            case c.AppendAudio(pcm):  # nine of ten frames, and nothing in them needs escaping
                return f'{{"type":"input_audio_buffer.append","audio":"{b64encode(pcm).decode()}"}}'
            case c.CommitInput():
                event: Json = {"type": "input_audio_buffer.commit"}
            case c.ClearInput():
                event = {"type": "input_audio_buffer.clear"}
            case c.DetectTurns(on):
                event = {"type": "session.update", "event_id": "detection"}
                event |= {"session": self.detection(turns if on else None)}
            case c.OfferTools(specifications):
                session = {
                    **self.partial,
                    "tools": self._tools(json.loads(specifications)),
                    "tool_choice": "auto",
                }
                event = {"type": "session.update", "event_id": OFFER, "session": session}
            case c.CreateUserText(text):
                event = _message("user", "input_text", text)
            case c.RestoreMessage(role, text):
                event = _message(role, self.written if role == "assistant" else "input_text", text)
            case c.RestoreCall(call_id, name, arguments):
                call = {"call_id": call_id, "name": name, "arguments": arguments}
                event = _item({"type": "function_call"} | call)
            case c.CreateFunctionOutput(call_id, output):
                event = _item({"type": "function_call_output", "call_id": call_id, "output": output})
            case c.AnswerApproval(approval_id, approved, item_id):
                answer = {"id": item_id, "approval_request_id": approval_id, "approve": approved}
                event = _item({"type": "mcp_approval_response"} | answer)
            case c.CreateResponse(request_id):
                tag = {"response": {"metadata": {"request": request_id}}} if self.tags_responses else {}
                event = {"type": "response.create", "event_id": request_id} | tag
            case c.CancelResponse(response_id):
                event = {"type": "response.cancel", "response_id": response_id}
            case c.TruncateItem(item_id, audio_end_ms):
                where = {"item_id": item_id, "content_index": 0, "audio_end_ms": audio_end_ms}
                event = {"type": "conversation.item.truncate"} | where
            case c.DeleteItem(item_id):
                event = {"type": "conversation.item.delete", "item_id": item_id}
            case c.AppendSilence() | c.MuteInput() | c.Tell() | c.ContinueWork():
                raise ValueError("only GPT-Live has it")
            case _ as never:
                assert_never(never)
        return json.dumps(event, ensure_ascii=False)

    def encode_session(
        self, config: Config, tools: Sequence[Json] = (), _: Sequence[PastWords] = (), /
    ) -> str:
        """The `session.update` that configures a connection. `config`: as `config.fitting` leaves it. `tools`: the
        functions that it may call. What was said before is told by `RestoreMessage`."""
        called = {"tools": offered, "tool_choice": "auto"} if (offered := self._tools(tools)) else {}
        event = {"type": "session.update", "event_id": "session", "session": self.session(config) | called}
        return json.dumps(event, ensure_ascii=False)

    def _tools(self, tools: Sequence[Json]) -> list[Json]:
        """As this dialect has them; MCP servers only where it knows them."""
        written = (self.server(tool) if tool["type"] == "mcp" else tool for tool in tools)
        return [tool for tool in written if tool]


def _message(role: c.Role, kind: str, text: str) -> Json:
    return _item({"type": "message", "role": role, "content": [{"type": kind, "text": text}]})


def _item(item: Json) -> Json:
    return {"type": "conversation.item.create", "item": item}
