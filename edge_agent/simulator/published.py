"""The published API, read from `events.json`.

It was generated from the `openai` package's models (3.54.0 for GA, 1.99.9 for preview).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from ..config.providers import DialectName
from ..realtime.wire import Json
from .schema import Schema


def published(dialect: DialectName) -> Schema:
    """What the service accepts in this dialect."""
    return Schema(_models()[dialect])


@cache
def _models() -> Json:
    models: Json = json.loads((Path(__file__).parent / "events.json").read_text("utf-8"))
    return models
