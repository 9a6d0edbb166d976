"""What is wrong around the device: names that are not found, certificates of another time, no sign-in.

Each is switched while it lasts, and undone at its end.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from ..conftest import CA, server_tls
from ..token_endpoint import Answer, TokenEndpoint, refusal, token
from .proxy import Proxy

DAY = timedelta(days=1)
NAME_FAULTS = {
    "missing": socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
    "again": socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
}


class Names:
    """`with Names({"voice.test": "127.0.0.1"}) as names:` the system finds these names that end in .test.

    `fault`: "missing" as if there was no such name, "again" as without a network, "hang" until it is "" again.
    """

    def __init__(self, found: dict[str, str]) -> None:
        self._found = found
        self._real = socket.getaddrinfo
        self._answers = threading.Event()
        self.asked: list[str] = []
        self.fault = ""

    @property
    def fault(self) -> Literal["", "missing", "again", "hang"]:
        return self._fault

    @fault.setter
    def fault(self, fault: Literal["", "missing", "again", "hang"]) -> None:
        self._fault = fault
        if fault == "hang":
            self._answers.clear()
        else:
            self._answers.set()

    def __enter__(self) -> Names:
        socket.getaddrinfo = self._look_up
        return self

    def __exit__(self, *_: object) -> None:
        socket.getaddrinfo = self._real
        self.fault = "missing"  # whoever still waits

    def _look_up(self, host: Any, *args: Any, **options: Any) -> Any:
        if isinstance(host, str) and host.endswith(".test"):
            self.asked.append(host)
            self._answers.wait()
            if self.fault or host not in self._found:
                raise NAME_FAULTS[self.fault or "missing"]
            host = self._found[host]
        return self._real(host, *args, **options)


class DatedTls:
    """TLS for a server whose certificate is of another time: what a device sees whose clock is wrong."""

    def __init__(self, name: str = "127.0.0.1") -> None:
        self._name = name
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.valid()

    def valid(self) -> None:
        self._shows(-DAY, DAY)

    def not_yet_valid(self) -> None:
        self._shows(DAY, 2 * DAY)

    def expired(self) -> None:
        self._shows(-2 * DAY, -DAY)

    def _shows(self, since: timedelta, until: timedelta) -> None:
        """In handshakes from now on."""
        now = datetime.now(UTC)
        certificate = CA.issue_cert(self._name, not_before=now + since, not_after=now + until)
        certificate.configure_cert(self.context)


class SignIn:
    """The token endpoint of Microsoft Entra ID; `proxy` cuts it off: `await refuse()`, `freeze()`, `reset()`."""

    def __init__(self, *, lives_s: int = 3600) -> None:
        """`lives_s`: the tokens."""
        self._lives_s = lives_s
        self.endpoint = TokenEndpoint(self._answer)
        self.proxy: Proxy
        self.works()

    @property
    def asked(self) -> int:
        """How many tokens were asked for."""
        return sum("/token" in request for request in self.endpoint.asked)

    @asynccontextmanager
    async def use(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SignIn]:
        """As the authority of this process."""
        async with self.endpoint.listen(server_tls()), Proxy(self.endpoint.url) as self.proxy:
            monkeypatch.setenv("AZURE_AUTHORITY_HOST", self.proxy.url)
            yield self

    def works(self) -> None:
        self._answers = token("a-token", self._lives_s)

    def fails(self, status: int) -> None:
        self._answers = Answer("{}", status)

    def thinks_that_the_clock_is_wrong(self) -> None:
        words = "AADSTS700024: Client assertion is not within its valid time range."
        self._answers = refusal("invalid_client", words)

    def _answer(self, number: int, head: str) -> Answer:
        return self._answers
