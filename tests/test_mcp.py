"""MCP servers over a pipe and over HTTP, real ones and ill ones, and the process that speaks with them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from edge_agent.config import Config
from edge_agent.config.mcp_servers import McpServer
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.server import SimulatedService, WireRecord
from edge_agent.telemetry.status import Finding
from edge_agent.tools.mcp import client
from edge_agent.tools.mcp import messages as m
from edge_agent.tools.mcp.client import McpClient
from edge_agent.tools.own.definitions import own_tools
from edge_agent.tools.runner import ToolOutcome, ToolRunner
from edge_agent.tools.toolbox import Toolbox

from .run_process import RunProcess
from .sound import tone
from .test_own_tools import left_over

pytestmark = pytest.mark.realtime

ROOT = Path(__file__).parent.parent
PATIENCE_S = 30


class Servers:
    """What the device has of MCP, without the device."""

    def __init__(self, *servers: McpServer, alive_s: float = 5.0) -> None:
        self.toolbox = Toolbox(own_tools(Config()))
        self.findings: dict[str, Finding] = {}
        self.runner = ToolRunner(self.toolbox, print, print)
        self._changed = asyncio.Event()
        self.client = McpClient(servers, self.toolbox, self._changed.set, self._find, alive_s=alive_s)

    def _find(self, about: str, finding: Finding | None) -> None:
        self.findings.pop(about, None)
        if finding:
            self.findings[about] = finding
        self._changed.set()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def call(self, name: str, arguments: str = "{}") -> ToolOutcome:
        return await self.runner.call(name, arguments)


@asynccontextmanager
async def running(*servers: McpServer, alive_s: float = 5.0) -> AsyncIterator[Servers]:
    made = Servers(*servers, alive_s=alive_s)
    task = asyncio.create_task(made.client.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.wait({task})


def kitchen(**traits: Any) -> McpServer:
    return McpServer("kitchen", (sys.executable, "-m", "tests.mcp_server", "stdio"), tools=("*",), **traits)


# ---- a program ------------------------------------------------------------
async def test_a_program_s_tools(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    cancelled = tmp_path / "cancelled"
    os.mkfifo(cancelled)
    server = kitchen(
        environment={"CANCELLED": str(cancelled)},
        secret_environment={"KITCHEN": str(tmp_path / "key")},
        timeout_s=2.0,
        output_chars=100,
    )
    async with running(server) as made:
        await made.until(lambda: "learn" in made.toolbox.definitions)
        assert made.toolbox.definitions["set_light"].source == "MCP server kitchen"
        light = await made.call("set_light", '{"room": "bath", "level": 30}')
        assert (light.output, light.why) == ("bath is at 30 %", "")
        assert (await made.call("set_scene", '{"scene": "day"}')).output == "scene day"
        assert (
            await made.call("set_light", '{"room": "bath", "level": 300}')
        ).why == "level must be 100 or less"
        assert (await made.call("set_scene", '{"scene": "dusk"}')).why.startswith("scene: anyOf must be")
        assert (await made.call("get_variable", '{"name": "KITCHEN"}')).output == "s3cret"
        assert len((await made.call("recite", '{"characters": 9999}')).output) == 100
        failed = await made.call("fail")
        assert failed.why == "the tool failed"  # what it says may be words of people
        assert "error" in failed.output
        late = asyncio.create_task(made.call("brew", '{"seconds": 60}'))
        assert await asyncio.to_thread(cancelled.read_text) == "cancelled"
        assert (await late).why == "the MCP server kitchen did not answer within 2 s"
        await made.call("learn")
        await made.until(lambda: "learned" in made.toolbox.definitions)  # the server says that it has another
        assert (await made.call("learned")).output == "it was"
    assert await left_over("tests.mcp_server") == []


# ---- an address -----------------------------------------------------------
@asynccontextmanager
async def over_http(token: str) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.mcp_server", "http"),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"TOKEN": token},
    )
    assert process.stdout
    try:
        port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}/mcp", process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_an_address_s_tools(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("Bearer s3cret\n")
    (tmp_path / "wrong").write_text("Bearer guessed\n")
    async with over_http("s3cret") as (url, process):
        good = McpServer(
            "library",
            url=url,
            secret_headers={"Authorization": str(tmp_path / "key")},
            tools=("recite", "lend"),
        )
        wrong = McpServer(
            "other", url=url, secret_headers={"Authorization": str(tmp_path / "wrong")}, tools=("*",)
        )
        async with running(good, wrong) as made:
            await made.until(lambda: "mcp library" in made.findings and "mcp other" in made.findings)
            assert list(made.toolbox.definitions) == ["recite"]
            assert made.findings["mcp library"].what == "the MCP server library: it has no tool lend"
            assert made.findings["mcp other"].code == "mcp-server"
            assert "s3cret" not in str(made.findings)
            assert (await made.call("recite", '{"characters": 3}')).output == "xxx"
            assert "more than 1048576 bytes" in (await made.call("recite", '{"characters": 2000000}')).why
            await made.until(lambda: not made.toolbox.definitions)
            await made.until(lambda: made.toolbox.definitions)
            process.kill()
            assert (await made.call("recite", '{"characters": 3}')).why.startswith("the MCP server library")
            await made.until(lambda: made.findings["mcp library"].code == "mcp-server")


# ---- servers that mean ill ------------------------------------------------
HELLO = """
import json, sys
def say(**fields): print(json.dumps({"jsonrpc": "2.0", **fields}), flush=True)
def hear(): return json.loads(sys.stdin.readline())
def start():
    while (asked := hear()).get("method") != "initialize":
        say(id=asked["id"], error={"code": -32601, "message": "no such method"})
    say(id=asked["id"], result={"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
        "serverInfo": {"name": "x", "version": "1"}})
    hear()
