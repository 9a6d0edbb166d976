"""Tools of the owner: their tables, and programs and requests that mean ill."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from edge_agent.config import Config, load
from edge_agent.config.model import AssistantSettings
from edge_agent.config.own_tools import BACKGROUND_S, MOST_TOOLS, OWN_TOOLS, OwnTool
from edge_agent.config.show import schema, show
from edge_agent.config.tool_settings import HomeSettings
from edge_agent.tools.builtin.home import home_tool
from edge_agent.tools.config_checks import check_home
from edge_agent.tools.definition import ToolFailed
from edge_agent.tools.own import program, request
from edge_agent.tools.own.definitions import check_own_tools, own_tools
from edge_agent.tools.own.schema import SchemaCheck
from edge_agent.tools.runner import ToolRunner
from edge_agent.tools.toolbox import Toolbox

GATE = """
[[tools]]
name = "open_gate"
description = "Opens the garden gate."
command = ["/bin/echo", "open"]
confirm = "button"
timeout_s = 2

[[tools]]
name = "bus_times"
description = "Tells when the next buses leave."
url = "https://api.example.com/stops/{stop}"
hosts = ["api.example.com"]
headers = { Accept = "text/plain" }
parameters = { required = ["stop"], properties = { stop = { type = "string", maxLength = 4 } } }
"""


def loaded(tmp_path: Path, text: str) -> tuple[Config, list[str]]:
    (tmp_path / "c.toml").write_text(text)
    config, problems = load(tmp_path / "c.toml", environ={}, checks=[check_own_tools, check_home])
    return config, [str(problem).replace(f"{tmp_path}/c.toml", "c.toml") for problem in problems]


# ---- tables ---------------------------------------------------------------
def test_tables_become_tools(tmp_path: Path) -> None:
    config, problems = loaded(tmp_path, GATE)
    assert problems == []
    gate, buses = own_tools(config)
    assert (gate.tool.confirm, gate.tool.deadline_s, gate.source) == (True, 2, "command /bin/echo")
    assert gate.parameters["properties"] == {}
    assert (buses.name, buses.source) == ("bus_times", "GET https://api.example.com/stops/{stop}")
    assert buses.specification["parameters"]["type"] == "object"
    (tmp_path / "again.toml").write_text(show(config))
    again, problems_again = load(tmp_path / "again.toml", environ={})
    assert not problems_again
    assert again.tools[0] == config.tools[0]
    assert again.tools[1].headers == {"Accept": "***"}  # they may be secrets
    assert schema()["properties"]["tools"]["items"]["properties"].keys() == OWN_TOOLS.defaults.keys()


def test_every_mistake_of_a_table_is_told_together(tmp_path: Path) -> None:
    text = """
