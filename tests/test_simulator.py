"""The simulated service is as strict as the real one: what it refuses, and in which words."""

from __future__ import annotations

import json
from base64 import b64encode
from random import Random
from typing import Any

import pytest

from edge_agent.audio.sounds import spoken_answers, spoken_lines
from edge_agent.config.providers import DialectName
from edge_agent.simulator.answers import Asked, Call, Script, Speech
from edge_agent.simulator.dialects import (
    GA_SERVICE,
    PREVIEW_SERVICE,
    SERVICE_DIALECTS,
    VOICE_LIVE_SERVICE,
)
from edge_agent.simulator.fault_words import MOMENTS, WHATS
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.outbox import Close, Drop, Freeze, Outbox
from edge_agent.simulator.profiles import Profile, profile_of
from edge_agent.simulator.published import published
from edge_agent.simulator.refusal import HttpRefusal, LateHttpRefusal
from edge_agent.simulator.served_models import TRANSCRIBERS
from edge_agent.simulator.session import Session
from edge_agent.simulator.speech import Bundled, NoVoice, Parrot, Saying, choose, recognise, speak

from .sound import rms, tone

SECOND = tone(24_000, 1000, 300)


class Bench:
    """A session, and its client."""

    def __init__(self, dialect: DialectName = "ga", *faults: str, **options: Any) -> None:
        options.setdefault("answers", Script([Speech("one two three four", tone(24_000, 2000, 200))]))
        self.dialect = dialect
        script = FaultScript(parse(text) for text in faults)
        self.session = Session(
            SERVICE_DIALECTS[dialect],
            schema=published(dialect),
            recognise=recognise,
            faults=script,
            random=Random(1),
            **options,
        )
        self.now = 0.0
        self.outputs: list[Any] = []
        self.session.open(self.now)
        self.wait(0)

    def __call__(self, kind: str, **fields: Any) -> list[Any]:
        """Sends an event; what comes back at once."""
        return self.raw(json.dumps({"type": kind, "event_id": "mine", **fields}))

    def raw(self, frame: str | bytes) -> list[Any]:
        self.session.receive(frame, self.now)
        return self.wait(0)

    def wait(self, seconds: float) -> list[Any]:
        self.now += seconds
        new = self.session.outbox.due(self.now)
        self.outputs += new
        return new

    def refused(self, kind: str, **fields: Any) -> tuple[str | None, str | None]:
        """(code, param) of the error that an event leads to."""
        (error,) = self(kind, **fields)
        assert error["type"] == "error"
        assert error["error"]["event_id"] == "mine"
        return error["error"]["code"], error["error"]["param"]

    def append(self, pcm: bytes) -> list[Any]:
        return self("input_audio_buffer.append", audio=b64encode(pcm).decode())

    def update(self, **session: Any) -> list[Any]:
        body = {"type": "realtime"} | session if self.dialect == "ga" else session
        return self("session.update", session=body)


def kinds(outputs: list[Any]) -> list[str]:
    return [output["type"] if isinstance(output, dict) else repr(output) for output in outputs]


def manual(dialect: DialectName = "ga", *faults: str, **options: Any) -> Bench:
    bench = Bench(dialect, *faults, **options)
    if dialect == "ga":
        bench.update(audio={"input": {"turn_detection": None}})
    else:
        bench.update(turn_detection=None)
    return bench


# ---- what it refuses ------------------------------------------------------------
@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "invalid_json"),
        ("[" * 100_000, "invalid_json"),
        ("[" * 200 + "]" * 200, "invalid_json"),
        (b"\0", "invalid_event"),
        ("[]", "invalid_event"),
        ("{}", "invalid_event"),
    ],
)
def test_what_is_no_event(frame: str | bytes, code: str) -> None:
    (error,) = Bench().raw(frame)
    assert error["error"]["code"] == code


