"""A voice agent of Foundry: what a device does when the service speaks first, and what it says of itself. In audio
time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from edge_agent.config import Config, load
from edge_agent.config.agent_inputs import parse_inputs
from edge_agent.config.model import AssistantSettings, ServiceSettings
from edge_agent.config.show import hints
from edge_agent.conversation.transcript import Said
from edge_agent.realtime.connection import session_url
from edge_agent.realtime.wire.dialects import GA
from edge_agent.simulator.agent_door import (
    AgentDoor,
    AgentVersion,
    SimulatedAgent,
    agent_door,
    is_agent_path,
    settings_of,
)
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.profiles import Profile, profile_of
from edge_agent.simulator.refusal import HttpRefusal
from edge_agent.telemetry import facts as f
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Turn

from .sound import tone
from .world import LINES, World

GREETING = Speech("Welcome to the west entrance.", tone(24_000, 2000, 300))
ANSWER = Speech("It opens at nine.", tone(24_000, 1500, 400))
AGENT = AgentDoor("guide", "3", "gpt-realtime-2.1", "marin", "You are a guide.", GREETING)
SERVICE = ServiceSettings(
    provider="azure-agent",
    endpoint="https://hall.services.ai.azure.com",
    project="museum",
    agent="guide",
    credential="default",
)
FILE = """
[service]
provider = "azure-agent"
endpoint = "https://hall.services.ai.azure.com"
project = "museum"
agent = "guide"
credential = "default"
"""


def world_of(agent: AgentDoor = AGENT, **options: Any) -> World:
    options.setdefault("answers", Script([ANSWER]))
    return World(Config(service=SERVICE), agent=agent, online=False, **options)


def said(world: World) -> list[Said]:
    return list(world.conversation.said)


def tap(world: World) -> None:
    """A press too short to ask anything."""
    world.press()
    world.release()


def outcomes(world: World) -> list[str]:
    return [fact.outcome for fact in world.facts(f.TurnDone)]


# ---- the greeting ---------------------------------------------------------------------
def test_who_comes_is_greeted_once_in_a_visit() -> None:
    world = world_of()
    world.wait(300000)
    assert world.sessions == []  # nobody is here: nothing is opened, and nothing costs
    tap(world)
    world.wait(5000)
    assert [one.text for one in said(world)] == [GREETING.text]
    assert outcomes(world) == ["empty", "answered"]
    world.disconnect()
    tap(world)
    world.wait(5000)
    assert len(world.sessions) == 2  # it greets again, and is cut short
    assert len(world.sent_of(c.CancelResponse)) == 1
    assert outcomes(world) == ["empty", "answered", "empty"]
    world.wait(300000)
    assert world.session is None
    assert said(world) == []
    tap(world)
    world.wait(5000)
    assert [one.text for one in said(world)] == [GREETING.text]
    assert world.refusals == []


def test_who_talks_at_once_is_answered_and_not_greeted() -> None:
    world = world_of()
    world.press()
    world.say(LINES[0])
    world.wait(3500)
    world.release()
    world.wait(8000)
    assert [(one.role, one.text) for one in said(world) if one.role == "assistant"] == [
        ("assistant", ANSWER.text)
    ]
    assert outcomes(world) == ["answered"]


def test_a_question_that_was_over_before_the_link_stood_is_answered_too() -> None:
    world = world_of()
    world.post(e.TextEntered("When do you open?"))
    world.wait(8000)
    assert [one.text for one in said(world)] == ["When do you open?", ANSWER.text]
    assert outcomes(world) == ["answered"]


def test_where_the_device_begins_the_greeting_is_heard_first_and_then_somebody_is_listened_to() -> None:
    world = world_of()
    world.post(e.OpeningRequested(1, ""))
    world.until(lambda: [one.text for one in said(world)] == [GREETING.text])
    world.until(lambda: world.conversation.state.turn is Turn.LISTENING)
    world.say(LINES[0])
    world.wait(12000)
    assert said(world)[-1].text == ANSWER.text
    assert outcomes(world) == ["empty", "answered", "answered"]
    assert [settled.outcome for settled in world.settled] == ["started"]


@pytest.mark.parametrize("how", ["mute", "announcement"])
def test_after_the_greeting_nobody_is_listened_to_who_must_not_be(how: str) -> None:
    world = world_of()
    world.post(e.OpeningRequested(1, ""))
    world.until(lambda: world.turn == "speaking")
    world.until(lambda: world.turn == "idle")
    world.post(e.VolumeStepped(5))
    opened = len(world.facts(e.UplinkOpened))
    if how == "mute":
        world.post(e.MuteSwitched(True))
    else:
        world.post(e.AnnouncementMade(1, tone(24_000, 1500), "interrupt", chime=False))
    world.wait(1000)
    assert world.turn == "idle"
    assert len(world.facts(e.UplinkOpened)) == opened
    world.wait(3000)
    listens = world.turn == "listening"
    assert listens is (how == "announcement")  # once that is over


def test_a_press_over_the_greeting_ends_it_and_nobody_is_listened_to_twice() -> None:
    world = world_of()
    world.post(e.OpeningRequested(1, ""))
    world.until(lambda: world.conversation.state.turn is Turn.SPEAKING)
    tap(world)
    world.wait(5000)
    assert outcomes(world) == ["empty", "interrupted", "empty"]
    assert world.conversation.state.turn is Turn.IDLE


def test_somebody_elses_question_is_not_talked_over() -> None:
    world = world_of()
    world.post(e.OpeningRequested(1, "Are you well?", is_said=True, wants_words=True))
    world.until(lambda: world.conversation.state.turn is Turn.LISTENING)
    world.wait(1500)
    assert world.conversation.state.turn is Turn.LISTENING
    assert len(world.sent_of(c.CancelResponse)) == 1
    world.say(LINES[0])
    world.wait(8000)
    assert outcomes(world) == ["answered"]


def test_who_presses_to_talk_is_not_talked_to() -> None:
    world = world_of(button="tap")
    tap(world)
    world.wait(1500)
    world.say(LINES[0])
    world.wait(8000)
    assert outcomes(world) == ["answered"]


@pytest.mark.parametrize("how", ["mute", "spent"])
def test_a_greeting_that_must_not_be_heard(how: str) -> None:
    world = world_of()
    tap(world)
    world.post(e.MuteSwitched(True) if how == "mute" else e.BudgetSpent(True))
    world.wait(5000)
    assert said(world) == []
    assert len(world.sent_of(c.CancelResponse)) == 1


def test_an_agent_without_a_greeting_is_like_any_other_service() -> None:
    silent = AgentDoor("guide", "3", "gpt-realtime-2.1", "marin", "You are a guide.", None)
    world = world_of(silent)
    world.post(e.TextEntered("When do you open?"))
    world.wait(8000)
    assert [one.text for one in said(world)] == ["When do you open?", ANSWER.text]
    assert world.sent_of(c.CancelResponse) == []


def test_a_link_that_is_lost_keeps_the_conversation() -> None:
    world = world_of()
    world.post(e.TextEntered("When do you open?"))
    world.wait(8000)
    world.disconnect()
    world.post(e.TextEntered("And on Sunday?"))
    world.wait(8000)
    assert [one.text for one in said(world)] == [
        "When do you open?",
        ANSWER.text,
        "And on Sunday?",
        ANSWER.text,
    ]
    assert [command.text for command in world.sent_of(c.RestoreMessage)] == ["When do you open?", ANSWER.text]


# ---- what is said to the service ------------------------------------------------------
def test_the_session_says_only_what_is_the_devices_own() -> None:
    config = Config(service=SERVICE, assistant=AssistantSettings(instructions="Be brief.", voice="cedar"))
    session = json.loads(GA.encoder.encode_session(config))["session"]
    pcm = {"type": "audio/pcm", "rate": 24000}
    assert session == {
        "type": "realtime",
        "audio": {"input": {"format": pcm, "turn_detection": None}, "output": {"format": pcm}},
    }


def test_the_address_names_version_and_inputs(tmp_path: Path) -> None:
    more = 'agent_version = "4"\nagent_inputs = "kiosk: 7; place: Café Zürich & more; language: de"\n'
    (tmp_path / "c.toml").write_text(FILE + more)
    config, problems = load(tmp_path / "c.toml", environ={})
    assert problems == []
    url = urlsplit(session_url(config))
    assert (url.scheme, url.netloc) == ("wss", "hall.services.ai.azure.com")
    assert url.path == "/api/projects/museum/agents/guide/endpoint/protocols/voice"
    query = {name: value for name, (value,) in parse_qs(url.query).items()}
    inputs = {"kiosk": "7", "place": "Café Zürich & more", "language": "de"}
    assert query.pop("api-version") == "v1"
    assert query.pop("agent_version_override") == query.pop("x-agent-version-override") == "4"
    assert json.loads(query.pop("structured_inputs")) == json.loads(query.pop("structured_input")) == inputs
    assert query == {}


def test_without_version_and_inputs_nothing_is_said_of_them() -> None:
    url = "wss://hall.services.ai.azure.com/api/projects/museum/agents/guide/endpoint/protocols/voice"
    assert session_url(Config(service=SERVICE)) == f"{url}?api-version=v1"


# ---- the configuration ----------------------------------------------------------------
@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (
            'credential = "default"',
            "",
            "credential: 'api-key': azure-agent takes no keys, only Microsoft Entra ID; set it to 'default',",
        ),
        ('agent = "guide"', "", "agent: is missing; set it to the name of the voice agent"),
        ('project = "museum"', "", "project: is missing; set it to the name of the agent's project"),
        (
            "services.ai",
            "openai",
            "use the address of the Foundry resource, https://hall.services.ai.azure.com",
        ),
        ('"default"', '"default"\nagent_inputs = "kiosk"', "agent_inputs: 'kiosk' is not NAME: VALUE"),
        ('"default"', '"default"\nagent_inputs = "a b: 1"', "agent_inputs: 'a b' is not a valid name"),
        ('"default"', '"default"\nagent_inputs = "a: 1; a: 2"', "agent_inputs: 'a' is there twice"),
        ('"default"', '"default"\napi_version = "v2"', "the azure-agent endpoint does not use api_version"),
    ],
)
def test_what_is_wrong(tmp_path: Path, before: str, after: str, what: str) -> None:
    assert before in FILE
    (tmp_path / "c.toml").write_text(FILE.replace(before, after))
    _, problems = load(tmp_path / "c.toml", environ={})
    (problem,) = map(str, problems)
    assert what in problem


def test_what_the_agent_decides_is_named(tmp_path: Path) -> None:
    more = """
    [assistant]
    instructions = "Be brief."
    voice = "cedar"
    transcription = "whisper-1"
    [[tools]]
    name = "lamp"
    description = "The lamp."
    url = "http://lamp.local/on"
    hosts = ["lamp.local"]
    [[wake]]
    word = "hey_jarvis"
    voice = "cedar"
    [[wake]]
    word = "alexa"
    """
    (tmp_path / "c.toml").write_text(f'{FILE}deployment = "guide-model"\n{more}')
    config, problems = load(tmp_path / "c.toml", environ={})
    assert problems == []
    said = list(hints(config))
    assert "[[wake]] hey_jarvis: its persona is ignored: the agent decides it, at the service" in said
    assert "[service] deployment is ignored: the agent decides it, at the service" in said
    assert config.service.deployed == "guide"
    for name in "instructions", "voice", "transcription":
        assert f"[assistant] {name} is ignored: the agent decides it, at the service" in said
    assert any(line.startswith("the agent decides at the service which tools there are") for line in said)


def test_of_a_plain_agent_only_the_price_is_noted(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(FILE)
    config, _ = load(tmp_path / "c.toml", environ={})
    (hint,) = hints(config)
    assert hint.startswith("what azure-agent costs is not known")


def test_settings_of_agents_elsewhere_are_named(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(FILE.replace("azure-agent", "azure"))
    config, problems = load(tmp_path / "c.toml", environ={})
    assert problems == []
    assert "[service] agent is ignored: azure has no agents" in list(hints(config))


def test_an_address_as_the_portal_shows_it_is_taken_apart(tmp_path: Path) -> None:
    pasted = "https://hall.services.ai.azure.com/api/projects/museum/agents/guide/endpoint/protocols/voice"
    text = FILE.replace('project = "museum"', "").replace('agent = "guide"', "")
    (tmp_path / "c.toml").write_text(text.replace("https://hall.services.ai.azure.com", pasted))
    config, problems = load(tmp_path / "c.toml", environ={})
    assert problems == []
    assert config.service == SERVICE


# ---- the door -------------------------------------------------------------------------
VERSION = AgentVersion("You guide at {{ place }}.", "Welcome to {{place}}.", requires=("place",))
GUIDE = SimulatedAgent({"3": VERSION, "4": AgentVersion("New.", transcription="whisper-1")}, "3")
CLOSED = SimulatedAgent({"1": VERSION}, "1", disabled=True)
AGENTS = {("museum", "guide"): GUIDE, ("museum", "closed"): CLOSED}
PATH = "/api/projects/museum/agents/guide/endpoint/protocols/voice"
QUERY = "?api-version=v1&structured_inputs=" + quote('{"place": "Café"}')
HEADERS = {
    "Authorization": "Bearer token",
    "Foundry-Features": "VoiceAgents=V1Preview",
    "Sec-WebSocket-Protocol": "realtime",
}


def at_the_door(target: str = PATH + QUERY, **headers: str) -> Any:
    given = {name: value for name, value in (HEADERS | headers).items() if value}
    return agent_door(target, given, "token", lambda project, name: AGENTS.get((project, name)))


def test_who_is_let_in() -> None:
    assert at_the_door("/openai/v1/realtime") is None
    assert at_the_door() == AgentDoor(
        "guide", "3", "gpt-realtime-2.1", "marin", "You guide at Café.", Speech("Welcome to Café.")
    )
    for spelled in "agent_version_override", "x-agent-version-override":
        assert at_the_door(f"{PATH}{QUERY}&{spelled}=4").instructions == "New."
    assert at_the_door(PATH + QUERY.replace("inputs", "input")).name == "guide"
    by_query = f"{PATH}{QUERY}&foundry_features=VoiceAgents%3DV1Preview"
    assert at_the_door(by_query, **{"Foundry-Features": ""}).name == "guide"


def test_a_session_is_told_who_it_is() -> None:
    told = settings_of(at_the_door(f"{PATH}{QUERY}&agent_version_override=4"))
    heard = {"transcription": {"model": "whisper-1"}}
    assert told == {"instructions": "New.", "audio": {"input": heard, "output": {"voice": "marin"}}}
    told = settings_of(at_the_door())
    assert told["greeting"] == {"type": "template", "text": "Welcome to Café."}
    assert told["audio"]["input"] == {"transcription": None}


@pytest.mark.parametrize(
    ("target", "headers", "status", "code"),
    [
        (PATH + QUERY, {"Authorization": ""}, 401, "401"),
        (PATH + QUERY, {"Authorization": "Bearer other"}, 401, "401"),
        (PATH + QUERY, {"api-key": "token"}, 401, "401"),
        (PATH + QUERY, {"Foundry-Features": ""}, 403, "preview_feature_required"),
        (PATH + QUERY, {"Sec-WebSocket-Protocol": ""}, 400, "invalid_request"),
        (PATH, {}, 400, "UnsupportedApiVersion"),
        (PATH + QUERY.replace("v1", "v2"), {}, 400, "UnsupportedApiVersion"),
        (f"{PATH}?api-version=v1", {}, 400, "invalid_request"),
        (f"{PATH}?api-version=v1&structured_inputs=x", {}, 400, "invalid_request"),
        (f"{PATH}?api-version=v1&structured_inputs=[]", {}, 400, "invalid_request"),
        (f"{PATH}{QUERY}&agent_version_override=9", {}, 404, "not_found"),
        (PATH.replace("guide", "nobody") + QUERY, {}, 404, "not_found"),
        (PATH.replace("museum", "zoo") + QUERY, {}, 404, "not_found"),
        (PATH.replace("guide", "closed") + QUERY, {"Authorization": ""}, 409, "agent_disabled"),
    ],
)
def test_who_is_turned_away(target: str, headers: dict[str, str], status: int, code: str) -> None:
    refusal = at_the_door(target, **headers)
    assert isinstance(refusal, HttpRefusal)
    assert (refusal.status, refusal.code) == (status, code)


def test_a_service_that_has_no_agents() -> None:
    refusal = profile_of(PATH + QUERY, HEADERS, "token")
    assert isinstance(refusal, HttpRefusal)
    assert refusal.status == 404
    profile = profile_of(PATH + QUERY, HEADERS, "token", lambda _, __: GUIDE)
    assert isinstance(profile, Profile)
    assert (profile.name, profile.model) == ("azure-agent", "gpt-realtime-2.1")
    assert is_agent_path(PATH + QUERY)


def test_inputs() -> None:
    assert parse_inputs(" a : 1 ;\n b: x: y;") == {"a": "1", "b": "x: y"}
