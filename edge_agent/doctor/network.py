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
from ..realtime.errors import LinkFailure, what_next
from ..realtime.proxy import ignored_variable, on_the_way, unusable
from ..realtime.proxy import source as source_of
from ..realtime.trust import trust_complaint
from .result import Check, failed, ok, sentence, skipped, warning
from .tls import Target, certificate_names, connect, date_of, dead_addresses, secured_by

ADDRESSES_SHOWN = 3
DEAD_S = 2.0  # an address at which nothing answers for so long


class Way:
    """From this device to the service, as configured. Each check makes sense only after the one before."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._addresses: list[str] = []  # of who is connected to first
        self.service_date: datetime | None = None  # what time it is there, once there is a connection

    @cached_property
    def target(self) -> Target:
        return Target.of(self._config)

    async def proxy(self) -> Check:
        """Never shows a user name or password."""
        target, wanted = self.target, self._config.service.proxy
        if not target.proxy:
            unheeded = ignored_variable()
            also = f"; {unheeded} is set, and not used: name the proxy in HTTPS_PROXY" if unheeded else ""
            why = {
                "none": "none, as configured",
                "env": f"none: HTTPS_PROXY does not apply to this host{also}",
            }
            return ok(
                "proxy", "none: the service runs on this machine" if is_loopback(target.host) else why[wanted]
            )
        source = source_of(wanted)
        if unfit := unusable(target.proxy.geturl()):
            return sentence("proxy", f"{source}: {unfit.message}")
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
            whose = "the proxy's name " if self.target.proxy else ""
            return failed(
                "names",
                f"cannot resolve {whose}{host!r} ({error.strerror})",
                "check the network (ip route), the name server (/etc/resolv.conf) and the spelling of the name",
            )
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        self._addresses = addresses
        more = f" and {len(addresses) - ADDRESSES_SHOWN} more" if len(addresses) > ADDRESSES_SHOWN else ""
        return ok("names", f"{host} is {', '.join(addresses[:ADDRESSES_SHOWN])}{more}")

    async def connection(self) -> Check:
        """TCP and TLS up to the service."""
        target, timeout_s = self.target, self._config.service.connect_timeout_s
        place = f"{target.host}:{target.port}"
        if target.proxy and target.proxy.scheme != "http":
            return skipped("connection", f"goes through a {target.proxy.scheme} proxy: see session")
        distrusts = trust_complaint()
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
            return sentence("connection", f"{place}: {distrusts or whose + what_next(error).message}")
        except Exception as error:  # whatever it is, there is no connection
            failure = what_next(error)
            if not isinstance(error, LinkFailure | ssl.SSLError):
                proxy = target.proxy.geturl() if target.proxy else None
                failure = on_the_way(failure, proxy, self._config.service.proxy)
            return sentence("connection", f"{place}: {failure.message}")
        if distrusts:
            seen, _, todo = distrusts.partition("; ")
            return warning(
                "connection", f"{place} in {took_ms} ms, {secured}; {seen}", todo, connect_ms=took_ms
            )
        if dead := await dead_addresses(self._addresses, target.first[1], min(timeout_s, DEAD_S)):
            seen = f"{place} in {took_ms} ms, {secured}; but nothing answers at {', '.join(dead)}"
            todo = "the other address is used; check the network's IPv6, or the name server's entries"
            return warning("connection", seen, todo, connect_ms=took_ms)
        return ok("connection", f"{place} in {took_ms} ms, {secured}", connect_ms=took_ms)
