from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_agent.config.model import Service
from edge_agent.errors import LinkFailure, Next
from edge_agent.realtime.auth import EntraToken, credential

from .conftest import server_tls

AZURE = Service(endpoint="https://x.openai.azure.com")


async def headers(service: Service, environ: dict[str, str]) -> dict[str, str]:
    proof = credential(service, environ)
    try:
        return await proof.headers()
    finally:
        await proof.close()


async def test_a_key_from_the_environment() -> None:
    assert await headers(AZURE, {"AZURE_OPENAI_API_KEY": " k \n"}) == {"api-key": "k"}
    openai = Service(provider="openai")
    assert await headers(openai, {"OPENAI_API_KEY": "k"}) == {"Authorization": "Bearer k"}


async def test_a_key_from_a_file_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("first\n")
    proof = credential(replace(AZURE, api_key_file=str(path)), {"AZURE_OPENAI_API_KEY": "other"})
    assert await proof.headers() == {"api-key": "first"}
    path.write_text("second")
    assert await proof.headers() == {"api-key": "second"}
    path.unlink()
    with pytest.raises(LinkFailure, match="cannot be read"):
        await proof.headers()
    assert not proof.want_audience("https://ai.azure.com")


async def test_a_key_that_systemd_gives(tmp_path: Path) -> None:
    (tmp_path / "api-key").write_text("given")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "AZURE_OPENAI_API_KEY": "other"}
    assert await headers(AZURE, environ) == {"api-key": "given"}
    (tmp_path / "api-key").unlink()
    assert await headers(AZURE, environ) == {"api-key": "other"}


@pytest.mark.parametrize(
    ("key", "words"), [("", "AZURE_OPENAI_API_KEY"), ("two words", "spaces"), ("schlüssel", "characters")]
)
async def test_no_good_key(key: str, words: str) -> None:
    with pytest.raises(LinkFailure, match=words) as caught:
        await headers(AZURE, {"AZURE_OPENAI_API_KEY": key})
    assert caught.value.next is Next.FIX
    assert not key or key not in caught.value.message


async def test_this_machine_needs_no_key() -> None:
    assert await headers(Service(endpoint="http://127.0.0.1:1"), {}) == {"api-key": "local"}


# ---- Microsoft Entra ID: the real library, a local token endpoint ---------------
class TokenEndpoint:
    """`use` makes it the authority of the process for a test, with the real TLS stack in between."""

    def __init__(self, answer: dict[str, Any], status: int = 200) -> None:
        self._answer, self._status = answer, status
        self.asked: list[str] = []
        self.url = ""

    @asynccontextmanager
    async def use(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, str]]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=server_tls())
        self.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", self.url)  # where the library looks
        async with server:
            yield {"AZURE_AUTHORITY_HOST": self.url}

    @property
    def tokens(self) -> list[str]:
        """The requests for a token."""
        return [request for request in self.asked if "/token" in request]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.lower().split("\r\n")
        sizes = [int(line.split(":")[1]) for line in lines if line.startswith("content-length")]
        body = (await reader.readexactly(sizes[0])).decode() if sizes else ""
        self.asked.append(head.split(" ")[1] + " " + body)
        answer, status = self._answer, self._status
        if "openid-configuration" in head:
            base = f"{self.url}/tenant/oauth2/v2.0"
            answer = {
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "issuer": base,
            }
            status = 200
        text = json.dumps(answer)
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n"
            f"Connection: close\r\n\r\n{text}".encode()
        )
        await writer.drain()
        writer.close()


TOKEN = {"token_type": "Bearer", "expires_in": 3600, "access_token": "the-token"}
SECRET = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "hush"}


def workload(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "token").write_text("federated")
    return {
        "AZURE_TENANT_ID": "tenant",
        "AZURE_CLIENT_ID": "client",
        "AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "token"),
    }


