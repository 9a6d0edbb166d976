"""Tokens of Microsoft Entra ID: the real azure-identity, local token endpoints."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from edge_agent.config.packages import to_install
from edge_agent.realtime.auth import Credential, credential
from edge_agent.realtime.auth.entra import EntraToken
from edge_agent.realtime.errors import LinkFailure, Next, refused

from .conftest import CA, server_tls
from .test_auth import AZURE, UNAUTHORIZED
from .test_doctor import http_proxy
from .token_endpoint import SECRET, Answer, TokenEndpoint, refusal, token

pytestmark = pytest.mark.realtime

APP = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client"}
WRONG_AUDIENCE = refused(401, '{"message": "audience is incorrect (https://cognitiveservices.azure.com/)"}')


def entra(kind: Any, environ: dict[str, str], **settings: Any) -> EntraToken:
    made = credential(replace(AZURE, credential=kind, **settings), environ)
    assert isinstance(made, EntraToken)
    return made


async def token_of(proof: Credential) -> str:
    return (await proof.headers())["Authorization"].removeprefix("Bearer ")


async def failure_of(proof: Credential) -> LinkFailure:
    try:
        with pytest.raises(LinkFailure) as caught:
            async with asyncio.timeout(10):
                await proof.headers()
    finally:
        await proof.close()
    assert "hush" not in caught.value.message
    assert caught.value.message.isprintable()
    return caught.value


def numbered(number: int, _: str) -> Answer:
    return token(f"token-{number}")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock of this process that many seconds ahead."""
    real = time.time

    def put(ahead_s: float) -> None:
        monkeypatch.setattr(time, "time", lambda: real() + ahead_s)

    return put


def test_azure_identity_is_imported_only_when_it_is_used() -> None:
    code = (
        "import sys; from edge_agent.realtime import link, auth; from edge_agent.config.model import ServiceSettings;"
        "auth.credential(ServiceSettings(credential='default'));"
        "print([m for m in sys.modules if m.startswith('azure')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


async def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    failure = await failure_of(entra("default", SECRET))
    how = to_install("azure-identity", "aiohttp")
    assert failure.message == f'credential = "default" needs more packages; {how}'
    assert (failure.next, failure.code) == (Next.FIX, "not-installed")


# ---- which one -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "environ", "chosen"),
    [
        ("default", {}, "default"),
        ("default", SECRET, "client-secret"),
        ("default", {"AZURE_CLIENT_CERTIFICATE_PATH": "/x"}, "client-certificate"),
        ("default", {"AZURE_FEDERATED_TOKEN_FILE": "/x"}, "workload-identity"),
        ("default", {"IDENTITY_ENDPOINT": "http://localhost:40342/x"}, "managed-identity"),
        ("default", {**SECRET, "AZURE_TOKEN_CREDENTIALS": "prod"}, "default"),
        ("managed-identity", SECRET, "managed-identity"),
    ],
)
def test_which_credential_it_is(kind: Any, environ: dict[str, str], chosen: str) -> None:
    assert entra(kind, environ).source == f"a token from Microsoft Entra ID ({chosen})"


async def test_what_a_credential_needs_is_named() -> None:
    failure = await failure_of(entra("client-secret", {"AZURE_CLIENT_ID": "client"}))
    assert "needs AZURE_TENANT_ID, AZURE_CLIENT_SECRET" in failure.message
    assert (failure.next, failure.code) == (Next.FIX, "no-credential")
    both = {"tenant_id": "mine", "client_id": "client"}
    assert "needs AZURE_CLIENT_SECRET" in (await failure_of(entra("client-secret", {}, **both))).message


async def test_tenant_and_client_from_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = TokenEndpoint(numbered)
    async with endpoint.use(monkeypatch):
        proof = entra("client-secret", {"AZURE_CLIENT_SECRET": "hush"}, tenant_id="mine", client_id="app-7")
        await proof.headers()
        await proof.close()
    assert endpoint.asked[0].startswith("POST /mine/oauth2/v2.0/token ")
    assert "client_id=app-7" in endpoint.asked[0]