GA_REFUSALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("do.something", {}, "invalid_value", "type"),
    ("output_audio_buffer.clear", {}, "invalid_value", "type"),
    ("session.update", {}, "missing_required_parameter", "session"),
    ("session.update", {"session": {}}, "missing_required_parameter", "session.type"),
    (
        "session.update",
        {"session": {"type": "realtime", "voice": "alloy"}},
        "unknown_parameter",
        "session.voice",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "temperature": 0.8}},
        "unknown_parameter",
        "session.temperature",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "audio": {"input": {"vad": 1}}}},
        "unknown_parameter",
        "session.audio.input.vad",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "output_modalities": ["audio", "text"]}},
        "invalid_value",
        "session.output_modalities",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "max_output_tokens": 5000}},
        "invalid_value",
        "session.max_output_tokens",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "instructions": 5}},
        "invalid_type",
        "session.instructions",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "tools": "none"}},
        "invalid_type",
        "session.tools",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "audio": {"output": {"voice": "bruce"}}}},
        "invalid_value",
        "session.audio.output.voice",
    ),
    (
        "session.update",
        {
            "session": {
                "type": "realtime",
                "audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}},
            }
        },
        "invalid_value",
        "session.audio.input.format.rate",
    ),
    (
        "session.update",
        {
            "session": {
                "type": "realtime",
                "audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 2}}},
            }
        },
        "invalid_value",
        "session.audio.input.turn_detection.threshold",
    ),
    (
        "session.update",
        {
            "session": {
                "type": "realtime",
                "audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 1}}},
            }
        },
        "invalid_value",
        "session.audio.input.turn_detection.idle_timeout_ms",
    ),
    ("session.update", {"session": {"type": "realtime", "model": "other"}}, "invalid_value", "session.model"),
    ("session.update", {"session": {"type": "transcription"}}, "invalid_value", "session.type"),
    (
        "session.update",
        {"session": {"type": "realtime", "audio": {"output": {"speed": 9}}}},
        "invalid_value",
        "session.audio.output.speed",
    ),
    (
        "session.update",
        {
            "session": {
                "type": "realtime",
                "truncation": {"type": "retention_ratio", "retention_ratio": 5},
            }
        },
        "invalid_value",
        "session.truncation.retention_ratio",
    ),
    ("input_audio_buffer.append", {}, "missing_required_parameter", "audio"),
    ("input_audio_buffer.append", {"audio": "$$"}, "invalid_value", "audio"),
    ("input_audio_buffer.append", {"audio": 5}, "invalid_type", "audio"),
    (
        "conversation.item.truncate",
        {"item_id": "x", "content_index": 0},
        "missing_required_parameter",
        "audio_end_ms",
    ),
    (
        "conversation.item.truncate",
        {"item_id": "x", "content_index": 0, "audio_end_ms": True},
        "invalid_type",
        "audio_end_ms",
    ),
    (
        "conversation.item.truncate",
        {"item_id": "x", "content_index": 0, "audio_end_ms": 1},
        "item_truncate_invalid_item_id",
        "item_id",
    ),
    ("conversation.item.delete", {"item_id": "x"}, "item_delete_invalid_item_id", "item_id"),
    ("conversation.item.retrieve", {"item_id": "x"}, "item_retrieve_invalid_item_id", "item_id"),
    ("response.create", {"response": {"temperature": 0.8}}, "unknown_parameter", "response.temperature"),
    ("response.create", {"respond": {}}, "unknown_parameter", "respond"),
    ("response.create", {"response": {"metadata": "x"}}, "invalid_type", "response.metadata"),
    ("response.create", {"response": {"metadata": {"k": 1}}}, "invalid_type", "response.metadata.k"),
    (
        "response.create",
        {"response": {"metadata": {str(n): "" for n in range(17)}}},
        "object_above_max_properties",
        "response.metadata",
    ),
    (
        "response.create",
        {"response": {"metadata": {"k" * 65: ""}}},
        "string_above_max_length",
        "response.metadata",
    ),
    (
        "response.create",
        {"response": {"metadata": {"k": "v" * 513}}},
        "string_above_max_length",
        "response.metadata.k",
    ),
    (
        "response.create",
        {"response": {"output_modalities": ["audio", "text"]}},
        "invalid_value",
        "response.output_modalities",
    ),
    (
        "response.create",
        {"response": {"max_output_tokens": 0}},
        "invalid_value",
        "response.max_output_tokens",
    ),
    (
        "response.create",
        {"response": {"audio": {"output": {"voice": "bruce"}}}},
        "invalid_value",
        "response.audio.output.voice",
    ),
    (
        "conversation.item.create",
        {
            "item": {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "text", "text": "x"}],
            }
        },
        "invalid_value",
        "item.content[0].type",
    ),
    (
        "conversation.item.create",
        {"item": {"type": "message", "role": "user", "content": [], "id": "x" * 33}},
        "string_above_max_length",
        "item.id",
    ),
    (
        "conversation.item.create",
        {"item": {"type": "function_call_output", "call_id": "nobody", "output": ""}},
        "invalid_tool_call_id",
        "item.call_id",
    ),
    (
        "conversation.item.create",
        {"previous_item_id": "nobody", "item": {"type": "message", "role": "user", "content": []}},
        "item_create_invalid_previous_item_id",
        "previous_item_id",
    ),
    ("conversation.item.create", {"item": "x"}, "invalid_type", "item"),
]


