"""The link over real sockets on loopback, against the simulated service and its faults."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest
import trustme
from websockets.asyncio.server import ServerConnection, serve

from edge_agent.config import Config
from edge_agent.config.model import AssistantSettings, TurnTaking
from edge_agent.config.providers import names
from edge_agent.config.wake_words import WakeWord
from edge_agent.realtime.auth import credential
from edge_agent.realtime.connection import Connection, open_session, session_url
from edge_agent.realtime.errors import LinkFailure, Next
from edge_agent.realtime.link import Link
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.reply import Pace
from edge_agent.simulator.server import SimulatedService, WireRecord
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .conftest import CA, server_tls
from .posted import Posted
from .sound import tone

WITH_TURNS = names(lambda provider: not (provider.is_duplex or provider.is_agent))  # which connect at once
pytestmark = pytest.mark.realtime

KEY = "a-very-secret-key"


def config_for(url: str, provider: str = "azure", **settings: Any) -> Config:
    config = Config()
    service = replace(config.service, endpoint=url, provider=provider, **settings)  # type: ignore[arg-type]
    return replace(config, service=service)


def service(*faults: str, **options: Any) -> SimulatedService:
    options.setdefault("answers", lambda: Script([Speech("a few words", tone(24_000, 600))]))
    options.setdefault("pace", Pace(think_ms=0, speed=100))
    return SimulatedService(key=KEY, faults=FaultScript(parse(text) for text in faults), **options)


class Watched(Posted):
    """A link whose events are kept, and can be waited for."""

    def __init__(
        self, config: Config, key: str = KEY, tools: Callable[[], Sequence[dict[str, Any]]] = tuple
    ) -> None:
        super().__init__()
        self.sent: list[c.ServiceCommand] = []
        variable = "OPENAI_API_KEY" if config.service.provider == "openai" else "AZURE_OPENAI_API_KEY"
        signing_in = credential(config.service, {variable: key})
        self.link = Link(config, signing_in, self.post, self.sent.append, tools)


@asynccontextmanager
async def linked(
    config: Config, key: str = KEY, tools: Callable[[], Sequence[dict[str, Any]]] = tuple
) -> AsyncIterator[Watched]:
    watched = Watched(config, key, tools)
    task = asyncio.create_task(watched.link.run())
    try:
        yield watched
    finally:
        task.cancel()
        await asyncio.wait({task})


@pytest.mark.parametrize("provider", WITH_TURNS)
async def test_a_turn_over_a_real_socket(provider: str) -> None:
    async with service() as simulated, linked(config_for(simulated.url, provider)) as watched:
        await watched.until(lambda: watched.of(e.Connected))
        for command in (c.CreateUserText("hello"), c.CreateResponse("ask_1")):
            watched.link.send(command)
        await watched.until(lambda: watched.of(e.ResponseDone))
        (done,) = watched.of(e.ResponseDone)
        assert done.status == "completed"
        assert b"".join(delta.pcm for delta in watched.of(e.AudioDelta)) == tone(24_000, 600)
        assert watched.sent == [c.CreateUserText("hello"), c.CreateResponse("ask_1")]
        await watched.link.drain()


async def test_nothing_is_sent_before_the_session_stands() -> None:
    record: list[WireRecord] = []
    simulated = service("late-updated:200@session.update", record=record.append)
    async with simulated, linked(config_for(simulated.url)) as watched:
        watched.link.send(c.AppendAudio(bytes(960)))
        await watched.until(lambda: watched.of(e.Connected))
        watched.link.send(c.AppendAudio(bytes(9600)))
        watched.link.send(c.CommitInput())
        await watched.until(lambda: watched.of(e.InputCommitted))
    said = [(entry.direction, entry.event["type"]) for entry in record]
    assert said[:3] == [("out", "session.created"), ("in", "session.update"), ("out", "session.updated")]
    assert said[3] == ("in", "input_audio_buffer.append")


def function(name: str, **parameters: Any) -> dict[str, Any]:
    return {
        "type": "function",
        "name": name,
        "description": "",
        "parameters": {"type": "object", **parameters},
    }


async def until_offered(watched: Watched, record: list[WireRecord], names: list[str]) -> None:
    """What the last update of the session has offered."""

    def offered() -> list[str]:
        updates = [entry.event["session"] for entry in record if entry.event["type"] == "session.updated"]
        return [tool["name"] for tool in updates[-1]["tools"]] if updates else []

    async with asyncio.timeout(10):
        while offered() != names:  # noqa: ASYNC110 - the link has no event for what the service says
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("provider", WITH_TURNS)
async def test_a_session_is_told_of_other_tools_and_the_next_one_too(provider: str) -> None:
    record: list[WireRecord] = []
    tools = [function("a")]
    simulated = service(record=record.append)
    async with simulated, linked(config_for(simulated.url, provider), tools=lambda: tools) as watched:
        await watched.until(lambda: watched.of(e.Connected))
        await until_offered(watched, record, ["a"])
        tools.append(function("b"))
        watched.link.send(c.UpdateTools())
        await until_offered(watched, record, ["a", "b"])
        sent = len(record)
        watched.link.send(c.UpdateTools())  # which changes nothing
        watched.link.send(c.RenewLink())
        await watched.until(lambda: len(watched.of(e.Connected)) == 2)
        updates = [entry.event for entry in record[sent:] if entry.event["type"] == "session.update"]
        assert [event["event_id"] for event in updates] == ["session"]
        assert not watched.of(e.ServiceErred)


async def test_a_tool_that_the_service_refuses_is_left_out() -> None:
    tools = [function("a"), function("bad", type="array"), function("b")]
    record: list[WireRecord] = []
    simulated = service(record=record.append)
    async with simulated, linked(config_for(simulated.url), tools=lambda: tools) as watched:
        await watched.until(lambda: watched.of(e.Connected))
        await until_offered(watched, record, ["a", "b"])
        assert [refused.setting for refused in watched.of(e.SettingRefused)] == ["tool bad"]
        tools.insert(0, function("worse", type="string"))
        watched.link.send(c.UpdateTools())
        await watched.until(lambda: len(watched.of(e.SettingRefused)) == 2)
        tools.append(function("c"))
        watched.link.send(c.UpdateTools())
        await until_offered(watched, record, ["a", "b", "c"])


async def test_what_waits_to_be_sent_dies_with_the_connection() -> None:
    async with service("drop@append") as simulated, linked(config_for(simulated.url)) as watched:
        await watched.until(lambda: watched.of(e.Connected))
        for _ in range(5):
            watched.link.send(c.AppendAudio(bytes(960)))
        await watched.until(lambda: watched.of(e.Disconnected))
        watched.link.send(c.AppendAudio(bytes(960)))
        await watched.until(lambda: len(watched.of(e.Connected)) == 2)
        assert [event.generation for event in watched.of(e.Connected)] == [1, 2]
        watched.link.send(c.CommitInput())
        await watched.until(lambda: watched.of(e.ServiceErred))  # an empty buffer: nothing old was sent
        assert watched.of(e.ServiceErred)[0].code == "input_audio_buffer_commit_empty"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("drop@append", "was lost"),
        ("close:1011@append", "1011"),
        ("expire@append", "maximum duration"),
        ("big:4194305@append", "4 MiB"),
    ],
)
async def test_it_connects_again(fault: str, reason: str) -> None:
    async with service(fault) as simulated, linked(config_for(simulated.url)) as watched:
        await watched.until(lambda: watched.of(e.Connected))
        watched.link.send(c.AppendAudio(bytes(960)))
        await watched.until(lambda: len(watched.of(e.Connected)) == 2)
        assert reason in watched.of(e.Disconnected)[0].reason


@pytest.mark.parametrize(
    "fault", ["binary@append", "bad-json@append", "unknown@append", "big:2097152@append"]
)
async def test_it_goes_on_over_bad_frames(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    async with service(fault) as simulated, linked(config_for(simulated.url)) as watched:
        await watched.until(lambda: watched.of(e.Connected))
        watched.link.send(c.AppendAudio(bytes(9600)))
        watched.link.send(c.CommitInput())
        await watched.until(lambda: watched.of(e.InputCommitted))
        assert watched.of(e.Disconnected) == []
    warned = [record for record in caplog.records if "bad frame" in record.getMessage()]
    assert len(warned) == (fault[:3] in ("bin", "bad"))


@pytest.mark.parametrize(
    ("provider", "faults", "key", "code", "step"),
    [
        ("azure", [], "wrong", "unauthorized", Next.WAIT),
        ("openai", [], "wrong", "invalid_api_key", Next.WAIT),
        ("azure", ["refuse:404@connect"], KEY, "not-found", Next.WAIT),
        ("azure", ["refuse:403@connect"], KEY, "forbidden", Next.WAIT),
        ("azure", ["refuse:429@connect"], KEY, "busy", Next.RETRY),
        ("azure", ["refuse:503@connect"], KEY, "service-error", Next.RETRY),
        ("azure", ["error:unknown_parameter@session.update"], KEY, "session-refused", Next.FIX),
        ("azure", ["anonymous-error:server_error@session.update"], KEY, "service-error", Next.RETRY),
        ("azure", ["error:rate_limit_exceeded@session.update"], KEY, "busy", Next.RETRY),
        ("azure", ["drop@connect"], KEY, "dropped", Next.RETRY),
        ("azure", ["fatal:insufficient_quota@session.update"], KEY, "insufficient_quota", Next.WAIT),
        ("azure", ["never-updated@session.update"], KEY, "timeout", Next.RETRY),
    ],
)
async def test_refusals(provider: str, faults: list[str], key: str, code: str, step: Next) -> None:
    async with service(*faults) as simulated:
        config = config_for(simulated.url, provider, connect_timeout_s=1.0)
        variable = "OPENAI_API_KEY" if provider == "openai" else "AZURE_OPENAI_API_KEY"
        connection = Connection(config)
        headers = await credential(config.service, {variable: key}).headers()
        with pytest.raises(LinkFailure) as caught:
            await connection.open(headers)
        assert (caught.value.code, caught.value.next) == (code, step)
        assert key not in caught.value.message


async def test_what_the_answer_does_not_need_is_left_out() -> None:
    """A transcription deployment was retired: the device goes on without."""
    record: list[WireRecord] = []
    async with service(record=record.append) as simulated:
        config = config_for(simulated.url)
        config = replace(config, assistant=replace(config.assistant, transcription="gone"))
        left_out = {"transcription": "the service refused it"}
        connection = await open_session(
            config, credential(config.service, {"AZURE_OPENAI_API_KEY": KEY}), left_out=left_out
        )
        await connection.close()
    (update,) = (entry.event for entry in record if entry.event["type"] == "session.update")
    assert "transcription" not in update["session"]["audio"]["input"]


@pytest.mark.parametrize(
    "refusal",
    [
        {"code": "invalid_value", "param": "session.audio.input.transcription.model"},
        {"code": "DeploymentNotFound"},
    ],
)
async def test_a_retired_transcription_does_not_stop_the_device(refusal: dict[str, str]) -> None:
    refusal = refusal | {"type": "invalid_request_error", "message": "no such deployment"}

    async def answer(socket: ServerConnection) -> None:
        await socket.send('{"type": "session.created", "session": {"id": "s"}}')
        update = json.loads(await socket.recv())
        if "transcription" in update["session"]["audio"]["input"]:
            await socket.send(json.dumps({"type": "error", "error": refusal}))
        else:
            await socket.send('{"type": "session.updated", "session": {}}')
        await socket.wait_closed()

    async with serve(answer, "127.0.0.1", 0) as server:
        config = config_for(f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}")
        config = replace(config, assistant=replace(config.assistant, transcription="gone"))
        async with linked(config) as watched:
            await watched.until(lambda: watched.of(e.Connected))
            (refused,) = watched.of(e.SettingRefused)
            assert refused.setting == "transcription"
            assert "no such deployment" in refused.message


@pytest.mark.parametrize(("wait_s", "told"), [(1, False), (200, True)])
async def test_a_wait_that_is_too_long_for_a_question_is_told(wait_s: int, told: bool) -> None:
    def refuse(connection: ServerConnection, _: Any) -> Any:
        response = connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "")
        response.headers["Retry-After"] = str(wait_s)
        return response

    async def never(_: ServerConnection) -> None: ...

    async with serve(never, "127.0.0.1", 0, process_request=refuse) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with linked(config_for(f"http://127.0.0.1:{port}")) as watched:
            await watched.until(lambda: watched.of(e.LinkFailed))
            assert watched.of(e.LinkFailed)[0].told is told


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.0 503 Service Unavailable\r\nRetry-After: 7\r\n\r\nsorry", "service-error"),
        (
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 429 Busy\r\nRetry-After: 7\r\n\r\n",
            "busy",
        ),
        (
            b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 2000000\r\n\r\n" + bytes(2_000_000),
            "service-error",
        ),
        (b"HTTP/1.1 429 Busy\r\nRetry-After: 7\r\n\r\n" + bytes(2_000_000), "busy"),
    ],
)
async def test_answers_that_the_library_does_not_take(answer: bytes, code: str) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(LinkFailure) as caught:
            await Connection(config_for(url)).open({"api-key": KEY})
    assert (caught.value.next, caught.value.code, caught.value.retry_after_s) == (Next.RETRY, code, 7.0)


async def test_a_refusal_that_never_ends() -> None:
    """A body without a length lasts as long as its connection, and this one is not closed."""
    enough = asyncio.Event()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 401 Unauthorized\r\n\r\nno")
        await enough.wait()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        config = config_for(url)
        config = replace(config, service=replace(config.service, connect_timeout_s=1))
        with pytest.raises(LinkFailure, match="HTTP 401"):
            await Connection(config).open({"api-key": KEY})
        enough.set()


async def test_an_address_at_which_nobody_answers_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that is full answers no SYN."""
    with ExitStack() as full:
        deaf = full.enter_context(socket.socket())
        deaf.bind(("127.0.0.2", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        for _ in range(3):
            waiting = full.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.2", port))
        loop = asyncio.get_running_loop()

        async def two(*_: Any, **__: Any) -> list[Any]:
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))
                for host in ("127.0.0.2", "127.0.0.1")
            ]

        monkeypatch.setattr(loop, "getaddrinfo", two)
        async with service(port=port) as simulated:
            config = config_for(f"http://localhost:{port}", connect_timeout_s=2.0)
            connection = await open_session(config, credential(config.service, {"AZURE_OPENAI_API_KEY": KEY}))
            await connection.close()
            assert simulated.connections == 1


