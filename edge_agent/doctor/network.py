"""The checks of the path to the service: proxy, names, TCP and TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import datetime
from functools import cached_property
from time import monotonic

from ..config import Config
from ..config.addresses import is_loopback
from ..realtime.errors import what_next
from .result import Check, failed, ok, sentence, skipped
from .tls import Target, certificate_names, connect, date_of, secured_by

ADDRESSES_SHOWN = 3


class Way:
    """From this device to the service, as configured. Each check makes sense only after the one before."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.service_date: datetime | None = None  # what time it is there, once there is a connection

    @cached_property
    def target(self) -> Target:
        return Target.of(self._config)

    async def proxy(self) -> Check:
        """Never shows a user name or password."""
        target, wanted = self.target, self._config.service.proxy
        if not target.proxy:
            why = {"none": "none, as configured", "env": "none: HTTPS_PROXY does not apply to this host"}
            return ok(
                "proxy", "none: the service runs on this machine" if is_loopback(target.host) else why[wanted]
            )
        source = "HTTPS_PROXY" if wanted == "env" else "service.proxy"
        if not target.proxy.hostname or not target.proxy.scheme:
            return failed("proxy", f"{source} is not a valid proxy address", "write it as http://HOST:PORT")
        host, port = target.first
        return ok("proxy", f"{target.proxy.scheme}://{host}:{port} ({source})")

    async def names(self) -> Check:
        """Of the service, or of the proxy, which resolves the others."""
        host, port = self.target.first
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            return failed(
                "names",
                f"cannot resolve {host!r} ({error.strerror})",
                "check the network (ip route), the name server (/etc/resolv.conf) and the spelling of the name",
            )
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        more = f" and {len(addresses) - ADDRESSES_SHOWN} more" if len(addresses) > ADDRESSES_SHOWN else ""
        return ok("names", f"{host} is {', '.join(addresses[:ADDRESSES_SHOWN])}{more}")

    async def connection(self) -> Check:
        """TCP and TLS up to the service."""
        target, timeout_s = self.target, self._config.service.connect_timeout_s
        place = f"{target.host}:{target.port}"
        if target.proxy and target.proxy.scheme != "http":
            return skipped("connection", f"goes through a {target.proxy.scheme} proxy: see session")
        context = ssl.create_default_context()
        began = monotonic()
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await connect(target, context)
                took_ms = round((monotonic() - began) * 1000)
                try:
                    secured = secured_by(writer)
                    self.service_date = await date_of(reader, writer, target.host)
                finally:
                    writer.close()
        except ssl.SSLCertVerificationError as error:
            whose = await certificate_names(target, timeout_s) if "mismatch" in error.verify_message else ""
            return sentence("connection", f"{place}: {whose}{what_next(error).message}")
        except Exception as error:  # whatever it is, there is no connection
            return sentence("connection", f"{place}: {what_next(error).message}")
        return ok("connection", f"{place} in {took_ms} ms, {secured}", connect_ms=took_ms)
