"""Values for the templates of a voice agent: a setting. Pure."""

from __future__ import annotations

import re

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parse_inputs(text: str) -> dict[str, str]:
    """Of "NAME: VALUE; NAME: VALUE". Raises ValueError: what is wrong."""
    inputs: dict[str, str] = {}
    for part in filter(str.strip, re.split(r"[;\n]", text)):
        name, colon, value = (piece.strip() for piece in part.partition(":"))
        if not colon or not value:
            raise ValueError(f"{part.strip()!r} is not NAME: VALUE")
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a valid name; use letters, digits and _")
        if name in inputs:
            raise ValueError(f"{name!r} is there twice; remove one")
        inputs[name] = value
    return inputs
