from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest

from edge_agent.config.fitting import fit
from edge_agent.config.model import AssistantSettings, AudioSettings, Config, ServiceSettings, TurnTaking
from edge_agent.realtime.wire.dialects import GA, PREVIEW, Dialect
from edge_agent.simulator.dialects import GA_SERVICE, PREVIEW_SERVICE, SERVICE_DIALECTS
from edge_agent.simulator.published import published
from edge_agent.simulator.values import check_item, check_session
from edge_agent.vocabulary import commands as c

from .turn_dialects import TURN_DIALECTS

COMMANDS: list[c.ServiceCommand] = [
    c.AppendAudio(b"\0\1" * 480),
    c.CommitInput(),
    c.ClearInput(),
    c.DetectTurns(False),
    c.DetectTurns(True),
    c.CreateUserText('say "hi" — こんにちは'),
    c.CreateFunctionOutput("call_1", '{"error": "no"}'),
    c.CreateResponse("ask_1"),
    c.CancelResponse("resp_1"),
    c.TruncateItem("item_1", 1234),
    c.DeleteItem("item_1"),
    c.RestoreMessage("user", "Hi."),
    c.RestoreMessage("assistant", "Hello."),
    c.RestoreMessage("system", "f() was called."),
]
TURNS = [
    TurnTaking(),
    TurnTaking(mode="hands-free"),
    TurnTaking(mode="hands-free", end="server"),
    TurnTaking(mode="hands-free", end="semantic", eagerness="low"),
]


def session_of(dialect: Dialect, assistant: AssistantSettings, turns: TurnTaking) -> Any:
    return json.loads(dialect.encoder.encode_session(Config(assistant=assistant, turns=turns)))["session"]


@pytest.mark.parametrize("dialect", TURN_DIALECTS.values(), ids=lambda d: d.name)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_command_is_what_the_service_accepts(command: c.ServiceCommand, dialect: Dialect) -> None:
    event = json.loads(dialect.encoder.encode(command, TURNS[2]))
    assert published(dialect.name).complaint(event) is None
    if "item" in event:
        assert list(check_item(event["item"], SERVICE_DIALECTS[dialect.name])) == []


LIGHT: dict[str, Any] = {
    "type": "function",
    "name": "light",
    "description": "",
    "parameters": {"type": "object"},
}
SERVERS: list[dict[str, Any]] = [
    {"type": "mcp", "server_label": "a", "server_url": "https://a.example", "require_approval": "never"},
    {
        "type": "mcp",
        "server_label": "b",
        "server_url": "https://b.example",
        "authorization": "s3cret",
        "headers": {"X": "y"},
        "allowed_tools": ["look", "open"],
        "require_approval": {"always": ["open"], "never": ["look"]},
    },
]


@pytest.mark.parametrize("dialect", TURN_DIALECTS.values(), ids=lambda d: d.name)
def test_tools_and_servers_of_a_session(dialect: Dialect) -> None:
    at_first = json.loads(dialect.encoder.encode_session(Config(), [LIGHT, *SERVERS]))
    later = json.loads(dialect.encoder.encode(c.OfferTools(json.dumps([LIGHT, *SERVERS])), TURNS[0]))
    assert later["session"]["tools"] == at_first["session"]["tools"]
    for event in (at_first, later):
        assert published(dialect.name).complaint(event) is None
        assert list(check_session(event["session"], SERVICE_DIALECTS[dialect.name], "gpt-realtime")) == []
    approvals = [tool["require_approval"] for tool in later["session"]["tools"][1:]]
    lists = {"always": ["open"], "never": ["look"]}
    filters = {when: {"tool_names": names} for when, names in lists.items()}
    assert (
        approvals == {"ga": ["never", filters], "voice-live": ["never", lists], "preview": []}[dialect.name]
    )
    none = json.loads(dialect.encoder.encode(c.OfferTools("[]"), TURNS[0]))
    assert none["session"]["tools"] == []