@pytest.mark.parametrize(("kind", "fields", "code", "param"), GA_REFUSALS)
def test_what_ga_refuses(kind: str, fields: dict[str, Any], code: str, param: str) -> None:
    assert Bench("ga").refused(kind, **fields) == (code, param)


PREVIEW_REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"type": "realtime"}, "unknown_parameter", "session.type"),
    ({"output_modalities": ["audio"]}, "unknown_parameter", "session.output_modalities"),
    ({"max_output_tokens": 5}, "unknown_parameter", "session.max_output_tokens"),
    ({"modalities": ["audio"]}, "invalid_value", "session.modalities"),
    ({"temperature": 0.5}, "invalid_value", "session.temperature"),
    ({"temperature": 1.5}, "invalid_value", "session.temperature"),
    ({"voice": "marin"}, "invalid_value", "session.voice"),
    ({"speed": 0.1}, "invalid_value", "session.speed"),
    ({"turn_detection": {"type": "semantic_vad"}}, "invalid_value", "session.turn_detection.type"),
    ({"input_audio_format": "pcm-16"}, "invalid_value", "session.input_audio_format"),
]


@pytest.mark.parametrize(("session", "code", "param"), PREVIEW_REFUSALS)
def test_what_preview_refuses(session: dict[str, Any], code: str, param: str) -> None:
    assert Bench("preview").refused("session.update", session=session) == (code, param)


@pytest.mark.parametrize(
    ("response", "param"),
    [
        ({"temperature": 5}, "response.temperature"),
        ({"voice": "marin"}, "response.voice"),
        ({"modalities": ["audio"]}, "response.modalities"),
        ({"max_response_output_tokens": 0}, "response.max_response_output_tokens"),
    ],
)
def test_what_preview_refuses_of_responses(response: dict[str, Any], param: str) -> None:
    assert Bench("preview").refused("response.create", response=response) == ("invalid_value", param)


@pytest.mark.parametrize("dialect", ["ga", "preview"])
def test_the_parameters_of_a_function_may_be_any_json(dialect: DialectName) -> None:
    tool = {"type": "function", "name": "open_door", "parameters": {"type": "object", "x": [None, {"y": 1}]}}
    assert kinds(Bench(dialect).update(tools=[tool])) == ["session.updated"]


def test_an_event_id_has_a_longest() -> None:
    bench = Bench()
    assert kinds(bench("input_audio_buffer.clear", event_id="x" * 512)) == ["input_audio_buffer.cleared"]
    (error,) = bench("input_audio_buffer.clear", event_id="x" * 513)
    assert (error["error"]["code"], error["error"]["param"]) == ("string_above_max_length", "event_id")


@pytest.mark.parametrize(
    ("item", "code", "param"),
    [
        ({"type": "message", "content": []}, "missing_required_parameter", "item.role"),
        (
            {"type": "message", "role": "assistant", "content": [{"type": "input_text", "text": "x"}]},
            "invalid_value",
            "item.content[0].type",
        ),
    ],
)
def test_what_preview_refuses_of_items(item: dict[str, Any], code: str, param: str) -> None:
    assert Bench("preview").refused("conversation.item.create", item=item) == (code, param)