async def test_a_proxy_that_is_not_there_is_told_as_the_proxy() -> None:
    for proxy, words in (
        ("http://nowhere.invalid:3128", "the proxy's host name nowhere.invalid:3128 cannot be found"),
        ("127.0.0.1:9", "the proxy 127.0.0.1:9 cannot be reached"),
    ):
        with pytest.raises(LinkFailure, match=words) as caught:
            await Connection(config_for("https://voice.test", proxy=proxy)).open({})
        assert (caught.value.code, caught.value.unreached) == ("proxy-unreachable", True)


async def test_a_redirect_is_not_followed() -> None:
    """It would carry the key to whoever the first host names."""
    async with service() as elsewhere:

        async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(
                f"HTTP/1.1 302 Found\r\nLocation: {elsewhere.url}/openai/v1/realtime\r\n\r\n".encode()
            )
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(redirect, "127.0.0.1", 0) as server:
            url = f"http://localhost:{server.sockets[0].getsockname()[1]}"
            with pytest.raises(LinkFailure, match=r"elsewhere.*service\.endpoint") as caught:
                await Connection(config_for(url)).open({"api-key": KEY})
    assert caught.value.next is Next.WAIT
    assert elsewhere.connections == 0


async def test_what_a_mute_takes_back_does_not_leave_any_more() -> None:
    record: list[WireRecord] = []
    async with service(record=record.append) as simulated, linked(config_for(simulated.url)) as watched:
        await watched.until(lambda: watched.of(e.Connected))
        asked, taken_back = c.AppendAudio(bytes(9600)), c.AppendAudio(bytes(960))
        for command in (asked, c.CommitInput(), taken_back, taken_back, c.ClearInput(), c.CommitInput()):
            watched.link.send(command)
        await watched.until(lambda: watched.of(e.ServiceErred))  # of the second commit: all has arrived
        await watched.link.drain()
        assert watched.sent == [asked, c.CommitInput(), c.ClearInput(), c.CommitInput()]
    arrived = [entry.event["type"] for entry in record if entry.direction == "in"]
    assert arrived.count("input_audio_buffer.append") == 1


