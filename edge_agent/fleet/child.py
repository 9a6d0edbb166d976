"""The process that looks for news: python -m edge_agent.fleet.child. A question on its standard input, an answer on its
output, both one line of JSON; then it ends.

A process of its own: tuf takes more memory than most of the device, a server may be slow for ever, and what it sends is
parsed where it can be killed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from .outcome import Tally
from .plan import Member, wanted
from .repository import Repository, RepositoryRefused
from .target import LARGEST_PART, FleetTarget, TargetKind

NICE = 10  # sound goes first


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """What is for this device now: the part with its text, and the release. Raises RepositoryRefused."""
    try:
        root = Path(asked["root_file"]).read_bytes()
    except OSError as error:
        raise RepositoryRefused(
            f"{asked['root_file']} cannot be read ({error.strerror}); it comes with 'edge-agent fleet join'"
        ) from None
    repository = Repository(asked["repository"], Path(asked["folder"]), root)
    plan = repository.plan()
    member = Member(asked["name"], tuple(asked["tags"]), asked["system"])
    tallies = {sha256: Tally(*counted) for sha256, counted in asked["tallies"].items()}

    def chosen(kind: TargetKind) -> FleetTarget | None:
        return wanted(plan, member, kind, time.time(), tallies=tallies, has=asked["has"])

    part, release = chosen(TargetKind.CONFIG), chosen(TargetKind.RELEASE)
    told: dict[str, Any] = {"part": None, "release": release and release.as_json()}
    if part:
        try:
            text = repository.fetch(part, LARGEST_PART).read_text("utf-8")
        except UnicodeDecodeError:
            text = "\0"  # refused where it is read
        told["part"] = [part.path, part.sha256, text]
    return told


def main() -> None:
    os.nice(NICE)
    try:
        told = answer(json.loads(sys.stdin.readline()))
    except RepositoryRefused as refused:
        told = {"refused": str(refused)}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
