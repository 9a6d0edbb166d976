"""Requests of the commands to the running device."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from ..host.control.client import Denied, Unreachable, request
from ..host.systemd.sealed import credential_trouble
from .exits import FAILED, OK, Stop
from .output import complain, say

CARD_S, LOOK_S = 1.5, 0.05  # until a card has what it was given; between looks


def ask(do: str, **arguments: Any) -> dict[str, Any]:
    """The device's answer; Stop, and said why, where there is none or it refuses."""
    try:
        answer = request(do, **arguments)
    except Unreachable as error:
        denied = isinstance(error, Denied)  # it runs
        complain(("" if denied else credential_trouble()) or str(error))
        raise Stop(FAILED) from None
    if not answer.get("ok"):
        complain(str(answer.get("error")))
        raise Stop(FAILED)
    return answer


def tell_outcome(outcome: str, words: Mapping[str, str], *, wanted: str, as_json: bool) -> int:
    """Says how a request ended, and gives the exit code. `words`: for each outcome."""
    if as_json:
        say(json.dumps({"outcome": outcome}))
    elif outcome == wanted:
        say(words[outcome])
    else:
        complain(words[outcome])
    return OK if outcome == wanted else FAILED


def warn_unless_saved(answer: Mapping[str, Any]) -> None:
    """Says so where what was just changed will not survive a restart. `answer`: the device's, to the change."""
    until = time.monotonic() + CARD_S
    while answer.get("saved", True) is None and time.monotonic() < until:
        time.sleep(LOOK_S)
        answer = ask("status")
    if answer.get("saved", True):
        return
    faults = [found["what"] for found in answer["findings"] if found["code"] == "state-not-saved"]
    complain(faults[0] if faults else "the card is slow: a restart now could forget this")
