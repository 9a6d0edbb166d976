from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.realtime.wire.decode import READERS, BadFrame, SessionCreated, SessionUpdated
from edge_agent.realtime.wire.dialects import GA, PREVIEW, PREVIEW_EVENTS
from edge_agent.simulator.published import published
from edge_agent.vocabulary import events as e

from .turn_dialects import TURN_DIALECTS
from .world import LINES, World


def decode(event: Any, dialect: Any = GA) -> Any:
    return dialect.decoder().decode(json.dumps(event))


PLACE = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0, "event_id": "e"}
BOTH = [
    ({"type": "session.created", "session": {"id": "s", "expires_at": 5}}, SessionCreated("s", 5)),
    ({"type": "session.created", "session": {}}, SessionCreated("", None)),
    ({"type": "session.updated", "session": {"expires_at": 9}}, SessionUpdated(9)),
    (
        {"type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": 7},
        e.ServiceSpeechStarted("i", 7),
    ),
    (
        {"type": "input_audio_buffer.speech_stopped", "item_id": "i", "audio_end_ms": 8},
        e.ServiceSpeechStopped("i", 8),
    ),
    (
        {"type": "input_audio_buffer.timeout_triggered", "item_id": "i", "audio_start_ms": 5},
        e.SilenceTimedOut("i"),
    ),
    ({"type": "input_audio_buffer.committed", "item_id": "i"}, e.InputCommitted("i")),
    (
        {
            "type": "conversation.item.input_audio_transcription.completed",
            "item_id": "i",
            "content_index": 0,
            "transcript": " Hi.\n",
        },
        e.UserTranscribed("i", "Hi."),
    ),
    (
        {
            "type": "conversation.item.input_audio_transcription.completed",
            "item_id": "i",
            "usage": {"type": "duration", "seconds": 1.5},
        },
        e.UserTranscribed("i", "", 1.5),
    ),
    (
        {
            "type": "conversation.item.input_audio_transcription.completed",
            "item_id": "i",
            "usage": {"type": "tokens", "input_token_details": {"text_tokens": 3, "audio_tokens": 25}},
        },
        e.UserTranscribed("i", "", 2.5),
    ),
    (
        {
            "type": "conversation.item.input_audio_transcription.failed",
            "item_id": "i",
            "content_index": 0,
            "error": {"message": "no"},
        },
        e.TranscriptionFailed("i", "no"),
    ),
    ({"type": "response.created", "response": {"id": "r"}}, e.ResponseStarted("r")),
    (
        {"type": "response.created", "response": {"id": "r", "metadata": {"request": "ask_1"}}},
        e.ResponseStarted("r", "ask_1"),
    ),
    ({"type": "response.created", "response": {"id": "r", "metadata": None}}, e.ResponseStarted("r")),
    (
        {"type": "error", "error": {"type": "x", "code": "c", "message": "m", "param": "p", "event_id": "v"}},
        e.ServiceErred("c", "m", "v", "p", "x"),
    ),
    (
        {"type": "error", "error": {"type": "server_error", "code": None, "message": "m", "event_id": None}},
        e.ServiceErred("server_error", "m", kind="server_error"),
    ),
    (
        {
            "type": "error",
            "error": {"message": "Conversation already has an active response in progress: r."},
        },
        e.ServiceErred(
            "conversation_already_has_active_response",
            "Conversation already has an active response in progress: r.",
        ),
    ),
    ({"type": "error", "error": {}}, e.ServiceErred("unknown_error", "")),
]


@pytest.mark.parametrize(("wire", "event"), BOTH)
@pytest.mark.parametrize("dialect", TURN_DIALECTS.values(), ids=lambda d: d.name)
def test_what_both_dialects_call_the_same(wire: Any, event: Any, dialect: Any) -> None:
    assert decode(wire, dialect) == event


