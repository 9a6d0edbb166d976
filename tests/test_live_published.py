"""The simulated GPT-Live beside the types of the newest client library: what it sends fits them, and it takes what they
allow."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from edge_agent.config import Config
from edge_agent.realtime.wire.live.live_decode import LiveDecoder
from edge_agent.realtime.wire.live.live_encode import CLOSE, LiveEncoder
from edge_agent.simulator.answers import Call, Script
from edge_agent.simulator.live.live_door import AZURE_LIVE, OPENAI_LIVE, LiveDoor
from edge_agent.simulator.server import SimulatedService
from edge_agent.vocabulary import commands as c

from .live_bench import SPOKEN, VOICE, LiveBench, of
from .published_values import Values, members, mixed, values

live = pytest.importorskip("openai.types.live", reason="openai is not installed")
pydantic = pytest.importorskip("pydantic")

pytestmark = pytest.mark.realtime

SERVER_TYPES, CLIENT_TYPES = 28, 15  # in 3.57.0


MIXED, EVENTS = 300, 10  # sessions, and what is sent in each
SAID: Values = {"delta": (b64encode(VOICE).decode(),)}  # sound, or words


class Unmoved(connect):
    """Follows no redirects."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


def kinds(union: Any) -> Iterator[str]:
    for member in members(union):
        yield from member.model_fields["type"].annotation.__args__


def test_these_are_all_the_types() -> None:
    assert len(set(kinds(live.ServerEvent))) == SERVER_TYPES
    bench = LiveBench()
    client = set(kinds(live.ClientEvent))
    assert len(client) == CLIENT_TYPES
    for kind in client:  # each is known: it may be refused, but not by its name
        refused = of(bench(kind), "error")
        assert not any("Supported values" in error["error"]["message"] for error in refused)


def test_every_server_event_is_read_with_each_of_its_fields() -> None:
    for kind in members(live.ServerEvent):
        check = pydantic.TypeAdapter(kind).validate_python
        for event in values(kind, SAID):
            check(event)
            decoder = LiveDecoder()
            told = decoder.decode(json.dumps(event))
            is_step = event["type"] == "response.event"  # of work: most lead to nothing by themselves
            assert (told is None) == bool(decoder.ignored) or is_step


def test_and_in_any_order_with_any_of_them() -> None:
    random, check = Random(1), pydantic.TypeAdapter(live.ServerEvent).validate_python
    for _ in range(MIXED):
        decoder = LiveDecoder()
        for _ in range(EVENTS):
            event = mixed(live.ServerEvent, SAID, random)
            check(event)
            decoder.decode(json.dumps(event))


def test_what_the_device_sends_fits_them() -> None:
    config, encoder = Config(), LiveEncoder()
    past: list[tuple[c.Role, str]] = [("user", "One"), ("assistant", "two"), ("system", "three")]
    commands: list[c.ServiceCommand] = [
        *(c.AppendAudio(VOICE), c.AppendSilence(100), c.MuteInput(True), c.MuteInput(False)),
        *(c.Tell(channel, "x") for channel in ("instructions", "thinking", "commentary")),
        c.Tell("commentary", "x", "del_1"),
    ]
    frames = [encoder.encode(command, config.turns) for command in commands]
    frames += [encoder.encode_session(config, (), past), CLOSE]
    check = pydantic.TypeAdapter(live.ClientEvent).validate_json
    assert len({check(frame).type for frame in frames}) == 8


@pytest.mark.parametrize("door", [OPENAI_LIVE, AZURE_LIVE])
def test_what_it_sends_fits_them(door: LiveDoor) -> None:
    bench = LiveBench(door=door, answers=Script([SPOKEN, Call("get_time")], [SPOKEN]))
    bench.hear(VOICE)
    bench.feed(4000)
    delegation_id = of(bench.outputs, "session.delegation.created")[0]["delegation"]["id"]
    for channel in ("instructions", "thinking", "commentary"):
        bench(f"session.{channel}.append", content="x", delegation_id=delegation_id)
    bench("session.update", session={"delegation": {"type": "client"}})
    bench("session.input_audio.mute")
    bench("session.input_audio.unmute")
    bench("session.nonsense")
    bench.feed(62_000)
    bench("session.output_audio.fixture.play", audio="AAAA")
    bench.feed(500)
    bench("session.thinking.append", content="x", delegation_id=None)
    bench("session.close")
    check = pydantic.TypeAdapter(live.ServerEvent).validate_python
    seen = {type(check(output)).__name__ for output in bench.outputs if isinstance(output, dict)}
    assert len(seen) == 15


async def test_the_clients_library_speaks_with_it_over_a_socket() -> None:
    openai = pytest.importorskip("openai", reason="openai is not installed")
    async with SimulatedService(key="key") as service:
        client = openai.AsyncOpenAI(api_key="key", base_url=f"{service.url}/v1")
        async with client.live.connect() as connection:
            await connection.send({"type": "session.start", "session": {"model": "gpt-live-1"}})
            started = await connection.recv()
            assert started.type == "session.started"
            await connection.send({"type": "session.input_audio.append", "audio": "AAAAAAAA"})
            output = await connection.recv()
            assert output.type == "session.output_audio.delta"
            await connection.send({"type": "session.close"})
            while (closed := await connection.recv()).type != "session.closed":
                pass
            assert closed.reason == "close_requested"


async def test_what_is_refused_before_and_after_the_upgrade() -> None:
    async with SimulatedService(key="key") as service:
        address = service.url.replace("http", "ws")
        token = {"Authorization": "Bearer key"}
        with pytest.raises(InvalidStatus) as refused:
            await Unmoved(f"{address}/openai/v1/live/sessions", additional_headers=token)
        answer = refused.value.response
        assert (answer.status_code, answer.headers["Location"][-11:]) == (307, "api-key=key")
        async with connect(f"{address}/v1/live/sessions") as socket:
            error = json.loads(await socket.recv())
            assert error["error"]["code"] == "invalid_api_key"


def test_what_the_model_that_works_sends_fits_them_and_what_it_is_sent() -> None:
    responses = pytest.importorskip("openai.types.responses", reason="openai is not installed")
    function = {"type": "function", "name": "get_time", "parameters": {"type": "object"}}
    delegation = {"type": "responses", "responses": {"model": "gpt-5.5", "tools": [function]}}
    start = {"model": "gpt-live-1", "delegation": delegation}
    pydantic.TypeAdapter(live.SessionConfig).validate_python(start, strict=False)
    bench = LiveBench(answers=Script([Call("get_time")], [SPOKEN]), start=start)
    bench.hear(VOICE)
    bench.feed(2000)
    inner = [event["event"] for event in of(bench.outputs, "response.event")]
    (item,) = [event for event in inner if event["type"] == "response.output_item.done"]
    pydantic.TypeAdapter(responses.ResponseOutputItemDoneEvent).validate_python(item)
    usage = inner[-1]["response"]["usage"]
    pydantic.TypeAdapter(responses.ResponseUsage).validate_python(usage)
    output = {"type": "function_call_output", "call_id": item["item"]["call_id"], "output": "four"}
    client = pydantic.TypeAdapter(live.ClientEvent)
    for event in ({"type": "response.item.create", "item": output}, {"type": "response.create"}):
        client.validate_python(event)
        fields = {key: value for key, value in event.items() if key != "type"}
        assert bench(str(event["type"]), **fields) == []
    bench.feed(3000)
    check = pydantic.TypeAdapter(live.ServerEvent).validate_python
    assert {"DelegationCreatedEvent", "ResponseEvent"} <= {
        type(check(output)).__name__ for output in bench.outputs if isinstance(output, dict)
    }