[[tools]]
name = "open gate"
command = "open"
timeout = 3
once = "yes"
[[tools]]
name = "get_time"
description = "x"
command = ["/no/such/program"]
parameters = { type = "object", properties = { a = { type = "text" } } }
[[tools]]
name = "get_time"
"""
    assert loaded(tmp_path, text)[1] == [
        'c.toml: [[tools]] number 1: command must be a list of texts, as in ["/usr/local/bin/gate", "open"]',
        "c.toml: [[tools]] number 1: 'timeout' is not a key of a tool; did you mean 'timeout_s'?",
        "c.toml: [[tools]] number 1: once must be true or false",
        "c.toml: [[tools]] get_time: set either command or url",
        "c.toml: [[tools]] get_time: description must say what the tool does, or the model cannot know",
        "c.toml: [[tools]] get_time: another tool has this name; give each its own",
        "[tools] get_time: name: a tool that comes with the device has it; choose another",
        "[tools] get_time: parameters: is not a valid JSON Schema at properties.a.type: 'text' is not valid under any"
        " of the given schemas",
        "[tools] get_time: command: /no/such/program is not an executable program; check the path",
    ]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"name": "1x"}, "name must be set: 1 to 64 letters"),
        ({"name": 5}, "name must be text in quotes"),
        ({"parameters": "x"}, "parameters must be a table"),
        ({"timeout_s": 0}, "timeout_s must be a number from 0.1 to 300"),
        ({"timeout_s": True}, "timeout_s must be of another type"),
        ({"output_chars": 1.5}, "output_chars must be a number from 64 to 65536"),
        ({"confirm": "voice"}, 'confirm must be "button", or left out'),
        ({"confirm": True}, "confirm must be text in quotes"),
        ({"method": "BREW"}, "method must be one of GET, POST"),
        ({"headers": {"a b": "c"}}, "headers must be a table of texts by name of the header"),
        ({"parameters": {"type": "array"}}, 'parameters must be a JSON Schema of type "object"'),
        ({"hosts": ["a.example"]}, "hosts: does not belong to a command"),
        ({"command": []}, "command must be a list of texts"),
        ({"command": None, "url": "ftp://a.example"}, "url must begin with http:// or https://"),
        ({"command": None, "url": "http://{a}.example"}, "url: arguments may stand only in its path and query"),
        ({"command": None, "url": "http://a.example"}, 'hosts must list the host of the url: hosts = ["a.example"]'),
        ({"command": None, "url": "http://a.example/{b}", "hosts": ["a.example"]}, "{b} is not one of the parameters"),
        ({"command": None, "url": "http://[a"}, "url must begin with http:// or https:// and name a host"),
        ({"command": None, "url": "http://a.example:port"}, "url must begin with http:// or https:// and name"),
        ({"command": None, "url": "http://a.example", "user": "x"}, "user: does not belong to a url"),
    ],
)  # fmt: skip
def test_what_a_table_cannot_say(table: dict[str, Any], words: str) -> None:
    whole = {"name": "f", "description": "Does it.", "command": ["true"]} | table
    tools, problems = OWN_TOOLS.parse([{key: value for key, value in whole.items() if value is not None}])
    assert tools == ()
    assert any(words in what for _, what in problems), problems


def test_how_long_a_tool_may_run() -> None:
    assert OwnTool(timeout_s=3.0).runs_s == 3
    assert OwnTool(timeout_s=3.0, background=True).runs_s == BACKGROUND_S


def test_what_is_no_table() -> None:
    assert OWN_TOOLS.parse({"name": "f"})[1] == [
        ("tools", "each tool is a table of its own, headed [[tools]]")
    ]
    many = [{"name": f"f{n}", "description": "x", "command": ["true"]} for n in range(MOST_TOOLS + 1)]
    assert OWN_TOOLS.parse(many)[1] == [
        ("[[tools]]", f"there are {MOST_TOOLS + 1} tools; {MOST_TOOLS} are the most")
    ]


def test_a_schema_that_points_elsewhere_or_to_a_file_that_is_not_there(tmp_path: Path) -> None:
    text = GATE.replace('{ type = "string", maxLength = 4 }', '{ "$ref" = "http://x.example" }')
    text = text.replace("headers =", 'secret_headers = { X = "/no/such" }\nheaders =')
    assert [problem.partition(": ")[2] for problem in loaded(tmp_path, text)[1]] == [
        "parameters: $ref must point into the same schema, and begin with #",
        "secret_headers: there is no file /no/such; create it, or correct the path",
    ]


def test_arguments_are_checked_and_not_repeated() -> None:
    shape = {"properties": {"stop": {"type": "string", "maxLength": 4}}, "additionalProperties": False}
    check = SchemaCheck(shape)
    check({"stop": "12"})
    for given, words in (
        ({"stop": "my secret"}, "stop: maxLength must be 4"),
        ({"stop": 7}, "stop: type must be 'string'"),
        ({"other": 7}, "the arguments: additionalProperties must be 'no other properties'"),
    ):
        with pytest.raises(ToolFailed) as failed:
            check(given)
        assert str(failed.value) == words


# ---- programs -------------------------------------------------------------
def python(code: str, **traits: Any) -> OwnTool:
    return OwnTool("f", "Does it.", command=(sys.executable, "-c", code), **traits)


@pytest.mark.realtime
async def test_a_program_gets_json_and_prints_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "secret")
    code = "import json, os, sys; print(json.load(sys.stdin)['a'] * 2, 'AZURE_OPENAI_API_KEY' in os.environ)"
    assert await program.run(python(code), {"a": "ü"}) == "üü False"
    assert await program.run(python("pass"), {}) == '{"status": "done"}'
    echo = OwnTool("f", "x", command=("/bin/echo", "$HOME; ls"))
    assert await program.run(echo, {}) == "$HOME; ls"  # no shell


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit('no gate')", "failed with 1: no gate"),
        ("import os; os.kill(os.getpid(), 11)", "was killed by signal 11"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe')", "prints data that is not UTF-8 text"),
        ("while True: print('x' * 100000)", "prints more than 16384 bytes; it was ended"),
        ("print('x' * 100_000_000)", "prints more than 16384 bytes; it was ended"),
        ("import time; time.sleep(60)", "did not finish within 1 s"),
        ("import os; [os.fork() for _ in range(4)]; import time; time.sleep(60)", "did not finish within 1 s"),
    ],
)  # fmt: skip
async def test_a_program_that_means_ill(code: str, words: str) -> None:
    began = monotonic()
    with pytest.raises(ToolFailed) as failed:
        await program.run(python(code, timeout_s=1.0), {})
    assert words in str(failed.value)
    assert monotonic() - began < 4
    assert await left_over(code) == []


async def left_over(code: str) -> list[str]:
    """Processes of that program which are still there, a moment later."""
    for _ in range(40):
        if not (found := of_program(code)):
            return []
        await asyncio.sleep(0.05)
    return found


def of_program(code: str) -> list[str]:
    return [folder.name for folder in Path("/proc").iterdir() if folder.name.isdigit() and runs(folder, code)]


def runs(folder: Path, code: str) -> bool:
    try:
        return code.encode() in (folder / "cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.realtime
async def test_what_a_program_leaves_behind_ends_with_it() -> None:
    code = "import os, time\nif os.fork() == 0:\n os.setsid()\n time.sleep(60)"
    assert await program.run(python(code, timeout_s=1.0), {}) == '{"status": "done"}'
    assert await left_over(code) == []


@pytest.mark.realtime
async def test_a_program_that_is_cancelled_is_gone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "begun")
    code = f"open({str(tmp_path / 'begun')!r}, 'w').close(); import time; time.sleep(77)"
    running = asyncio.create_task(program.run(python(code), {}))
    await asyncio.to_thread((tmp_path / "begun").read_text)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await left_over(code) == []


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("tool", "words"),
    [
        (OwnTool("f", "x", command=("/no/such",)), "/no/such cannot be run (No such file or directory)"),
        (OwnTool("f", "x", command=("true",), user="nobody-of-that-name"), "cannot be run"),
    ],
)
async def test_a_program_that_cannot_be_run(tool: OwnTool, words: str) -> None:
    with pytest.raises(ToolFailed) as failed:
        await program.run(tool, {})
    assert words in str(failed.value)


@pytest.mark.realtime
async def test_what_a_program_prints_is_cut_for_the_model() -> None:
    tool = python("print('x' * 1000)", output_chars=300)
    outcome = await ToolRunner(Toolbox(own_tools(Config(tools=(tool,)))), print, print).call("f", "{}")
    assert len(outcome.output) == 300


# ---- requests -------------------------------------------------------------
Reply = Callable[[bytes], bytes]


@asynccontextmanager
async def web(reply: Callable[[bytes], Awaitable[bytes]]) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server on loopback: its address, and what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        asked.append(head + await reader.readexactly(length))
        try:
            writer.write(await reply(asked[-1]))
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()


def response(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def requesting(url: str, **traits: Any) -> OwnTool:
    return OwnTool("f", "x", url=url, hosts=("127.0.0.1",), **traits)


@pytest.mark.realtime
async def test_a_request_with_arguments_and_a_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("Bearer s3cret\n")

    async def reply(_: bytes) -> bytes:
        return response("fünf".encode())

    async with web(reply) as (url, asked):
        secret = {"Authorization": str(tmp_path / "key")}
        get = requesting(url + "/stops/{stop}?q={stop}", secret_headers=secret)
        assert await request.run(get, {"stop": "a/b ?"}) == "fünf"
        post = requesting(url + "/open", method="POST", headers={"X-Own": "1"})
        await request.run(post, {"door": 1})
    assert asked[0].startswith(b"GET /stops/a%2Fb%20%3F?q=a%2Fb%20%3F HTTP/1.1")
    assert b"\r\nAuthorization: Bearer s3cret\r\n" in asked[0]
    assert asked[1].endswith(b'\r\n\r\n{"door": 1}')
    assert b"\r\nX-Own: 1\r\n" in asked[1]


@pytest.mark.realtime
async def test_a_request_in_the_background_outlives_its_deadline() -> None:
    async def reply(_: bytes) -> bytes:
        await asyncio.sleep(0.5)
        return response(b"washed")

    async with web(reply) as (url, _):
        assert await request.run(requesting(url, background=True, timeout_s=0.1), {}) == "washed"
        with pytest.raises(ToolFailed, match=r"127.0.0.1 did not answer within 0.1 s"):
            await request.run(requesting(url, timeout_s=0.1), {})


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (response(b"", "404 Not Found"), "127.0.0.1 answers with HTTP 404"),
        (response(b"", "302 Found"), "127.0.0.1 answers with HTTP 302"),
        (response(b"\xff" * 100), "answers with data that is not UTF-8 text"),
        (b"nonsense\r\n\r\n", "127.0.0.1 cannot be reached (BadStatusLine)"),
        (b"", "127.0.0.1 cannot be reached"),
    ],
)
async def test_a_server_that_means_ill(answer: bytes, words: str) -> None:
    async def reply(_: bytes) -> bytes:
        return answer

    async with web(reply) as (url, _):
        with pytest.raises(ToolFailed) as failed:
            await request.run(requesting(url), {})
    assert words in str(failed.value)


@pytest.mark.realtime
async def test_a_server_that_floods_or_never_answers() -> None:
    async def flood(_: bytes) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + "ü".encode() * 50_000

    async def silence(_: bytes) -> bytes:
        await asyncio.sleep(5)
        return b""

    async with web(flood) as (url, _):
        assert set(await request.run(requesting(url, output_chars=65, timeout_s=2.0), {})) == {"ü"}
    async with web(silence) as (url, _):
        began = monotonic()
        with pytest.raises(ToolFailed, match="did not answer within"):
            await request.run(requesting(url, timeout_s=0.3), {})
        assert monotonic() - began < 2


async def test_a_secret_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff")
    for name, words in (
        ("none", "cannot be read"),
        ("empty", "must contain one line"),
        ("binary", "not UTF-8"),
    ):
        tool = requesting("http://127.0.0.1:9", secret_headers={"X": str(tmp_path / name)})
        with pytest.raises(ToolFailed, match=words):
            await request.run(tool, {})
    with pytest.raises(ToolFailed, match="not one that it may reach"):
        await request.run(OwnTool("f", "x", url="http://127.0.0.1:9", hosts=("a.example",)), {})


# ---- Home Assistant -------------------------------------------------------
SAID = {
    "response": {"speech": {"plain": {"speech": "Turned on the light"}}, "response_type": "action_done"},
    "conversation_id": "01",
}


@pytest.mark.realtime
async def test_a_sentence_for_the_home(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n")

    async def reply(_: bytes) -> bytes:
        return response(json.dumps(SAID).encode())

    async with web(reply) as (url, asked):
        home = HomeSettings(url=url + "/", token_file=str(tmp_path / "token"), agent="conversation.x")
        told = await home_tool(home, "de").run({"text": "Licht an"})
    assert json.loads(told) == {"said": "Turned on the light", "result": "action_done"}
    assert asked[0].startswith(b"POST /api/conversation/process HTTP/1.1")
    assert b"\r\nAuthorization: Bearer t0ken\r\n" in asked[0]
    body = json.loads(asked[0].partition(b"\r\n\r\n")[2])
    assert body == {"text": "Licht an", "language": "de", "agent_id": "conversation.x"}


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (response(b"", "401 Unauthorized"), "rejects the token"),
        (response(b"", "500 Oops"), "answers with HTTP 500"),
        (response(b"{}"), "not its conversation API"),
        (response(b'{"response": {"speech": {}}}'), "not its conversation API"),
    ],
)
async def test_a_home_that_does_not_answer_well(tmp_path: Path, answer: bytes, words: str) -> None:
    (tmp_path / "token").write_text("t0ken")

    async def reply(_: bytes) -> bytes:
        return answer

    async with web(reply) as (url, _):
        home = home_tool(HomeSettings(url=url, token_file=str(tmp_path / "token")), "")
        with pytest.raises(ToolFailed, match=words):
            await home.run({"text": "x"})


def test_how_a_home_is_configured(tmp_path: Path) -> None:
    for text, problem in (
        ("url = 'home'", "[home] url: must begin with http:// or https:// and name a host"),
        ("url = 'http://[home'", "[home] url: must begin with http:// or https:// and name a host"),
        ("url = 'http://home'", "[home] token_file: must name a file with a long-lived access token"),
        ("url = 'http://home'\ntoken_file = '/no'", "[home] token_file: there is no file /no"),
        ("token_file = '/no'", ""),
    ):
        problems = loaded(tmp_path, f"[home]\n{text}\n")[1]
        assert any(problem in told for told in problems) if problem else not problems
    assert Config(assistant=AssistantSettings()).home.url == ""