def test_azure_identity_is_imported_only_when_it_is_used() -> None:
    code = (
        "import sys; from edge_agent.realtime import link, auth; from edge_agent.config.model import Service;"
        "auth.credential(Service(credential='entra')); print([m for m in sys.modules if m.startswith('azure')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("kind", "environ", "chosen"),
    [
        ("entra", {}, "entra"),
        ("entra", SECRET, "client-secret"),
        ("entra", {"AZURE_CLIENT_CERTIFICATE_PATH": "/x"}, "client-certificate"),
        ("entra", {"AZURE_FEDERATED_TOKEN_FILE": "/x"}, "workload-identity"),
        ("entra", {**SECRET, "AZURE_TOKEN_CREDENTIALS": "prod"}, "entra"),
        ("managed-identity", SECRET, "managed-identity"),
    ],
)
def test_which_credential_it_is(kind: Any, environ: dict[str, str], chosen: str) -> None:
    assert EntraToken(kind, "scope", environ)._kind == chosen


async def test_the_default_scope_goes_with_the_dialect() -> None:
    def scope(**settings: Any) -> str:
        proof = credential(Service(credential="entra", **settings), {})
        assert isinstance(proof, EntraToken)
        return proof._scope

    assert scope() == "https://ai.azure.com/.default"
    assert scope(provider="azure-preview") == "https://cognitiveservices.azure.com/.default"
    assert scope(scope="api://mine/.default") == "api://mine/.default"


@pytest.mark.parametrize("kind", ["client-secret", "workload-identity"])
async def test_a_token_for_each_connection(
    kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = TokenEndpoint(TOKEN)
    async with endpoint.use(monkeypatch) as authority:
        environ = (SECRET if kind == "client-secret" else workload(tmp_path)) | authority
        proof = credential(replace(AZURE, credential=kind), environ)
        assert await proof.headers() == {"Authorization": "Bearer the-token"}
        assert await proof.headers() == {"Authorization": "Bearer the-token"}
        assert proof.want_audience("https://cognitiveservices.azure.com/")
        assert not proof.want_audience("https://cognitiveservices.azure.com")
        await proof.headers()
        await proof.close()
    first, second = endpoint.tokens  # one a scope: the library keeps what is still good
    assert "ai.azure.com" in first
    assert "cognitiveservices" in second


async def test_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret.\nTrace: x",
    }
    async with TokenEndpoint(refused, 401).use(monkeypatch) as authority:
        with pytest.raises(LinkFailure, match="AADSTS7000215") as caught:
            await headers(replace(AZURE, credential="client-secret"), SECRET | authority)
    assert caught.value.next is Next.WAIT
    assert "hush" not in caught.value.message
    assert "\n" not in caught.value.message


async def test_nobody_gives_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    async with TokenEndpoint(TOKEN).use(monkeypatch) as authority:
        pass
    with pytest.raises(LinkFailure, match="cannot be reached") as caught:
        await headers(replace(AZURE, credential="client-secret"), SECRET | authority)
    assert caught.value.next is Next.RETRY


async def test_a_sign_in_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        authority = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", authority)
        slow = replace(AZURE, credential="client-secret", connect_timeout_s=0.1)
        with pytest.raises(LinkFailure, match="in time") as caught:
            async with asyncio.timeout(10):
                await headers(slow, SECRET | {"AZURE_AUTHORITY_HOST": authority})
        await gone.wait()
    assert caught.value.next is Next.RETRY


@pytest.mark.parametrize("kind", ["client-certificate", "workload-identity"])
async def test_a_file_of_the_credential_that_is_not_there(kind: Any, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    environ = {
        "AZURE_TENANT_ID": "tenant",
        "AZURE_CLIENT_ID": "client",
        "AZURE_CLIENT_CERTIFICATE_PATH": missing,
        "AZURE_FEDERATED_TOKEN_FILE": missing,
    }
    with pytest.raises(LinkFailure, match=f"{missing} cannot be read") as caught:
        await headers(replace(AZURE, credential=kind), environ)
    assert caught.value.next is Next.FIX


async def test_an_authority_that_cannot_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "http://127.0.0.1:9")
    with pytest.raises(LinkFailure, match="TLS protected") as caught:
        await headers(replace(AZURE, credential="client-secret"), SECRET)
    assert caught.value.next is Next.FIX


async def test_what_a_credential_needs_is_named() -> None:
    with pytest.raises(LinkFailure, match="AZURE_TENANT_ID, AZURE_CLIENT_SECRET"):
        await headers(replace(AZURE, credential="client-secret"), {"AZURE_CLIENT_ID": "client"})
