"""Removes secrets from anything that is about to be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

SHORTEST = 8  # characters; no service has shorter secrets, and a shorter one may be a word
MASK = "***"
SHAPES = (  # of what is a secret by its looks
    r"\bsk-[\w-]{8,}"
    r"|\beyJ[\w-]{10,}(?:\.[\w-]+){0,2}"  # a token (JWT)
    r"|(?<=://)[^\s/?#\"']+(?=@)"  # user and password in an address, as far as its last @
    r"|\b(?P<name>(?i:bearer +|api[-_]key[\"']?[:=] ?[\"']?|sig=))[^\s\"'&,;]{8,}"
)


def masked(thing: Any, secrets: Iterable[str]) -> Any:
    """The same JSON, but for the secrets in its texts: those given, and what looks like one."""
    known = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len, reverse=True)
    return _masked(thing, re.compile("|".join([*map(re.escape, known), SHAPES])))


def _masked(thing: Any, shapes: re.Pattern[str]) -> Any:
    match thing:
        case str():
            return shapes.sub(lambda found: (found["name"] or "") + MASK, thing)
        case list():
            return [_masked(item, shapes) for item in thing]
        case dict():
            return {_masked(key, shapes): _masked(item, shapes) for key, item in thing.items()}
    return thing
