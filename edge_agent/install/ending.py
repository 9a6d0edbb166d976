"""The end of an installation: does the device work? What was found before the first start, and what it says itself."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from .process import Console, call

STATE = "/var/lib/edge-agent"
SETTLES_S = 15.0  # until it has a link, or knows why not
CLEAN = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


def examine(program: Sequence[str], console: Console) -> None:
    """The doctor, with the service's environment, before the service takes the sound for itself; says what is wrong."""
    console.say("the doctor listens to the room; it will play a short sound")
    done = call(*program, "doctor", "--json", environ={**CLEAN, "STATE_DIRECTORY": STATE})
    try:
        checks = json.loads(done.stdout)["checks"]
    except (ValueError, KeyError):
        console.complain(f"the doctor says nothing: {done.stderr.strip()[-200:]}")
        return
    good = [check["name"] for check in checks if check["status"] == "ok"]
    console.say(f"the doctor found in order: {', '.join(dict.fromkeys(good))}")
    console.show(list(wrong(checks)))


def wrong(checks: Sequence[dict[str, Any]]) -> Iterator[str]:
    for check in checks:
        if check["status"] in ("warning", "failed"):
            todo = f"; {check['do']}" if check["do"] else ""
            yield f"{check['status']:8} {check['name']}: {check['seen']}{todo}"


def last_lines(status: dict[str, Any]) -> list[str]:
    """Of the installation: whether one can talk to the device, or what is wrong, with what to do."""
    findings = [
        f"{found['code']}: {found['what']}; {found['todo']}"
        if found["todo"]
        else f"{found['code']}: {found['what']}"
        for found in status["findings"]
    ]
    if findings:
        return [f"{status['mode']}: it runs, but", *(f"  {finding}" for finding in findings)]
    return [f"{status['mode']}: talk to it"]


def is_settled(status: dict[str, Any]) -> bool:
    return bool(status["findings"]) or (status["mode"] != "offline" and status["link"]["state"] != "down")


def ask(program: Sequence[str]) -> list[str]:
    """The lines of a running device."""
    until = time.monotonic() + SETTLES_S
    while True:
        done = call(*program, "status", "--json", environ=CLEAN)
        try:
            status = json.loads(done.stdout)
        except ValueError:
            status = None
        if status and (is_settled(status) or time.monotonic() > until):
            return last_lines(status)
        if time.monotonic() > until:
            return [f"it does not answer: {done.stderr.strip()}"]
        time.sleep(0.5)
