"""What is set in the simulated service is also done: how it hears, what it says, how it says it."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

import numpy as np
import pytest

from edge_agent.config.providers import DialectName
from edge_agent.simulator.answers import Asked, Call, ReplyPart, Script, Speech
from edge_agent.simulator.g711 import A_LAW, MU_LAW, Law
from edge_agent.simulator.mcp_calls import needs_approval
from edge_agent.simulator.outbox import Close
from edge_agent.simulator.sample import sample
from edge_agent.simulator.served_models import TRANSCRIBERS
from edge_agent.simulator.tool_values import check_tools

from .sound import rms, tone
from .test_simulator import SECOND, Bench, kinds, manual

DONE = "response.done"
WORDS = Speech("one two three four", tone(24_000, 2000, 200))
LIGHT = {
    "type": "function",
    "name": "light",
    "parameters": {"type": "object", "properties": {"on": {"type": "boolean"}}, "required": ["on"]},
}
DOOR = {"type": "function", "name": "door"}


def answered(bench: Bench, **response: Any) -> list[Any]:
    return bench("response.create", response=response) + bench.wait(20)


def done(outputs: list[Any]) -> Any:
    (response,) = [output["response"] for output in outputs if output["type"] == DONE]
    return response


def sound_of(outputs: list[Any]) -> bytes:
    return b"".join(b64decode(each["delta"]) for each in outputs if each["type"].endswith("audio.delta"))


# ---- null ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    "session",
    [
        {"audio": None},
        {"audio": {"input": None, "output": None}},
        {"audio": {"input": {"format": None}, "output": {"format": None, "voice": None, "speed": None}}},
        {"instructions": None, "tools": None, "tool_choice": None, "output_modalities": None},
        {"max_output_tokens": None, "truncation": None, "tracing": None, "prompt": None, "include": None},
        {"model": None, "reasoning": None, "parallel_tool_calls": None},
    ],
)
def test_null_says_nothing_and_breaks_nothing(session: dict[str, Any]) -> None:
    bench = Bench()
    before = json.dumps(bench.session.config)
    assert kinds(bench.update(**session)) == ["session.updated"]
    assert json.dumps(bench.session.config) == before
    bench.append(SECOND + bytes(48 * 400))
    assert done(bench.wait(10))["status"] == "completed"


def test_null_turns_off_what_can_be_off() -> None:
    bench = Bench()
    heard = {"transcription": {"model": "whisper-1"}, "noise_reduction": {"type": "far_field", "strength": 2}}
    bench.update(audio={"input": heard})
    bench.update(audio={"input": {"noise_reduction": {"type": "near_field"}}})
    assert bench.session.config["audio"]["input"]["noise_reduction"] == {"type": "near_field", "strength": 2}
    off = {"transcription": None, "noise_reduction": None, "turn_detection": None}
    bench.update(audio={"input": off})
    assert bench.session.config["audio"]["input"] == off | {"format": {"type": "audio/pcm", "rate": 24000}}


@pytest.mark.parametrize("kind", ["server_vad", "semantic_vad"])
def test_detection_with_nulls_is_the_usual_one(kind: str) -> None:
    nulls = ["create_response", "interrupt_response"]
    nulls += (
        ["threshold", "silence_duration_ms", "prefix_padding_ms"] if kind == "server_vad" else ["eagerness"]
    )
    bench = Bench()
    bench.update(audio={"input": {"turn_detection": {"type": kind} | dict.fromkeys(nulls)}})
    bench.append(SECOND + bytes(48 * 1000))
    assert done(bench.wait(10))["status"] == "completed"


@pytest.mark.parametrize("output", [None, {"format": None, "voice": None}])
def test_a_response_with_nulls(output: Any) -> None:
    assert sound_of(answered(manual(), audio={"output": output}, input=None)) == WORDS.pcm


@pytest.mark.parametrize("frame", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_json(frame: str) -> None:
    (error,) = Bench().raw('{"type": "input_audio_buffer.clear", "x": ' + frame + "}")
    assert error["error"]["code"] == "invalid_json"


# ---- what is refused --------------------------------------------------------------------
DETECTION = "session.audio.input.turn_detection"


def in_detection(**fields: Any) -> dict[str, Any]:
    return {"audio": {"input": {"turn_detection": {"type": "server_vad"} | fields}}}


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({"reasoning": {"effort": "low"}}, "unsupported_parameter", "session.reasoning"),
        ({"parallel_tool_calls": True}, "unsupported_parameter", "session.parallel_tool_calls"),
        ({"tool_choice": "always"}, "invalid_value", "session.tool_choice"),
        (in_detection(prefix_padding_ms=-1), "invalid_value", f"{DETECTION}.prefix_padding_ms"),
        (in_detection(silence_duration_ms=-1), "invalid_value", f"{DETECTION}.silence_duration_ms"),
    ],
)
def test_what_is_refused_of_a_session(session: dict[str, Any], code: str, param: str) -> None:
    assert Bench().refused("session.update", session={"type": "realtime"} | session) == (code, param)


def test_an_unknown_choice_of_tools() -> None:
    refused = Bench("preview").refused("session.update", session={"tool_choice": "always"})
    assert refused == ("invalid_value", "session.tool_choice")


def test_a_number_may_be_too_large() -> None:
    (error,) = Bench().raw(
        '{"type": "session.update", "session": {"type": "realtime", "audio": {"output": {"speed": 1e400}}}}'
    )
    assert (error["error"]["code"], error["error"]["param"]) == (
        "invalid_value",
        "session.audio.output.speed",
    )


@pytest.mark.parametrize("model", ["gpt-realtime-2", "gpt-realtime-2.1-mini", "a-deployment"])
def test_reasoning_where_the_model_may_have_it(model: str) -> None:
    bench = manual("ga", model=model)
    (updated,) = bench.update(reasoning={"effort": "low"}, parallel_tool_calls=True)
    assert updated["session"]["reasoning"] == {"effort": "low"}
    assert done(answered(bench, reasoning={"effort": "minimal"}))["status"] == "completed"


def test_a_response_of_a_model_that_does_not_reason() -> None:
    refused = manual().refused("response.create", response={"reasoning": {"effort": "low"}})
    assert refused == ("unsupported_parameter", "response.reasoning")


@pytest.mark.parametrize(
    ("dialect", "session", "param"),
    [
        (
            "ga",
            {"type": "realtime", "audio": {"input": {"transcription": {"model": "model_x"}}}},
            "session.audio.input.transcription.model",
        ),
        (
            "preview",
            {"input_audio_transcription": {"model": "model_x"}},
            "session.input_audio_transcription.model",
        ),
    ],
)
def test_the_models_that_write_down(dialect: DialectName, session: dict[str, Any], param: str) -> None:
    named = Bench(dialect, transcribers=TRANSCRIBERS)
    assert named.refused("session.update", session=session) == ("invalid_value", param)
    deployed = Bench(dialect)
    assert kinds(deployed("session.update", session=session)) == ["session.updated"]


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"content": [{"type": "input_audio", "audio": "$"}], "role": "user"}, "item.content[0].audio"),
        ({"content": [{"type": "input_audio", "audio": "é"}], "role": "user"}, "item.content[0].audio"),
    ],
)
def test_what_is_refused_of_an_item(item: dict[str, Any], param: str) -> None:
    assert manual().refused("conversation.item.create", item={"type": "message"} | item) == (
        "invalid_value",
        param,
    )


@pytest.mark.parametrize(
    ("item", "param"), [({}, "item.type"), ({"type": "function_call_output"}, "item.call_id")]
)
def test_what_old_models_let_a_client_leave_out(item: dict[str, Any], param: str) -> None:
    refused = manual("preview").refused("conversation.item.create", item=item)
    assert refused == ("missing_required_parameter", param)


def test_content_matters_only_in_messages() -> None:
    item = {"type": "function_call", "name": "f", "arguments": "{}", "content": [{"type": "input_audio"}]}
    assert kinds(manual("preview")("conversation.item.create", item=item)) == ["conversation.item.created"]


def test_tracing_is_set_once() -> None:
    bench = Bench()
    bench.update(tracing="auto")
    session = {"type": "realtime", "tracing": {"workflow_name": "x"}}
    assert bench.refused("session.update", session=session) == ("invalid_value", "session.tracing")
    assert kinds(bench.update(tracing="auto")) == kinds(bench.update(tracing=None)) == ["session.updated"]


def test_a_session_can_be_closed() -> None:
    assert Bench()("session.close") == [Close(1000)]


# ---- telephone sound ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("law", "known"),
    [
        (MU_LAW, {0x00: -32124, 0x80: 32124, 0xFF: 0, 0xFE: 8, 0x7E: -8, 0xEF: 132}),
        (A_LAW, {0xD5: 8, 0x55: -8, 0xAA: 32256, 0x2A: -32256, 0xC5: 264, 0x80: 5504}),
    ],
)
def test_the_table_of_the_recommendation(law: Law, known: dict[int, int]) -> None:
    levels = np.frombuffer(law.decode(bytes(known)), np.int16)
    assert levels.tolist() == list(known.values())
    every = law.decode(bytes(range(256)))
    assert law.decode(law.encode(every)) == every
    assert np.frombuffer(law.decode(law.encode(b"\xff\x7f\x00\x80")), np.int16)[0] > 32_000


@pytest.mark.parametrize(
    ("dialect", "kind"),
    [
        ("ga", "audio/pcmu"),
        ("ga", "audio/pcma"),
        *((flat, kind) for flat in ("preview", "voice-live") for kind in ("g711_ulaw", "g711_alaw")),
    ],
)
def test_a_telephone(dialect: DialectName, kind: str) -> None:
    law = MU_LAW if "u" in kind[-4:] else A_LAW
    bench = Bench(dialect, answers=Script([WORDS]))
    if dialect == "ga":
        both = {"format": {"type": kind}}
        bench.update(audio={"input": both, "output": both})
        assert bench.session.config["audio"]["output"]["format"] == {"type": kind}
    else:
        detection = {"type": "server_vad", "silence_duration_ms": 200}
        bench.update(input_audio_format=kind, output_audio_format=kind, turn_detection=detection)
    voice = law.encode(tone(8000, 1000, 300))
    assert len(voice) == 8000
    heard = kinds(bench.append(voice + law.encode(bytes(2 * 8 * 400))))
    assert heard[:3] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
    ]
    item, spoken = bench.session.items.order[0], bench.wait(10)
    assert len(item.pcm) // 48 == pytest.approx(1300, abs=100)
    assert rms(item.pcm[48 * 100 : 48 * 900]) == pytest.approx(rms(tone(24_000, 1000, 300)), rel=0.05)
    said = law.decode(sound_of(spoken))
    assert len(said) // 16 == 2000
    assert rms(said) == pytest.approx(rms(WORDS.pcm), rel=0.05)
    bench("conversation.item.retrieve", item_id=bench.session.items.order[1].id)
    retrieved = law.decode(b64decode(bench.outputs[-1]["item"]["content"][0]["audio"]))
    assert len(retrieved) == len(said)


@pytest.mark.parametrize(("kind", "rate_hz"), [("pcm16_16000hz", 16_000), ("pcm16_8000hz", 8000)])
def test_an_answer_at_a_lower_rate(kind: str, rate_hz: int) -> None:
    bench = Bench("voice-live", answers=Script([WORDS]))
    bench.update(output_audio_format=kind, turn_detection=None)
    bench("response.create")
    said = sound_of(bench.wait(10))
    assert len(said) == 2 * rate_hz * 2  # two seconds
    assert rms(said) == pytest.approx(rms(WORDS.pcm), rel=0.05)


def test_a_short_telephone_call_is_no_utterance() -> None:
    bench = manual()
    bench.update(audio={"input": {"format": {"type": "audio/pcmu"}}})
    bench.append(MU_LAW.encode(bytes(2 * 8 * 99)))
    assert bench.refused("input_audio_buffer.commit")[0] == "input_audio_buffer_commit_empty"
    bench.append(MU_LAW.encode(bytes(2 * 8)))
    assert kinds(bench("input_audio_buffer.commit"))[0] == "input_audio_buffer.committed"


def test_a_piece_of_telephone_sound_may_have_any_length() -> None:
    bench = manual(answers=Script([Speech("x", WORDS.pcm[:9602])]))
    said = answered(bench, audio={"output": {"format": {"type": "audio/pcma"}}})
    assert len(sound_of(said)) == 1601
    assert done(said)["audio"]["output"]["format"] == {"type": "audio/pcma"}
    assert len(sound_of(answered(bench))) == 9602  # only of that response


# ---- how it answers ----------------------------------------------------------------------
@pytest.mark.parametrize("speed", [0.5, 1.5])
def test_speed(speed: float) -> None:
    bench = manual()
    bench.update(audio={"output": {"speed": speed}})
    said = sound_of(answered(bench))
    assert len(said) == pytest.approx(len(WORDS.pcm) / speed, abs=4)
    assert rms(said) == pytest.approx(rms(WORDS.pcm), rel=0.05)
    assert sound_of(answered(bench, output_modalities=["text"])) == b""


def test_speed_is_changed_between_answers() -> None:
    bench = manual()
    bench("response.create")
    faster = {"type": "realtime", "audio": {"output": {"speed": 1.5}}}
    refused = bench.refused("session.update", session=faster)
    assert refused == ("invalid_value", "session.audio.output.speed")
    assert kinds(bench.update(audio={"output": {"speed": 1}})) == ["session.updated"]  # as it is
    bench.wait(10)
    assert kinds(bench("session.update", session=faster)) == ["session.updated"]


@pytest.mark.parametrize(
    ("dialect", "name"),
    [
        ("ga", "max_output_tokens"),
        ("preview", "max_response_output_tokens"),
        ("preview", "max_output_tokens"),
    ],
)
def test_the_longest_answer(dialect: DialectName, name: str) -> None:
    bench = manual(dialect, answers=Script([WORDS, Call("late")]))
    said = answered(bench, **{name: 20})
    end = done(said)
    assert end["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
    assert end["output"][0]["status"] == "incomplete"
    assert end["usage"]["output_tokens"] == pytest.approx(20, abs=2)
    assert end["max_output_tokens"] == 20
    assert 0 < len(sound_of(said)) < len(WORDS.pcm) / 2
    enough = done(answered(bench, **{name: 60}))
    assert (enough["status"], len(enough["output"])) == ("completed", 2)
    assert len(done(answered(bench, **{name: 50}))["output"]) == 1  # the call is too long
    assert done(answered(bench, **{name: "inf"}))["status"] == "completed"


def test_one_token_is_a_word() -> None:
    bench = manual()
    said = answered(bench, max_output_tokens=1)
    assert done(said)["status"] == "incomplete"
    assert kinds(said).count("response.output_audio.delta") == 1
    bench.update(max_output_tokens=1, output_modalities=["text"])
    (delta,) = [each["delta"] for each in answered(bench) if each["type"] == "response.output_text.delta"]
    assert delta == "one"


def test_nothing_is_left_after_exactly_the_longest() -> None:
    bench = manual(answers=Script([Speech("word"), Speech("word")]))
    end = done(answered(bench, output_modalities=["text"], max_output_tokens=1))
    assert (end["status"], len(end["output"])) == ("incomplete", 1)


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("required", "light"),
        ({"type": "function", "name": "door"}, "door"),
        ({"type": "function", "name": "window"}, None),
        ({"type": "mcp", "server_label": "docs"}, None),
        ("auto", None),
        ("none", None),
    ],
)
def test_the_function_that_it_must_call(choice: Any, called: str | None) -> None:
    mcp = {"type": "mcp", "server_label": "docs", "server_url": "https://docs.test"}
    bench = manual()
    bench.update(tools=[mcp, LIGHT, DOOR])
    output = done(answered(bench, tool_choice=choice))["output"]
    assert [item.get("name") for item in output] == [called]
    if called:
        assert json.loads(output[0]["arguments"]) == ({"on": False} if called == "light" else {})


@pytest.mark.parametrize(
    ("tool", "param"),
    [
        ({"type": "function", "name": "two words"}, "session.tools[0].name"),
        ({"type": "function", "name": "f", "parameters": {"type": "array"}}, "session.tools[0].parameters"),
        ({"type": "mcp", "server_url": "https://a.test"}, "session.tools[0].server_label"),
        ({"type": "mcp", "server_label": "a"}, "session.tools[0].server_url"),
        (
            {"type": "mcp", "server_label": "a", "server_url": "https://a.test", "require_approval": "maybe"},
            "session.tools[0].require_approval",
        ),
        ({"type": "code"}, "session.tools[0].type"),
    ],
)
def test_tools_that_it_refuses(tool: dict[str, Any], param: str) -> None:
    (complaint, *_) = check_tools([tool], has_mcp=True)
    assert complaint.param == param


def test_servers_that_it_refuses() -> None:
    server = {"type": "mcp", "server_label": "a", "server_url": "https://a.test"}
    (twice,) = check_tools([server, server], has_mcp=True)
    assert twice.param == "session.tools[1].server_label"
    (unknown,) = check_tools([server], has_mcp=False)
    assert unknown.message == "Invalid value: 'mcp'. Supported values are: 'function'."


@pytest.mark.parametrize(
    ("approval", "asked"),
    [
        (None, True),
        ("always", True),
        ("never", False),
        ({"always": ["open"]}, True),
        ({"never": ["open"]}, False),
        ({"never": {"tool_names": ["open"]}}, False),
        ({"never": {}}, True),
    ],
)
def test_what_needs_an_approval(approval: Any, asked: bool) -> None:
    assert needs_approval({"require_approval": approval}, "open") is asked


def test_a_server_is_listed_once_and_calls_of_it_end_later() -> None:
    kitchen = {
        "type": "mcp",
        "server_label": "kitchen",
        "server_url": "https://k.test",
        "allowed_tools": ["look"],
    }
    bench = manual(answers=Script([Call("kitchen.look"), Call("cellar.look")]))
    never = kitchen | {"require_approval": "never"}
    assert kinds(bench.update(tools=[never])).count("mcp_list_tools.completed") == 1
    assert kinds(bench.update(tools=[never])) == ["session.updated"]
    output = done(answered(bench))["output"]
    assert [item["type"] for item in output] == ["mcp_call", "function_call"]


def test_older_clients_nest_the_name_of_a_function() -> None:
    bench = manual("preview")
    bench.update(tools=[LIGHT, DOOR], tool_choice={"type": "function", "function": {"name": "door"}})
    assert [item["name"] for item in done(answered(bench))["output"]] == ["door"]


@pytest.mark.parametrize(("choice", "names"), [("none", [None]), ("required", [None, "shutter"])])
def test_a_call_that_it_makes_anyway(choice: str, names: list[str | None]) -> None:
    bench = manual(answers=Script([WORDS, Call("shutter")]))
    output = done(answered(bench, tools=[LIGHT], tool_choice=choice))["output"]
    assert [item.get("name") for item in output] == names


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (None, None),
        ({}, None),
        ({"type": ["string", "null"]}, None),
        ({"type": "string"}, ""),
        ({"type": "string", "enum": ["on", "off"]}, "on"),
        ({"type": "integer", "enum": []}, 0),
        ({"type": "object"}, {}),
        ({"properties": {"a": {"type": "array"}}, "required": ["a", "b", 5]}, {"a": [], "b": None}),
        ({"type": "object", "properties": 5, "required": "all"}, {}),
    ],
)
def test_the_simplest_arguments(schema: Any, value: Any) -> None:
    assert sample(schema) == value


# ---- what it reads ----------------------------------------------------------------------
class Repeat:
    def answer(self, asked: Asked) -> list[ReplyPart]:
        return [Speech(f"{asked.text} ({len(asked.pcm) // 48} ms)")]


def written(outputs: list[Any]) -> str:
    (text,) = [output["text"] for output in outputs if output["type"] == "response.output_text.done"]
    return str(text)


def message(text: str, role: str = "user") -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def test_a_response_out_of_band_leaves_the_conversation_alone() -> None:
    bench = manual(answers=Repeat())
    bench("conversation.item.create", item=message("Hello?") | {"id": "item_1"})
    given = [{"type": "item_reference", "id": "item_1"}, message("Yes.", "assistant"), message("Who?")]
    said = answered(bench, conversation="none", input=given, metadata={"a": "b"})
    assert written(said) == "Who? (0 ms)"
    assert "conversation.item.added" not in kinds(said)
    assert (done(said)["conversation_id"], done(said)["metadata"]) == (None, {"a": "b"})
    assert written(answered(bench, conversation="none", input=[given[0]])) == "Hello? (0 ms)"
    assert written(answered(bench, conversation="none", input=[])) == " (0 ms)"
    assert written(answered(bench, conversation="none")) == "Hello? (0 ms)"
    read = done(answered(bench, conversation="none", input=[message("x" * 400)]))["usage"]["input_tokens"]
    last = answered(bench)
    assert written(last) == "Hello? (0 ms)"  # still not answered
    assert done(last)["usage"]["input_tokens"] < read
    assert len(bench.session.items.order) == 2


def test_a_response_out_of_band_is_cancelled_by_its_name() -> None:
    bench = manual()
    aside = bench("response.create", response={"conversation": "none"})[0]["response"]["id"]
    bench("response.create")
    assert done(bench("response.cancel", response_id=aside))["id"] == aside
    assert bench.refused("response.cancel", response_id=aside)[0] == "response_cancel_not_active"
    assert done(bench.wait(10))["status"] == "completed"


@pytest.mark.parametrize(
    ("response", "code", "param"),
    [
        ({"conversation": "another"}, "invalid_value", "response.conversation"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "invalid_value", "response.input[0].id"),
        (
            {
                "input": [
                    message("x"),
                    {"type": "message", "role": "user", "content": [{"type": "input_text"}]},
                ]
            },
            "missing_required_parameter",
            "response.input[1].content[0].text",
        ),
    ],
)
def test_what_is_refused_of_a_response(response: dict[str, Any], code: str, param: str) -> None:
    assert manual().refused("response.create", response=response) == (code, param)


def test_sound_that_a_client_puts_into_the_conversation() -> None:
    bench = manual(answers=Repeat())
    part = {"type": "input_audio", "audio": b64encode(SECOND).decode(), "transcript": "Hello?"}
    added, *_ = bench("conversation.item.create", item=message("") | {"content": [part], "id": "item_1"})
    assert added["item"]["content"] == [{"type": "input_audio", "transcript": "Hello?"}]
    (retrieved,) = bench("conversation.item.retrieve", item_id="item_1")
    assert retrieved["item"]["content"] == [part]
    said = answered(bench)
    assert written(said) == "Hello? (1000 ms)"
    assert done(said)["usage"]["input_token_details"]["audio_tokens"] >= 10


def test_what_was_truncated_is_gone() -> None:
    bench = manual()
    item = done(answered(bench))["output"][0]["id"]
    bench("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=500)
    (retrieved,) = bench("conversation.item.retrieve", item_id=item)
    assert b64decode(retrieved["item"]["content"][0]["audio"]) == WORDS.pcm[: 500 * 48]


# ---- when nobody speaks --------------------------------------------------------------------
def waiting(timeout_ms: int = 6000) -> Bench:
    bench = Bench()
    bench.update(**in_detection(idle_timeout_ms=timeout_ms))
    bench.append(bytes(48 * 1000))
    bench("response.create")
    assert bench.wait(1)[-2]["type"] == DONE
    return bench


def test_a_silence_is_answered() -> None:
    bench = waiting()
    assert bench.wait(6.5) == []  # it plays for 2 s
    bench.append(bytes(48 * 7000))
    triggered, committed, *rest = bench.wait(1.5)
    assert triggered["type"] == "input_audio_buffer.timeout_triggered"
    assert (triggered["audio_start_ms"], triggered["audio_end_ms"]) == (2000, 8000)
    assert committed["item_id"] == triggered["item_id"]
    assert kinds(rest) == ["conversation.item.added", "conversation.item.done", "response.created"]
    again = [kind for _ in range(12) for kind in kinds(bench.wait(1))]
    assert again.count("input_audio_buffer.timeout_triggered") == 1
    assert len(bench.session.items.order) == 5


@pytest.mark.parametrize("what", ["voice", "answer", "off"])
def test_what_ends_the_waiting(what: str) -> None:
    bench = waiting()
    bench.wait(5)
    if what == "voice":
        bench.append(SECOND)
    elif what == "answer":
        bench("response.create")
        bench.wait(0.1)
    else:
        bench.update(**in_detection())
    assert "input_audio_buffer.timeout_triggered" not in kinds(bench.wait(3))


# ---- what was said ------------------------------------------------------------------------
def test_how_sure_the_words_are() -> None:
    bench = manual()
    bench.update(
        include=["item.input_audio_transcription.logprobs"],
        audio={"input": {"transcription": {"model": "gpt-4o-transcribe"}}},
    )
    bench.append(SECOND)
    bench("input_audio_buffer.commit")
    delta, completed = bench.wait(1)
    assert delta["logprobs"] == completed["logprobs"]
    tokens = completed["logprobs"]
    assert "".join(each["token"] for each in tokens) == completed["transcript"]
    assert bytes(tokens[-1]["bytes"]).decode() == tokens[-1]["token"]
    assert all(each["logprob"] < 0 for each in tokens)


def test_the_limits_of_a_minute_shrink() -> None:
    bench = manual()
    said = answered(bench)
    (limits,) = [each["rate_limits"] for each in said if each["type"] == "rate_limits.updated"]
    (tokens,) = limits
    assert tokens["limit"] - tokens["remaining"] == done(said)["usage"]["total_tokens"]
