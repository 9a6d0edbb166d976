"""The tables [[mcp]], and what of a server's tools is accepted and offered."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_agent.config import Config, load
from edge_agent.config.mcp_servers import MCP_SERVERS, McpServer
from edge_agent.config.show import schema, show
from edge_agent.realtime.wire.optional import accepted_tools, refused_tool
from edge_agent.tools.arguments import parse
from edge_agent.tools.definition import Arguments, ToolFailed, no_parameters
from edge_agent.tools.mcp import messages as m
from edge_agent.tools.mcp.acceptance import LONGEST_SCHEMA, MOST_LEFT_OUT, MOST_TOOLS, accepted, result_text
from edge_agent.tools.mcp.by_service import service_servers
from edge_agent.tools.mcp.checks import check_mcp
from edge_agent.tools.mcp.messages import ListedTool
from edge_agent.tools.mcp.offer import Names, definitions, missing, not_offered
from edge_agent.tools.mcp.watch import MOST_MESSAGES, MOST_NOISE, WITHIN_S, Watch
from edge_agent.tools.toolbox import Toolbox

KITCHEN = """
[[mcp]]
name = "kitchen"
command = ["/bin/cat"]
environment = { KITCHEN = "secret" }
tools = ["set_light", "open_fridge"]
confirm = ["open_fridge"]
timeout_s = 3
"""


def loaded(tmp_path: Path, text: str) -> tuple[Config, list[str]]:
    (tmp_path / "c.toml").write_text(text)
    config, problems = load(tmp_path / "c.toml", environ={}, checks=[check_mcp])
    return config, [str(problem).replace(f"{tmp_path}/c.toml", "c.toml") for problem in problems]


# ---- tables ---------------------------------------------------------------
def test_a_table_becomes_a_server(tmp_path: Path) -> None:
    config, problems = loaded(tmp_path, KITCHEN)
    assert problems == []
    (kitchen,) = config.mcp
    assert (kitchen.command, kitchen.tools, kitchen.timeout_s) == (
        ("/bin/cat",),
        ("set_light", "open_fridge"),
        3,
    )
    assert kitchen.marks("confirm", "open_fridge")
    assert not kitchen.marks("confirm", "set_light")
    shown = tomllib.loads(show(config))["mcp"]
    assert shown[0]["environment"] == {"KITCHEN": "***"}
    assert schema()["properties"]["mcp"]["items"]["properties"].keys() == MCP_SERVERS.defaults.keys()


def test_every_mistake_of_a_table_is_told_together(tmp_path: Path) -> None:
    text = """
