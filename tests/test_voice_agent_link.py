"""A voice agent of Foundry over real sockets: signing in with the real azure-identity, versions, refusals; and the
vendor's own client at the same door."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from edge_agent.app.daemon import Daemon
from edge_agent.audio.cards.simulated import SimulatedCard, SpokenSource
from edge_agent.config.model import Config, ServiceSettings, TurnTaking
from edge_agent.config.panel_settings import PanelSettings
from edge_agent.doctor import realtime_service
from edge_agent.realtime.connection import Connection
from edge_agent.realtime.errors import LinkFailure
from edge_agent.simulator.agent_door import AgentVersion, SimulatedAgent
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.reply import Pace
from edge_agent.simulator.server import SimulatedService, WireRecord
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Turn

from .conftest import server_tls
from .sound import tone
from .test_announce_command import Heard
from .test_auth_entra import numbered
from .test_link import KEY, linked
from .token_endpoint import SECRET, TokenEndpoint
from .virtual_card import eventually

pytestmark = pytest.mark.realtime

PLACE = "{{place}}"
OLD = AgentVersion(f"You guide at {PLACE}.", f"Welcome to {PLACE}.", tone(24_000, 300), requires=("place",))
NEW = replace(OLD, greeting="Hello.")
AGENTS = {
    ("museum", "guide"): SimulatedAgent({"1": OLD, "2": NEW}, "2"),
    ("museum", "closed"): SimulatedAgent({"1": OLD}, "1", disabled=True),
}
until = partial(eventually, limit_s=60)
ANSWER = Speech("It opens at nine.", tone(24_000, 400, 400))


def door(
    token: str, record: list[WireRecord] | None = None, answers: Script | None = None, **options: Any
) -> SimulatedService:
    return SimulatedService(
        key=token,
        answers=lambda: answers or Script([ANSWER]),
        pace=Pace(think_ms=0, speed=20),
        agents=lambda project, name: AGENTS.get((project, name)),
        record=record.append if record is not None else None,
        **options,
    )


def config_of(url: str, **service: Any) -> Config:
    settings: dict[str, Any] = {
        "provider": "azure-agent",
        "project": "museum",
        "agent": "guide",
        "agent_inputs": "place: the west entrance",
        "credential": "client-secret",
    }
    config = Config(
        service=ServiceSettings(endpoint=url, **(settings | service)),
        turns=TurnTaking(mode="button", button="hold"),
        panel=PanelSettings(backend="none"),
    )
    config = replace(config, gate=replace(config.gate, confirm="off"))
    return replace(config, audio=replace(config.audio, echo="off", cues=False))


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "STATE_DIRECTORY", "RUNTIME_DIRECTORY":
        monkeypatch.setenv(name, str(tmp_path))
    for name, value in SECRET.items():
        monkeypatch.setenv(name, value)


@asynccontextmanager
async def device(config: Config) -> AsyncIterator[Daemon]:
    def card(_: object) -> SimulatedCard:
        return SimulatedCard(SpokenSource(), rate_hz=16_000, channels=1, speaker=[Heard()])

    daemon = Daemon(config, read=lambda: config, open_card=card)
    task = asyncio.create_task(daemon.run())
    await until(lambda: daemon.report()["sound"]["up"])
    try:
        yield daemon
    finally:
        daemon.stop()
        await task


def rests(daemon: Daemon) -> bool:
    return daemon.device.state.turn is Turn.IDLE


def words(daemon: Daemon) -> list[str]:
    return [said.text for said in daemon.device.said]


async def test_a_conversation_that_outlives_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    record: list[WireRecord] = []
    endpoint = TokenEndpoint(numbered)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(endpoint.use(monkeypatch))
        simulated = await stack.enter_async_context(door("token-1", record))
        async with device(config_of(simulated.url, agent_version="1")) as daemon:
            assert simulated.connections == 0  # nobody is here
            daemon.device.post(e.ButtonPressed())
            daemon.device.post(e.ButtonReleased())
            await until(lambda: daemon.device.turns == 2 and rests(daemon))
            assert words(daemon) == ["Welcome to the west entrance."]
            daemon.device.post(e.TextEntered("When?"))
            await until(lambda: words(daemon)[-1] == ANSWER.text and rests(daemon))
            simulated.inject("drop")
            await until(lambda: not daemon.device.state.online)
            daemon.device.post(e.TextEntered("And on Sunday?"))
            await until(lambda: words(daemon).count(ANSWER.text) == 2 and rests(daemon))
            assert words(daemon) == [
                "Welcome to the west entrance.",
                "When?",
                ANSWER.text,
                "And on Sunday?",
                ANSWER.text,
            ]
            assert daemon.report()["link"]["model"] == "gpt-realtime-2.1"
    assert simulated.connections == 2
    assert len(endpoint.asked) == 1
    assert "ai.azure.com" in endpoint.asked[0]
    sessions = [entry.event["session"] for entry in record if entry.event["type"] == "session.created"]
    assert {session["instructions"] for session in sessions} == {"You guide at the west entrance."}
    updates = [entry.event["session"] for entry in record if entry.event["type"] == "session.update"]
    assert all(set(update) <= {"type", "audio"} for update in updates)
    restored = [
        entry.event["item"]["content"][0]["text"]
        for entry in record
        if entry.event["type"] == "conversation.item.create" and entry.connection == 2
    ]
    assert restored[:3] == ["Welcome to the west entrance.", "When?", ANSWER.text]
    cancelled = [entry for entry in record if entry.event["type"] == "response.cancel"]
    assert [entry.connection for entry in cancelled] == [2]  # the second greeting


async def test_a_function_of_the_agent_that_this_device_has(monkeypatch: pytest.MonkeyPatch) -> None:
    record: list[WireRecord] = []
    calls = Script([Call("get_time")], [ANSWER])
    simulated = door("token-1", record, answers=calls)
    async with (
        TokenEndpoint(numbered).use(monkeypatch),
        simulated,
        device(config_of(simulated.url)) as daemon,
    ):
        daemon.device.post(e.TextEntered("What time is it?"))
        await until(lambda: ANSWER.text in words(daemon) and rests(daemon))
    sent = [entry.event for entry in record if entry.direction == "in"]
    assert not any("tools" in event.get("session", {}) for event in sent)
    outputs = [event["item"] for event in sent if event.get("item", {}).get("type") == "function_call_output"]
    assert len(outputs) == 1


async def test_without_a_version_it_is_the_one_that_the_service_has_made_current(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record: list[WireRecord] = []
    async with TokenEndpoint(numbered).use(monkeypatch), door("token-1", record) as simulated:
        check, told = await realtime_service.session(config_of(simulated.url))
    assert check.status == "ok"
    assert check.seen.startswith("guide (azure-agent) accepted the session")
    assert told.name == "gpt-realtime-2.1"
    created = next(entry.event for entry in record if entry.event["type"] == "session.created")
    assert created["session"]["greeting"]["text"] == "Hello."


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"agent": "nobody"}, "there is no such voice agent, or not in this version"),
        ({"project": "zoo"}, "there is no such voice agent, or not in this version"),
        ({"agent_version": "9"}, "there is no such voice agent, or not in this version"),
        ({"agent": "closed"}, "the voice agent is disabled"),
        ({"agent_inputs": ""}, "Missing required structured input: 'place'"),
    ],
)
async def test_what_the_doctor_says(
    settings: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    todo = {
        "the voice agent is disabled": "enable it in the Foundry portal",
        "Missing required structured input: 'place'": "service.agent_inputs",
    }.get(said, "check service.agent, service.project, service.agent_version")
    async with TokenEndpoint(numbered).use(monkeypatch), door("token-1") as simulated:
        check, _ = await realtime_service.session(config_of(simulated.url, **settings))
    assert check.status == "failed"
    assert said in check.seen
    assert todo in check.do


async def test_a_role_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "The principal lacks the required data action agents/endpoint/action"
    faults = FaultScript([parse(f"refuse:403::{body}@connect#*")])
    async with (
        TokenEndpoint(numbered).use(monkeypatch),
        door("token-1", faults=faults) as simulated,
        device(config_of(simulated.url)) as daemon,
    ):
        daemon.device.post(e.TextEntered("When?"))
        await until(lambda: "link-forbidden" in {finding.code for finding in daemon.status.findings})
        (finding,) = [finding for finding in daemon.status.findings if finding.code == "link-forbidden"]
    assert "it lacks the role 'Foundry User' on the resource: assign what is missing" in finding.what


async def test_a_key_is_refused_at_the_door_too() -> None:
    async with door("token-1") as simulated:
        connection = Connection(config_of(simulated.url))
        with pytest.raises(LinkFailure) as caught:
            await connection.open({"api-key": "token-1"})
    assert caught.value.code == "unauthorized"


async def test_the_session_that_is_prepared_greets_nobody() -> None:
    record: list[WireRecord] = []
    config = config_of("", credential="api-key", agent_version="1")
    async with door(KEY, record, lifetime_s=4.0) as simulated:
        config = replace(config, service=replace(config.service, endpoint=simulated.url))
        async with linked(config) as watched:
            watched.link.send(c.OpenLink())
            await watched.until(lambda: watched.of(e.LinkPrepared))
            await until(lambda: [entry for entry in record if entry.event["type"] == "response.cancel"])
            watched.link.send(c.CloseLink())
    (cancel,) = [entry for entry in record if entry.event["type"] == "response.cancel"]
    assert cancel.connection == 2
    greetings = {started.response_id for started in watched.of(e.ResponseStarted)}
    assert cancel.event["response_id"] not in greetings


# ---- the vendor's own client ----------------------------------------------------------
async def test_the_vendors_client_holds_a_conversation() -> None:
    projects = pytest.importorskip("azure.ai.projects.aio")
    from azure.core.credentials import AccessToken

    class Token:
        async def get_token(self, *_: str, **__: Any) -> AccessToken:
            return AccessToken("token-1", 2**31)

        async def close(self) -> None: ...

    async with door("token-1", tls=server_tls()) as simulated:
        client = projects.AIProjectClient(f"{simulated.url}/api/projects/museum", Token())
        opened = client.beta.voice_agents.realtime.connect(
            agent_name="guide", structured_inputs={"place": "the west entrance"}
        )
        heard: list[Any] = []
        async with client, opened as connection, asyncio.timeout(30):
            async for event in connection:
                heard.append(event)
                if event.type == "session.created":
                    pcm = {"type": "audio/pcm", "rate": 24000}
                    audio = {"input": {"format": pcm, "turn_detection": None}, "output": {"format": pcm}}
                    await connection.session.update(session={"type": "realtime", "audio": audio})
                if event.type != "response.done":
                    continue
                if len([one for one in heard if one.type == "response.done"]) == 2:
                    break
                await connection.input_audio_buffer.append(audio=b64encode(tone(24_000, 300)).decode())
                await connection.input_audio_buffer.commit()
                await connection.response.create()
    spoken = [one.transcript for one in heard if one.type == "response.output_audio_transcript.done"]
    assert spoken == ["Hello.", ANSWER.text]
    assert [one for one in heard if one.type == "error"] == []
