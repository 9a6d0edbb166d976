"""What the device can do with itself: louder and softer, not to hear for a while, to rest, to say nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

from ...vocabulary import events as e
from ...vocabulary.tool_events import Tool
from ..definition import Arguments, Json, ToolDefinition, ToolFailed, parameters

PostEvent = Callable[[e.Event], None]

PERCENT: Json = {"type": "integer", "minimum": 0, "maximum": 100, "description": "The volume, in percent."}
STEPS: Json = {
    "type": "integer",
    "minimum": -10,
    "maximum": 10,
    "description": "Steps of 10 percent: positive for louder, negative for softer.",
}
MINUTES: Json = {"type": "number", "minimum": 0.5, "maximum": 1440, "description": "How long, in minutes."}
PACE: Json = {
    "type": "string",
    "enum": ["slower", "normal", "faster"],
    "description": "How to speak from now on.",
}
PACES = {"slower": "slowly, with short pauses", "normal": "at the usual pace", "faster": "quickly"}


def volume_tool(post: PostEvent, volume: Callable[[], int]) -> ToolDefinition:
    """`volume`: in %, as it is."""

    async def change(given: Arguments) -> str:
        if ("percent" in given) == ("steps" in given):
            raise ToolFailed(f"give either percent or steps; the volume is {volume()} %")
        post(e.VolumeSet(given["percent"]) if "percent" in given else e.VolumeStepped(given["steps"]))
        return json.dumps({"volume_percent": volume()})

    description = "Sets the volume of this device, or makes it louder or softer."
    return ToolDefinition(
        Tool("change_volume"), description, change, parameters({"percent": PERCENT, "steps": STEPS})
    )


def mute_tool(post: PostEvent) -> ToolDefinition:
    async def mute(given: Arguments) -> str:
        post(e.MuteRequested(given["minutes"] * 60))
        return json.dumps({"status": "the microphone is off after this answer", "minutes": given["minutes"]})

    description = "Switches the microphone off for some minutes, after your answer."
    return ToolDefinition(
        Tool("mute_microphone"), description, mute, parameters({"minutes": MINUTES}, "minutes")
    )


def goodbye_tool(post: PostEvent) -> ToolDefinition:
    async def rest(_: Arguments) -> str:
        post(e.RestRequested())
        return json.dumps({"status": "the conversation ends after your next, short words"})

    description = "Ends the conversation, when the user says goodbye. Say a short goodbye after it."
    return ToolDefinition(Tool("end_conversation"), description, rest)


def silence_tool() -> ToolDefinition:
    async def nothing(_: Arguments) -> str:
        return ""

    description = "Stay silent: call it alone, with no words, when nobody was speaking to you."
    return ToolDefinition(Tool("stay_silent", quiet=True), description, nothing)


def repeat_tools(last_answer: Callable[[], str]) -> list[ToolDefinition]:
    """`last_answer`: its words; empty: there is none."""

    async def repeat(_: Arguments) -> str:
        if not (words := last_answer()):
            raise ToolFailed("nothing was said yet")
        return json.dumps({"say_this_again": words}, ensure_ascii=False)

    async def pace(given: Arguments) -> str:
        return json.dumps({"status": f"speak {PACES[given['pace']]} from now on, in every answer"})

    description = "Changes how fast you speak: slower, normal or faster."
    return [
        ToolDefinition(
            Tool("repeat_answer"), "Gives the words of your last answer, to say them again.", repeat
        ),
        ToolDefinition(Tool("change_pace"), description, pace, parameters({"pace": PACE}, "pace")),
    ]


def health_tool(health: Callable[[], Json]) -> ToolDefinition:
    async def tell(_: Arguments) -> str:
        return json.dumps(health(), ensure_ascii=False)

    description = (
        "Tells how this device is: what it is doing, what is wrong with it, and what to do about that."
    )
    return ToolDefinition(Tool("tell_health"), description, tell)
