"""Further headers of the request to the service, as a gateway before it may want them. Pure."""

from __future__ import annotations

import re

NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
OURS = frozenset({"host", "connection", "upgrade", "content-length", "transfer-encoding"})
FILE, CREDENTIAL = "file:", "credential:"


def parse_headers(text: str) -> dict[str, str]:
    """Of "NAME: VALUE; NAME: VALUE". Raises ValueError, which never repeats a value: it may be a key."""
    headers: dict[str, str] = {}
    for number, part in enumerate(filter(str.strip, re.split(r"[;\n]", text)), 1):
        name, colon, value = (piece.strip() for piece in part.partition(":"))
        if not colon or not NAME.fullmatch(name):
            raise ValueError(f"entry {number} is not NAME: VALUE")
        if name.lower() in OURS or name.lower().startswith("sec-websocket-"):
            raise ValueError(f"{name} belongs to the WebSocket itself; remove it")
        if not value or not value.isascii() or not value.isprintable():
            raise ValueError(f"the value of {name} is empty or has invalid characters")
        headers[name] = value
    return headers


def masked_headers(text: str) -> str:
    """For people: names, and where secrets come from; no value."""
    try:
        headers = parse_headers(text)
    except ValueError:
        return "***" if text else ""
    return "; ".join(
        f"{name}: {value if value.startswith((FILE, CREDENTIAL)) else '***'}"
        for name, value in headers.items()
    )