async def test_no_fault_of_the_writer_is_silent() -> None:
    async with service() as simulated, linked(config_for(simulated.url)) as watched:
        await watched.until(lambda: watched.of(e.Connected))
        watched.link.send("no command")  # type: ignore[arg-type]
        await watched.until(lambda: len(watched.of(e.Connected)) == 2)
        assert "str cannot be sent" in watched.of(e.Disconnected)[0].reason


@pytest.mark.parametrize(("later_s", "code"), [(1.0, "insufficient_quota"), (60.0, "dropped")])
async def test_a_fatal_code_gives_the_reason_only_of_what_follows_at_once(later_s: float, code: str) -> None:
    now = [0.0]
    async with service("error:insufficient_quota@response", "drop@commit") as simulated:
        connection = Connection(config_for(simulated.url), clock=lambda: now[0])
        await connection.open({"api-key": KEY})
        await connection.send(c.CreateResponse("ask_1"))
        events = connection.events()
        assert isinstance(await anext(events), e.ServiceErred)
        now[0] += later_s
        await connection.send(c.CommitInput())
        with pytest.raises(LinkFailure) as caught:
            [event async for event in events]
    assert caught.value.code == code


async def test_the_largest_append() -> None:
    """15 MiB of sound: as much as the service takes at once."""
    async with service() as simulated, linked(config_for(simulated.url)) as watched:
        await watched.until(lambda: watched.of(e.Connected))
        watched.link.send(c.AppendAudio(bytes(15 * 2**20)))
        watched.link.send(c.CommitInput())
        await watched.until(lambda: watched.of(e.InputCommitted))


