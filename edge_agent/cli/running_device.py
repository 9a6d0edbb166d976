"""Requests of the commands to the running device."""

from __future__ import annotations

from typing import Any

from ..host.control.client import Denied, Unreachable, request
from ..host.systemd.sealed import credential_trouble
from .exits import FAILED, Stop
from .output import complain


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