@pytest.mark.parametrize(
    ("ga", "preview", "fields", "event"),
    [
        ("output_audio.delta", "audio.delta", {"delta": "AAE="}, e.AudioDelta("r", "i", b"\0\1")),
        ("output_audio.done", "audio.done", {}, e.AudioFinished("r", "i")),
        (
            "output_audio_transcript.delta",
            "audio_transcript.delta",
            {"delta": "Hi", "obfuscation": "xx"},
            e.TranscriptDelta("r", "i", "Hi"),
        ),
        ("output_text.delta", "text.delta", {"delta": "Hi"}, e.TranscriptDelta("r", "i", "Hi")),
    ],
)
def test_what_they_call_differently(ga: str, preview: str, fields: Any, event: Any) -> None:
    assert decode({"type": f"response.{ga}", **PLACE, **fields}) == event
    assert decode({"type": f"response.{preview}", **PLACE, **fields}, PREVIEW) == event
    assert decode({"type": f"response.{preview}", **PLACE, **fields}, GA) is None


def test_what_the_service_calls_by_itself() -> None:
    told = {"server_label": "kitchen", "name": "open", "arguments": "{}"}
    message = {"type": "message", "id": "i1"}
    done = {"type": "mcp_call", "id": "m1", "output": "done", **told}
    failed = {"type": "mcp_call", "id": "m2", "error": {"type": "http_error"}, **told}
    runs = {"type": "mcp_call", "id": "m3", **told}
    asks = {"type": "mcp_approval_request", "id": "p1", **told}
    nameless = {"type": "mcp_call", **told}

    def called(*output: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
        event = decode(
            {"type": "response.done", "response": {"id": "r", "status": "completed", "output": output}}
        )
        assert isinstance(event, e.ResponseDone)
        return [(call.call_id, call.name, call.kind, call.ended) for call in event.calls]

    assert called(message, done, failed, runs, asks, nameless) == [
        ("m1", "kitchen.open", "service", True),
        ("m2", "kitchen.open", "service", True),
        ("m3", "kitchen.open", "service", False),
        ("p1", "kitchen.open", "approval", False),
    ]
    assert called(done, runs, message) == [("m3", "kitchen.open", "service", False)]  # it was answered
    for kind, failed_too in (("completed", False), ("failed", True)):
        event = {"type": f"response.mcp_call.{kind}", "item_id": "m3", "output_index": 0}
        assert decode(event) == e.ServiceCallEnded("m3", failed_too)
    noted = decode({"type": "mcp_list_tools.failed", "item_id": "l1"})
    assert isinstance(noted, e.ServiceNoted)
    assert noted.code == "mcp_list_tools_failed"


def test_the_end_of_a_response() -> None:
    response = {
        "id": "r",
        "status": "completed",
        "output": [
            {"type": "message", "id": "i1"},
            {
                "type": "function_call",
                "id": "i2",
                "call_id": "c",
                "name": "f",
                "arguments": "{}",
                "status": "completed",
            },
            {"type": "function_call", "id": "i3", "call_id": "d", "name": "g", "status": "incomplete"},
            "nonsense",
        ],
        "usage": {
            "total_tokens": 30,
            "input_tokens": 20,
            "output_tokens": 10,
            "input_token_details": {
                "text_tokens": 12,
                "audio_tokens": 8,
                "cached_tokens_details": {"text_tokens": 3, "audio_tokens": 2},
            },
            "output_token_details": {"text_tokens": 4, "audio_tokens": 6},
        },
    }
    decoded = decode({"type": "response.done", "response": response})
    assert isinstance(decoded, e.ResponseDone)
    assert decoded == e.ResponseDone(
        "r",
        "completed",
        item_ids=("i1",),
        calls=(e.FunctionCall("c", "f", "{}", decoded.calls[0].fingerprint),),
        usage=e.Usage(12, 8, 3, 2, 4, 6, 30, input=20, output=10),
    )


@pytest.mark.parametrize(
    ("details", "reason", "message"),
    [
        ({"type": "cancelled", "reason": "turn_detected"}, "turn_detected", ""),
        (
            {"type": "failed", "error": {"code": "rate_limit_exceeded", "message": "slow"}},
            "rate_limit_exceeded",
            "slow",
        ),
        ({"type": "failed", "error": {"type": "server_error", "code": None}}, "server_error", ""),
        (None, "", ""),
    ],
)
def test_why_a_response_ended(details: Any, reason: str, message: str) -> None:
    event = decode(
        {"type": "response.done", "response": {"id": "r", "status": "failed", "status_details": details}}
    )
    assert (event.reason, event.message, event.usage) == (reason, message, e.Usage())


def test_a_status_nobody_knows_is_a_failure() -> None:
    assert decode({"type": "response.done", "response": {"id": "r", "status": "exploded"}}).status == "failed"


@pytest.mark.parametrize(
    ("usage", "read"),
    [
        ({"total_tokens": 30}, e.Usage(total=30)),
        ({"input_tokens": 20, "output_tokens": 10}, e.Usage(total=30, input=20, output=10)),
        (
            {
                "total_tokens": 30,
                "input_token_details": {"cached_tokens": 7, "cached_tokens_details": None},
                "output_token_details": {"reasoning_tokens": 5},
            },
            e.Usage(total=30, cached=7, reasoning=5),
        ),
    ],
)
def test_a_bill_without_details(usage: Any, read: e.Usage) -> None:
    assert decode({"type": "response.done", "response": {"id": "r", "usage": usage}}).usage == read


@pytest.mark.parametrize(
    ("usage", "seconds"),
    [
        ({"type": "duration", "seconds": 1.5}, 1.5),
        ({"type": "tokens", "input_tokens": 28, "input_token_details": {"audio_tokens": 25}}, 2.5),
        ({"type": "tokens", "input_tokens": 28, "output_tokens": 9, "total_tokens": 37}, 2.8),
        ({"type": "tokens", "total_tokens": 37}, 3.7),
        (None, 0.0),
    ],
)
def test_what_writing_down_is_billed_by(usage: Any, seconds: float) -> None:
    kind = "conversation.item.input_audio_transcription.completed"
    event = decode({"type": kind, "item_id": "i", "transcript": "words", "usage": usage})
    assert event.seconds == seconds


def test_the_service_names_its_model() -> None:
    session = {"id": "s", "model": "gpt-realtime-2.1"}
    assert decode({"type": "session.created", "session": session}).model == "gpt-realtime-2.1"
    assert decode({"type": "session.updated", "session": {}}).model == ""
    assert len(decode({"type": "session.updated", "session": {"model": "x" * 10**6}}).model) < 200


def test_numbers_that_are_none() -> None:
    frame = '{"type":"response.done","response":{"usage":{"total_tokens":Infinity,"input_token_details":[]}}}'
    assert GA.decoder().decode(frame).usage == e.Usage()  # type: ignore[union-attr]
    frame = f'{{"type":"input_audio_buffer.speech_started","item_id":"i","audio_start_ms":{"9" * 400}}}'
    assert GA.decoder().decode(frame) == e.ServiceSpeechStarted("i", 0)
    frame = '{"type":"input_audio_buffer.speech_started","item_id":"i","audio_start_ms":true}'
    assert GA.decoder().decode(frame) == e.ServiceSpeechStarted("i", 0)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (b"\0\1", "binary frame of 2 bytes"),
        ("{", "malformed JSON"),
        ("[" * 100_000, "malformed JSON"),
        ('{"delta": "Nobody else must read thi', "in 36 characters$"),
        ("[]", "JSON list"),
        ("{}", "'type' must be str, found nothing"),
        ('{"type": 5}', "found int"),
        ('{"type": "response.created"}', "'response' must be dict"),
        ('{"type": "response.output_audio.delta", "delta": "$$$"}', "not base64"),
        ('{"type": "response.output_audio.delta", "delta": "éééé"}', "not base64"),
        ('{"type": "response.output_audio.delta", "delta": "AAA="}', "'response_id'"),
        ('{"type": "input_audio_buffer.committed"}', "'item_id'"),
        ('{"type": "error"}', "'error'"),
    ],
)
def test_bad_frames_are_named(frame: str | bytes, words: str) -> None:
    with pytest.raises(BadFrame, match=words.replace("(", "\\(")):
        GA.decoder().decode(frame)


