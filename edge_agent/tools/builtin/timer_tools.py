"""Timers, alarms and reminders, for the model to set, list, change and cancel."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from ...vocabulary.tool_events import Tool
from ..definition import Arguments, Json, ToolDefinition, ToolFailed, parameters
from ..timers.alarm_clock import AlarmClock
from ..timers.entry import Entry
from ..timers.when import next_local

LONGEST_S = 7 * 24 * 3600
NAME = {"type": "string", "maxLength": 60, "description": "What it is for, if the user has said it."}
SECONDS = {"type": "number", "minimum": 1, "maximum": LONGEST_S, "description": "How long, in seconds."}
AT = {
    "type": "string",
    "maxLength": 40,
    "description": "Local time: HH:MM, or YYYY-MM-DDTHH:MM for another day.",
}
TEXT = {"type": "string", "maxLength": 300, "description": "What to remind the user of."}
WHICH = {"type": "string", "maxLength": 60, "description": "Its name or number; all: each of them."}


def local_now() -> datetime:
    return datetime.now()  # noqa: DTZ005 - what the clock on the wall shows


def timer_tools(clock: AlarmClock, now: Callable[[], datetime] = local_now) -> list[ToolDefinition]:
    tools = TimerTools(clock, now)
    define = _definition
    return [
        define("set_timer", "Sets a timer.", tools.set_timer, {"seconds": SECONDS, "name": NAME}, "seconds"),
        define(
            "set_alarm", "Sets an alarm for a time of day.", tools.set_alarm, {"at": AT, "name": NAME}, "at"
        ),
        define(
            "set_reminder",
            "Sets a reminder, after some seconds or at a time of day.",
            tools.set_reminder,
            {"text": TEXT, "seconds": SECONDS, "at": AT},
            "text",
        ),
        define("list_timers", "Lists timers, alarms and reminders, with the time left.", tools.list_all, {}),
        define(
            "cancel_timer",
            "Cancels a timer, an alarm or a reminder.",
            tools.cancel,
            {"which": WHICH},
            "which",
        ),
        define(
            "extend_timer",
            "Adds time to a timer; a negative number takes some away.",
            tools.extend,
            {"which": WHICH, "seconds": SECONDS | {"minimum": -LONGEST_S}},
            "which",
            "seconds",
        ),
    ]


def _definition(name: str, description: str, run: object, properties: Json, *required: str) -> ToolDefinition:
    sets, lists = name.startswith("set_"), name == "list_timers"
    tool = Tool(name, once=sets, undoes=not (sets or lists))
    return ToolDefinition(tool, description, run, parameters(properties, *required))  # type: ignore[arg-type]


class TimerTools:
    def __init__(self, clock: AlarmClock, now: Callable[[], datetime]) -> None:
        self._clock, self._now = clock, now

    async def set_timer(self, given: Arguments) -> str:
        return self._told(*await self._clock.set_after("timer", given["seconds"], name=given.get("name", "")))

    async def set_alarm(self, given: Arguments) -> str:
        local = self._local(given["at"])
        return self._told(*await self._clock.set_at("alarm", local, name=given.get("name", "")))

    async def set_reminder(self, given: Arguments) -> str:
        text = given["text"]
        if ("seconds" in given) == ("at" in given):
            raise ToolFailed("give either seconds or at")
        if "seconds" in given:
            return self._told(*await self._clock.set_after("reminder", given["seconds"], text=text))
        return self._told(*await self._clock.set_at("reminder", self._local(given["at"]), text=text))

    async def list_all(self, _: Arguments) -> str:
        return json.dumps({"timers": [self._shown(entry) for entry in self._clock.entries.values()]})

    async def cancel(self, given: Arguments) -> str:
        chosen = (
            list(self._clock.entries.values()) if given["which"] == "all" else [self._chosen(given["which"])]
        )
        saved = await self._clock.cancel([entry.number for entry in chosen])
        return json.dumps({"cancelled": [entry.title for entry in chosen]} | _warning(saved))

    async def extend(self, given: Arguments) -> str:
        entry = self._chosen(given["which"])
        if entry.local:
            raise ToolFailed("that rings at a time of day; cancel it, and set it for another")
        return self._told(*await self._clock.extend(entry, given["seconds"]))

    def _local(self, said: str) -> str:
        try:
            return next_local(said.strip(), self._now())
        except ValueError as error:
            raise ToolFailed(str(error)) from None

    def _chosen(self, which: str) -> Entry:
        """By name or number; the only one needs neither. Raises ToolFailed."""
        wanted = which.strip().lower()
        entries = list(self._clock.entries.values())
        known = {
            entry.number: {entry.name.lower(), str(entry.number), entry.title.lower()} for entry in entries
        }
        found = [entry for entry in entries if wanted and wanted in known[entry.number]]
        found = found or [
            entry for entry in entries if wanted and wanted in f"{entry.title} {entry.text}".lower()
        ]
        if len(found) != 1:
            titles = (
                ", ".join(f"{entry.number}: {entry.title}" for entry in found or entries) or "nothing is set"
            )
            raise ToolFailed(f"{'several fit' if found else 'there is no such timer'}; {titles}")
        return found[0]

    def _told(self, entry: Entry, saved: bool) -> str:
        return json.dumps({"set": self._shown(entry)} | _warning(saved))

    def _shown(self, entry: Entry) -> Json:
        left_s = self._clock.left_s(entry)
        shown: Json = {"number": entry.number, "kind": entry.kind}
        shown |= {key: value for key in ("name", "text") if (value := getattr(entry, key))}
        if entry.local:
            shown["rings_at"] = entry.local
        return shown | ({} if left_s is None else {"seconds_left": max(0, round(left_s))})


def _warning(saved: bool) -> Json:
    return {} if saved else {"warning": "it could not be saved: after a power cut it is forgotten"}
