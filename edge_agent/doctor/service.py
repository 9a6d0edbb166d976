"""The checks of the service itself: who we are to it, and whether it takes our session."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from time import monotonic

from ..config import Config
from ..config.model import Service
from ..errors import LinkFailure
from ..realtime import auth
from ..realtime.connection import Connection
from ..realtime.dialects import PROVIDERS
from .check import Check, ok, sentence, warning


async def credential(service: Service, environ: Mapping[str, str] = os.environ) -> Check:
    """That there is one, and of what kind; it is never shown."""
    proof = auth.credential(service, environ)
    began = monotonic()
    try:
        await proof.headers()
    except LinkFailure as failure:
        return sentence("credential", failure.message)
    finally:
        await proof.close()
    if service.credential != "api-key":
        return ok("credential", f"{service.credential}: a token came in {_ms(began):.0f} ms")
    return _key_source(service, environ)


def _key_source(service: Service, environ: Mapping[str, str]) -> Check:
    """Of a key that there is."""
    given = Path(environ.get("CREDENTIALS_DIRECTORY", "")) / "api-key"
    if not service.api_key_file:
        if "CREDENTIALS_DIRECTORY" in environ and given.exists():
            return ok("credential", "an API key from systemd")
        variable = PROVIDERS[service.provider].key_variable
        if environ.get(variable):
            return ok("credential", f"an API key from {variable}")
        return ok("credential", "none is needed: the service is this machine")
    seen = f"an API key from {service.api_key_file}"
    if Path(service.api_key_file).stat().st_mode & stat.S_IROTH:
        return warning("credential", f"{seen}, which anybody may read", f"chmod 600 {service.api_key_file}")
    return ok("credential", seen)


async def session(config: Config, environ: Mapping[str, str] = os.environ) -> Check:
    """A real handshake, up to `session.updated`; a second one where the service names the audience it wants."""
    proof = auth.credential(config.service, environ)
    try:
        try:
            took_ms = await _handshake(config, await proof.headers())
        except LinkFailure as failure:
            if not failure.audience or not proof.want_audience(failure.audience):
                raise
            took_ms = await _handshake(config, await proof.headers())
    except LinkFailure as failure:
        return sentence("session", failure.message)
    finally:
        await proof.close()
    service = config.service
    return ok(
        "session",
        f"{service.deployment} ({service.provider}) took our session in {took_ms:.0f} ms",
        session_ms=round(took_ms),
    )


async def _handshake(config: Config, headers: dict[str, str]) -> float:
    """How long it took, in ms."""
    began = monotonic()
    connection = Connection(config)
    await connection.open(headers)
    took_ms = _ms(began)
    await connection.close()
    return took_ms


def _ms(began: float) -> float:
    return (monotonic() - began) * 1000
