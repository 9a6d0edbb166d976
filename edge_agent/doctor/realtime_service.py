"""The checks of the service itself: whether it accepts our credential and our session."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from time import monotonic

from ..config import Config
from ..config.model import ServiceSettings
from ..realtime import auth
from ..realtime.connection import open_session
from ..realtime.errors import LinkFailure
from ..telemetry.status import LEFT_OUT
from .model import ModelReport
from .result import Check, ok, sentence, warning


async def credential(service: ServiceSettings, environ: Mapping[str, str] = os.environ) -> Check:
    """Whether there is one, and of what kind; it is never shown."""
    proof = auth.credential(service, environ)
    began = monotonic()
    try:
        await proof.headers()
    except LinkFailure as failure:
        return sentence("credential", failure.message)
    finally:
        await proof.close()
    for file in proof.files:
        if file.stat().st_mode & stat.S_IROTH:
            return warning("credential", f"{proof.source}; anybody can read {file}", f"chmod 600 {file}")
    took = "" if service.credential == "api-key" else f", in {_ms(began):.0f} ms"
    return ok("credential", f"{proof.source}{took}")


async def session(config: Config, environ: Mapping[str, str] = os.environ) -> tuple[Check, ModelReport]:
    """A real handshake, signing in included, up to `session.updated`; with another proof where the first is refused."""
    told = ModelReport()
    proof = auth.credential(config.service, environ)
    left_out: dict[str, str] = {}
    began = monotonic()
    try:
        connection = await open_session(config, proof, left_out=left_out)
        took_ms = _ms(began)
        told = ModelReport(connection.model)
        await connection.close()
    except LinkFailure as failure:
        return sentence("session", failure.message), told
    finally:
        await proof.close()
    service = config.service
    seen = f"{service.deployed} ({service.provider}) accepted the session in {took_ms:.0f} ms"
    if left_out:
        refused = "; ".join(left_out.values())
        return warning("session", f"{seen}; {refused}", LEFT_OUT, session_ms=round(took_ms)), told
    if proof.advice:
        return warning("session", seen, proof.advice, session_ms=round(took_ms)), told
    return ok("session", seen, session_ms=round(took_ms)), told


def _ms(began: float) -> float:
    return (monotonic() - began) * 1000
