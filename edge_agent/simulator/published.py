"""The published APIs, read from `events*.json`.

They were generated from the models of the `openai` package (3.57.0 for GA and GPT-Live, 1.99.9 for preview) and of
`azure-ai-voicelive` (1.3.1).
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
    models: Json = {}
    for file in Path(__file__).parent.glob("events*.json"):
        models |= json.loads(file.read_text("utf-8"))
    return models