async def test_a_wrong_dialect_is_named() -> None:
    """A GA body at a preview endpoint: refused as a whole, and not gone on with."""
    async with service("error:missing_required_parameter@session.update") as simulated:
        connection = Connection(config_for(simulated.url))
        with pytest.raises(LinkFailure, match=r"service\.provider"):
            await connection.open({"api-key": KEY})


async def test_a_link_that_rests_keeps_no_session_open() -> None:
    """Not even the next one, which was prepared already."""
    early = "expires-in:1@accept#1"
    async with service(early) as simulated, linked(config_for(simulated.url)) as watched:
        await watched.until(lambda: watched.of(e.LinkPrepared))
        assert simulated.open == 2
        watched.link.send(c.CloseLink())
        async with asyncio.timeout(10):
            while simulated.open:  # noqa: ASYNC110 - the service tells nobody
                await asyncio.sleep(0)
        assert simulated.connections == 2


async def test_where_the_configuration_must_change_the_link_gives_up() -> None:
    async with service("error:unknown_parameter@session.update") as simulated:
        watched = Watched(config_for(simulated.url))
        with pytest.raises(LinkFailure):
            async with asyncio.timeout(5):
                await watched.link.run()
        assert watched.of(e.LinkFailed)[0].told


async def test_a_refused_key_is_told_and_does_not_spin() -> None:
    async with service() as simulated, linked(config_for(simulated.url), "wrong") as watched:
        await watched.until(lambda: watched.of(e.LinkFailed))
        assert watched.of(e.LinkFailed)[0].told
        assert simulated.connections == 0


