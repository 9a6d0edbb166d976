"""What the broker may ask for: what each command becomes, and who is refused. Pure.

A request is one of those of the control socket (`host.control.requests`): nothing else can be asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..config.suggest import did_you_mean
from ..host.control.requests import Request, RequestRefused
from ..host.rate import RateLimit
from ..vocabulary.frozen import frozen

LONGEST_COMMAND = 4096  # bytes
BURST, EACH_S = 10, 0.2  # commands in a row, and the time that earns another
SWITCH = {"ON": "mute", "OFF": "unmute"}
ACTIONS = ("interrupt", "forget", "stop-ringing", "reload", "restart")
FIELDS = {  # of commands that are a text, or an object with these
    "announce": ("text", "media", "chime", "volume", "when_busy", "priority"),
    "start": ("text",),
    "ask-user": ("text", "answer_s"),
}
SPEAKS = dict.fromkeys(("say", *FIELDS), (3, 5.0))  # BURST and EACH_S of what makes the device speak
PRESSED = "PRESS"  # what Home Assistant's buttons say
CANCEL = "cancel-timers"
NAMES = ("mute", "volume", "say", CANCEL, *FIELDS, *ACTIONS)
UNKNOWN_TIMER = "there is no such timer, alarm or reminder, several fit, or the device has none"


class Paces:
    """Of all commands together, and of some kinds by themselves. Times in s."""

    def __init__(self) -> None:
        self._all = RateLimit(BURST, EACH_S)
        self._kinds = {kind: RateLimit(*pace) for kind, pace in SPEAKS.items()}

    def answers(self, now: float) -> bool:
        """Whether another command is looked at."""
        return self._all.allows(now)

    def grant(self, request: Request, now: float) -> None:
        """Raises RequestRefused."""
        kind = request["do"]
        if kind in self._kinds and not self._kinds[kind].allows(now):
            raise RequestRefused(f"{kind!r} comes too often; one in {SPEAKS[kind][1]:g} s is taken")


@frozen
class BrokerCommand:
    """A command as it came. `kept`: the broker had it from earlier."""

    name: str
    payload: bytes
    kept: bool = False


def request_of(asked: BrokerCommand, allowed: frozenset[str]) -> Request:
    """Raises RequestRefused."""
    if asked.kept:
        raise RequestRefused("a command must not be retained: it would be carried out again after each start")
    request = _read(asked)
    kind = asked.name if asked.name == CANCEL else request["do"]
    if kind not in allowed:
        raise RequestRefused(f"{kind!r} is not allowed; add it to [mqtt] allow")
    return request


def _read(asked: BrokerCommand) -> Request:
    if len(asked.payload) > LONGEST_COMMAND:
        raise RequestRefused(f"a command can have at most {LONGEST_COMMAND} bytes")
    text = asked.payload.decode("utf-8", "replace").strip()
    match asked.name:
        case "mute" if text in SWITCH:
            return {"do": SWITCH[text]}
        case "mute":
            raise RequestRefused("mute needs ON or OFF")
        case "volume":
            return {"do": "volume", "percent": _percent(text)}
        case "say":
            return {"do": "say", "text": text}
        case name if name == CANCEL:
            which = "all" if text in ("", PRESSED) else text
            return {"do": "tools", "name": "cancel_timer", "arguments": {"which": which}}
        case name if name in FIELDS:
            return {"do": name, **_fields(name, text)}
        case name if name in ACTIONS:
            return {"do": name}
    raise RequestRefused(f"{asked.name!r:.80} is not a command{did_you_mean(asked.name, NAMES)}")


def _fields(name: str, text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {"text": text} if text not in ("", PRESSED) else {}
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise RequestRefused(f"{name} needs text, or an object of JSON") from None
    if unknown := sorted(given.keys() - set(FIELDS[name])):
        raise RequestRefused(
            f"{name}: {unknown[0]!r:.80} is not a field{did_you_mean(unknown[0], FIELDS[name])}"
        )
    return dict(given)


def _percent(text: str) -> int:
    """As in 60, or 60.0 as some dashboards have it."""
    with suppress(ValueError, OverflowError):
        number = float(text)
        if number == int(number):
            return int(number)
    raise RequestRefused("volume needs a whole number, 0 to 100")


def answer(asked: BrokerCommand, error: str = "", came: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """For who asked. `came`: what came of it."""
    # what the tool says has the names of timers in it, which are the user's words
    if asked.name == CANCEL and came:
        error, came = UNKNOWN_TIMER if came["failed"] else "", None
    return {
        "command": asked.name[:80],
        "ok": not error,
        **(came or {}),
        **({"error": error} if error else {}),
    }