def test_a_transcription_session_is_not_for_here() -> None:
    assert Bench("preview").refused("transcription_session.update", session={}) == ("invalid_value", "type")


def test_a_refused_update_changes_nothing() -> None:
    bench = Bench()
    bench.update(instructions="new", tools=[], voice="x")
    assert bench.session.config["instructions"] != "new"
    (updated,) = bench.update(instructions="new")
    assert updated["session"]["instructions"] == "new"
    assert updated["session"]["audio"]["output"]["voice"] == "alloy"


def test_the_voice_is_locked_by_the_first_sound() -> None:
    bench = manual()
    assert kinds(bench.update(audio={"output": {"voice": "marin"}})) == ["session.updated"]
    bench("response.create")
    bench.wait(5)
    voice = {"type": "realtime", "audio": {"output": {"voice": "cedar"}}}
    assert bench.refused("session.update", session=voice)[0] == "cannot_update_voice"
    assert kinds(bench.update(audio={"output": {"voice": "marin"}})) == ["session.updated"]
    for item in list(bench.session.items.order):
        bench("conversation.item.delete", item_id=item.id)
    assert bench.refused("session.update", session=voice)[0] == "cannot_update_voice"


@pytest.mark.parametrize(("dialect", "key"), [("ga", "output_modalities"), ("preview", "modalities")])
def test_answers_in_text_alone(dialect: DialectName, key: str) -> None:
    bench = manual(dialect)
    voice = {"audio": {"output": {"voice": "echo"}}} if dialect == "ga" else {"voice": "echo"}
    bench("response.create", response={key: ["text"]})
    said = bench.wait(5)
    assert not [kind for kind in kinds(said) if "audio" in kind]
    (done,) = [event["response"] for event in said if event["type"] == "response.done"]
    assert (done[key], done["usage"]["output_token_details"]["audio_tokens"]) == (["text"], 0)
    assert bench.session.config[key] != ["text"]  # only of this response
    assert kinds(bench.update(**voice)) == ["session.updated"]  # no sound, no lock
    bench.update(**{key: ["text"]})
    bench("response.create")
    assert not [kind for kind in kinds(bench.wait(5)) if "audio" in kind]
    bench("response.create", response={key: ["audio"] if dialect == "ga" else ["text", "audio"]})
    assert [kind for kind in kinds(bench.wait(5)) if "audio" in kind]


# ---- turns --------------------------------------------------------------------------
def test_a_commit_needs_100_ms() -> None:
    bench = manual()
    bench.append(SECOND[: 99 * 48])
    assert bench.refused("input_audio_buffer.commit") == ("input_audio_buffer_commit_empty", None)
    bench.append(SECOND[:48])
    assert kinds(bench("input_audio_buffer.commit")) == [
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
    ]
    assert bench.refused("input_audio_buffer.commit")[0] == "input_audio_buffer_commit_empty"


def test_clear_drops_the_buffer() -> None:
    bench = manual()
    bench.append(SECOND)
    assert kinds(bench("input_audio_buffer.clear")) == ["input_audio_buffer.cleared"]
    assert bench.refused("input_audio_buffer.commit")[0] == "input_audio_buffer_commit_empty"


def test_an_append_may_split_a_sample_and_is_bounded() -> None:
    bench = manual()
    bench.append(SECOND[:4801])
    bench.append(SECOND[4801:9600])
    bench("input_audio_buffer.commit")
    assert bench.session.items.order[0].pcm == SECOND[:9600]
    (error,) = bench.append(bytes(15 * 2**20 + 2))
    assert error["error"]["code"] == "invalid_value"


GA_ANSWER = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_audio_transcript.delta",
    "response.output_audio.delta",
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "response.output_item.done",
    "conversation.item.done",
    "response.done",
    "rate_limits.updated",
]


