"""What may be asked over the control socket: names, fields, and the event that each becomes. Pure."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any, get_args

from ...vocabulary import events as e
from ...vocabulary.actions import ACTIONS
from ...vocabulary.announcements import Announcement, Priority, WhenBusy
from ...vocabulary.text import is_text

VERSION = 1
LONGEST_REQUEST = 32_768  # bytes
LONGEST_TEXT = 1000  # characters
LONGEST_CHANGES = 8000  # characters
LARGEST_NUMBER = 2**53
MOST_SETTINGS = 64  # of a change
ANSWER_S, LONGEST_ANSWER_S = 15, 60  # that `ask-user` waits for the first word
MOST_TURNS = 50  # of a report

Request = dict[str, Any]

CONFIG_NAMES = ("config-read", "config-check", "config-write", "config-undo")
NAMES = (
    *("status", *ACTIONS, "volume", "say", "announce", "start", "ask-user"),
    *("reload", "restart", "report", "tools", *CONFIG_NAMES),
)
SETTING = re.compile(r"[a-z_]+\.\w+")


class RequestRefused(Exception):
    """A request that cannot be granted, in a sentence."""


def parse(line: bytes) -> Request:
    """A line as it came. Raises RequestRefused."""
    with suppress(ValueError, RecursionError):
        request = json.loads(line)
        if isinstance(request, dict):
            if (version := request.get("version", VERSION)) != VERSION:
                raise RequestRefused(
                    f"version {version!r} is unknown; this device supports version {VERSION}"
                )
            return request
    raise RequestRefused('a request must be a JSON object on one line, as in {"do": "status"}')


def event_of(request: Request) -> e.Event | None:
    """What is to happen; None: the request is of another kind. Raises RequestRefused."""
    match request:
        case {"do": str(name)} if name in ACTIONS:
            return ACTIONS[name]
        case {"do": "volume", "percent": int(percent)} if type(percent) is int and 0 <= percent <= 100:
            return e.VolumeSet(percent)
        case {"do": "volume", "steps": int(steps)} if type(steps) is int and abs(steps) <= 10:
            return e.VolumeStepped(steps)
        case {"do": "volume"}:
            raise RequestRefused("volume needs percent (0 to 100) or steps (-10 to 10)")
        case {"do": "say", "text": str(text)} if _can_be_said(text):
            return e.TextEntered(text)
        case {"do": "say"}:
            raise RequestRefused(f"say needs text, 1 to {LONGEST_TEXT} characters")
        case {"do": "announce"}:
            announcement_of(request)
            return None
        case {"do": "start"} if not (request.get("text", "") == "" or _has_text(request)):
            raise RequestRefused(f"start needs nothing, or text, 1 to {LONGEST_TEXT} characters")
        case {"do": "ask-user"} if not (_has_text(request) and _is_wait(request.get("answer_s", ANSWER_S))):
            raise RequestRefused(
                f"ask-user needs text, 1 to {LONGEST_TEXT} characters, and answer_s (1 to {LONGEST_ANSWER_S})"
            )
        case {"do": "report"} if not _is_report(request):
            raise RequestRefused(
                f"report needs last (1 to {MOST_TURNS} turns) and transcript (true or false)"
            )
        case {"do": "tools"} if not _is_call(request):
            raise RequestRefused("tools needs nothing, or name (text) and arguments (an object)")
        case {"do": "config-check" | "config-write" | "config-undo"} if not _is_change(request):
            raise RequestRefused(
                f"a change has text (at most {LONGEST_CHANGES} characters), set (at most {MOST_SETTINGS} values by"
                " SECTION.KEY) and revision (text), or some of these"
            )
        case {"do": str(name)} if name in NAMES:
            return None
    raise RequestRefused(f"{request.get('do')!r:.80} is unknown; choose from {', '.join(NAMES)}")


def announcement_of(request: Request) -> Announcement:
    """What is to be announced. Raises RequestRefused."""
    chime, volume = request.get("chime"), request.get("volume")
    when_busy, priority = request.get("when_busy"), request.get("priority", "normal")
    text, media = request.get("text", ""), request.get("media", "")
    if not any(
        given == "" and isinstance(other, str) and _can_be_said(other)
        for given, other in ((text, media), (media, text))
    ):
        raise RequestRefused(f"announce needs text or media, 1 to {LONGEST_TEXT} characters")
    if not (chime is None or isinstance(chime, bool)):
        raise RequestRefused("announce: chime must be true or false")
    if not (volume is None or (type(volume) is int and 0 <= volume <= 100)):
        raise RequestRefused("announce: volume must be 0 to 100")
    if when_busy not in (None, *get_args(WhenBusy)):
        raise RequestRefused(f"announce: when_busy must be one of {', '.join(get_args(WhenBusy))}")
    if priority not in get_args(Priority):
        raise RequestRefused(f"announce: priority must be one of {', '.join(get_args(Priority))}")
    return Announcement(text, media, chime, volume, when_busy, priority)


def _is_report(request: Request) -> bool:
    last, transcript = request.get("last", MOST_TURNS), request.get("transcript", False)
    return type(last) is int and 1 <= last <= MOST_TURNS and isinstance(transcript, bool)


def _is_call(request: Request) -> bool:
    """Of a tool, or none at all."""
    name, arguments = request.get("name"), request.get("arguments")
    return (name is None and arguments is None) or (isinstance(name, str) and isinstance(arguments, dict))


def _is_change(request: Request) -> bool:
    text, revision, wanted = request.get("text", ""), request.get("revision", ""), request.get("set", {})
    return (
        (isinstance(text, str) and len(text) <= LONGEST_CHANGES and is_text(text))
        and isinstance(revision, str)
        and isinstance(wanted, dict)
        and len(wanted) <= MOST_SETTINGS
        and all(SETTING.fullmatch(name) and _is_value(value) for name, value in wanted.items())
    )


def _is_value(value: Any) -> bool:
    """Of a setting."""
    if isinstance(value, str):
        return is_text(value)
    return value is None or (isinstance(value, int | float) and abs(value) <= LARGEST_NUMBER)


def _has_text(request: Request) -> bool:
    text = request.get("text")
    return isinstance(text, str) and _can_be_said(text)


def _is_wait(answer_s: Any) -> bool:
    return type(answer_s) in (int, float) and 1 <= answer_s <= LONGEST_ANSWER_S


def _can_be_said(text: str) -> bool:
    return bool(text.strip()) and len(text) <= LONGEST_TEXT and is_text(text)
