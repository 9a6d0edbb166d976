"""A device that a person has signed in: the real msal, and Entra ID on loopback."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from edge_agent.config.model import ServiceSettings
from edge_agent.conversation.spoken_causes import spoken_cause
from edge_agent.doctor.realtime_service import credential as checked
from edge_agent.files import whole
from edge_agent.files.whole import contents
from edge_agent.realtime.auth import Credential, credential
from edge_agent.realtime.auth.person import PersonalSignIn, sign_in_file
from edge_agent.realtime.auth.person_token import PersonToken
from edge_agent.realtime.errors import LinkFailure, Next, refused
from edge_agent.vocabulary.commands import Cue

from .person_entra import PENDING, PERSON, PersonEntra, signed_in
from .test_auth import AZURE, UNAUTHORIZED
from .test_auth_entra import later, token_of  # noqa: F401 - a fixture
from .token_endpoint import Answer, refusal

pytestmark = pytest.mark.realtime

SERVICE = replace(AZURE, credential="device-code")
DECLINED = refusal("authorization_declined", "AADSTS70018: declined", 400)
ENDED = refusal("invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity.", 400)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    return tmp_path / "sign-in.json"


def proof(service: ServiceSettings = SERVICE) -> Credential:
    """Of a device that has just started."""
    return credential(service, os.environ)


def person() -> PersonalSignIn:
    return PersonalSignIn(SERVICE, os.environ)


def fill_place(path: Path) -> None:
    path.mkdir()


async def sign_in() -> None:
    somebody = person()
    code = await asyncio.to_thread(somebody.begin)
    made = await asyncio.to_thread(somebody.poll, code)
    assert made
    whole.replace(somebody.file, made.text)


async def failure_of(device: Credential) -> LinkFailure:
    with pytest.raises(LinkFailure) as caught:
        await device.headers()
    assert "refresh-" not in caught.value.message
    return caught.value


async def test_a_person_signs_the_device_in_once(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entra = PersonEntra(PENDING, PENDING, signed_in("first"))
    async with entra.use(monkeypatch):
        somebody = person()
        code = await asyncio.to_thread(somebody.begin)
        assert (code.code, code.link) == ("ABC-123", "https://login.example/device")
        made = [await asyncio.to_thread(somebody.poll, code) for _ in range(3)]
        assert made[:2] == [None, None]
        assert made[2]
        assert made[2].name == PERSON
        assert "refresh" not in repr(made)
        whole.replace(state, made[2].text)
        assert await token_of(proof()) == "first"  # from the file alone
    assert len(entra.posted()) == 3
    assert "offline_access" in entra.asked[1]


async def test_it_renews_that_alone_after_a_restart(
    state: Path,
    later: Callable[[float], None],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entra = PersonEntra(signed_in("first"), signed_in("second"), signed_in("third"))
    async with entra.use(monkeypatch):
        await sign_in()
        later(3500)
        assert await token_of(proof()) == "second"
        assert "refresh-second" in contents(state)
        later(7200)
        assert await token_of(proof()) == "third"
    assert "refresh_token=refresh-first" in entra.posted()[1]
    assert "refresh_token=refresh-second" in entra.posted()[2]
    assert not any("devicecode" in asked for asked in entra.asked[3:])


async def test_a_sign_in_that_has_ended_is_told_and_asks_nobody(
    later: Callable[[float], None],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entra = PersonEntra(signed_in("first"), ENDED, signed_in("again"))
    async with entra.use(monkeypatch):
        await sign_in()
        later(7200)
        device = proof()
        before = len(entra.asked)
        failure = await failure_of(device)
        assert (failure.next, failure.code) == (Next.WAIT, "signed-out")
        assert "AADSTS700082" in failure.message
        assert failure.message.endswith("sign in with sudo edge-agent setup")
        assert spoken_cause(failure.code) is Cue.CANNOT_SIGN_IN
        assert not any("devicecode" in asked for asked in entra.asked[before:])
        assert not device.changed()
        await sign_in()
        assert device.changed()  # so it does not wait for its next attempt
        assert await token_of(device) == "again"


async def test_nobody_has_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = await failure_of(proof())
    assert failure.message == "nobody has signed in; sign in with sudo edge-agent setup"
    check = await checked(SERVICE)
    assert (check.name, check.seen) == ("credential", "nobody has signed in")


@pytest.mark.parametrize(
    "text", ["{", "\udcff", '{"a": 1}', "[]", '{"Account": 7}', '{"RefreshToken": {"x": 7}}']
)
async def test_a_damaged_file(text: str, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole.replace(state, text.encode("utf-8", "surrogateescape"))
    async with PersonEntra(signed_in("x")).use(monkeypatch):
        failure = await failure_of(proof())
    assert (failure.next, failure.code) == (Next.WAIT, "signed-out")


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (DECLINED, "sign-in", "declined"),
        (refusal("expired_token", "AADSTS70019", 400), "sign-in", "nobody has entered the code in time"),
        (refusal("invalid_client", "AADSTS7000218: needs a secret", 401), "sign-in", "AADSTS7000218"),
        (refusal("x", "AADSTS90033: transient", 503), "sign-in-unreachable", "503"),
        (refusal("temporarily_unavailable", "later", 400), "sign-in-unreachable", "later"),
        (Answer("no JSON"), "sign-in-unreachable", "cannot be reached"),
    ],
)
async def test_answers_without_a_sign_in(
    answer: Answer, code: str, words: str, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with PersonEntra(answer).use(monkeypatch):
        with pytest.raises(LinkFailure) as caught:
            await sign_in()
    assert caught.value.code == code
    assert words in caught.value.message
    assert not contents(state)


async def test_nobody_there_and_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    async with PersonEntra(signed_in("first")).use(monkeypatch):
        await sign_in()
    failure = await failure_of(proof())
    assert (failure.next, failure.code) == (Next.RETRY, "sign-in-unreachable")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with PersonEntra(signed_in("x")).use(monkeypatch, context):
        failure = await failure_of(proof())
    assert failure.code == "certificate"


async def test_while_nobody_gives_another_the_old_one_is_used_to_its_end(
    later: Callable[[float], None],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entra = PersonEntra(signed_in("old"), refusal("busy", "later", 503))
    async with entra.use(monkeypatch):
        await sign_in()
        device = PersonToken(SERVICE, os.environ, lambda: time.time())
        for ahead_s in (0, 3500):
            later(ahead_s)
            assert await token_of(device) == "old"
        later(3601)
        assert (await failure_of(device)).next is Next.RETRY
    assert len(entra.posted()) == 3


async def test_a_refused_token_is_replaced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    entra = PersonEntra(signed_in("first"), signed_in("second"), signed_in("third"))
    async with entra.use(monkeypatch):
        await sign_in()
        device = proof()
        assert await token_of(device) == "first"
        assert not device.refused(refused(503))
        assert device.refused(UNAUTHORIZED)
        assert await token_of(device) == "second"
        assert not device.refused(UNAUTHORIZED)  # now it waits
        device.accepted()
        assert device.refused(UNAUTHORIZED)


async def test_a_card_that_cannot_be_written_leaves_the_sign_in_that_is_there(
    state: Path,
    later: Callable[[float], None],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entra = PersonEntra(signed_in("first"), signed_in("second"))
    async with entra.use(monkeypatch):
        await sign_in()
        fill_place(state.with_suffix(".new"))
        later(7200)
        assert await token_of(proof()) == "second"
    assert "cannot be kept" in caplog.text
    assert "refresh-first" in contents(state)


async def test_the_sign_in_of_another_tenant_is_not_used(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with PersonEntra(signed_in("first")).use(monkeypatch):
        await sign_in()
        monkeypatch.setenv("AZURE_CLIENT_ID", "another")
        failure = await failure_of(proof())
    assert failure.code == "signed-out"


def test_a_file_of_ones_own(tmp_path: Path, state: Path) -> None:
    assert sign_in_file(SERVICE) == state
    assert sign_in_file(replace(SERVICE, sign_in_file=str(tmp_path / "mine"))) == tmp_path / "mine"


async def test_root_reads_the_sign_in_of_the_service_and_leaves_it_to_it(
    tmp_path: Path,
    later: Callable[[float], None],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entra = PersonEntra(signed_in("first"), signed_in("second"))
    async with entra.use(monkeypatch):
        await sign_in()
        monkeypatch.delenv("STATE_DIRECTORY")
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "of-root"))
        monkeypatch.setattr("edge_agent.realtime.auth.person.OF_THE_SERVICE", tmp_path)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        if not os.getuid():  # whoever runs the tests is the service otherwise
            os.chown(tmp_path / "sign-in.json", 12345, 12345)
        later(7200)
        assert await token_of(proof()) == "second"
    assert "refresh-first" in contents(tmp_path / "sign-in.json")