@pytest.mark.parametrize("dialect", ["ga", "preview"])
def test_the_order_of_an_answer(dialect: DialectName) -> None:
    bench = manual(dialect)
    bench.append(SECOND)
    bench("input_audio_buffer.commit")
    first = bench("response.create")
    answer = kinds(first + bench.wait(10))
    answer = [kind for number, kind in enumerate(answer) if kind not in answer[:number]]
    expected = GA_ANSWER
    if dialect == "preview":
        expected = [
            kind.replace("output_audio", "audio") for kind in GA_ANSWER if kind != "conversation.item.done"
        ]
        expected = [kind.replace("conversation.item.added", "conversation.item.created") for kind in expected]
    assert answer == expected


def test_server_vad() -> None:
    bench = Bench(answers=Script([Speech("yes", SECOND)]))
    said = kinds(bench.append(bytes(48 * 1000) + SECOND + bytes(48 * 100)))
    assert said == ["input_audio_buffer.speech_started"]
    started = bench.outputs[-1]
    assert started["audio_start_ms"] == 700  # less the prefix padding
    said = kinds(bench.append(bytes(48 * 400)))
    assert said[:3] == [
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
    ]
    assert said[-1] == "response.created"
    stopped = next(o for o in bench.outputs if o["type"] == "input_audio_buffer.speech_stopped")
    assert stopped["audio_end_ms"] == 2200
    assert stopped["item_id"] == started["item_id"] == bench.session.items.order[0].id
    assert len(bench.session.items.order[0].pcm) // 48 == 1500