@pytest.mark.parametrize("call_id", [{}, {"call_id": None}, {"call_id": ""}, {"call_id": 5}])
def test_a_response_ends_even_if_its_call_has_no_id(call_id: dict[str, Any]) -> None:
    output = [{"type": "function_call", "name": "f", "arguments": "{}"} | call_id]
    done = decode({"type": "response.done", "response": {"id": "r", "status": "completed", "output": output}})
    assert (done.response_id, done.status, done.calls) == ("r", "completed", ())


@pytest.mark.parametrize("dialect", TURN_DIALECTS.values(), ids=lambda d: d.name)
def test_every_event_of_the_models_is_read_or_counted(dialect: Any) -> None:
    """Nothing that the service may say is fatal, whatever little of it is there."""
    decoder = dialect.decoder()
    for name in published(dialect.name).server_events:
        if PREVIEW_EVENTS.get(name, name) not in READERS:
            assert decoder.decode(json.dumps({"type": name})) is None
            assert sum(decoder.ignored.values()) > 0
    assert decoder.decode('{"type": "moon.phase.changed"}') is None
    assert decoder.ignored["moon.phase.changed"] == 1


def test_the_table_of_names_is_that_of_the_models() -> None:
    ga, preview = (published(name).server_events for name in ("ga", "preview"))
    assert set(PREVIEW_EVENTS) <= set(preview)
    assert set(PREVIEW_EVENTS.values()) <= set(ga)
    renamed = set(preview) - set(ga) - {"transcription_session.updated"}
    assert renamed <= set(PREVIEW_EVENTS)