[[mcp]]
name = "my kitchen"
tools = "all"
timeout = 3
[[mcp]]
name = "both"
command = ["/no/such/program"]
url = "ftp://a.example"
secret_headers = { Authorization = "/no/such/file" }
confirm = ["open"]
[[mcp]]
name = "lost"
command = ["/no/such/program"]
secret_environment = { KEY = "/no/such/file" }
tools = ["*"]
"""
    assert loaded(tmp_path, text)[1] == [
        'c.toml: [[mcp]] number 1: tools must be a list of texts, as in ["set_light"], or ["*"] for all',
        "c.toml: [[mcp]] number 1: 'timeout' is not a key of a server; did you mean 'timeout_s'?",
        "c.toml: [[mcp]] both: set either command or url",
        "c.toml: [[mcp]] both: secret_headers: does not belong to a command",
        "c.toml: [[mcp]] both: url must begin with http:// or https:// and name a host",
        'c.toml: [[mcp]] both: tools must list those that may be called, or ["*"] for all',
        "[mcp] lost: command: /no/such/program is not an executable program; check the path",
        "[mcp] lost: secret_environment: there is no file /no/such/file; create it, or correct the path",
    ]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"name": "1x"}, "name must be set: 1 to 64 letters"),
        ({"confirm": ["b"]}, "confirm: b must be in tools too"),
        ({"caller": "me"}, "caller must be one of device, service"),
        ({"environment": {"A=B": "c"}}, "environment must be a table of texts by name of the variable"),
        ({"environment": {"A": 1}}, "environment must be a table of texts by name of the variable"),
        ({"caller": "service"}, "caller: does not belong to a command"),
        ({"command": None, "url": "https://a.example", "environment": {}}, "environment: does not belong to a url"),
        ({"command": None, "url": "https://a.example", "caller": "service", "once": ["a"]},
         'once: works only with caller = "device"'),
        ({"command": None, "url": "https://a.example", "caller": "service", "tools": ["*"], "confirm": ["a"]},
         'confirm: the service must be told all tools by name, not "*"'),
    ],
)  # fmt: skip
def test_what_a_table_cannot_say(table: dict[str, Any], words: str) -> None:
    whole = {"name": "f", "command": ["true"], "tools": ["a"]} | table
    servers, problems = MCP_SERVERS.parse([{key: value for key, value in whole.items() if value is not None}])
    assert servers == ()
    assert any(words in what for _, what in problems), problems


def test_a_service_without_mcp(tmp_path: Path) -> None:
    text = (
        '[service]\nprovider = "azure-preview"\nendpoint = "https://a.openai.azure.com"\ndeployment = "d"\n'
    )
    text += '[[mcp]]\nname = "x"\nurl = "https://x.example"\ncaller = "service"\ntools = ["*"]\n'
    assert loaded(tmp_path, text)[1] == [
        '[mcp] x: caller: the API of azure-preview has no MCP; set caller = "device"'
    ]


def test_what_a_session_is_told_of_servers_of_the_service(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "key").write_text("Bearer s3cret\n")
    key = str(tmp_path / "key")
    library = McpServer(
        "library", url="https://l.example", secret_headers={"authorization": key, "X": key}, tools=("a", "b")
    )
    assert service_servers([library]) == [
        {
            "type": "mcp",
            "server_label": "library",
            "server_url": "https://l.example",
            "authorization": "s3cret",
            "headers": {"X": "Bearer s3cret"},
            "allowed_tools": ["a", "b"],
            "require_approval": "never",
        }
    ]
    for confirm, approval in (
        (("*",), "always"),
        (("a", "b"), "always"),
        (("b",), {"always": ["b"], "never": ["a"]}),
    ):
        (told,) = service_servers([replace(library, confirm=confirm)])
        assert told["require_approval"] == approval
    (open_one,) = service_servers([McpServer("x", url="https://x.example", tools=("*",))])
    assert open_one.keys() == {"type", "server_label", "server_url", "require_approval"}
    assert service_servers([replace(library, secret_headers={"X": "/no/such/file"})]) == []
    assert "the MCP server library is left out: secret_headers X: /no/such/file cannot be read" in caplog.text


# ---- lines ----------------------------------------------------------------
LIGHT = ListedTool("set_light", "Sets it.", {"properties": {"room": {"type": "string"}}})


@pytest.mark.parametrize(
    "message",
    [
        m.ServeMcp((McpServer("a", ("x", "y"), tools=("*",), headers={"A": "b"}),)),
        m.CallMcp(1, "a", "set_light", {"room": ["é"]}),
        m.CancelMcp(1),
        m.AskMcp(),
        m.McpListed("a", (LIGHT,), ("b: too long",)),
        m.McpDown("a", "gone"),
        m.McpReturned(1, "done\n", ""),
        m.McpAlive(),
    ],
)
def test_a_message_is_a_line(message: m.ToProcess | m.FromProcess) -> None:
    line = m.to_line(message)
    assert line.count(b"\n") == 1
    assert m.of_line(line) == message


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"{}", b'{"is": "Bomb"}', b'{"is": "CancelMcp"}', b'{"is": "AskMcp", "x": 1}']
)
def test_what_is_no_message(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a message|Expecting"):
        m.of_line(line)


# ---- what is accepted -----------------------------------------------------
def test_what_is_too_much_is_left_out_and_told() -> None:
    flat: dict[str, Any] = {"type": "object", "properties": {}}
    listed = accepted(
        "a",
        [
            ("good", "d" * 5000 + "\n", flat),
            ("good", "again", flat),
            ("deep", None, {"type": "object", "properties": {"a": {"anyOf": []}}}),
            ("long", "", {"description": "x" * LONGEST_SCHEMA}),
            ("list", "", {"type": "array"}),
            ("no\nname", "", flat),
            ("", "", flat),
        ],
    )
    assert [(tool.name, len(tool.description), tool.checked) for tool in listed.tools] == [
        ("good", 1024, False),
        ("deep", 0, True),
    ]
    assert listed.left_out == (
        "good: there are two of this name",
        "long: its schema has 16403 characters; 16384 are the most",
        "list: its arguments are not an object",
        "a tool has an invalid name",
        "a tool has an invalid name",
    )


def test_many_tools_are_cut_and_what_is_told_of_it_too() -> None:
    listed = accepted("a", [(f"t{number}", "", {}) for number in range(1000)])
    assert len(listed.tools) == MOST_TOOLS
    assert len(listed.left_out) == MOST_LEFT_OUT
    assert listed.left_out[-1] == "929 more"


def test_what_a_result_says() -> None:
    assert result_text([], None) == ""
    assert result_text([], {"a": "ü"}) == '{"a": "ü"}'
    blocks: list[dict[str, Any]] = [
        {"type": "text", "text": "one"},
        {"type": "image", "data": "x"},
        {"type": "resource", "resource": {"text": "two"}},
        {"type": "resource", "resource": {"blob": "x"}},
        {},
    ]
    told = "one\n(image: cannot be told in words)\ntwo\n(resource: cannot be told in words)"
    assert result_text(blocks, {"a": 1}) == told


def test_a_server_that_floods_or_prints() -> None:
    now = 0.0
    ends: list[None] = []
    watch = Watch(lambda: ends.append(None), lambda: now)
    for _ in range(3 * MOST_MESSAGES):
        now += WITHIN_S / MOST_MESSAGES * 1.01
        assert watch.message()
    assert not all(watch.message() for _ in range(MOST_MESSAGES))
    assert watch.why == "it sends more than 1000 messages in 5 s"
    other = Watch(lambda: ends.append(None))
    assert all(other.noise() for _ in range(MOST_NOISE - 1))
    assert other.message()
    assert all(other.noise() for _ in range(MOST_NOISE - 1))
    assert not other.noise()
    other.end("something later")
    assert other.why == "it prints what is not the Model Context Protocol"
    assert len(ends) == 3


# ---- what the service refuses ---------------------------------------------
TOLD: list[dict[str, Any]] = [
    {"type": "function", "name": "a"},
    {"type": "mcp", "server_label": "library"},
]


@pytest.mark.parametrize(
    ("param", "message", "tool"),
    [
        ("session.tools[0].parameters", "", "tool a"),
        ("session.tools.1.server_url", "", "tool library"),
        ("session.tools[7]", "Invalid schema for function 'a'", ""),
        (None, "Invalid schema for function 'a': no", "tool a"),
        (None, "Invalid schema for function 'b': no", ""),
        ("session.voice", "No such voice", ""),
    ],
)
def test_which_tool_is_refused(param: str | None, message: str, tool: str) -> None:
    assert refused_tool(param, message, TOLD) == tool
    assert len(accepted_tools(TOLD, {tool, "voice"})) == (1 if tool else 2)


# ---- what is offered ------------------------------------------------------
async def run(server: McpServer, tool: str, arguments: Arguments) -> str:
    return f"{server.name} {tool} {arguments}"


async def test_tools_as_the_table_has_them() -> None:
    server = McpServer(
        "kitchen",
        tools=("set_light", "brew", "gone"),
        confirm=("brew",),
        hidden=("brew",),
        background=("brew",),
        timeout_s=3,
        output_chars=99,
    )
    brew = ListedTool("brew", "", {"properties": {"cups": {"anyOf": []}}}, checked=True)
    tools = [LIGHT, brew, ListedTool("other", "", {})]
    light, coffee = definitions(server, tools, Names(()), run)
    assert (light.name, light.description, light.source) == ("set_light", "Sets it.", "MCP server kitchen")
    assert (light.tool.deadline_s, light.output_chars, light.hidden, light.tool.confirm) == (
        3,
        99,
        False,
        False,
    )
    assert (coffee.description, coffee.hidden, coffee.tool.confirm, coffee.tool.background) == (
        "brew",
        True,
        True,
        True,
    )
    assert await light.run({"room": "k"}) == "kitchen set_light {'room': 'k'}"
    with pytest.raises(ToolFailed):
        parse('{"room": 1}', light)
    assert parse('{"cups": "many"}', coffee) == {"cups": "many"}  # the process checks it
    assert missing(server, tools) == ["gone"]
    assert not_offered(server, tools) == ["other"]
    box = Toolbox([light])
    box.put("kitchen", [light, coffee])
    assert list(box.definitions.values()) == [light, coffee]
    assert box.has("kitchen")
    box.put("kitchen", [])
    assert list(box.definitions) == ["set_light"]
    assert not box.has("kitchen")
    (bare,) = definitions(McpServer("a", tools=("*",)), [ListedTool("x", "", {})], Names(()), run)
    assert bare.parameters == no_parameters()
    assert missing(McpServer("a", tools=("*",)), []) == []


def test_names_are_unlike_all_others_and_stay() -> None:
    names = Names({"get_time"})
    assert names.of("a", "get_time") == "a_get_time"
    assert names.of("a", "look") == "look"
    assert names.of("b", "look") == "b_look"
    assert names.of("a", "look") == "look"
    assert names.of("a", "what is/this") == "what_is_this"
    assert names.of("a", "9 lives") == "a_9_lives"
    assert names.of("b", "é") == "_"
    assert names.of("a", "x" * 99) == "x" * 64
    assert names.of("a", "x" * 98) == "a_" + "x" * 62
    assert names.of("a", "x" * 97) == "a_" + "x" * 60 + "_2"
    assert names.of("a", "x" * 96) == "a_" + "x" * 60 + "_3"
