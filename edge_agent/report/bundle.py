"""All that support is sent, as one JSON document. No sound is in it, no secret, and no word unless it is asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from ..config import Config, Problem
from ..doctor import last_result as doctor
from ..replay.recorder import unpack
from .device_share import shown, without_secrets
from .host import host, versions
from .journal import journal
from .turns import turns_of

FORMAT = 1

Bundle = dict[str, Any]


def bundle(
    config: Config,
    problems: Sequence[Problem],
    device: dict[str, Any] | None,
    why_not: str,
    *,
    status_lines: Sequence[str] = (),
    transcript: bool = False,
) -> Bundle:
    """`device`: what the running one says; None: it does not, `why_not`. `status_lines`: its status for people."""
    told = device or {}
    made = {
        "report": FORMAT,
        "made": datetime.now().astimezone().isoformat(timespec="seconds"),
        "running": device is not None,
        "why_not": why_not,
        "host": host(),
        "versions": versions(),
        "board": config.board,
        "configuration": (told.get("configuration") or shown(config)).splitlines(),
        "problems": [str(problem) for problem in problems],
        "status": told.get("status"),
        "status_lines": list(status_lines),
        "doctor": doctor.last(),
        "turns": [],
        "changes": [],
        "journal": journal(transcript=transcript),
    }
    if "transcript" in told:
        made["transcript"] = told["transcript"]
    if device is not None:
        steps, changes = ([json.loads(record) for record in told[kind]] for kind in ("steps", "changes"))
        made["turns"] = [_dated(turn.as_json()) for turn in turns_of(steps, changes)]
        made["changes"] = [_dated(change) for change in changes]
    return without_secrets(config, made) | {"record": unpack(told["record"]) if device else None}


def _dated(record: dict[str, Any]) -> dict[str, Any]:
    """With `at`, the time of day, in front; `t` is CLOCK_MONOTONIC, of the same computer."""
    ago = timedelta(seconds=time.monotonic() - record["t"])
    at = (datetime.now().astimezone() - ago).isoformat(timespec="milliseconds")
    return {"at": at, **record}
