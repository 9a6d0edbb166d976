"""What a client proves with that it may have a session. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .refusal import LateHttpRefusal


def bearer_of(headers: Mapping[str, str]) -> str:
    """The token of a bearer; empty: another scheme, or nothing."""
    scheme, _, bearer = headers.get("Authorization", "").strip().partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else ""


def is_good(proof: str, key: str | None) -> bool:
    """`key`: the only one that is good; None: any that is not empty."""
    return proof == key if key else bool(proof)


def incorrect(bearer: str) -> LateHttpRefusal:
    """As OpenAI refuses a key."""
    return LateHttpRefusal("invalid_api_key", f"Incorrect API key provided: {bearer[:3]}***.", 3000)
