"""What is to ring is kept, and rings by the clock that counts for it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from edge_agent.host import file_writer
from edge_agent.tools.builtin.timer_tools import timer_tools
from edge_agent.tools.definition import ToolFailed
from edge_agent.tools.timers.alarm_clock import LOOK_S, MOST, AlarmClock, read_clock
from edge_agent.tools.timers.entry import LATE_S, ClockReading, Entry, after, of_json, to_json
from edge_agent.tools.timers.when import next_local
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import SettleRing

NOON = datetime(2026, 11, 28, 12).timestamp()  # noqa: DTZ001
NOW = ClockReading(NOON, 1000.0, "this boot")


@pytest.fixture
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


# ---- which clock ----------------------------------------------------------
def test_a_duration_does_not_care_about_the_wall_clock() -> None:
    timer = after(1, "timer", 60, NOW, name="", text="")
    for wall_s in (0.0, NOON - 3600, NOON + 50 * 365 * 86400):
        assert timer.left_s(ClockReading(wall_s, 1010.0, "this boot")) == 50


def test_after_a_restart_of_the_machine_a_duration_counts_on_the_wall() -> None:
    timer = after(1, "timer", 600, NOW, name="", text="")
    assert timer.left_s(ClockReading(NOON + 100, 5.0, "next boot")) == 500
    assert timer.left_s(ClockReading(5.0, 5.0, "next boot")) is None  # 1970: not set yet
    assert timer.left_s(ClockReading(NOON + 3600, 60.0, "next boot")) == -3000


def test_a_time_of_day_follows_the_wall_clock_wherever_it_is_set() -> None:
    alarm = Entry(1, "alarm", local="2026-11-28T13:00:00")
    assert alarm.left_s(NOW) == 3600
    assert alarm.left_s(replace(NOW, wall_s=NOON + 3590)) == 10
    assert alarm.left_s(replace(NOW, wall_s=60.0)) is None
    assert alarm.left_s(replace(NOW, wall_s=NOON - 7200)) == 3 * 3600


@pytest.mark.usefixtures("_in_berlin")
def test_an_alarm_rings_at_the_time_that_was_said_on_both_sides_of_summer_time() -> None:
    evening = datetime(2026, 10, 24, 22, 0)  # noqa: DTZ001 - the night in which the clock is set back
    local = next_local("07:00", evening)
    left_s = Entry(1, "alarm", local=local).left_s(replace(NOW, wall_s=evening.timestamp()))
    assert left_s == 10 * 3600  # and not 9
    skipped = Entry(1, "alarm", local="2026-03-29T02:30:00")  # no clock shows that
    assert skipped.left_s(replace(NOW, wall_s=datetime(2026, 3, 29, 1, 30).timestamp())) == 3600  # noqa: DTZ001


@pytest.mark.parametrize(
    ("said", "local"),
    [
        ("13:05", "2026-11-28T13:05:00"),
        ("7:00", "2026-11-29T07:00:00"),
        ("12:00", "2026-11-29T12:00:00"),  # it is noon now
        ("2026-12-24T18:00", "2026-12-24T18:00:00"),
    ],
)
def test_the_next_time(said: str, local: str) -> None:
    assert next_local(said, datetime(2026, 11, 28, 12)) == local  # noqa: DTZ001


@pytest.mark.usefixtures("_in_berlin")
def test_a_time_with_a_zone_is_told_in_local_time() -> None:
    assert next_local("2026-12-24T18:00:00+00:00", datetime(2026, 11, 28, 12)) == "2026-12-24T19:00:00"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("25:00", "25:00 is not a time of day"),
        ("soon", "at must be HH:MM"),
        ("2026-11-28T11:00", "is in the past; it is 2026-11-28 12:00 now"),
        ("2036-01-01T00:00", "more than a year away"),
    ],
)
def test_a_time_that_cannot_be(said: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        next_local(said, datetime(2026, 11, 28, 12))  # noqa: DTZ001


# ---- how it is told -------------------------------------------------------
@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (Entry(1, "timer"), "The timer has ended."),
        (Entry(1, "timer", "pasta"), "The timer 'pasta' has ended."),
        (Entry(1, "alarm", "work"), "The alarm 'work' is due."),
        (Entry(1, "reminder", text="feed the cat"), "Reminder: feed the cat."),
    ],
)
def test_what_is_said_when_it_rings(entry: Entry, told: str) -> None:
    assert entry.told == told


@pytest.mark.parametrize(
    "kept",
    [None, {}, {"number": 1}, {"number": "1", "kind": "timer"}, {"number": 1, "kind": "bomb"},
     {"number": 1, "kind": "alarm", "local": "soon"}, {"number": 1, "kind": "timer", "of_later": 1}],
)  # fmt: skip
def test_what_was_not_kept_by_this_is_passed_over(kept: Any) -> None:
    assert of_json(kept) is None


def test_there_and_back() -> None:
    entry = after(3, "reminder", 5, NOW, name="", text="tea")
    assert of_json(json.loads(json.dumps(to_json(entry)))) == entry


# ---- the alarm clock ------------------------------------------------------
class Clock:
    """One that is set by hand."""

    def __init__(self, reading: ClockReading = NOW) -> None:
        self.reading = reading

    def __call__(self) -> ClockReading:
        return self.reading


async def due(alarm_clock: AlarmClock) -> list[e.Event]:
    """What it says now, if it looks."""
    running = asyncio.create_task(alarm_clock.run())
    posted: list[e.Event] = alarm_clock.posted  # type: ignore[attr-defined]
    for _ in range(5):
        await asyncio.sleep(0)
    running.cancel()
    return posted


def made(file: Path | None, clock: Clock) -> AlarmClock:
    posted: list[e.Event] = []
    alarm_clock = AlarmClock(posted.append, file, clock=clock)
    alarm_clock.posted = posted  # type: ignore[attr-defined]
    return alarm_clock


async def test_a_timer_rings_once(tmp_path: Path) -> None:
    clock = Clock()
    alarm_clock = made(tmp_path / "timers.json", clock)
    await alarm_clock.set_after("timer", 5, name="egg")
    assert await due(alarm_clock) == []
    clock.reading = replace(NOW, up_s=1005.0)
    rings = [e.TimeReached(1, "timer", "The timer 'egg' has ended.")]
    assert await due(alarm_clock) == rings
    assert await due(alarm_clock) == rings  # and no second time
    alarm_clock.settle(SettleRing(1, heard=True))
    assert alarm_clock.entries == {}


async def test_what_is_set_survives_a_power_cut(tmp_path: Path) -> None:
    file, clock = tmp_path / "timers.json", Clock()
    alarm_clock = made(file, clock)
    _, saved = await alarm_clock.set_after("timer", 600)
    assert saved
    clock.reading = ClockReading(100.0, 3.0, "next boot")  # 1970
    again = made(file, clock)
    assert await due(again) == []
    clock.reading = ClockReading(NOON + 700, 9.0, "next boot")  # NTP has set the clock, 56 years on
    assert await due(again) == [e.TimeReached(1, "timer", "The timer has ended.")]


async def test_what_rang_when_the_power_was_cut_rings_again(tmp_path: Path) -> None:
    file, clock = tmp_path / "timers.json", Clock()
    alarm_clock = made(file, clock)
    await alarm_clock.set_after("timer", 1)
    clock.reading = replace(NOW, up_s=1001.0)
    assert len(await due(alarm_clock)) == 1
    assert len(await due(made(file, clock))) == 1


async def test_what_is_long_past_was_missed(tmp_path: Path) -> None:
    file, clock = tmp_path / "timers.json", Clock()
    await made(file, clock).set_at("alarm", "2026-11-28T13:00:00", name="bus")
    clock.reading = ClockReading(NOON + 3600 + LATE_S + 1, 9.0, "next boot")
    again = made(file, clock)
    assert await due(again) == [e.RingMissed("While the device was off: The alarm 'bus' is due.")]
    await again.save()
    assert made(file, clock).entries == {}


UNREADABLE = ["", "[]", '{"entries": 7, "count": 1}', '{"entries": [], "count": "x"}', "[" * 10_000]


@pytest.mark.parametrize("text", UNREADABLE)
async def test_a_file_that_cannot_be_read_is_as_if_there_were_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "timers.json").write_text(text)
    alarm_clock = made(tmp_path / "timers.json", Clock())
    assert alarm_clock.entries == {}
    await alarm_clock.set_after("timer", 5)
    assert len(made(tmp_path / "timers.json", Clock()).entries) == 1


async def test_what_cannot_be_saved_is_told(tmp_path: Path) -> None:
    (tmp_path / "timers.json").mkdir()
    tools = {tool.name: tool for tool in timer_tools(made(tmp_path / "timers.json", Clock()))}
    told = json.loads(await tools["set_timer"].run({"seconds": 60}))
    assert told["warning"] == "it could not be saved: after a power cut it is forgotten"
    assert told["set"]["seconds_left"] == 60


async def test_there_is_room_for_so_many() -> None:
    alarm_clock = made(None, Clock())
    for _ in range(MOST):
        await alarm_clock.set_after("timer", 5)
    with pytest.raises(ToolFailed, match=f"{MOST} timers are set"):
        await alarm_clock.set_after("timer", 5)


async def test_it_looks_at_the_wall_clock_again_and_again() -> None:
    clock = Clock()
    alarm_clock = made(None, clock)
    await alarm_clock.set_at("alarm", "2026-11-28T13:00:00")
    assert await alarm_clock._ring_due() == LOOK_S
    await alarm_clock.set_after("timer", 2)
    assert await alarm_clock._ring_due() == 2
    clock.reading = replace(NOW, wall_s=0.0)
    await alarm_clock.cancel([2])
    assert await alarm_clock._ring_due() == LOOK_S


def test_the_clock_of_this_machine() -> None:
    reading = read_clock()
    assert reading.is_set
    assert len(reading.boot) == 36


# ---- as tools -------------------------------------------------------------
async def test_what_could_not_be_saved_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_writer, "RETRY_S", 0)
    file = tmp_path / "timers.json"
    file.mkdir()
    alarm_clock = made(file, Clock())
    _, saved = await alarm_clock.set_after("timer", 600)
    assert not saved
    assert alarm_clock.fault.startswith(
        f"a restart will forget timers, alarms and reminders: cannot save {file}"
    )
    file.rmdir()
    alarm_clock.retry()
    alarm_clock.finish()
    assert alarm_clock.fault == ""
    assert len(made(file, Clock()).entries) == 1
    forgetful = AlarmClock(print)
    forgetful.retry()
    forgetful.finish()
    assert forgetful.fault == ""


async def test_timers_as_the_model_sets_and_changes_them() -> None:
    alarm_clock = made(None, Clock())
    tools = {tool.name: tool.run for tool in timer_tools(alarm_clock, lambda: datetime(2026, 11, 28, 12))}  # noqa: DTZ001
    await tools["set_timer"]({"seconds": 60, "name": "pasta"})
    await tools["set_alarm"]({"at": "13:00"})
    await tools["set_reminder"]({"text": "call Anna", "seconds": 30})
    await tools["set_reminder"]({"text": "water it", "at": "18:00"})
    listed = json.loads(await tools["list_timers"]({}))["timers"]
    assert listed == [
        {"number": 1, "kind": "timer", "name": "pasta", "seconds_left": 60},
        {"number": 2, "kind": "alarm", "rings_at": "2026-11-28T13:00:00", "seconds_left": 3600},
        {"number": 3, "kind": "reminder", "text": "call Anna", "seconds_left": 30},
        {"number": 4, "kind": "reminder", "text": "water it", "rings_at": "2026-11-28T18:00:00", "seconds_left": 21600},
    ]  # fmt: skip
    longer = json.loads(await tools["extend_timer"]({"which": "pasta", "seconds": 30}))
    assert longer["set"]["seconds_left"] == 90
    assert json.loads(await tools["cancel_timer"]({"which": "Anna"})) == {"cancelled": ["reminder"]}
    for which, words in (
        ("4", None),
        ("egg", "there is no such timer; 1: pasta timer, 2: alarm"),
        ("all", None),
    ):
        if words:
            with pytest.raises(ToolFailed, match=words):
                await tools["cancel_timer"]({"which": which})
        else:
            await tools["cancel_timer"]({"which": which})
    assert alarm_clock.entries == {}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("set_alarm", {"at": "noon"}, "at must be HH:MM"),
        ("set_reminder", {"text": "x"}, "give either seconds or at"),
        ("extend_timer", {"which": "work", "seconds": 5}, "rings at a time of day"),
        ("cancel_timer", {"which": "alarm"}, "several fit; 2: alarm, 3: alarm"),
        ("cancel_timer", {"which": " "}, "there is no such timer; 1: work alarm, 2: alarm, 3: alarm"),
    ],
)
async def test_what_a_timer_cannot_be(name: str, given: dict[str, Any], words: str) -> None:
    alarm_clock = made(None, Clock())
    tools = {tool.name: tool.run for tool in timer_tools(alarm_clock, lambda: datetime(2026, 11, 28, 12))}  # noqa: DTZ001
    await tools["set_alarm"]({"at": "13:00", "name": "work"})
    await tools["set_alarm"]({"at": "14:00"})
    await tools["set_alarm"]({"at": "15:00"})
    with pytest.raises(ToolFailed, match=words):
        await tools[name](given)
