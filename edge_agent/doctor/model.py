"""The checks of the model: whether it is there, and until when; whether its price is known, and its settings fit."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, unquote

from ..config import Config
from ..config.fitting import model_of
from ..config.providers import PROVIDERS
from ..realtime import auth
from ..realtime.errors import LinkFailure
from ..telemetry.model_findings import ABOUT, ending, model_findings
from ..vocabulary.frozen import frozen
from ..vocabulary.models import End, end_of
from .result import Check, failed, ok, warning
from .tls import Target

LARGEST_ANSWER = 2**16  # bytes


@frozen
class ModelReport:
    """What the service says of its model: its name, and, where it was asked for it by name, whether there is such a
    model and when it ends."""

    name: str = ""
    exists: bool | None = None  # None: it does not say
    ends: date | None = None


def model(config: Config, told: ModelReport, today: date | None) -> Check:
    """`today`: None where the clock cannot be trusted."""
    asked = config.service.deployed
    if told.exists is False:
        seen = f"the service does not know {asked!r}: there is no such model, or it was retired"
        return failed("model", seen, "set service.deployment to a model that it has")
    known = model_of(config, told.name)
    vendor = PROVIDERS[config.service.provider].vendor
    end = End(told.ends, "the service") if told.ends else end_of(known, vendor)
    name = known.name if known else asked
    findings = model_findings(config, told.name, today)
    findings["model"] = ending(name, end, "service.deployment", today)
    found = [finding for about in ABOUT if about != "settings" and (finding := findings[about])]
    if found:
        return warning(
            "model", "; ".join(each.what for each in found), "; ".join(each.todo for each in found)
        )
    return ok("model", f"{name}, " + (f"until {end.day} ({end.source})" if end else "no end is announced"))


def settings(config: Config, told: ModelReport) -> Check:
    finding = model_findings(config, told.name, None)["settings"]
    return (
        warning("settings", finding.what, finding.todo) if finding else ok("settings", "the model takes them")
    )


async def ask(config: Config, environ: Mapping[str, str] = os.environ) -> tuple[bool | None, date | None]:
    """Whether the service has the model, and when it ends, as the service itself says; None: it does not."""
    path = PROVIDERS[config.service.provider].model_path
    target = Target.of(config)
    if not path or (target.proxy and target.proxy.scheme != "http"):
        return None, None
    proof = auth.credential(config.service, environ)
    try:
        headers = await proof.headers()
        path = path.format(deployment=quote(config.service.deployed, safe=""))
        timeout_s = config.service.connect_timeout_s
        status, answer = await asyncio.to_thread(_get, target, path, headers, timeout_s)
    except (LinkFailure, OSError, HTTPException):  # another check tells why
        return None, None
    finally:
        await proof.close()
    return {200: True, 404: False}.get(status), _day(answer)


def _get(target: Target, path: str, headers: dict[str, str], timeout_s: float) -> tuple[int, bytes]:
    """Follows no redirects, which would send the key to another host."""
    host, port = target.first
    connection = (
        HTTPSConnection(host, port, timeout=timeout_s, context=ssl.create_default_context())
        if target.secure
        else HTTPConnection(host, port, timeout=timeout_s)
    )
    try:
        if proxy := target.proxy:
            user = f"{unquote(proxy.username or '')}:{unquote(proxy.password or '')}"
            basic = {"Proxy-Authorization": f"Basic {b64encode(user.encode()).decode()}"}
            connection.set_tunnel(target.host, target.port, basic if proxy.username is not None else {})
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(LARGEST_ANSWER)
    finally:
        connection.close()


def _day(answer: bytes) -> date | None:
    """`shutdown_date` of a model (developers.openai.com/api/docs/deprecations, 2026-11)."""
    try:
        found: Any = json.loads(answer)
        return date.fromisoformat(found["shutdown_date"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