scalars = st.sampled_from([None, True, 0, -1, 10**400, 0.5, "", "x", "é", "AAA="])
values = scalars | st.lists(scalars, max_size=2)
KEYS = [
    "type",
    "id",
    "response",
    "session",
    "error",
    "item_id",
    "response_id",
    "delta",
    "usage",
    "output",
    "status_details",
]
objects = st.dictionaries(st.sampled_from(KEYS), values, max_size=4)


@given(
    st.sampled_from(sorted(READERS)),
    st.dictionaries(st.sampled_from(KEYS[1:]), values | objects | st.lists(objects, max_size=2), max_size=4),
)
def test_no_json_is_worse_than_a_bad_frame(kind: str, fields: Any) -> None:
    with contextlib.suppress(BadFrame):
        GA.decoder().decode(json.dumps({"type": kind, **fields}))


@given(st.text() | st.binary())
def test_no_frame_is_worse_than_a_bad_frame(frame: str | bytes) -> None:
    with contextlib.suppress(BadFrame):
        GA.decoder().decode(frame)


def test_both_dialects_decode_a_conversation_to_the_same_events() -> None:
    """The same answer over the same audio, recorded in either dialect."""

    def recorded(dialect: Any) -> list[Any]:
        world = World(dialect=dialect)
        world.press()
        world.say(LINES[0])
        world.release()
        world.until(lambda: world.turn == "speaking")
        world.until(lambda: world.turn == "idle")
        known: dict[str, str] = {}

        def name(text: str) -> str:  # ids differ from run to run
            return known.setdefault(text, f"id {len(known)}")

        seen: list[Any] = []
        for event in world.events:
            if isinstance(event, e.AudioDelta):
                seen.append(("audio", name(event.response_id), name(event.item_id), event.pcm))
            elif isinstance(event, e.TranscriptDelta):
                seen.append(("words", name(event.response_id), name(event.item_id), event.text))
            elif isinstance(event, e.ResponseDone):
                seen.append(("done", name(event.response_id), event.status, event.usage.output_audio))
            elif isinstance(event, e.InputCommitted):
                seen.append(("committed", name(event.item_id)))
        return seen

    assert recorded("ga") == recorded("preview")


def test_a_warning_with_an_odd_code_is_still_told() -> None:
    """Its code goes back to nobody, so it need not be an id."""
    said = decode({"type": "warning", "warning": {"code": "größer\n", "message": "a\nb"}})
    assert said == e.ServiceNoted("größer ", "a b")


def test_the_same_arguments_have_the_same_fingerprint_however_they_are_written() -> None:
    def fingerprint(arguments: str) -> int:
        call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": arguments}
        done = decode({"type": "response.done", "response": {"id": "r", "output": [call]}})
        assert isinstance(done, e.ResponseDone)
        return done.calls[0].fingerprint

    assert fingerprint('{"a": 1, "b": 2}') == fingerprint('{"b":2,"a":1}')
    assert fingerprint('{"a": 1}') != fingerprint('{"a": 2}')
    assert fingerprint("not JSON") == fingerprint("not JSON")
