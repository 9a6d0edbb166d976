"""A token endpoint on loopback for the real azure-identity: of Microsoft Entra ID, or of a managed identity."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ssl import SSLContext

import pytest

from .conftest import server_tls

SECRET = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "hush"}


@dataclass(frozen=True, slots=True)
class Answer:
    body: str
    status: int = 200
    headers: str = "Content-Type: application/json\r\n"


def token(text: str, lives_s: int = 3600) -> Answer:
    said = {
        "token_type": "Bearer",
        "access_token": text,
        "expires_in": str(lives_s),
        "resource": "https://ai.azure.com",
    }
    return Answer(json.dumps(said))


def refusal(code: str, words: str, status: int = 401) -> Answer:
    return Answer(json.dumps({"error": code, "error_description": words}), status)


class TokenEndpoint:
    """`answer` is given the number of the request, from 1, and its head. `asked`: head and body of each."""

    def __init__(self, answer: Answer | Callable[[int, str], Answer]) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def listen(self, tls: SSLContext | None = None) -> AsyncIterator[None]:
        """Without `tls`: as the managed identities of a machine."""
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield

    @asynccontextmanager
    async def use(
        self, monkeypatch: pytest.MonkeyPatch, tls: SSLContext | None = None
    ) -> AsyncIterator[None]:
        """As the authority of this process, with the real TLS stack in between."""
        async with self.listen(tls or server_tls()):
            monkeypatch.setenv("AZURE_AUTHORITY_HOST", self.url)
            yield

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        sizes = [
            int(line.split(":")[1])
            for line in head.lower().split("\r\n")
            if line.startswith("content-length")
        ]
        body = (await reader.readexactly(sizes[0])).decode() if sizes else ""
        self.asked.append(head + body)
        answer = self.answer if isinstance(self.answer, Answer) else self.answer(len(self.asked), head)
        writer.write(
            f"HTTP/1.1 {answer.status} X\r\n{answer.headers}Content-Length: {len(answer.body)}\r\n"
            f"Connection: close\r\n\r\n{answer.body}".encode()
        )
        await writer.drain()
        writer.close()
