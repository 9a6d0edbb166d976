"""Where browsers on the network reach the pages."""

from __future__ import annotations

import socket

from ..config.addresses import host_and_port, joined
from ..config.web_settings import WebSettings

ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - a name for it is shown instead


def own_names() -> frozenset[str]:
    """By which the network knows this device."""
    host = socket.gethostname().lower()
    return frozenset({host, f"{host}.local"})


def site_of(web: WebSettings) -> str:
    """Without the last slash."""
    if web.is_local and web.known_names and not web.certificate:
        # only a proxy leads here from there, and the token is not for networks without TLS
        return f"https://{min(web.known_names)}"
    host, port = host_and_port(web.listens_at)
    name = min(web.known_names, default=socket.gethostname() if host in ANYWHERE else host)
    return f"{'https' if web.certificate else 'http'}://{joined(name, port)}"