def test_a_voice_over_the_answer_cancels_it() -> None:
    bench = Bench()
    bench.append(SECOND + bytes(48 * 400))
    bench.wait(0.4)
    said = bench.append(SECOND)
    assert kinds(said)[0] == "input_audio_buffer.speech_started"
    assert said[-2]["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert said[-2]["response"]["output"][0]["status"] == "incomplete"
    assert bench.wait(10) == []


def test_no_interruption_and_no_answer_where_the_session_says_so() -> None:
    bench = Bench()
    detection = {"type": "server_vad", "create_response": False, "interrupt_response": False}
    bench.update(audio={"input": {"turn_detection": detection}})
    said = kinds(bench.append(SECOND + bytes(48 * 400)))
    assert "response.created" not in said
    bench("response.create")
    bench.wait(0.4)
    assert "response.done" not in kinds(bench.append(SECOND))


def test_semantic_vad_waits_longer() -> None:
    bench = Bench()
    bench.update(audio={"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}}})
    said = kinds(bench.append(SECOND + bytes(48 * 1100)))
    assert said == ["input_audio_buffer.speech_started"]
    assert "input_audio_buffer.speech_stopped" in kinds(bench.append(bytes(48 * 200)))


def test_one_answer_at_a_time_but_out_of_band() -> None:
    bench = manual()
    bench("response.create")
    code, _ = bench.refused("response.create")
    assert code == "conversation_already_has_active_response"
    aside = bench("response.create", response={"conversation": "none", "metadata": {"a": "b"}})
    assert aside[0]["response"]["conversation_id"] is None
    assert aside[0]["response"]["metadata"] == {"a": "b"}
    bench.wait(10)
    assert len(bench.session.items.order) == 1


def test_cancel() -> None:
    bench = manual()
    assert bench.refused("response.cancel")[0] == "response_cancel_not_active"
    response = bench("response.create")[0]["response"]
    assert bench.refused("response.cancel", response_id="another")[0] == "response_cancel_not_active"
    done = bench("response.cancel", response_id=response["id"])[0]
    assert done["response"]["status_details"]["reason"] == "client_cancelled"
    assert bench.wait(10) == []


def test_truncate() -> None:
    bench = manual()
    bench("response.create")
    bench.wait(10)
    item = bench.session.items.order[0]

    def truncate(ms: int, index: int = 0) -> Any:
        return {"item_id": item.id, "content_index": index, "audio_end_ms": ms}

    assert bench.refused("conversation.item.truncate", **truncate(2001)) == ("invalid_value", "audio_end_ms")
    assert bench.refused("conversation.item.truncate", **truncate(10, 1))[0] == "unsupported_content_type"
    (truncated,) = bench("conversation.item.truncate", **truncate(1500))
    assert truncated["type"] == "conversation.item.truncated"
    assert item.body["content"] == [{"type": "output_audio", "transcript": ""}]
    assert bench.refused("conversation.item.truncate", **truncate(1501))[0] == "invalid_value"


def test_only_assistant_audio_can_be_truncated() -> None:
    bench = manual()
    bench("conversation.item.create", item={"type": "message", "role": "user", "content": [], "id": "u"})
    fields = {"item_id": "u", "content_index": 0, "audio_end_ms": 0}
    assert bench.refused("conversation.item.truncate", **fields)[0] == "unsupported_content_type"


def test_the_chain_of_items() -> None:
    bench = manual()

    def create(item_id: str, before: str | None = None) -> list[Any]:
        item = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": item_id}],
            "id": item_id,
        }
        return bench("conversation.item.create", item=item, previous_item_id=before)

    create("b")
    added = create("a", "root")
    assert added[0]["previous_item_id"] is None
    create("d")
    assert create("c", "b")[0]["previous_item_id"] == "b"
    assert [item.id for item in bench.session.items.order] == ["a", "b", "c", "d"]
    (error,) = create("a")
    assert error["error"]["code"] == "item_create_duplicate_item_id"
    assert kinds(bench("conversation.item.delete", item_id="b")) == ["conversation.item.deleted"]
    assert kinds(bench("conversation.item.retrieve", item_id="c")) == ["conversation.item.retrieved"]
    assert [item.id for item in bench.session.items.order] == ["a", "c", "d"]


def test_functions() -> None:
    bench = manual(answers=Script([Call("light", '{"on": true}')], [Speech("done")]))
    said = bench("response.create") + bench.wait(5)
    (delta,) = [o for o in said if o["type"] == "response.function_call_arguments.delta"]
    (done,) = [o for o in said if o["type"] == "response.done"]
    call = done["response"]["output"][0]
    assert (call["name"], call["arguments"], call["status"]) == ("light", '{"on": true}', "completed")
    assert delta["call_id"] == call["call_id"]
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "ok"}
    assert kinds(bench("conversation.item.create", item=output))[0] == "conversation.item.added"
    said = bench("response.create") + bench.wait(5)
    assert "response.output_text.delta" in kinds(said)


def test_usage_grows_with_the_conversation() -> None:
    bench = manual()
    usages = []
    for _ in range(3):
        bench.append(SECOND)
        bench("input_audio_buffer.commit")
        bench("response.create")
        done = next(o for o in bench.wait(10) if o["type"] == "response.done")
        usages.append(done["response"]["usage"])
    assert [usage["output_token_details"]["audio_tokens"] for usage in usages] == [40, 40, 40]
    audio = [usage["input_token_details"]["audio_tokens"] for usage in usages]
    assert audio[0] == 10
    assert audio[2] > audio[1] > audio[0]
    assert (
        usages[2]["input_token_details"]["cached_tokens"] > usages[1]["input_token_details"]["cached_tokens"]
    )


def test_transcription() -> None:
    bench = manual("ga", "no-transcript@commit#2")
    bench.update(audio={"input": {"transcription": {"model": "whisper-1"}}})
    line = spoken_lines()[0]
    bench.append(line.pcm)
    bench("input_audio_buffer.commit")
    (delta, completed) = bench.wait(1)
    assert delta["delta"] == completed["transcript"] == line.text
    bench.append(SECOND)
    bench("input_audio_buffer.commit")
    (failed,) = bench.wait(1)
    assert failed["type"] == "conversation.item.input_audio_transcription.failed"


def test_every_event_is_what_the_models_say() -> None:
    """Nothing it sends is unknown to the published models, in either dialect, and nothing required is missing."""
    dialects: list[DialectName] = ["ga", "preview"]
    for dialect in dialects:
        answers = Script([Speech("a b", tone(24_000, 400)), Call("f")], [Speech("text")])
        bench = manual(dialect, answers=answers)
        transcription = {"model": "whisper-1"}
        if dialect == "ga":
            bench.update(audio={"input": {"transcription": transcription}})
        else:
            bench.update(input_audio_transcription=transcription)
        for _ in range(2):
            bench.append(SECOND)
            bench("input_audio_buffer.commit")
            bench("response.create")
            bench.wait(5)
        bench("input_audio_buffer.clear")
        bench("response.cancel")
        item = bench.session.items.order[0]
        bench("conversation.item.retrieve", item_id=item.id)
        bench("conversation.item.delete", item_id=item.id)
        known = published(dialect).server_events
        for event in bench.outputs:
            model = known[event["type"]]
            missing = [key for key in model["required"] if key not in event]
            assert not missing, (event["type"], missing)


# ---- faults ----------------------------------------------------------------------------
def test_faults_are_named_or_refused() -> None:
    assert parse("close:1011@append#3").number == 1011
    assert parse("drop@commit#*").nth is None
    with pytest.raises(ValueError, match="drop takes no argument: drop:abc"):
        parse("drop:abc@commit")
    for text, words in (
        ("drop", "WHAT"),
        ("explode@commit", "not a fault"),
        ("drop@lunch", "not a moment"),
        ("close@commit", "needs a number"),
    ):
        with pytest.raises(ValueError, match=words):
            parse(text)
    assert len(WHATS) > 15
    assert "connect" in MOMENTS


@pytest.mark.parametrize(
    ("fault", "output"),
    [
        ("drop@commit", Drop()),
        ("close:1011@commit", Close(1011, "scripted")),
        ("freeze@commit", Freeze()),
        ("binary@commit", b"\x00\x01\x02"),
    ],
)
def test_faults_of_the_connection(fault: str, output: Any) -> None:
    bench = manual("ga", fault)
    bench.append(SECOND)
    assert bench("input_audio_buffer.commit")[-1] == output


def test_faults_in_the_middle_of_an_answer() -> None:
    bench = manual("ga", "drop@halfway")
    bench("response.create")
    assert Drop() in bench.wait(10)


def test_a_session_ends() -> None:
    bench = Bench("ga")
    error, close = bench.wait(3600)
    assert error["error"]["code"] == "session_expired"
    assert close.code == 1001


def test_faults_of_the_response() -> None:
    bench = manual("ga", "incomplete:content_filter@response", "fail-early:server_error@response#2")
    bench("response.create")
    done = next(o for o in bench.wait(10) if o["type"] == "response.done")
    assert done["response"]["status_details"] == {"type": "incomplete", "reason": "content_filter"}
    said = bench("response.create") + bench.wait(10)
    assert kinds(said) == ["response.done", "rate_limits.updated"]
    assert said[0]["response"]["status_details"]["error"]["code"] == "server_error"


def test_plans_can_be_withdrawn() -> None:
    outbox = Outbox()
    outbox.plan(2, lambda _: ["b"], "tag")
    outbox.put("a", at=1)
    outbox.plan(3, lambda _: ["c"])
    assert outbox.next_at == 1
    outbox.withdraw("tag")
    assert outbox.due(10) == ["a", "c"]
    assert outbox.next_at is None


# ---- who is let in -------------------------------------------------------------------------
KEYED = {"api-key": "k"}


@pytest.mark.parametrize(
    ("target", "headers", "admitted"),
    [
        ("/openai/v1/realtime?model=m", KEYED, Profile("azure", GA_SERVICE, "m")),
        ("/openai/v1/realtime?model=m", {"Authorization": "Bearer k"}, Profile("azure", GA_SERVICE, "m")),
        ("/openai/v1/realtime?model=m&api-key=k", {}, Profile("azure", GA_SERVICE, "m")),
        ("/openai/v1/realtime?model=m&api-version=2025-04-01-preview", KEYED, 401),
        ("/openai/v1/realtime?model=m", {}, 401),
        ("/openai/v1/realtime?model=m", {"api-key": "wrong"}, 401),
        ("/openai/v1/realtime", KEYED, 404),
        (
            "/openai/realtime?api-version=v&deployment=d",
            KEYED,
            Profile("azure-preview", PREVIEW_SERVICE, "d"),
        ),
        ("/openai/realtime?api-version=v&deployment=d", {}, 401),
        (
            "/voice-live/realtime?api-version=2026-07-15&model=m",
            KEYED,
            Profile("azure-voice-live", VOICE_LIVE_SERVICE, "m"),
        ),
        (
            "/voice-live/realtime?api-version=2025-10-01&model=m",
            KEYED,
            Profile("azure-voice-live", VOICE_LIVE_SERVICE, "m", tells_expiry=False),
        ),
        ("/voice-live/realtime?api-version=v&model=m", {}, 401),
        ("/voice-live/realtime?api-version=v", KEYED, 404),
        ("/voice-live/realtime?model=m", KEYED, 404),
        ("/openai/realtime?deployment=d", KEYED, 404),
        ("/openai/realtime?api-version=v", KEYED, 404),
        (
            "/v1/realtime?model=gpt-realtime-2.1",
            {"Authorization": "Bearer k"},
            Profile("openai", GA_SERVICE, "gpt-realtime-2.1", transcribers=TRANSCRIBERS),
        ),
        ("/v1/realtime?model=gpt-live-1", {"Authorization": "Bearer k"}, "invalid_model"),
        ("/v1/realtime?model=gpt-realtime-translate", {"Authorization": "Bearer k"}, "invalid_model"),
        ("/v1/realtime?model=gpt-4o-realtime-preview", {"Authorization": "Bearer k"}, "model_not_found"),
        ("/v1/realtime?model=m", {"Authorization": "Bearer k"}, "model_not_found"),
        ("/openai/v1/realtime?model=gpt-live-1", KEYED, 400),
        ("/openai/v1/realtime?model=gpt-4o-mini-transcribe", KEYED, 400),
        ("/openai/v1/realtime?model=whisper", KEYED, 400),
        ("/openai/v1/realtime?model=my-whisper", KEYED, Profile("azure", GA_SERVICE, "my-whisper")),
        ("/v1/realtime?model=m", {}, "invalid_api_key"),
        ("/v1/realtime?model=m", KEYED, "invalid_api_key"),
        ("/v1/realtime?model=m&api-key=k", {}, "invalid_api_key"),
        ("/v1/realtime?model=m", {"Authorization": "Basic k"}, "invalid_api_key"),
        ("/v1/realtime", {"Authorization": "Bearer k"}, "missing_model"),
        (
            "/v1/realtime?model=m",
            {"Authorization": "Bearer k", "OpenAI-Beta": "realtime=v1"},
            "beta_api_shape_disabled",
        ),
        ("/", KEYED, 404),
    ],
)
def test_doors(target: str, headers: dict[str, str], admitted: Any) -> None:
    result = profile_of(target, headers, "k")
    if isinstance(result, HttpRefusal):
        assert result.status == admitted
        assert json.loads(result.body)["error"]["message"]
        assert result.content_type == "application/json"
    elif isinstance(result, LateHttpRefusal):
        assert result.code == admitted
    else:
        assert result == admitted
    if isinstance(admitted, Profile):
        assert profile_of(target, headers, None) == admitted


# ---- answers ---------------------------------------------------------------------------------
def test_bundled_answers_fit_the_bundled_lines() -> None:
    bundled = Bundled()
    lines, answers = spoken_lines(), spoken_answers()
    assert bundled.answer(Asked(lines[1].text)) == [Speech(answers[1].text, answers[1].pcm)]
    others = {bundled.answer(Asked("what?"))[0] for _ in range(4)}
    assert len(others) == len(answers) - len(lines)


def test_recordings_are_recognised_in_a_room() -> None:
    for line in spoken_lines():
        assert recognise(bytes(48 * 700) + line.pcm + bytes(48 * 500)) == line.text
    assert recognise(tone(24_000, 4000)) == "(4.0 seconds of sound)"
    assert recognise(b"") == "(0.0 seconds of sound)"


def test_any_words_through_espeak() -> None:
    try:
        pcm = speak("hello world")
    except NoVoice as error:
        pytest.skip(str(error))
    assert len(pcm) > 24_000
    assert rms(pcm) > 500
    assert isinstance(choose("good morning"), Saying)
    assert Parrot().answer(Asked("hello"))[0].text == "hello"  # type: ignore[union-attr]


def test_without_espeak_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoVoice, match="apt install espeak-ng"):
        choose("good morning")
    assert isinstance(choose("parrot"), Parrot)
    assert isinstance(choose("bundled"), Bundled)