async def test_nobody_there() -> None:
    async with service() as simulated:
        url = simulated.url
    async with linked(config_for(url)) as watched:
        await watched.until(lambda: len(watched.of(e.LinkFailed)) >= 2)
        failed = watched.of(e.LinkFailed)[0]
        assert (failed.code, failed.told) == ("unreachable", False)


async def test_the_same_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """A night without network must not fill the journal."""
    caplog.set_level(logging.INFO)
    async with service() as simulated:
        url = simulated.url
    async with linked(config_for(url)) as watched:
        await watched.until(lambda: len(watched.of(e.LinkFailed)) >= 3)
    told = [record for record in caplog.records if record.name == "edge_agent.realtime.link"]
    assert [record.levelname for record in told] == ["INFO"]


async def test_something_else_is_there() -> None:
    server = await asyncio.start_server(lambda _, writer: _answer(writer), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        with pytest.raises(LinkFailure) as caught:
            await Connection(config_for(url)).open({})
    assert caught.value.code == "no-websocket"


async def _answer(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    await writer.drain()
    writer.close()


async def test_the_model_behind_a_deployment() -> None:
    record: list[WireRecord] = []
    async with service(models={"kitchen": "gpt-realtime-2.1"}, record=record.append) as simulated:
        config = config_for(simulated.url, deployment="kitchen")
        reasoning = replace(config, assistant=AssistantSettings(reasoning="low"))
        async with linked(reasoning) as watched:
            await watched.until(lambda: watched.of(e.Connected))
            assert watched.of(e.Connected)[0].model == "gpt-realtime-2.1"
    asked = next(entry.event for entry in record if entry.event["type"] == "session.update")
    assert asked["session"]["reasoning"] == {"effort": "low"}


async def test_the_session_says_when_it_expires() -> None:
    async with service(lifetime_s=1000) as simulated:
        connection = Connection(config_for(simulated.url))
        await connection.open({"api-key": KEY})
        assert 990 < connection.lifetime.lasts_s <= 1000
        assert connection.session_id.startswith("sess_")
        await connection.close()


def test_addresses() -> None:
    def url(provider: str, **settings: Any) -> str:
        return session_url(
            config_for("https://x.openai.azure.com/", provider, deployment="my gpt", **settings)
        )

    assert url("azure") == "wss://x.openai.azure.com/openai/v1/realtime?model=my%20gpt"
    preview = "wss://x.openai.azure.com/openai/realtime?api-version={}&deployment=my%20gpt"
    assert url("azure-preview") == preview.format("2025-04-01-preview")
    assert url("azure-preview", api_version="2024-10-01-preview") == preview.format("2024-10-01-preview")
    assert session_url(config_for("", "openai")) == "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1"
    assert session_url(config_for("http://127.0.0.1:99")).startswith("ws://127.0.0.1:99/")


# ---- the real TLS stack ------------------------------------------------------
async def test_tls() -> None:
    async with service(tls=server_tls()) as simulated, linked(config_for(simulated.url)) as watched:
        assert simulated.url.startswith("https://")
        await watched.until(lambda: watched.of(e.Connected))


@pytest.mark.parametrize(("name", "ca"), [("127.0.0.1", trustme.CA()), ("other.test", CA)])
async def test_a_certificate_that_is_not_right(name: str, ca: trustme.CA) -> None:
    async with service(tls=server_tls(name, ca)) as simulated:
        with pytest.raises(LinkFailure) as caught:
            await Connection(config_for(simulated.url)).open({"api-key": KEY})
    assert caught.value.code == "certificate"


async def test_no_tls_behind_https() -> None:
    server = await asyncio.start_server(lambda _, writer: _answer(writer), "127.0.0.1", 0)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(LinkFailure) as caught:
            await Connection(config_for(url)).open({"api-key": KEY})
    assert caught.value.code == "tls"


async def test_a_session_whose_reader_fails_is_not_deaf_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    events: list[e.Event] = []
    over = asyncio.Event()

    def take(event: e.Event) -> None:
        events.append(event)
        if isinstance(event, e.ResponseStarted):
            raise ZeroDivisionError("nobody thought of this")
        if sum(isinstance(seen, e.Connected) for seen in events) == 2:
            over.set()

    async with service() as simulated:
        config = config_for(simulated.url)
        link = Link(config, credential(config.service, {"AZURE_OPENAI_API_KEY": KEY}), take)
        task = asyncio.create_task(link.run())
        async with asyncio.timeout(10):
            while not events:  # noqa: ASYNC110 - as somebody would who looks
                await asyncio.sleep(0.005)
            for command in (c.CreateUserText("hello"), c.CreateResponse("ask_1")):
                link.send(command)
            await over.wait()
        task.cancel()
        await asyncio.wait({task})
    assert [event.reason for event in events if isinstance(event, e.Disconnected)] == [
        "ZeroDivisionError: nobody thought of this"
    ]
    assert "the session is given up" in caplog.text


# ---- wake words -------------------------------------------------------------
def waiting(url: str) -> Config:
    jarvis = WakeWord("hey_jarvis", instructions="You are Jarvis.", voice="ash")
    return replace(config_for(url), turns=TurnTaking(mode="wake-word"), wake=(jarvis, WakeWord("alexa")))


def configured(record: list[WireRecord]) -> list[tuple[str, str]]:
    """Instructions and voice of each session."""
    sessions = [entry.event["session"] for entry in record if entry.event["type"] == "session.update"]
    return [(session["instructions"], session["audio"]["output"]["voice"]) for session in sessions]


async def test_until_it_is_called_there_is_no_link_and_then_with_who_was_called() -> None:
    record: list[WireRecord] = []
    simulated = service(record=record.append)
    async with simulated, linked(waiting(simulated.url)) as watched:
        for word in ("hey_jarvis", "alexa", "hey_jarvis"):
            watched.events.clear()
            for command in (c.CloseLink(), c.ChoosePersona(word), c.OpenLink()):
                watched.link.send(command)
            await watched.until(lambda: watched.of(e.Connected))
        assert len(simulated.attempts) == 3
    ours, jarvis = Config().assistant, ("You are Jarvis.", "ash")
    assert configured(record) == [jarvis, (ours.instructions, ours.voice), jarvis]


async def test_whoever_is_called_while_it_connects_is_the_one() -> None:
    record: list[WireRecord] = []
    asked = asyncio.Event()

    def keep(entry: WireRecord) -> None:
        record.append(entry)
        if entry.event["type"] == "session.update":
            asked.set()

    simulated = service("late-updated:300@session.update", record=keep)
    async with simulated, linked(waiting(simulated.url)) as watched:
        watched.link.send(c.OpenLink())
        await asyncio.wait_for(asked.wait(), 5)
        watched.link.send(c.ChoosePersona("hey_jarvis"))
        await watched.until(lambda: watched.of(e.Connected))
        assert len(watched.of(e.Connected)) == 1
    assert configured(record)[-1] == ("You are Jarvis.", "ash")