@pytest.mark.parametrize("dialect", [dialect for dialect in TURN_DIALECTS.values() if dialect is not PREVIEW])
def test_an_approval_is_what_the_service_accepts(dialect: Dialect) -> None:
    event = json.loads(dialect.encoder.encode(c.AnswerApproval("mcpr_1", True, "approval_1"), TURNS[0]))
    assert published(dialect.name).complaint(event) is None
    assert list(check_item(event["item"], SERVICE_DIALECTS[dialect.name])) == []


def test_a_dialect_knows_only_its_own_kind_of_text() -> None:
    said = json.loads(GA.encoder.encode(c.RestoreMessage("assistant", "Hello."), TurnTaking()))
    assert list(check_item(said["item"], PREVIEW_SERVICE))


@pytest.mark.parametrize(
    "assistant", [AssistantSettings(), AssistantSettings(transcription="whisper-1", language="ja")]
)
@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("dialect", TURN_DIALECTS.values(), ids=lambda d: d.name)
def test_so_is_every_session(assistant: AssistantSettings, turns: TurnTaking, dialect: Dialect) -> None:
    event = json.loads(dialect.encoder.encode_session(Config(assistant=assistant, turns=turns)))
    assert published(dialect.name).complaint(event) is None
    if turns.end != "semantic" or dialect is not PREVIEW:
        assert list(check_session(event["session"], SERVICE_DIALECTS[dialect.name], "gpt-realtime")) == []


def test_sound_is_base64() -> None:
    event = json.loads(GA.encoder.encode(c.AppendAudio(b"\0\1\2\3"), TurnTaking()))
    assert b64decode(event["audio"]) == b"\0\1\2\3"


def test_a_request_can_be_told_by_its_tag_or_by_its_event_id() -> None:
    ga, preview = (
        json.loads(dialect.encoder.encode(c.CreateResponse("ask_1"), TurnTaking()))
        for dialect in (GA, PREVIEW)
    )
    assert ga["response"]["metadata"] == {"request": "ask_1"}
    assert ga["event_id"] == preview["event_id"] == "ask_1"
    assert "response" not in preview


def test_who_ends_the_turn() -> None:
    def detection(turns: TurnTaking) -> object:
        return session_of(GA, AssistantSettings(), turns)["audio"]["input"]["turn_detection"]

    assert [detection(turns) for turns in TURNS] == [
        None,
        None,
        {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500},
        {"type": "semantic_vad", "eagerness": "low"},
    ]


def test_limits_and_languages() -> None:
    assistant = AssistantSettings(max_output_tokens=200, transcription="whisper-1", language="ja")
    ga = session_of(GA, assistant, TurnTaking())
    assert ga["max_output_tokens"] == 200
    assert ga["audio"]["input"]["transcription"] == {"model": "whisper-1", "language": "ja"}
    preview = session_of(PREVIEW, AssistantSettings(temperature=0.7), TurnTaking())
    assert preview["max_response_output_tokens"] == "inf"
    assert preview["temperature"] == 0.7
    assert preview["input_audio_transcription"] is None


CHOSEN = AssistantSettings(
    voice="voice_1234",
    speed=1.2,
    reasoning="low",
    transcription="gpt-transcribe",
    language="en",
    transcription_languages="en, ja",
    transcription_keywords="Jabra, PowerConf",
    truncation_ratio=0.8,
    truncation_tokens=4000,
)
ADDRESSED = TurnTaking(mode="hands-free", end="server", idle_timeout_ms=6000)
FILTERED = AudioSettings(noise_reduction="far_field")


