"""What other programs build on is documented as it is: the status, the control socket, the timeline, the record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from edge_agent.announce.announcer import MOST
from edge_agent.app.daemon import Daemon
from edge_agent.app.desk import LOOKS
from edge_agent.audio.cards.simulated import SimulatedCard, WavSource
from edge_agent.config.model import Config, ServiceSettings
from edge_agent.config.panel_settings import PanelSettings
from edge_agent.conversation.machine import Conversation
from edge_agent.host.control import server
from edge_agent.host.control.requests import (
    LONGEST_ANSWER_S,
    LONGEST_CHANGES,
    LONGEST_REQUEST,
    LONGEST_TEXT,
    MOST_SETTINGS,
    MOST_TURNS,
    NAMES,
    RequestRefused,
    event_of,
    parse,
)
from edge_agent.replay.recorder import FORMAT, MOST_BYTES, MOST_SEGMENTS, Recorder, unpack
from edge_agent.replay.replayer import FORMATS
from edge_agent.replay.snapshot import ROUGHLY
from edge_agent.report.device_share import device_part
from edge_agent.report.history import History
from edge_agent.telemetry.hours import Hours
from edge_agent.telemetry.records import EVENTS, Record, as_json
from edge_agent.telemetry.status import Finding
from edge_agent.telemetry.timeline import Timeline
from edge_agent.telemetry.turn_log import Day, TurnSummary
from edge_agent.telemetry.turn_summary import LATENCIES
from edge_agent.tools.toolbox import LastRun
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.notices import CallYielded, Output, TurnEnded
from edge_agent.vocabulary.state import State, Turn

from .markdown import DOCS, blocks, quoted, rows, table_headed

CONFIG = Config(service=ServiceSettings(provider="openai"), panel=PanelSettings(backend="none"))
TYPES: dict[str, Any] = {
    "boolean": bool, "integer": int, "number": (int, float), "string": str, "null": NoneType, "list": list,
    "list of strings": list, "list of integers": list, "list of objects": list, "object": dict,
}  # fmt: skip


def is_of(value: Any, kinds: str) -> bool:
    """Whether a value is of one of the types that a table names, as in "number or null"."""
    found = (TYPES[kind] for kind in kinds.split(" or "))
    return any(isinstance(value, kind) and (kind is bool or not isinstance(value, bool)) for kind in found)


# ---- edge-agent status --json ---------------------------------------------------
LOOSE = {
    "processes": "NAME",
    "latency.today": "OUTCOME",
    "tools.ended": "ENDING",
    "wake.calls": "WORD",
    "latency.p50": "STEP",
    "latency.p95": "STEP",
}  # their keys


def keys(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """(key as the page writes it, value) of all that leads no further, of lists, and of what may be null."""
    for name, value in node.items():
        key = f"{path}.{LOOSE.get(path, name)}" if path else name
        if not isinstance(value, dict) or key in ("latency.last", "tools.last"):
            yield key, value
        if isinstance(value, dict):
            yield from keys(value, key)
        for item in value if isinstance(value, list) else ():
            yield from keys(item, f"{key}[]") if isinstance(item, dict) else ()


@pytest.fixture
async def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    own = {"OPENAI_API_KEY": "key", "STATE_DIRECTORY": f"{tmp_path}", "RUNTIME_DIRECTORY": f"{tmp_path}"}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    card = SimulatedCard(WavSource(b""), rate_hz=16_000, channels=1)
    return Daemon(CONFIG, read=lambda: CONFIG, open_card=lambda _: card)


async def test_every_key_of_the_status_is_told_with_its_type(daemon: Daemon) -> None:
    day = Day()
    fresh = {"ok": True} | daemon.report()
    daemon.status.find("link", Finding("link-dns", "the name is not found", "look for it"))
    latencies: dict[str, Any] = dict.fromkeys(LATENCIES, 7)
    day.add(TurnSummary(1, "answered", "button", **latencies), "monday")
    daemon.device.toolbox.keep("get_time", LastRun("done", 1))
    daemon.status.watch(e.WakeWordHeard("hey_jarvis", 0.98, 0), State(Turn.LISTENING))
    daemon.status.watch(e.Tick(), State())
    hours = Hours()
    hours.add(TurnSummary(1, "answered", "button", **latencies), "monday", 9)
    later = (
        {"ok": True} | daemon.report() | {"latency": day.report("monday"), "hours": hours.report("monday")}
    )
    told = {quoted(key)[0]: kind for key, kind, _, _ in rows("status-json.md", "keys")}
    assert set(told) == dict(keys(later)).keys()
    for status in (fresh, later):
        assert [(key, value) for key, value in keys(status) if not is_of(value, told[key])] == []


def test_the_example_of_the_status_has_the_same_keys() -> None:
    (example,) = (json.loads(block) for block in blocks(DOCS / "status-json.md"))
    told = {quoted(row[0])[0] for row in rows("status-json.md", "keys")}
    assert dict(keys(example)).keys() == {key for key in told if "[]" not in key}


# ---- the control socket ---------------------------------------------------------
def test_every_request_is_told_with_its_fields() -> None:
    told = {quoted(name)[0]: fields for name, fields, _ in rows("control-protocol.md", "requests")}
    assert sorted(told) == sorted(NAMES)
    taken: list[dict[str, Any]] = [
        {"do": "volume", "percent": 100}, {"do": "volume", "steps": -10},
        {"do": "say", "text": "x" * LONGEST_TEXT},
        {"do": "announce", "media": "x"},
        {"do": "announce", "text": "x", "chime": True, "volume": 1, "when_busy": "wait", "priority": "normal"},
        {"do": "start", "text": "x" * LONGEST_TEXT},
        {"do": "ask-user", "text": "x", "answer_s": LONGEST_ANSWER_S},
        {"do": "report", "last": MOST_TURNS, "transcript": True},
        {"do": "tools", "name": "get_time", "arguments": {}},
        {"do": "config-check", "text": "x" * LONGEST_CHANGES, "set": {}},
        {"do": "config-write", "text": "x" * LONGEST_CHANGES, "set": {}, "revision": "x"},
        {"do": "config-undo", "revision": "x"},
    ]  # fmt: skip
    for request in [*({"do": name} for name, fields in told.items() if not fields), *taken]:
        event_of(parse(json.dumps(request).encode()))
    for name in {request["do"] for request in taken}:
        named = {field for request in taken if request["do"] == name for field in request} - {"do"}
        assert set(quoted(told[name])) == named


def test_what_is_refused() -> None:
    for request, _ in rows("control-protocol.md", "refusals"):
        with pytest.raises(RequestRefused):
            event_of(parse(quoted(request)[0].encode()))


async def test_the_example_of_a_client_works(tmp_path: Path) -> None:
    control = server.Control(tmp_path / "control.sock", lambda request: {"asked": request})
    await control.start()
    example, *_ = blocks(DOCS / "control-protocol.md")
    names: dict[str, Any] = {}
    await asyncio.to_thread(exec, example.replace("/run/edge-agent", str(tmp_path)), names)
    await control.stop()
    assert names["status"] == {"version": 1, "ok": True, "asked": {"do": "volume", "percent": 60}}


def test_the_limits_of_the_socket() -> None:
    told = dict(table_headed("control-protocol.md", "limit", "value"))
    assert told == {
        "longest request": f"{LONGEST_REQUEST} bytes",
        "longest `text`": f"{LONGEST_TEXT} characters",
        "longest `text` of a configuration": f"{LONGEST_CHANGES} characters",
        "settings in `set`": f"{MOST_SETTINGS}",
        "`config-...` requests": f"{LOOKS[0]} in a row, then one each {LOOKS[1]:g} s",
        "turns of a `report`": f"{MOST_TURNS}",
        "clients": f"{server.MOST_CLIENTS}",
        "time for the next request, and for reading an answer": f"{server.CLIENT_S:g} s",
        "announcements under way": f"{MOST}",
        "pace of one client": f"{server.PACE_S * 1000:g} ms per request",
    }


async def test_what_a_report_is_answered_with(daemon: Daemon) -> None:
    answer = device_part(CONFIG, daemon.report(), History(), 1, [])
    told = {quoted(key)[0]: kind for key, kind, _ in rows("control-protocol.md", "report")}
    assert told.keys() == answer.keys()
    assert [key for key, value in answer.items() if not is_of(value, told[key])] == []


OTHERS = c.Announce, c.SettleAnnouncement, c.SettleOpening, CallYielded


# ---- the timeline ---------------------------------------------------------------
def an(kind: Any) -> Any:
    """Something of a type, in which nothing is empty: a field that is left out where there is nothing is there."""
    origin, parts = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**{name: an(hint) for name, hint in get_type_hints(kind).items()})
    if origin is Literal:
        return parts[0]
    if origin is tuple or origin is UnionType:
        return (an(parts[0]),) if origin is tuple else an(parts[0])
    if issubclass(kind, Cue):
        return Cue.DONE
    return {str: "x", bytes: bytes(96), bool: True, int: 1, float: 1.0}[kind]


def records() -> dict[str, dict[str, Any]]:
    """One of each that the timeline writes."""
    found: dict[str, dict[str, Any]] = {}

    def write(record: Record) -> None:
        line = as_json(record)
        found.setdefault(line["event"], line)

    timeline = Timeline(lambda: 1.0, write)
    idle, speaking = State(), State(Turn.SPEAKING, volume=40)
    timeline.turn = 1
    for event in get_args(e.Event):
        timeline.event(an(event), idle, idle)
    for command in get_args(c.ServiceCommand):
        timeline.sent(an(command))
        timeline.sent(c.CommitInput())
    outputs: list[Output] = [c.PlayCue(Cue.DONE), TurnEnded(1, "unanswered", "dns")]
    outputs += [an(command) for command in (*get_args(c.ToolCommand), *OTHERS)]
    timeline.event(e.ButtonPressed(), speaking, idle, outputs)
    assert found.keys() == set(EVENTS.values())
    return found


def test_every_record_is_told_with_its_fields() -> None:
    told = {quoted(name)[0]: set(quoted(fields)) for name, fields, _ in rows("timeline.md", "records")}
    common = {quoted(name)[0] for name, *_ in rows("timeline.md", "common")}
    made = records()
    assert told.keys() == made.keys()
    assert told == {name: record.keys() - common for name, record in made.items()}


def test_every_field_of_a_record_is_told_with_its_type() -> None:
    told = {quoted(name)[0]: kind for name, kind, _, _ in rows("timeline.md", "fields")}
    always = {quoted(name)[0]: kind for name, kind, _, _ in rows("timeline.md", "common")}
    made = {name: value for record in records().values() for name, value in record.items()}
    assert told.keys() == made.keys() - always.keys()
    assert [name for name, kind in (told | always).items() if not is_of(made[name], kind)] == []


# ---- the record of the turn machine ---------------------------------------------
def test_what_a_record_is_made_of() -> None:
    recorder, conversation = Recorder(), Conversation()
    recorder.begin(conversation)
    recorder.record(e.ButtonPressed(), 1.0, conversation.handle(e.ButtonPressed(), 1.0))
    record = unpack(recorder.packed())
    (segment,) = record["segments"]
    parts = {"record": record | {"failure": "why"}, "segment": segment, "entry": segment["entries"][-1]}
    for name, part in parts.items():
        told = {quoted(key)[0]: kind for key, kind, _ in rows("record-format.md", name)}
        assert told.keys() == part.keys()
        assert [key for key, value in part.items() if not is_of(value, told[key])] == []


def test_which_formats_there_are_and_how_much_is_kept() -> None:
    page = (DOCS / "record-format.md").read_text("utf-8")
    older = sorted(set(FORMATS) - {FORMAT})
    assert f"of the record: {FORMAT}; `edge-agent replay` also reads {', '.join(map(str, older))}," in page
    assert f"the last {MOST_SEGMENTS}, and at most {MOST_BYTES // 1024} KiB of them" in page
    assert f"rounded up to a multiple of {ROUGHLY}" in page
