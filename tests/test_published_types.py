"""The decoder and the simulated service beside the types of the newest client library: all that is valid is taken, and
nothing else is sent."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any, TypeAlias

import pytest

from edge_agent.config.providers import DialectName
from edge_agent.realtime.wire.decode import BadFrame
from edge_agent.realtime.wire.dialects import DIALECTS
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.dialects import SERVICE_DIALECTS
from edge_agent.simulator.published import published
from edge_agent.simulator.session import Session
from edge_agent.simulator.speech import describe

from .published_values import Values, members, mixed, values
from .sound import tone

TYPES: dict[DialectName, Any] = {
    "ga": pytest.importorskip("openai.types.realtime", reason="openai is not installed"),
    "preview": pytest.importorskip("openai.types.beta.realtime", reason="openai is not installed"),
}
pydantic = pytest.importorskip("pydantic")

pytestmark = pytest.mark.realtime

SOUND = tone(24_000, 300)
AUDIO = b64encode(SOUND).decode()
USER = "item_user"
MIXED, EVENTS = 200, 6  # conversations, and what is sent in each
MODELS: dict[DialectName, str] = {"ga": "gpt-realtime-2.1", "preview": "gpt-4o-realtime-preview"}
NUMBERS: dict[DialectName, tuple[int, int]] = {"ga": (46, 11), "preview": (34, 12)}  # of types, in 3.57.0
FUNCTION = {"type": "function", "name": "look", "parameters": {"type": "object"}}
SERVER = {"type": "mcp", "server_label": "kitchen", "server_url": "https://kitchen.example/mcp"}
# in the library all of a tool is optional, and its schema anything
ONLY_HERE: dict[DialectName, Values] = {
    "ga": {"model": (MODELS["ga"],), "voice": ("marin", {"id": "voice_1"}), "tools": ([FUNCTION], [SERVER])},
    "preview": {
        "model": (MODELS["preview"],),
        "voice": ("ash",),
        "tools": ([FUNCTION],),
        "tool_choice": ("auto", "none", "required"),
    },
}
both = pytest.mark.parametrize("dialect", ["ga", "preview"])
SERVER_VALUES: Values = {"delta": (AUDIO,)}
# By type of event: the codes, and what they are about, of what the service may refuse though its type allows it.
Refusals: TypeAlias = dict[str, set[tuple[str, str | None]]]
COMMON: Refusals = {
    "conversation.item.delete": {("item_delete_invalid_item_id", "item_id")},
    "conversation.item.retrieve": {("item_retrieve_invalid_item_id", "item_id")},
    "conversation.item.truncate": {
        ("item_truncate_invalid_item_id", "item_id"),
        ("unsupported_content_type", None),  # of the user
    },
    "input_audio_buffer.commit": {("input_audio_buffer_commit_empty", None)},
    "output_audio_buffer.clear": {("invalid_value", "type")},  # WebRTC only
    "response.cancel": {("response_cancel_not_active", None)},
}
REFUSALS: dict[DialectName, Refusals] = {
    "ga": COMMON
    | {
        "conversation.item.create": {
            ("item_create_invalid_previous_item_id", "previous_item_id"),
            ("invalid_tool_call_id", "item.call_id"),
            ("invalid_value", "item.approval_request_id"),  # which nobody has asked for
            ("missing_required_parameter", "item.tools[0].input_schema"),  # those of a server have one
            ("missing_required_parameter", "item.content[0].text"),  # optional only in the library
            ("missing_required_parameter", "item.content[0].audio"),
            ("invalid_value", "item.content[0].type"),  # sound of the assistant, and content without a type
        },
        "response.create": {
            ("invalid_value", "response.conversation"),
            ("invalid_value", "response.output_modalities"),
            ("missing_required_parameter", "response.input[0].tools[0].input_schema"),
            ("missing_required_parameter", "response.input[0].content[0].text"),
            ("missing_required_parameter", "response.input[0].content[0].audio"),
            ("invalid_value", "response.input[0].content[0].type"),
        },
        "session.update": {
            ("invalid_value", "session.type"),  # a session that only writes down
            ("invalid_value", "session.output_modalities"),
            ("cannot_update_voice", None),
        },
    },
    "preview": COMMON
    | {
        "conversation.item.create": {
            ("missing_required_parameter", "item.type"),  # one type for all items: all is optional in it
            ("missing_required_parameter", "item.role"),
            ("missing_required_parameter", "item.name"),
            ("missing_required_parameter", "item.call_id"),
        },
        "response.create": {
            ("invalid_value", "response.conversation"),
            ("invalid_value", "response.modalities"),
            ("invalid_value", "response.input[0].id"),  # a reference to nothing
            ("missing_required_parameter", "response.input[0].type"),
            ("missing_required_parameter", "response.input[0].role"),
            ("missing_required_parameter", "response.input[0].name"),
            ("missing_required_parameter", "response.input[0].call_id"),
        },
        "session.update": {
            ("invalid_value", "session.modalities"),
            ("invalid_value", "session.turn_detection.type"),  # semantic_vad came later
            ("cannot_update_voice", None),
        },
        "transcription_session.update": {
            ("invalid_value", "type"),
            ("invalid_value", "session.input_audio_transcription.model"),
        },
    },
}


def kind_of(event_type: Any) -> str:
    (name,) = event_type.model_fields["type"].annotation.__args__
    return str(name)


@cache
def server_types(dialect: DialectName) -> dict[str, Any]:
    """A check of the events of each type."""
    return {
        kind_of(kind): pydantic.TypeAdapter(kind).validate_python
        for kind in members(TYPES[dialect].RealtimeServerEvent)
    }


# ---- what the service may send --------------------------------------------------------
@both
def test_every_server_event_is_read(dialect: DialectName) -> None:
    kinds = members(TYPES[dialect].RealtimeServerEvent)
    assert len(kinds) >= NUMBERS[dialect][0]
    for kind in kinds:
        for event in values(kind, SERVER_VALUES):
            server_types(dialect)[event["type"]](event)
            try:
                DIALECTS[dialect].decoder().decode(json.dumps(event))
            except BadFrame:
                # nothing can be done with a response that has no name
                assert event["type"] == "response.created"
                assert event["response"].get("id") is None


# ---- what a client may send -----------------------------------------------------------
class Talk:
    """A session in the middle of a conversation, which is the same each time, and all that it has sent."""

    def __init__(self, dialect: DialectName) -> None:
        self._session = Session(
            SERVICE_DIALECTS[dialect],
            schema=published(dialect),
            answers=Script([Call("light")], [Speech("one two three", tone(24_000, 400))]),
            recognise=describe,
            model=MODELS[dialect],
            random=Random(1),
        )
        self._valid = server_types(dialect)
        self.now = 0.0
        self.sent: list[Any] = []
        self._session.open(0)
        content = [{"type": "input_text", "text": "Hello."}]
        item = {"type": "message", "role": "user", "content": content, "id": USER}
        self("conversation.item.create", item=item)
        self.called, self.spoken = (self._answer() for _ in range(2))

    def __call__(self, kind: str, **fields: Any) -> list[Any]:
        return self.send({"type": kind} | fields)

    def send(self, event: Any) -> list[Any]:
        self._session.receive(json.dumps(event), self.now)
        return self.wait(30)

    def wait(self, seconds: float) -> list[Any]:
        self.now += seconds
        new = self._session.outbox.due(self.now)
        self.sent += new
        return new

    def speak(self) -> None:
        """What it was told is used: by the ear, by what writes down, and in the answer."""
        for pcm in (SOUND, bytes(48 * 1500)):
            self("input_audio_buffer.append", audio=b64encode(pcm).decode())
        self("input_audio_buffer.commit")
        self("response.create")

    def check(self) -> None:
        """All that it has sent is valid."""
        for sent in self.sent:
            if isinstance(sent, dict):
                self._valid[sent["type"]](sent, strict=True)

    def _answer(self) -> Any:
        (done,) = [event for event in self("response.create") if event["type"] == "response.done"]
        (item,) = done["response"]["output"]
        return item


def known_values(dialect: DialectName, talk: Talk) -> Values:
    return {
        "audio_end_ms": (20,),
        "content_index": (0,),
        "item_id": (talk.spoken["id"], USER, "nobody"),
        "previous_item_id": (USER, "root", "nobody"),
        "call_id": (talk.called["call_id"], "nobody"),
        "response_id": ("nobody",),
        "image_url": ("data:image/png;base64,AAAA",),
        "idle_timeout_ms": (6000, 30000),
        "max_output_tokens": (1, 4096, "inf"),
        "max_response_output_tokens": (1, 4096, "inf"),
        "temperature": (0.8, 0.6, 1.2),
        "threshold": (0.5, 0, 1),
        "speed": (1, 0.25, 1.5),
        "retention_ratio": (0.8, 0, 1),
        **ONLY_HERE[dialect],
    }


def client_types(dialect: DialectName) -> Iterator[tuple[Any, Values]]:
    """Each, and what is known of the values in it."""
    known = known_values(dialect, Talk(dialect))
    for kind in members(TYPES[dialect].RealtimeClientEvent):
        # elsewhere `audio` is a group of settings
        has_settings = kind_of(kind) in ("session.update", "response.create")
        yield kind, known if has_settings else {**known, "audio": (AUDIO, "")}


def client_events(dialect: DialectName) -> Iterator[tuple[str, Any]]:
    for kind, known in client_types(dialect):
        for event in values(kind, known):
            yield kind_of(kind), event
    yield "session.close", {"type": "session.close"}
    for item_id in (USER, Talk(dialect).spoken["id"]):
        given = [{"type": "item_reference", "id": item_id}]
        yield "response.create", {"type": "response.create", "response": {"input": given}}


@both
def test_a_valid_event_is_taken_and_all_that_is_sent_is_valid(dialect: DialectName) -> None:
    allowed = REFUSALS[dialect]
    seen: dict[str, set[tuple[str, str | None]]] = {}
    for name, event in client_events(dialect):
        talk = Talk(dialect)
        errors = [sent["error"] for sent in talk.send(event) if _is_error(sent)]
        seen.setdefault(name, set()).update((error["code"], error["param"]) for error in errors)
        unexpected = seen[name] - allowed.get(name, set())
        assert not unexpected, (event, unexpected)
        talk.speak()
        talk.check()
    assert len(seen) == NUMBERS[dialect][1] + 1
    assert {name: codes for name, codes in seen.items() if codes} == allowed


@both
def test_no_mixture_of_valid_values_ends_a_session(dialect: DialectName) -> None:
    random = Random(MIXED)
    kinds = list(client_types(dialect))
    for _ in range(MIXED):
        talk = Talk(dialect)
        for kind, known in random.choices(kinds, k=EVENTS):
            talk.send(mixed(kind, known, random))
        talk.speak()
        talk.check()


def _is_error(sent: Any) -> bool:
    return isinstance(sent, dict) and sent["type"] == "error"