def test_what_is_chosen_is_sent() -> None:
    event = json.loads(GA.encoder.encode_session(Config(assistant=CHOSEN, audio=FILTERED)))
    assert published("ga").complaint(event) is None
    session = event["session"]
    assert list(check_session(session, GA_SERVICE, "gpt-realtime-2.1")) == []
    assert session["reasoning"] == {"effort": "low"}
    assert session["truncation"] == {
        "type": "retention_ratio",
        "retention_ratio": 0.8,
        "token_limits": {"post_instructions": 4000},
    }
    assert session["audio"]["output"] | {"format": None} == {
        "format": None,
        "voice": {"id": "voice_1234"},
        "speed": 1.2,
    }
    assert session["audio"]["input"]["noise_reduction"] == {"type": "far_field"}
    assert session["audio"]["input"]["transcription"] == {
        "model": "gpt-transcribe",
        "languages": ["en", "ja"],
        "keywords": ["Jabra", "PowerConf"],
    }


def test_what_is_not_chosen_is_not_sent() -> None:
    session = session_of(GA, AssistantSettings(truncation_ratio=0.5), TurnTaking())
    assert session["truncation"] == {"type": "retention_ratio", "retention_ratio": 0.5}
    plain = session_of(GA, AssistantSettings(), TurnTaking())
    assert plain.keys() & {"reasoning", "truncation"} == set()
    assert plain["audio"]["output"].keys() == {"format", "voice"}
    assert "noise_reduction" not in plain["audio"]["input"]


def test_the_preview_takes_some_of_it() -> None:
    config = Config(ServiceSettings(provider="azure-preview"), assistant=CHOSEN, audio=FILTERED)
    event = json.loads(PREVIEW.encoder.encode_session(fit(config).config))
    assert published("preview").complaint(event) is None
    session = event["session"]
    assert list(check_session(session, PREVIEW_SERVICE, "gpt-4o-realtime-preview")) == []
    assert (session["voice"], session["speed"]) == ("alloy", 1.2)
    assert session["input_audio_noise_reduction"] == {"type": "far_field"}
    assert session["input_audio_transcription"] == {"model": "gpt-transcribe", "language": "en"}


def test_voice_live_has_its_own_word_for_reasoning() -> None:
    service = ServiceSettings(provider="azure-voice-live", deployment="gpt-realtime-2.1")
    config = fit(Config(service, assistant=CHOSEN, audio=FILTERED)).config
    event = json.loads(TURN_DIALECTS["voice-live"].encoder.encode_session(config))
    assert published("voice-live").complaint(event) is None
    assert event["session"]["reasoning_effort"] == "low"
    assert event["session"]["input_audio_noise_reduction"] == {"type": "azure_deep_noise_suppression"}
    assert event["session"].keys() & {"reasoning", "speed", "truncation"} == set()


def test_detection_is_switched_alone() -> None:
    turns = TurnTaking(mode="hands-free", end="semantic")
    off, on = (json.loads(GA.encoder.encode(c.DetectTurns(on), turns))["session"] for on in (False, True))
    assert off == {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
    assert on["audio"]["input"]["turn_detection"]["type"] == "semantic_vad"
    assert json.loads(PREVIEW.encoder.encode(c.DetectTurns(False), turns))["session"] == {
        "turn_detection": None
    }


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"type": "message"}, "item.role"),
        ({"type": "message", "role": "user"}, "item.content"),
        ({"type": "message", "role": "user", "content": [{"type": "input_text"}]}, "item.content[0].text"),
    ],
)
def test_messages_that_the_service_refuses(item: dict[str, object], param: str) -> None:
    (complaint,) = check_item(item, GA_SERVICE)
    assert complaint.param == param


def test_when_the_service_speaks_by_itself() -> None:
    body = session_of(GA, AssistantSettings(), ADDRESSED)
    assert body["audio"]["input"]["turn_detection"]["idle_timeout_ms"] == 6000
    assert list(check_session(body, GA_SERVICE, "gpt-realtime")) == []
    off = session_of(GA, AssistantSettings(), replace(ADDRESSED, idle_timeout_ms=0))
    assert "idle_timeout_ms" not in off["audio"]["input"]["turn_detection"]
