"""Tools: what they are called with, how they end, and what the model is told."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from edge_agent.config import Config
from edge_agent.config.model import AssistantSettings
from edge_agent.config.tool_settings import AbilitySettings, HomeSettings
from edge_agent.tools.arguments import LONGEST, is_flat, parse
from edge_agent.tools.builtin.all_tools import NAMES, DeviceView, builtin_tools
from edge_agent.tools.builtin.clock import clock_tool, local_now
from edge_agent.tools.definition import Arguments, Json, ToolDefinition, ToolFailed, no_parameters
from edge_agent.tools.output import CUT, cut
from edge_agent.tools.runner import ToolRunner
from edge_agent.tools.timers.alarm_clock import AlarmClock
from edge_agent.tools.toolbox import Toolbox
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import CancelTool, RunTool, SettleRing
from edge_agent.vocabulary.tool_events import Tool

Act = Callable[[Arguments], Awaitable[str]]


async def echo(given: Arguments) -> str:
    return json.dumps(given)


def tool(
    name: str = "f", run: Act = echo, *, parameters: Json | None = None, **traits: Any
) -> ToolDefinition:
    schema = no_parameters() if parameters is None else {"type": "object"} | parameters
    return ToolDefinition(Tool(name), "Does something.", run, schema, **traits)


# ---- arguments ------------------------------------------------------------
KINDS = {
    "s": {"type": "string", "maxLength": 3},
    "n": {"type": "number", "minimum": 0, "maximum": 9},
    "i": {"type": "integer"},
    "b": {"type": "boolean"},
    "c": {"enum": ["red", "blue"]},
    "any": {},
}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "the arguments are not valid JSON"),
        ("[" * 5000, "the arguments are not valid JSON"),
        ("[]", "the arguments must be a JSON object"),
        ("x" * (LONGEST + 1), f"{LONGEST} are the most"),
        ('{"x": 1}', "'x' is not a parameter; choose from s, n, i, b, c, any"),
        ('{"s": 1}', "s must be of type string"),
        ('{"s": "long"}', "s must have at most 3 characters"),
        ('{"n": "1"}', "n must be of type number"),
        ('{"n": true}', "n must be of type number"),
        ('{"n": 10}', "n must be 9 or less"),
        ('{"n": -1}', "n must be 0 or more"),
        ('{"i": 1.5}', "i must be of type integer"),
        ('{"b": 1}', "b must be of type boolean"),
        ('{"c": "green"}', "c must be one of red, blue"),
        (
            '{"s": 1, "n": 10, "i": "", "b": 2}',
            "s must be of type string; n must be 9 or less; i must be of type integer",
        ),
    ],
)
def test_arguments_that_do_not_fit(text: str, words: str) -> None:
    with pytest.raises(ToolFailed) as failed:
        parse(text, tool(parameters={"properties": KINDS, "additionalProperties": False}))
    assert words in str(failed.value)


def test_arguments_that_fit() -> None:
    given = {"s": "abc", "n": 9, "i": 1, "b": False, "c": "blue", "any": [1]}
    assert parse(json.dumps(given), tool(parameters={"properties": KINDS})) == given
    assert parse('{"more": 1}', tool(parameters={})) == {"more": 1}
    assert parse("", tool()) == {}
    assert parse('{"more": 1}', tool(parameters={"properties": KINDS})) == {"more": 1}
    assert parse('{"seconds": 1}', tool(parameters={"required": ["seconds"]})) == {"seconds": 1}
    with pytest.raises(ToolFailed, match="seconds is missing"):
        parse("{}", tool(parameters={"required": ["seconds"]}))
    with pytest.raises(ToolFailed, match="choose from nothing"):
        parse('{"x": 1}', tool())


@pytest.mark.parametrize(
    ("schema", "flat"),
    [
        ({}, True),
        ({"type": "object", "properties": KINDS, "required": ["s"], "additionalProperties": False}, True),
        ({"properties": {"a": {"type": "array", "items": {}}}}, False),
        ({"properties": {"a": {"type": "text"}}}, False),
        ({"properties": {"a": {"minimum": "1"}}}, False),
        ({"properties": {"a": True}}, False),
        ({"properties": []}, False),
        ({"anyOf": []}, False),
    ],
)
def test_which_schemas_take_no_package(schema: Json, flat: bool) -> None:
    assert is_flat(schema) is flat


def test_a_tool_with_checks_of_its_own() -> None:
    def refuse(given: Arguments) -> None:
        if given["a"]:
            raise ToolFailed("a must be 0")

    checked = tool(checks=refuse)
    assert parse('{"a": 0}', checked) == {"a": 0}
    with pytest.raises(ToolFailed, match="a must be 0"):
        parse('{"a": 1}', checked)


def test_what_is_long_is_cut() -> None:
    assert cut("short", 64) == "short"
    assert len(cut("x" * 100, 64)) == 64
    assert cut("x" * 100, 64).endswith(CUT)


# ---- the box --------------------------------------------------------------
def test_what_is_offered_and_what_is_hidden() -> None:
    box = Toolbox([tool("a"), tool("b", hidden=True), tool("a", source="another")])
    assert [specification["name"] for specification in box.specifications()] == ["a"]
    assert box.listed == (Tool("a"),)
    assert [told["name"] for told in box.report()] == ["a", "b"]
    asking = ToolDefinition(Tool("open", confirm=True), "Opens it.", echo)
    assert "press its button" in asking.specification["description"]


# ---- running --------------------------------------------------------------
class Running:
    """A runner, and what came of its runs."""

    def __init__(self, *tools: ToolDefinition) -> None:
        self.box = Toolbox(tools)
        self.posted: list[e.Event] = []
        self.settled: list[SettleRing] = []
        self._came = asyncio.Event()
        self.runner = ToolRunner(self.box, self._take, self.settled.append)

    def _take(self, event: e.Event) -> None:
        self.posted.append(event)
        self._came.set()

    async def result(self) -> e.ToolReturned:
        await asyncio.wait_for(self._came.wait(), 5)
        event = self.posted[-1]
        assert isinstance(event, e.ToolReturned)
        return event


async def test_a_run_and_what_came_of_it() -> None:
    running = Running(tool(parameters={}))
    running.runner.send(RunTool(7, "f", '{"a": 1}'))
    result = await running.result()
    assert (result.run, result.output, result.failed, result.name) == (7, '{"a": 1}', False, "f")
    last = running.box.report()[0]["last"]
    assert (last["ending"], last["why"]) == ("done", "")


async def test_a_tool_that_raises_is_told_shortly(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_: Arguments) -> str:
        raise ZeroDivisionError("secret")

    running = Running(tool(run=broken))
    running.runner.send(RunTool(1, "f", "{}"))
    result = await running.result()
    assert result.output == '{"error": "the tool has an error (ZeroDivisionError)"}'
    assert result.failed
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_wrong_arguments_run_nothing() -> None:
    running = Running(tool())
    running.runner.send(RunTool(1, "f", "{}}"))
    result = await running.result()
    assert (result.failed, result.why) == (True, "the arguments are not valid JSON")


async def test_what_is_not_there() -> None:
    outcome = await Running().runner.call("f\n" * 100, "{}")
    assert outcome.why.startswith("there is no tool f")
    assert "\n" not in outcome.why


async def test_a_cancelled_run_tells_nothing() -> None:
    begun = asyncio.Event()

    async def hang(_: Arguments) -> str:
        begun.set()
        await asyncio.Event().wait()
        return ""

    running = Running(tool(run=hang))
    running.runner.send(RunTool(1, "f", "{}"))
    await begun.wait()
    running.runner.send(CancelTool(2, "f"))  # of another run
    running.runner.send(CancelTool(1, "f"))
    await running.runner.close()
    assert running.posted == []
    assert running.box.last["f"].ending == "cancelled"


async def test_a_ring_is_settled() -> None:
    running = Running()
    running.runner.send(SettleRing(3, heard=True))
    assert running.settled == [SettleRing(3, heard=True)]
    await running.runner.close()


async def test_a_long_output_is_cut() -> None:
    async def chatter(_: Arguments) -> str:
        return "x" * 1_000_000

    outcome = await Running(tool(run=chatter)).runner.call("f", "{}")
    assert len(outcome.output) == 4096


# ---- what comes with the device -------------------------------------------
def device(posted: list[e.Event], *, said: str = "") -> DeviceView:
    return DeviceView(
        posted.append, lambda: 40, lambda: said, lambda: {"wrong": "nothing"}, AlarmClock(posted.append)
    )


ALL = Config(home=HomeSettings(url="http://home.local"))


def tools(config: Config = ALL, **view: Any) -> tuple[dict[str, ToolDefinition], list[e.Event]]:
    posted: list[e.Event] = []
    return {it.name: it for it in builtin_tools(config, device(posted, **view))}, posted


def test_all_have_a_name_that_nothing_else_may_have() -> None:
    assert tools()[0].keys() == NAMES


def test_each_can_be_switched_off() -> None:
    names = AbilitySettings.__dataclass_fields__
    none = tools(Config(abilities=AbilitySettings(**dict.fromkeys(names, False))))[0]
    assert none == {}
    for name in names:
        assert tools(Config(abilities=AbilitySettings(**dict.fromkeys(names, False) | {name: True})))[0]


def test_they_are_described_in_the_language_of_the_assistant() -> None:
    english, japanese = tools()[0], tools(Config(assistant=AssistantSettings(language="ja-JP")))[0]
    for name in japanese.keys() & english.keys():
        said, was = japanese[name].specification, english[name].specification
        assert said["description"] != was["description"]
        for key, described in was["parameters"].get("properties", {}).items():
            assert said["parameters"]["properties"][key]["description"] != described["description"]
    assert tools(Config(assistant=AssistantSettings(language="fi")))[0]["get_time"].description.startswith(
        "Tells"
    )


@pytest.mark.parametrize(
    ("name", "given", "event"),
    [
        ("change_volume", {"percent": 30}, e.VolumeSet(30)),
        ("change_volume", {"steps": -2}, e.VolumeStepped(-2)),
        ("mute_microphone", {"minutes": 10}, e.MuteRequested(600)),
        ("end_conversation", {}, e.RestRequested()),
    ],
)
async def test_what_the_device_does_with_itself(name: str, given: Json, event: e.Event) -> None:
    known, posted = tools()
    await known[name].run(given)
    assert posted == [event]


async def test_what_it_knows() -> None:
    known, _ = tools(said="Ten.")
    assert json.loads(await known["repeat_answer"].run({})) == {"say_this_again": "Ten."}
    assert "slowly" in await known["change_pace"].run({"pace": "slower"})
    assert await known["tell_health"].run({}) == '{"wrong": "nothing"}'
    assert await known["stay_silent"].run({}) == ""
    with pytest.raises(ToolFailed, match="nothing was said yet"):
        await tools()[0]["repeat_answer"].run({})
    with pytest.raises(ToolFailed, match="the volume is 40 %"):
        await known["change_volume"].run({})


async def test_the_local_time() -> None:
    told = json.loads(await clock_tool(lambda: datetime(2026, 11, 28, 9, 5).astimezone()).run({}))
    assert (told["time"], told["date"], told["weekday"]) == ("09:05:00", "2026-11-28", "Saturday")
    assert json.loads(await clock_tool().run({}))["date"] == f"{local_now():%Y-%m-%d}"
