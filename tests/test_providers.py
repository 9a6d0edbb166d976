"""What differs between providers and dialects stands in their rows, and nowhere else."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from websockets.asyncio.server import ServerConnection, serve

from edge_agent.config import Config, load
from edge_agent.config.model import AssistantSettings, ServiceSettings, TurnTaking
from edge_agent.config.providers import PROVIDERS, DialectName, Provider, ProviderName
from edge_agent.realtime.connection import Connection, session_url
from edge_agent.realtime.errors import LinkFailure
from edge_agent.realtime.wire import PastWords
from edge_agent.realtime.wire.decode import SessionCreated, SessionUpdated, WireEvent
from edge_agent.realtime.wire.dialects import DIALECTS, Dialect
from edge_agent.simulator.dialects import SERVICE_DIALECTS
from edge_agent.vocabulary.commands import CancelResponse, ServiceCommand
from edge_agent.vocabulary.events import InputCommitted

from .turn_dialects import TURN_DIALECTS

ROOT = Path(__file__).parent.parent / "edge_agent"
ROWS = {"config/providers.py", "realtime/wire/dialects.py", "simulator/dialects.py"}
NAMES = {*PROVIDERS, *DIALECTS}
CONSTANTS = {"GA", "PREVIEW", "VOICE_LIVE", "GA_SERVICE", "PREVIEW_SERVICE", "VOICE_LIVE_SERVICE"}
ASKING = {"startswith", "endswith", "removeprefix", "removesuffix", "get", "pop", "count", "index", "find"}


def test_every_name_has_its_row() -> None:
    assert get_args(ProviderName) == tuple(PROVIDERS)
    assert get_args(DialectName) == tuple(DIALECTS)
    assert tuple(TURN_DIALECTS) == tuple(SERVICE_DIALECTS)
    assert {provider.dialect for provider in PROVIDERS.values()} <= set(DIALECTS)


def choices(source: str) -> Iterator[int]:
    """The lines of a module that do something else for one provider or dialect than for another."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare() | ast.MatchValue() | ast.MatchMapping():
                looked_at: list[ast.AST] = [node]
            case ast.Subscript():
                looked_at = [node.slice]
            case ast.Dict():
                looked_at = [key for key in node.keys if key]
            case ast.Call(func=ast.Attribute(attr=name)) if name in ASKING:
                looked_at = list(node.args)
            case _:
                continue
        for part in (inner for one in looked_at for inner in ast.walk(one)):
            if (isinstance(part, ast.Constant) and part.value in NAMES) or (
                isinstance(part, ast.Name | ast.Attribute)
                and getattr(part, "id", getattr(part, "attr", "")) in CONSTANTS
            ):
                yield node.lineno
                break


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_asks_which_one_it_is(path: Path) -> None:
    if str(path.relative_to(ROOT)) not in ROWS:
        assert list(choices(path.read_text())) == []


@pytest.mark.parametrize(
    "line",
    [
        'x = service.provider == "azure-preview"',
        'x = provider in ("azure", "openai")',
        "x = dialect is GA",
        "x = dialect is not dialects.PREVIEW",
        'x = {"ga": 3600.0}[dialect]',
        'x = TABLE["preview"]',
        'x = TABLE.get("openai")',
        'x: Literal["ga", "preview"]',
        'x = provider.startswith("azure")',
        'match x:\n    case "azure" | "openai":\n        pass',
    ],
)
def test_such_a_question_would_be_found(line: str) -> None:
    assert list(choices(line)) != []


def test_a_message_may_name_them() -> None:
    assert list(choices('x = Profile("azure", GA_SERVICE); y = f"use {x} or azure-preview"')) == []


# ---- one more: a row, and a decoder and an encoder where its JSON has another shape ------------
@dataclass
class OwnDecoder:
    ignored: Counter[str] = field(default_factory=Counter)

    def decode(self, frame: str | bytes) -> WireEvent | None:
        match json.loads(frame):
            case {"hello": str(session_id)}:
                return SessionCreated(session_id, None)
            case {"ready": True}:
                return SessionUpdated(None)
            case {"heard": str(item_id)}:
                return InputCommitted(item_id)
        self.ignored["(unknown)"] += 1
        return None

    def divide(self) -> None: ...


class OwnEncoder:
    def encode(self, command: ServiceCommand, turns: TurnTaking) -> str:
        return json.dumps({"do": type(command).__name__})

    def encode_session(
        self, config: Config, tools: Sequence[dict[str, Any]] = (), history: Sequence[PastWords] = ()
    ) -> str:
        return json.dumps({"speak_as": config.assistant.voice})


OTHER = Provider(
    "another service",
    path="/live",
    query="model={deployment}",
    key_header="authorization",
    key_variable="OTHER_KEY",
    endpoint="https://live.example.com",
    dialect=cast("Any", "own"),
    voices=("Anna",),
    ends_turns=("server",),
    session_s=600.0,
)


@pytest.fixture
def _other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast("dict[str, Provider]", PROVIDERS), "other", OTHER)
    own = Dialect(cast("Any", "own"), OwnDecoder, OwnEncoder())
    monkeypatch.setitem(cast("dict[str, Dialect]", DIALECTS), "own", own)


@pytest.mark.usefixtures("_other")
def test_the_settings_follow_the_row(tmp_path: Path) -> None:
    config, problems = load(None, environ={"OTHER_KEY": "k", "AZURE_OPENAI_ENDPOINT": ""})
    assert [problem.where for problem in problems] == ["OTHER_KEY"]  # it has no name in ProviderName
    service = ServiceSettings(provider=cast("Any", "other"))
    config = replace(config, service=service)
    assert config.has_service
    assert session_url(config) == "wss://live.example.com/live?model=gpt-realtime"


@pytest.mark.realtime
@pytest.mark.usefixtures("_other")
async def test_a_service_that_speaks_otherwise() -> None:
    said: list[Any] = []

    async def converse(connection: ServerConnection) -> None:
        await connection.send('{"hello": "s1"}')
        said.append(json.loads(await connection.recv()))
        await connection.send('{"ready": true}')
        said.append(json.loads(await connection.recv()))
        await connection.send('{"weather": "fine"}')
        await connection.send('{"heard": "item_1"}')

    async with serve(converse, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        service = ServiceSettings(provider=cast("Any", "other"), endpoint=f"http://127.0.0.1:{port}")
        connection = Connection(Config(service=service, assistant=AssistantSettings(voice="Anna")))
        await connection.open({})
        await connection.send(CancelResponse("x"))
        events = connection.events()
        assert await anext(events) == InputCommitted("item_1")
        with pytest.raises(LinkFailure):
            await anext(events)
    assert said == [{"speak_as": "Anna"}, {"do": "CancelResponse"}]
    assert (connection.session_id, connection.lifetime.lasts_s) == ("s1", 600.0)
    assert connection.ignored == {"(unknown)": 1}
