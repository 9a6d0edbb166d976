"""Looks for news, in a process that ends soon, whatever the server does."""

from __future__ import annotations

import asyncio
import json
import platform
import socket
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import Any

from ..config.fleet_settings import FleetPart, FleetSettings, listed
from ..files.folders import fleet_folder
from .outcome import Tally
from .plan import Member
from .standing import NOTHING

LOOK_S = 180.0
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


class NoNews(Exception):
    """Why it is not known what is new, a sentence; and what to do."""


def member(settings: FleetSettings) -> Member:
    """Who this device is in its fleet."""
    release: dict[str, str] = {}
    with suppress(OSError):
        release = platform.freedesktop_os_release()
    machine = MACHINES.get(platform.machine(), platform.machine())
    return Member(
        settings.name or socket.gethostname(),
        listed(settings.tags),
        f"{release.get('VERSION_ID', '')}/{machine}",
    )


async def look(
    settings: FleetSettings,
    state: Path,
    *,
    tallies: Mapping[str, Tally],
    has: Collection[str],
    within_s: float = LOOK_S,
) -> FleetPart:
    """What the fleet has signed for this device now. `state`: the folder of what it remembers; `tallies`, `has`: as for
    `plan.wanted`. Raises NoNews."""
    us = member(settings)
    asked = {
        "repository": settings.repository,
        "root_file": settings.root_file,
        "folder": str(fleet_folder(state)),
        "name": us.name,
        "tags": us.tags,
        "system": us.system,
        "tallies": {sha256: astuple(counted) for sha256, counted in tallies.items()},
        "has": list(has),
    }
    told = await _ask(asked, within_s)
    if "refused" in told:
        raise NoNews(str(told["refused"]))
    return FleetPart(*told["part"]) if told["part"] else NOTHING


async def _ask(asked: dict[str, Any], within_s: float) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", f"{__package__}.child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=1 << 20,
    )
    try:
        async with asyncio.timeout(within_s):
            output, _ = await process.communicate(json.dumps(asked).encode() + b"\n")
    except TimeoutError:
        raise NoNews(
            f"{asked['repository']} did not send all within {within_s:.0f} s; check the network and the web server"
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        told: dict[str, Any] = json.loads(output)
    except ValueError:
        raise NoNews(
            "the process that looks for news has ended; 'edge-agent fleet status' may say more"
        ) from None
    return told
