"""The tokens of those who come over the network: made once, and kept with the state of the device."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe

from ..files.whole import contents, replace
from .access import Tokens

BYTES = 24


def file_in(state: Path) -> Path:
    return state / "web-tokens.json"


def kept(file: Path) -> Tokens | None:
    """None: there are none, or none that can be read."""
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        told = json.loads(contents(file))
        tokens = Tokens(str(told["operator"]), str(told["reader"]))
        if min(len(tokens.operator), len(tokens.reader)) >= BYTES:
            return tokens
    return None


def make(file: Path) -> Tokens:
    """New ones: those before do not count any more. Raises OSError."""
    tokens = Tokens(token_urlsafe(BYTES), token_urlsafe(BYTES))
    replace(file, json.dumps({"operator": tokens.operator, "reader": tokens.reader}))
    return tokens