def offer(**traits):
    say(id=hear()["id"], result={"tools": [{"name": "f", "inputSchema": {"type": "object"}, **traits}]})
"""
WAIT = "\nsys.stdin.read()"


def ill(code: str) -> McpServer:
    return McpServer("ill", (sys.executable, "-c", HELLO + code), tools=("*",))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("sys.exit('no kitchen')", "its program has ended with 1: no kitchen"),
        ("import os; os.kill(os.getpid(), 11)", "its program was killed by signal 11"),
        (WAIT, "it did not answer within 1 s"),
        ("start()" + WAIT, "it did not answer within 1 s"),
        ("while True: print('tralala')", "it prints what is not the Model Context Protocol"),
        ("sys.stdout.buffer.write(b'\\xff\\xfe\\n' * 200); sys.stdout.flush()" + WAIT, "is not the Model Context"),
        ("print('x' * 100_000_000)" + WAIT, "it sends a message of more than 1048576 bytes"),
        ("while True: say(method='notifications/message', params={'level': 'info', 'data': 1})", "more than 1000"),
        ("start(); say(id=hear()['id'], result={'tools': 5})" + WAIT, "ValidationError"),
        ("start(); say(id=hear()['id'], error={'code': 1, 'message': 'not today'})" + WAIT, "it says: not today"),
        ("start(); offer(); sys.exit(4)", "its program has ended with 4"),
    ],
)  # fmt: skip
async def test_a_program_that_means_ill(code: str, words: str) -> None:
    from edge_agent.tools.mcp.keeper import ServerKeeper  # with the SDK, which takes a second

    told: list[m.FromProcess] = []
    down = anyio.Event()

    def tell(message: m.FromProcess) -> None:
        told.append(message)
        if isinstance(message, m.McpDown):
            down.set()

    patience_s = 1.0 if "within 1 s" in words else PATIENCE_S
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ServerKeeper(ill(code), tell, start_s=patience_s).keep)
        with anyio.fail_after(PATIENCE_S):
            await down.wait()
        tasks.cancel_scope.cancel()
    why = next(message.why for message in told if isinstance(message, m.McpDown))
    assert words in why
    assert len(why) < 600
    assert await left_over(code) == []


async def test_a_program_that_cannot_be_run_and_a_secret_that_is_not_there() -> None:
    servers = (
        McpServer("lost", ("/no/such/program",), tools=("*",)),
        McpServer("mute", ("cat",), secret_environment={"A": "/no/such/file"}, tools=("*",)),
    )
    async with running(*servers) as made:
        await made.until(lambda: len(made.findings) == 2)
        assert "its program cannot be run (No such file or directory)" in made.findings["mcp lost"].what
        assert "/no/such/file cannot be read" in made.findings["mcp mute"].what


@pytest.mark.parametrize(
    ("answer", "why", "told"),
    [
        ("result={'content': 'x'}", "the MCP server ill: ValidationError", "ValidationError"),
        (
            "error={'code': 7, 'message': 'Ada'}",
            "the MCP server ill answers with the error 7",
            "it says: Ada",
        ),
        ("result={'content': [], 'isError': True}", "the tool failed", '{"error": "it failed"}'),
    ],
)
async def test_results_that_mean_ill(answer: str, why: str, told: str) -> None:
    code = "start(); offer()\nwhile True:\n asked = hear()\n"
    code += f" if 'id' in asked: say(id=asked['id'], {answer})"
    async with running(ill(code)) as made:
        await made.until(lambda: "f" in made.toolbox.definitions)
        outcome = await made.call("f")
        assert outcome.why.startswith(why)
        assert told in outcome.output
        assert len(outcome.output) < 700


async def test_a_program_that_dies_comes_back() -> None:
    async with running(ill("start(); offer(); hear(); sys.exit(3)")) as made:
        await made.until(lambda: "f" in made.toolbox.definitions)
        assert (await made.call("f")).why == "the MCP server ill: its program has ended"
        await made.until(lambda: made.findings)
        assert made.findings["mcp ill"].code == "mcp-server"
        assert made.findings["mcp ill"].what.endswith("its program has ended with 3")
        assert not made.toolbox.definitions
        await made.until(lambda: "f" in made.toolbox.definitions)
        assert not made.findings


# ---- the process ----------------------------------------------------------
def below(pid: int) -> list[int]:
    """Its children, theirs, and so on."""
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (thread / "children").read_text().split()):
            found += [child, *below(child)]
    return found


def alive(processes: list[int]) -> list[int]:
    return [process for process in processes if Path(f"/proc/{process}").exists()]


async def test_a_process_that_does_not_answer_is_ended_and_started_again() -> None:
    server = replace(ill("start(); offer()" + WAIT), timeout_s=0.5)
    async with running(server, alive_s=0.5) as made:
        await made.until(lambda: "f" in made.toolbox.definitions)
        assert made.client.pid
        processes = below(made.client.pid)
        os.kill(processes[0], signal.SIGSTOP)
        assert (await made.call("f")).why == "the MCP server ill did not answer within 0.5 s"
        await made.until(lambda: made.findings)
        assert "did not answer any more, and was ended" in made.findings["mcp ill"].what
        await made.until(lambda: not made.findings)
        assert not alive(processes)


async def test_nothing_is_left_behind_when_the_device_is_killed() -> None:
    code = (
        "import asyncio; from tests.test_mcp import WAIT, ill, running\n"
        "async def main():\n"
        "  async with running(ill('start(); offer()' + WAIT)) as made:\n"
        "    await made.until(lambda: 'f' in made.toolbox.definitions)\n"
        "    print('ready', flush=True); await asyncio.sleep(600)\n"
        "asyncio.run(main())"
    )
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert parent.stdout
    assert await parent.stdout.readline() == b"ready\n"
    processes = below(parent.pid)
    assert len(processes) >= 4
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(PATIENCE_S):
        while alive(processes):  # noqa: ASYNC110 - they are nobody's children any more
            await asyncio.sleep(0.02)


async def test_without_the_package_a_finding_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "find_spec", lambda _: None)
    async with running(kitchen()) as made:
        await made.until(lambda: made.findings)
        assert made.findings["mcp"].code == "mcp-missing"
        assert "pip install mcp" in made.findings["mcp"].todo or "setup" in made.findings["mcp"].todo


async def test_the_device_itself_imports_nothing_of_it() -> None:
    code = (
        "import sys, edge_agent.app.daemon, edge_agent.cli.run; "
        "print([name for name in ('mcp', 'pydantic', 'anyio', 'jsonschema') if name in sys.modules])"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert (await process.communicate())[0] == b"[]\n"


# ---- the device -----------------------------------------------------------
async def test_a_running_device_calls_them_when_the_service_does(tmp_path: Path) -> None:
    code = "start(); offer()\nwhile True:\n asked = hear()\n"
    code += " if 'id' in asked: say(id=asked['id'], result={'content': [{'type': 'text', 'text': 'on'}]})"
    table = "".join(
        f"[[mcp]]\nname = {json.dumps(name)}\ncommand = {json.dumps(command)}\ntools = ['*']\n"
        for name, command in (("ill", ill(code).command), ("lost", ("false",)))
    )
    record: list[WireRecord] = []
    words = Speech("It is on.", tone(24_000, 500))
    answers = Script([Call("f")], [words])
    async with (
        SimulatedService(answers=lambda: answers, record=record.append) as service,
        RunProcess(tmp_path, service.url, more=table) as device,
    ):

        async def until(holds: Callable[[dict[str, Any]], object], do: str) -> dict[str, Any]:
            async with asyncio.timeout(PATIENCE_S):
                while not holds(answer := await device.ask(do)):  # noqa: ASYNC110 - as somebody who looks
                    await asyncio.sleep(0.02)
            return answer

        tools = await until(lambda it: any(tool["name"] == "f" for tool in it["tools"]), "tools")
        assert tools["tools"][-1]["source"] == "MCP server ill"
        assert (await device.ask("tools", name="f", arguments={}))["output"] == "on"
        await until(lambda it: "mcp-server" in [finding["code"] for finding in it["findings"]], "status")
        await device.ask("say", text="Switch it on.")
        await until(lambda it: it["latency"]["last"] and it["latency"]["last"]["tools"] == 1, "status")
        outputs = [
            entry.event["item"]["output"]
            for entry in record
            if entry.event["type"] == "conversation.item.create" and "output" in entry.event["item"]
        ]
        assert outputs == ["on"]
        device.send(signal.SIGTERM)
        assert (await device.ended())[0] == 0
    assert await left_over(code) == []
