"""Which proxy the service is reached through, and what went wrong on the way to it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from ..config.addresses import HOST_AND_PORT, is_loopback
from ..config.rules import NO_SOCKS
from .failure import LinkFailure, Next

HOPS = {  # of a failure on the way to the proxy: what to say instead
    "dns": "the proxy's host name {place} cannot be found; check {source} and the network",
    "unreachable": "the proxy {place} cannot be reached ({said}); check {source} and the network",
}


def proxy_for(wanted: str, host: str, port: int, *, secure: bool) -> str | None:
    """The address of the proxy; None: there is none. `wanted`: service.proxy.

    From the environment it is chosen as the WebSocket client does. HOST:PORT is taken as http://HOST:PORT, as other
    programs take it.
    """
    if wanted == "none" or is_loopback(host):
        return None
    if wanted != "env":
        return with_scheme(wanted) if HOST_AND_PORT.fullmatch(wanted) else wanted
    if proxy_bypass(f"{host}:{port}"):
        return None
    known = getproxies()
    kinds = ("wss", "socks", "https") if secure else ("ws", "socks", "https", "http")
    kind = next((kind for kind in kinds if kind in known), None)
    if kind is None:
        return None
    address = with_scheme(known[kind].strip())
    if kind == "socks" and address.startswith("http://"):
        return f"socks5h://{address[7:]}"
    return address


def proxy_to(address: str, wanted: str) -> str | None:
    """As `proxy_for`, to a ws:// or wss:// address."""
    url = urlsplit(address)
    secure = url.scheme == "wss"
    return proxy_for(wanted, url.hostname or "", url.port or (443 if secure else 80), secure=secure)


def with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"


def source(wanted: str) -> str:
    """Where it was named, for messages."""
    return "HTTPS_PROXY" if wanted == "env" else "service.proxy"


def ignored_variable(environ: Mapping[str, str] = os.environ) -> str:
    """A variable that other programs heed, and the WebSocket client does not; empty: none is set."""
    return next((name for name in ("ALL_PROXY", "all_proxy") if environ.get(name)), "")


def unusable(proxy: str | None) -> LinkFailure | None:
    """Why it cannot be used here."""
    if proxy and proxy.startswith("socks") and find_spec("python_socks") is None:
        return LinkFailure(Next.WAIT, "proxy", NO_SOCKS)
    return None


def on_the_way(failure: LinkFailure, proxy: str | None, wanted: str) -> LinkFailure:
    """The failure of an attempt before any proxy had answered: it is the proxy's, where there is one."""
    if not proxy or failure.code not in HOPS:
        return failure
    parts = urlsplit(proxy)
    place = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    said = failure.message.partition(": ")[2] or failure.message
    words = HOPS[failure.code].format(place=place, source=source(wanted), said=said)
    return LinkFailure(Next.RETRY, "proxy-unreachable", words)