@pytest.mark.parametrize(
    ("settings", "scope"),
    [
        ({}, "https%3A%2F%2Fai.azure.com%2F.default"),
        ({"provider": "azure-preview"}, "https%3A%2F%2Fcognitiveservices.azure.com%2F.default"),
        ({"provider": "azure-voice-live"}, "https%3A%2F%2Fai.azure.com%2F.default"),
        ({"scope": "api://mine/.default"}, "api%3A%2F%2Fmine%2F.default"),
    ],
)
async def test_the_default_scope_goes_with_the_dialect(
    settings: dict[str, Any], scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = TokenEndpoint(numbered)
    async with endpoint.use(monkeypatch):
        proof = entra("client-secret", SECRET, **settings)
        await proof.headers()
        await proof.close()
    assert f"scope={scope}" in endpoint.asked[0]


# ---- when it is asked for ----------------------------------------------------------
@pytest.mark.parametrize(
    ("ahead_s", "expected"), [(0, "token-1"), (3298, "token-1"), (3301, "token-2"), (3601, "token-2")]
)
async def test_a_token_is_kept_until_five_minutes_before_it_expires(
    ahead_s: float, expected: str, later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = TokenEndpoint(numbered)
    async with endpoint.use(monkeypatch):
        proof = entra("client-secret", SECRET)
        assert await token_of(proof) == "token-1"
        later(ahead_s)
        assert await token_of(proof) == expected
        await proof.close()
    assert len(endpoint.asked) == int(expected[-1])


async def test_while_nobody_gives_another_the_old_one_is_used_to_its_end(
    later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = TokenEndpoint(lambda n, _: token("old") if n == 1 else refusal("busy", "later", 503))
    async with endpoint.use(monkeypatch):
        proof = entra("client-secret", SECRET)
        await proof.headers()
        later(3500)
        assert await token_of(proof) == "old"
        later(3601)
        failure = await failure_of(proof)
    assert (failure.next, failure.code) == (Next.RETRY, "sign-in-unreachable")
    assert len(endpoint.asked) == 3


async def test_a_refused_token_is_replaced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with TokenEndpoint(numbered).use(monkeypatch):
        proof = entra("client-secret", SECRET)
        assert [await token_of(proof), await token_of(proof)] == ["token-1", "token-1"]
        assert not proof.refused(refused(503))
        assert await token_of(proof) == "token-1"
        assert proof.refused(UNAUTHORIZED)
        assert await token_of(proof) == "token-2"
        assert not proof.refused(UNAUTHORIZED)  # now it waits
        assert await token_of(proof) == "token-3"  # and then asks again all the same: a role may be in it
        proof.accepted()
        assert proof.refused(UNAUTHORIZED)
        await proof.close()


async def test_the_audience_that_the_service_names_is_asked_for_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint = TokenEndpoint(numbered)
    async with endpoint.use(monkeypatch):
        proof = entra("client-secret", SECRET)
        await proof.headers()
        assert proof.refused(WRONG_AUDIENCE)
        assert proof.advice.endswith('[service] scope = "https://cognitiveservices.azure.com/.default"')
        await proof.headers()
        assert "cognitiveservices" in endpoint.asked[-1]
        assert proof.refused(WRONG_AUDIENCE)  # it has that one: a fresh token
        other = refused(401, '{"message": "audience is incorrect (https://ai.azure.com)"}')
        assert not proof.refused(other)
        await proof.close()


# ---- why there is none -------------------------------------------------------------
@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (
            refusal("invalid_client", "AADSTS7000215: Invalid client secret.\nTrace: x"),
            "sign-in",
            "Microsoft Entra ID did not give a token ((invalid_client) AADSTS7000215: Invalid client secret.)",
        ),
        (refusal("x", "AADSTS90033: transient", 503), "sign-in-unreachable", "AADSTS90033"),
        (refusal("x", "slow down", 429), "sign-in-unreachable", "slow down"),
        (Answer("<p>busy</p>", 503, "Content-Type: text/html\r\n"), "sign-in-unreachable", "Unexpected"),
        (Answer("{}"), "sign-in-unreachable", "No response content"),
        (Answer("no JSON"), "sign-in-unreachable", "JSON is invalid"),
        (
            Answer('{"access_token": "hush", "expires_in": "soon"}'),
            "sign-in-unreachable",
            "Microsoft Entra ID sent an invalid answer (ValueError)",
        ),
        (
            refusal("invalid_client", "AADSTS700024: Client assertion is not within its valid time range."),
            "clock",
            "check the clock of this device",
        ),
        (
            refusal("x", "AADSTS500133: Assertion is not within its valid time range."),
            "clock",
            "the time is wrong",
        ),
    ],
)
async def test_answers_without_a_token(
    answer: Answer, code: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with TokenEndpoint(answer).use(monkeypatch):
        failure = await failure_of(entra("client-secret", SECRET))
    assert failure.code == code
    assert failure.next is {"sign-in": Next.WAIT, "clock": Next.CLOCK}.get(code, Next.RETRY)
    assert words in failure.message


NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("ca", "valid", "code", "words"),
    [
        (CA, {"not_before": NOW + timedelta(1), "not_after": NOW + timedelta(9)}, "clock", "not yet valid"),
        (
            CA,
            {"not_before": NOW - timedelta(9), "not_after": NOW - timedelta(1)},
            "certificate",
            "has expired",
        ),
        (trustme.CA(), {}, "certificate", "the certificate of Microsoft Entra ID is not trusted"),
    ],
)
async def test_certificates_of_the_endpoint(
    ca: trustme.CA, valid: dict[str, Any], code: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1", **valid).configure_cert(context)
    async with TokenEndpoint(numbered).use(monkeypatch, context):
        failure = await failure_of(entra("client-secret", SECRET))
    assert failure.code == code
    assert words in failure.message


async def test_nobody_gives_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    async with TokenEndpoint(numbered).use(monkeypatch):
        pass
    failure = await failure_of(entra("client-secret", SECRET))
    assert (failure.next, failure.code) == (Next.RETRY, "sign-in-unreachable")
    assert "Microsoft Entra ID cannot be reached" in failure.message


async def test_a_sign_in_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        failure = await failure_of(entra("client-secret", SECRET, connect_timeout_s=0.1))
        async with asyncio.timeout(10):
            await gone.wait()
    assert failure.message == "Microsoft Entra ID did not answer in time"
    assert failure.next is Next.RETRY


async def test_an_authority_that_cannot_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "http://127.0.0.1:9")
    failure = await failure_of(entra("client-secret", SECRET))
    assert "TLS protected" in failure.message
    assert failure.next is Next.FIX


async def test_where_no_way_works_one_should_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
    failure = await failure_of(entra("default", {}))
    assert (failure.next, failure.code) == (Next.WAIT, "sign-in")
    assert failure.message.endswith("; choose one with [service] credential")


async def test_empty_variables_are_as_good_as_unset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
    for name in SECRET:
        monkeypatch.setenv(name, "")
    failure = await failure_of(entra("default", dict.fromkeys(SECRET, "")))
    assert (failure.next, failure.code) == (Next.WAIT, "sign-in")


async def test_each_audience_that_the_service_names_is_asked_for_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint = TokenEndpoint(numbered)
    two = refused(
        401,
        '{"message": "audience is incorrect (https://cognitiveservices.azure.us/ or https://ai.azure.us)"}',
    )
    async with endpoint.use(monkeypatch):
        proof = entra("client-secret", SECRET)
        asked = []
        for again in (True, True, True, False):
            await proof.headers()
            asked.append(endpoint.asked[-1].partition("scope=")[2].partition("&")[0])
            assert proof.refused(two) is again
        await proof.close()
    assert ["cognitiveservices.azure.us" in asked[1], "ai.azure.us" in asked[2]] == [True, True]


@pytest.mark.parametrize(
    "audience", ["https://management.azure.com", "https://vault.azure.net/", "https://x.azure.us"]
)
async def test_a_token_for_anything_else_is_not_asked_for(
    audience: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers at the endpoint would be handed it."""
    endpoint = TokenEndpoint(numbered)
    async with endpoint.use(monkeypatch):
        proof = entra("client-secret", SECRET)
        for _ in range(3):
            await proof.headers()
            proof.refused(refused(401, f'{{"message": "audience is incorrect ({audience})"}}'))
        await proof.close()
    assert len({asked.partition("scope=")[2].partition("&")[0] for asked in endpoint.asked}) == 1


# ---- files -------------------------------------------------------------------------
def certificate(path: Path) -> dict[str, str]:
    own = CA.issue_cert("device", key_type=trustme.KeyType.RSA)
    own.private_key_and_cert_chain_pem.write_to_path(str(path))
    return {**APP, "AZURE_CLIENT_CERTIFICATE_PATH": str(path)}


def assertion_head(request: str) -> dict[str, Any]:
    """Of the head of the assertion in a request."""
    assertion = request.split("client_assertion=")[1].split("&")[0]
    head = assertion.split(".")[0]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(head + "=="))
    return found


async def test_a_certificate_and_the_one_that_is_put_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = TokenEndpoint(numbered)
    environ = certificate(tmp_path / "pem")
    async with endpoint.use(monkeypatch):
        proof = entra("client-certificate", environ)
        assert await token_of(proof) == "token-1"
        assert proof.files == (tmp_path / "pem",)
        assert proof.refused(UNAUTHORIZED)
        assert await token_of(proof) == "token-2"
        assert not proof.changed()
        certificate(tmp_path / "pem")
        assert proof.changed()
        assert await token_of(proof) == "token-3"
        assert not proof.changed()
        assert proof.refused(UNAUTHORIZED)  # another certificate: another chance
        await proof.close()
    one, two, three = (assertion_head(request)["x5t#S256"] for request in endpoint.asked)
    assert one == two != three


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"nonsense", "PEM or PKCS12"),
        (CA.issue_cert("device").private_key_and_cert_chain_pem.bytes(), "RSA private key"),
        (CA.cert_pem.bytes(), 'credential = "client-certificate": '),
        (None, "cannot be read (No such file or directory)"),
    ],
)
async def test_certificates_that_are_no_good(tmp_path: Path, text: bytes | None, words: str) -> None:
    path = tmp_path / "pem"
    if text is not None:
        path.write_bytes(text)
    failure = await failure_of(
        entra("client-certificate", {**APP, "AZURE_CLIENT_CERTIFICATE_PATH": str(path)})
    )
    assert (failure.next, failure.code) == (Next.FIX, "no-credential")
    assert words in failure.message


async def test_a_federated_token_is_read_anew_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library alone would keep to what it read for ten minutes."""
    path = tmp_path / "federated"

    def answer(number: int, head: str) -> Answer:
        late = refusal("invalid_client", "AADSTS700024: Client assertion is not within its valid time range.")
        return late if number == 1 else token("good")

    path.write_text("stale")
    endpoint = TokenEndpoint(answer)
    async with endpoint.use(monkeypatch):
        proof = entra("workload-identity", {**APP, "AZURE_FEDERATED_TOKEN_FILE": str(path)})
        with pytest.raises(LinkFailure, match="renew the token in AZURE_FEDERATED_TOKEN_FILE") as caught:
            await proof.headers()
        assert (caught.value.next, caught.value.code) == (Next.WAIT, "sign-in")
        path.write_text("renewed")
        assert proof.changed()
        assert await token_of(proof) == "good"
        path.unlink()
        failure = await failure_of(proof)
    assert "client_assertion=stale" in endpoint.asked[0]
    assert "client_assertion=renewed" in endpoint.asked[1]
    assert failure.message.endswith(f"the file {path} cannot be read (No such file or directory)")


# ---- managed identities ------------------------------------------------------------
async def test_the_agent_of_azure_arc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers with a challenge: who may read the file that it names is let in."""
    monkeypatch.setattr("azure.identity._credentials.azure_arc._get_key_file_path", lambda: str(tmp_path))
    key_file = tmp_path / "challenge.key"

    def answer(number: int, head: str) -> Answer:
        if "Authorization: Basic the-challenge" in head:
            return token("arc-token")
        return Answer("", 401, f"WWW-Authenticate: Basic realm={key_file}\r\n")

    endpoint = TokenEndpoint(answer)
    async with endpoint.listen():
        here = f"http://127.0.0.1:{endpoint.port}"
        environ = {"IDENTITY_ENDPOINT": f"{here}/metadata/identity/oauth2/token", "IMDS_ENDPOINT": here}
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # it is on this machine: no proxy
        failure = await failure_of(entra("managed-identity", environ))
        assert (failure.next, failure.code) == (Next.WAIT, "sign-in")
        assert failure.message.endswith("to the group himds")
        key_file.write_text("the-challenge")
        proof = entra("default", environ)
        assert await token_of(proof) == "arc-token"
        await proof.close()
    assert "resource=https://ai.azure.com" in endpoint.asked[-1]
    assert "Metadata: true" in endpoint.asked[-1]
    failure = await failure_of(entra("managed-identity", environ))  # it is being restarted
    assert (failure.next, failure.code) == (Next.RETRY, "sign-in-unreachable")


async def test_the_managed_identity_of_a_virtual_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = TokenEndpoint(lambda n, _: refusal("x", "slow down", 429) if n == 1 else token("vm-token"))
    async with endpoint.listen():
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", f"http://127.0.0.1:{endpoint.port}")
        failure = await failure_of(entra("managed-identity", {}))
        assert (failure.next, failure.code) == (Next.RETRY, "sign-in-unreachable")
        proof = entra("managed-identity", {}, client_id="user-assigned")
        assert await token_of(proof) == "vm-token"
        await proof.close()
    assert "client_id=user-assigned" in endpoint.asked[-1]
    failure = await failure_of(entra("managed-identity", {}))
    assert (failure.next, failure.code) == (Next.WAIT, "sign-in")
    assert "is this an Azure VM? Elsewhere the Azure Arc agent must run" in failure.message


# ---- through a proxy -----------------------------------------------------------------
async def test_the_proxy_of_the_service_is_for_signing_in_too(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = TokenEndpoint(numbered)
    async with (
        endpoint.use(monkeypatch, server_tls("login.test")),
        http_proxy(endpoint.port) as (port, asked),
    ):
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://login.test")
        environ = {**SECRET, "AZURE_AUTHORITY_HOST": "https://login.test"}
        proof = entra("client-secret", environ, proxy=f"http://me:word@127.0.0.1:{port}")
        assert await token_of(proof) == "token-1"
        await proof.close()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        by_environment, direct = (
            entra("client-secret", environ),
            entra("client-secret", environ, proxy="none"),
        )
        assert await token_of(by_environment) == "token-2"
        await by_environment.close()
        assert (await failure_of(direct)).code == "sign-in-unreachable"
    assert [request.split("\r\n")[0] for request in asked] == ["CONNECT login.test:443 HTTP/1.1"] * 2
    assert "Proxy-Authorization: Basic bWU6d29yZA==" in asked[0]
