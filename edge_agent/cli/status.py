"""edge-agent status: what the running device is doing, and what is wrong with it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from ..service.client import Unreachable, request
from . import FAILED, OK
from .common import complain, say


def run(args: argparse.Namespace) -> int:
    try:
        status = request("status")
    except Unreachable as error:
        complain(str(error))
        return FAILED
    if args.json:
        say(json.dumps(status, indent=2, ensure_ascii=False))
    else:
        for line in lines(status):
            say(line)
    return OK


def lines(status: dict[str, Any]) -> Iterator[str]:
    """For people."""
    link, sound = status["link"], status["sound"]
    yield f"{status['mode']} for {lasting(status['mode_s'])}; running for {lasting(status['up_s'])}"
    match link["state"]:
        case "up":
            shown = f"up for {lasting(link['up_s'])}; its session ends in {lasting(link['expires_s'])}"
        case "resting":
            shown = "closed while nobody talks"
        case _:
            shown = "down"
    yield f"  link    {shown}; {link['reconnects']} reconnects; {status['turns']} turns"
    if sound["up"]:
        yield f"  sound   {sound['devices']}"
        counted = sound["counters"]
        yield f"          {counted['overruns']} overruns, {counted['underruns']} underruns" + (
            f"; speaker {counted['latency_ms']} ms" if counted["latency_ms"] else ""
        )
    else:
        yield "  sound   none" + (f": the {sound['missing']} is missing" if sound["missing"] else "")
    if sound["full_duplex"] is not None:
        duplex = "voices can break in" if sound["full_duplex"] else "half-duplex: voices cannot break in"
        yield f"  echo    {sound['erle_db']} dB taken away; {duplex}"
    yield f"  volume  {status['volume']} %" + ("; muted" if status["muted"] else "")
    if costs := status.get("costs"):
        yield f"  cost    {spent(costs)}"
    for note in sound["notes"]:
        yield f"  note    {note}"
    for finding in status["findings"]:
        yield f"  FINDING {finding['code']}: {finding['what']}"
        yield f"          {finding['todo']}"


def spent(costs: dict[str, Any]) -> str:
    """Money and tokens, of the day and since the start."""
    today, total, currency = costs["today"], costs["since_start"], costs["currency"]
    most = f" of {costs['daily_cost']:.9g}" if costs["daily_cost"] else ""
    return (
        f"{today['cost']:.4f}{most} {currency} today, {total['cost']:.4f} {currency} since the start"
        f" ({total['responses']} responses, {tokens(total)} tokens)"
    )


def tokens(use: dict[str, Any]) -> int:
    return sum(count for name, count in use.items() if name.startswith(("text_", "audio_")))


def lasting(seconds: float) -> str:
    """A duration in the two units that matter."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86_400:
        return f"{whole // 3600} h {whole // 60 % 60} min"
    return f"{whole // 86_400} d {whole // 3600 % 24} h"
