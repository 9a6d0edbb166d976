"""What happened when, into a file, as it happens."""

from __future__ import annotations

import json
from io import FileIO
from pathlib import Path

from ..telemetry.records import Record, as_json
from .output import writing


def open_timeline(path: str) -> FileIO:
    with writing(path):
        return Path(path).open("wb", buffering=0)  # nothing is left to be written at the end


def write_record(timeline: FileIO, record: Record, path: str) -> None:
    with writing(path):
        timeline.write(f"{json.dumps(as_json(record))}\n".encode())
