"""A connection opened only to inspect it: TCP, proxy, TLS, and one plain request."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, unquote, urlsplit

from ..config import Config
from ..realtime.connection import NEXT_ADDRESS_S, session_url
from ..realtime.errors import LinkFailure, Next
from ..realtime.proxy import proxy_for
from ..vocabulary.frozen import frozen

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@frozen
class Target:
    """Where the service is, and through which proxy it is reached."""

    host: str
    port: int
    secure: bool
    proxy: SplitResult | None

    @staticmethod
    def of(config: Config) -> Target:
        """For a configuration whose endpoint is valid."""
        url = urlsplit(session_url(config))
        host, secure = url.hostname or "", url.scheme == "wss"
        port = url.port or (443 if secure else 80)
        proxy = proxy_for(config.service.proxy, host, port, secure=secure)
        return Target(host, port, secure, urlsplit(proxy) if proxy else None)

    @property
    def first(self) -> tuple[str, int]:
        """Who is connected to first."""
        if self.proxy:
            return self.proxy.hostname or "", self.proxy.port or (443 if self.proxy.scheme == "https" else 80)
        return self.host, self.port


async def connect(target: Target, context: ssl.SSLContext) -> Streams:
    """To the service, through an http:// proxy if there is one. Raises OSError and LinkFailure."""
    host, port = target.first
    tls = context if target.secure else None
    if not target.proxy:
        return await asyncio.open_connection(host, port, ssl=tls, happy_eyeballs_delay=NEXT_ADDRESS_S)
    reader, writer = await asyncio.open_connection(host, port, happy_eyeballs_delay=NEXT_ADDRESS_S)
    try:
        await _tunnel(target, target.proxy, reader, writer)
        if tls:
            await writer.start_tls(tls, server_hostname=target.host)
    except BaseException:
        writer.close()
        raise
    return reader, writer


async def dead_addresses(addresses: Sequence[str], port: int, timeout_s: float) -> list[str]:
    """Those of a name at which nobody takes a TCP connection; all are tried at the same time."""
    if len(addresses) < 2:
        return []
    answers = await asyncio.gather(*(_answers(address, port, timeout_s) for address in addresses))
    return [address for address, answered in zip(addresses, answers, strict=True) if not answered]


async def _answers(address: str, port: int, timeout_s: float) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(address, port)
    except OSError:  # TimeoutError is one
        return False
    writer.close()
    return True


async def _tunnel(
    target: Target, proxy: SplitResult, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """RFC 9110, 9.3.6."""
    place = f"{target.host}:{target.port}"
    request = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n"
    if proxy.username is not None:
        user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        request += f"Proxy-Authorization: Basic {b64encode(user.encode()).decode()}\r\n"
    writer.write(f"{request}\r\n".encode())
    try:
        status = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode("latin-1")
    except (EOFError, asyncio.LimitOverrunError):
        status = "its answer is not a proxy's"
    if status.split()[1:2] != ["200"]:
        raise LinkFailure(
            Next.WAIT, "proxy", f"the proxy refused ({status[:80]}); check service.proxy and HTTPS_PROXY"
        )


def secured_by(writer: asyncio.StreamWriter) -> str:
    tls = writer.get_extra_info("ssl_object")
    if tls is None:
        return "not encrypted"
    certificate = tls.getpeercert()
    issuer = {key: value for part in certificate["issuer"] for key, value in part}
    by = issuer.get("organizationName") or issuer.get("commonName", "?")
    return f"{tls.version()}, certificate by {by} until {certificate['notAfter']}"


async def date_of(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> datetime | None:
    """The Date of the answer to a plain request (RFC 9110, 6.6.1); None: there is none."""
    writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        dates = [line[5:].strip() for line in head if line[:5].lower() == "date:"]
        return parsedate_to_datetime(dates[0]) if dates else None
    except (OSError, EOFError, asyncio.LimitOverrunError, ValueError):
        return None


async def certificate_names(target: Target, timeout_s: float) -> str:
    """The names in a certificate that does not match the target, as the beginning of a sentence."""
    context = ssl.create_default_context()
    context.check_hostname = False
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await connect(target, context)
    except (OSError, TimeoutError, LinkFailure):
        return ""
    certificate = writer.get_extra_info("ssl_object").getpeercert()
    writer.close()
    return f"its certificate is for {', '.join(name for _, name in certificate.get('subjectAltName', ()))}: "
