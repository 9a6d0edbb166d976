"""What a credential program prints: a token, or JSON with a token and the time it expires."""

from __future__ import annotations

import json
import math
from dataclasses import field
from typing import Any

from ...vocabulary.frozen import frozen

LONGEST_BYTES = 64 * 1024
TOKENS = ("token", "access_token", "accessToken", "value")  # the last two: the Azure CLI, keys of OpenAI
EXPIRIES = ("expires_on", "expires_at")  # seconds of the Unix epoch
MARGIN_S = 60.0  # so long before it expires a token is not used any more; of a short life the second half


@frozen
class Token:
    """`good_until`: s of the Unix epoch; 0: unknown, so each connection asks for a new one."""

    text: str = field(repr=False)
    good_until: float


def parse(printed: bytes, now: float) -> Token:
    """`now`: s of the Unix epoch. Raises ValueError: what is wrong, without repeating anything that was printed."""
    if len(printed) > LONGEST_BYTES:
        raise ValueError("prints too much; it must print only a token")
    try:
        text = printed.decode().strip()
    except UnicodeDecodeError:
        raise ValueError("prints data that is not UTF-8 text") from None
    said = _json(text) if text[:1] in ("{", "[", '"') else text
    token, expires = said, None
    if isinstance(said, dict):
        token = next((said[name] for name in TOKENS if said.get(name)), "")
        expires = _expiry(said, now)
    if not isinstance(token, str) or not token:
        raise ValueError(f"prints no token; its JSON must contain one named {', '.join(TOKENS[:3])}")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(
            "prints something that is not a token: it contains spaces, line breaks or invalid characters"
        )
    if expires is None:
        return Token(token, 0.0)
    return Token(token, expires - min(MARGIN_S, (expires - now) / 2))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("prints invalid JSON") from None


def _expiry(said: dict[str, Any], now: float) -> float | None:
    """s of the Unix epoch; None: it does not say."""
    stated = [_seconds(said.get(name)) for name in EXPIRIES]
    lives_s = _seconds(said.get("expires_in"))
    stated.append(None if lives_s is None else now + lives_s)
    return next((at for at in stated if at is not None), None)


def _seconds(value: Any) -> float | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None
