"""The values of `[service] headers`, read again for every connection: a key file may have changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ..config.headers import CREDENTIAL, FILE, parse_headers
from .auth.systemd_credentials import handed_over
from .failure import LinkFailure, Next


def extra_headers(setting: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """With the secrets in their places. Raises LinkFailure."""
    return {name: _value(name, value, environ) for name, value in parse_headers(setting).items()}


def _value(name: str, value: str, environ: Mapping[str, str]) -> str:
    if value.startswith(CREDENTIAL):
        wanted = value.removeprefix(CREDENTIAL).strip()
        file = handed_over(wanted, environ)
        if file is None:
            raise _bad(f"[service] headers: systemd hands over no credential {wanted!r} for {name}")
    elif value.startswith(FILE):
        file = Path(value.removeprefix(FILE).strip())
    else:
        return value
    try:
        secret = file.read_text("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise _bad(f"[service] headers: {file} for {name} cannot be read ({reason})") from None
    if not secret or not secret.isascii() or not secret.isprintable():
        raise _bad(f"[service] headers: {file} for {name} must contain one line, the value")
    return secret


def _bad(what: str) -> LinkFailure:
    return LinkFailure(Next.WAIT, "no-header", f"{what}; check the file and its permissions")
