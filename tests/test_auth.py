"""API keys, and what all credentials share. See test_auth_entra, test_auth_command, test_auth_link."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.config.model import Config, ServiceSettings
from edge_agent.realtime.auth import Credential, api_key, credential
from edge_agent.realtime.auth.systemd_credentials import completed
from edge_agent.realtime.errors import LinkFailure, Next, refused
from edge_agent.report.secrets import known_secrets

AZURE = ServiceSettings(endpoint="https://x.openai.azure.com")
UNAUTHORIZED, FORBIDDEN, BUSY = refused(401), refused(403), refused(429)


async def headers(service: ServiceSettings, environ: dict[str, str]) -> dict[str, str]:
    proof = credential(service, environ)
    try:
        return await proof.headers()
    finally:
        await proof.close()


def filed(path: Path, text: str) -> Credential:
    path.write_text(text)
    return credential(replace(AZURE, api_key_file=str(path)), {})


async def key_of(proof: Credential) -> str:
    return (await proof.headers())["api-key"]


async def test_a_key_from_the_environment() -> None:
    assert await headers(AZURE, {"AZURE_OPENAI_API_KEY": " k \n"}) == {"api-key": "k"}
    openai = ServiceSettings(provider="openai")
    assert await headers(openai, {"OPENAI_API_KEY": "k"}) == {"Authorization": "Bearer k"}
    proof = credential(AZURE, {"AZURE_OPENAI_API_KEY": "k"})
    await proof.headers()
    assert (proof.source, proof.changed()) == ("an API key from AZURE_OPENAI_API_KEY", False)
    assert not proof.refused(UNAUTHORIZED)


async def test_a_key_from_a_file_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("first\n")
    proof = credential(replace(AZURE, api_key_file=str(path)), {"AZURE_OPENAI_API_KEY": "other"})
    assert await key_of(proof) == "first"
    path.write_text("\ufeffsecond\r\n")
    assert await key_of(proof) == "second"


async def test_a_key_that_systemd_gives(tmp_path: Path) -> None:
    (tmp_path / "api-key").write_text("given")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "AZURE_OPENAI_API_KEY": "other"}
    assert await headers(AZURE, environ) == {"api-key": "given"}
    assert credential(AZURE, environ).source == "an API key from systemd"
    (tmp_path / "api-key").unlink()
    assert await headers(AZURE, environ) == {"api-key": "other"}


async def test_root_may_use_the_key_that_systemd_hands_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_key, "SYSTEM_FILE", tmp_path / "api-key")
    with pytest.raises(LinkFailure, match="there is no API key"):
        await headers(AZURE, {})
    (tmp_path / "api-key").write_text("system")
    assert await headers(AZURE, {}) == {"api-key": "system"}
    assert await headers(AZURE, {"AZURE_OPENAI_API_KEY": "mine"}) == {"api-key": "mine"}
    assert credential(AZURE, {}).source == f"an API key from {tmp_path}/api-key"


async def test_what_systemd_has_imported(tmp_path: Path) -> None:
    (tmp_path / "edge-agent.api-key").write_text("imported")
    assert await headers(AZURE, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == {"api-key": "imported"}
    (tmp_path / "edge-agent.client-secret").write_text("s3cret\n")
    assert completed({"CREDENTIALS_DIRECTORY": str(tmp_path)})["AZURE_CLIENT_SECRET"] == "s3cret"


async def test_what_systemd_has_unsealed(tmp_path: Path) -> None:
    (tmp_path / "edge-agent.sealed.api-key").write_text("unsealed")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert await headers(AZURE, environ) == {"api-key": "unsealed"}
    certificate = tmp_path / "edge-agent.sealed.client-certificate"
    certificate.touch()
    (tmp_path / "client-secret").write_text("s3cret\n")
    given = completed(environ | {"AZURE_TENANT_ID": "t"})
    assert given["AZURE_CLIENT_CERTIFICATE_PATH"] == str(certificate)
    assert given["AZURE_CLIENT_SECRET"] == "s3cret"
    assert given["AZURE_TENANT_ID"] == "t"
    assert completed(environ | {"AZURE_CLIENT_SECRET": "mine"})["AZURE_CLIENT_SECRET"] == "mine"
    assert completed({"A": "b"}) == {"A": "b"}


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "AZURE_OPENAI_API_KEY"),
        ("two words", "spaces"),
        ("schlüssel", "characters"),
        ("<your-api-key>", "AZURE_OPENAI_API_KEY is only a placeholder"),
        ("YOUR_API_KEY", "placeholder"),
        ("sk-...", "placeholder"),
    ],
)
async def test_no_good_key(key: str, words: str) -> None:
    with pytest.raises(LinkFailure, match=words) as caught:
        await headers(AZURE, {"AZURE_OPENAI_API_KEY": key})
    assert caught.value.next is Next.FIX
    assert not key or key not in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\n \n", "is empty"),
        (b"one\ntwo\nthree\n", "has 3 lines; it must contain one or two keys"),
        (b"one\nse\x1bcret\n", "invalid characters"),
        (b"\xff\xfe", r"cannot be read \(not UTF-8 text\)"),
        (None, r"cannot be read \(No such file"),
    ],
)
async def test_no_good_key_file(tmp_path: Path, text: bytes | None, words: str) -> None:
    """Fatal for one that starts with it; one that had a key waits for whoever is just writing the next."""
    path = tmp_path / "key"
    proof = filed(path, "good")
    await proof.headers()
    path.write_bytes(text) if text is not None else path.unlink()
    for which, step in (
        (credential(replace(AZURE, api_key_file=str(path)), {}), Next.FIX),
        (proof, Next.WAIT),
    ):
        with pytest.raises(LinkFailure, match=words) as caught:
            await which.headers()
        assert (caught.value.code, caught.value.next) == ("no-key", step)
    path.write_text("better")
    assert proof.changed()
    assert await key_of(proof) == "better"


@pytest.mark.parametrize(
    "line",
    [
        "\ufeffk==\r\n",
        ' "k==" ',
        "AZURE_OPENAI_API_KEY=k==",
        "export OPENAI_API_KEY = 'k=='\n",
        "\u201ck==\u201d",
    ],
)
async def test_a_key_as_people_paste_it(tmp_path: Path, line: str) -> None:
    proof = filed(tmp_path / "key", line)
    assert await key_of(proof) == "k=="
    config = Config(replace(AZURE, api_key_file=str(tmp_path / "key")))
    assert "k==" in known_secrets(config, {})


async def test_this_machine_needs_no_key() -> None:
    here = ServiceSettings(endpoint="http://127.0.0.1:1")
    assert await headers(here, {}) == {"api-key": "local"}
    assert credential(here, {}).source == "no key needed: the service runs on this machine"


# ---- two keys -------------------------------------------------------------------
async def test_a_refused_key_leads_to_the_other_which_is_kept_to(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    proof = filed(tmp_path / "key", "key-one\nkey-two\n")
    assert await key_of(proof) == "key-one"
    assert not proof.refused(BUSY)
    assert proof.refused(UNAUTHORIZED)
    assert await key_of(proof) == "key-two"
    proof.accepted()
    assert await key_of(proof) == "key-two"
    (line,) = caplog.records
    assert line.levelno == logging.WARNING
    assert line.getMessage() == f"the service refused key 1 of {tmp_path / 'key'}; using key 2 instead"
    assert proof.advice == f"key 1 of {tmp_path / 'key'} was refused; replace it with the new one"
    assert proof.refused(FORBIDDEN)  # the connection stood: the first may be good again
    assert await key_of(proof) == "key-one"
    assert not proof.refused(UNAUTHORIZED)


async def test_where_both_are_refused_it_waits_and_tries_them_in_turn(tmp_path: Path) -> None:
    proof = filed(tmp_path / "key", "one\ntwo\n")
    tried = []
    for expected in (True, False, False, False):
        tried.append(await key_of(proof))
        assert proof.refused(UNAUTHORIZED) is expected
    assert tried == ["one", "two", "one", "two"]


async def test_a_key_that_was_replaced_is_tried_at_once(tmp_path: Path) -> None:
    path = tmp_path / "key"
    proof = filed(path, "old\n")
    await proof.headers()
    assert not proof.changed()
    path.write_text("newer\n")
    assert proof.changed()
    assert proof.refused(UNAUTHORIZED)  # it was read before
    assert not proof.changed()
    assert await key_of(proof) == "newer"
    assert not proof.refused(UNAUTHORIZED)
    os.utime(path, ns=(0, 0))  # touched
    assert proof.changed()
    await proof.headers()
    assert not proof.refused(UNAUTHORIZED)  # still the same key
    path.unlink()
    assert proof.changed()
    assert not proof.refused(UNAUTHORIZED)
    assert not proof.changed()


async def test_the_advice_goes_when_the_file_is_put_right(tmp_path: Path) -> None:
    path = tmp_path / "key"
    proof = filed(path, "old\ngood\n")
    await proof.headers()
    assert proof.refused(UNAUTHORIZED)
    await proof.headers()
    proof.accepted()
    path.write_text("brand-new\ngood\n")
    assert await key_of(proof) == "good"  # never change a running one
    assert proof.advice == ""


async def test_no_key_is_shown(tmp_path: Path) -> None:
    proof = filed(tmp_path / "key", "hush-1\nhush-2\n")
    await proof.headers()
    proof.refused(UNAUTHORIZED)
    assert "hush" not in repr(proof) + str(proof) + proof.source + proof.advice
