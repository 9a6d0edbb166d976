"""The last lines of the service in the journal: why it does not run, where it does not."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

UNIT = "edge-agent.service"
MOST_LINES = 300
JOURNALCTL_S = 10
WORDS = ("user_said", "agent_said")  # EVENT of what is there only with [log] transcripts
SPEAKERS = ("user: ", "agent: ")  # how it begins, where the journal was given no fields


def journal(*, transcript: bool) -> list[str]:
    """Oldest first; empty without a journal that this user can read."""
    program = shutil.which("journalctl")
    if not program:
        return []
    command = [program, f"--unit={UNIT}", f"--lines={MOST_LINES}", "--output=json", "--quiet"]
    with suppress(OSError, subprocess.TimeoutExpired):
        said = subprocess.run(command, capture_output=True, timeout=JOURNALCTL_S, check=False)  # noqa: S603
        return list(readable(said.stdout.splitlines(), transcript=transcript))
    return []


def readable(lines: Iterable[bytes], *, transcript: bool) -> Iterator[str]:
    """As journalctl writes JSON: one line for each record, without what was spoken unless that is asked for."""
    for line in lines:
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            record: dict[str, Any] = json.loads(line)
            said = record.get("EVENT") in WORDS or record["MESSAGE"].startswith(SPEAKERS)
            if transcript or not said:
                at = datetime.fromtimestamp(int(record["__REALTIME_TIMESTAMP"]) / 1e6).astimezone()
                name = record.get("SYSLOG_IDENTIFIER", "")
                yield f"{at.isoformat(timespec='milliseconds')} {name}: {record['MESSAGE']}"
