"""Who may see and do what: by name, by origin, by token."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus

import pytest

from edge_agent.config.web_settings import WebSettings
from edge_agent.web.access import (
    FOR_GUESTS,
    FOREIGN,
    OPERABLE,
    READABLE,
    UNKNOWN,
    UNKNOWN_HOST,
    Access,
    NotAdmitted,
    Tokens,
    WebRole,
    may,
    may_see,
)
from edge_agent.web.static_files import FOLDER

TOKENS = Tokens("o" * 32, "r" * 32)
LOCAL = Access(is_local=True, names={"kiosk.example"}, tokens=lambda: TOKENS)
OPEN = Access(is_local=False, names={"kiosk.example"}, tokens=lambda: TOKENS)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080", "127.9.9.9"])
def test_who_sits_at_the_device_needs_no_password(host: str) -> None:
    assert LOCAL.admit({"host": host}) is WebRole.OPERATOR


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "192.0.2.7:8080", "kiosk.example", "[2001:db8::7]:8080"])
def test_whoever_comes_over_the_network_needs_a_token(host: str) -> None:
    assert OPEN.admit({"host": host}) is UNKNOWN
    for shown in ("", "edge_agent=", "edge_agent=wrong", f"other={TOKENS.operator}", "edge_agent"):
        assert OPEN.admit({"host": host, "cookie": shown}) is UNKNOWN
    assert OPEN.admit({"host": host, "cookie": f"a=b; edge_agent={TOKENS.operator}"}) is WebRole.OPERATOR
    assert OPEN.admit({"host": host, "cookie": f"edge_agent={TOKENS.reader}"}) is WebRole.READER


def test_a_program_shows_its_token_in_its_own_way() -> None:
    host = {"host": "kiosk.example"}
    assert OPEN.admit(host | {"authorization": f"Bearer {TOKENS.reader}"}) is WebRole.READER
    assert OPEN.admit(host | {"authorization": f"Basic {TOKENS.reader}"}) is UNKNOWN


def test_a_proxy_on_this_machine_is_not_somebody_who_sits_at_it() -> None:
    assert LOCAL.admit({"host": "kiosk.example"}) is UNKNOWN
    assert LOCAL.admit({"host": "kiosk.example", "cookie": f"edge_agent={TOKENS.reader}"}) is WebRole.READER


@pytest.mark.parametrize("field", ["x-forwarded-for", "x-forwarded-proto", "forwarded", "x-real-ip", "via"])
def test_a_proxy_that_hides_the_name_is_not_either(field: str) -> None:
    fields = {"host": "127.0.0.1:8080", field: "192.0.2.7"}
    assert LOCAL.admit(fields) is UNKNOWN
    assert LOCAL.admit(fields | {"cookie": f"edge_agent={TOKENS.operator}"}) is WebRole.OPERATOR


@pytest.mark.parametrize(
    ("address", "names", "needs_link"),
    [
        ("on", "", False),
        ("on", "kiosk.example", True),
        ("[::]:81", "", True),
        ("[::]:81", "kiosk.example", True),
    ],
)
def test_who_needs_a_link(address: str, names: str, needs_link: bool) -> None:
    assert WebSettings(address, names=names).needs_link is needs_link


def test_a_token_of_strange_bytes_is_only_a_wrong_one() -> None:
    strange = b"\xff".decode("ascii", "surrogateescape")
    for shown in (f"edge_agent={strange}", f"edge_agent={TOKENS.operator}{strange}"):
        assert OPEN.admit({"host": "kiosk.example", "cookie": shown}) is UNKNOWN
    assert OPEN.admit({"host": "kiosk.example", "authorization": f"Bearer {strange}"}) is UNKNOWN
    assert OPEN.role_of(strange) is None


def test_without_tokens_nobody_has_one() -> None:
    none = Access(is_local=False, names=(), tokens=lambda: Tokens("", ""))
    for token in ("", "x"):
        assert none.admit({"host": "192.0.2.7", "cookie": f"edge_agent={token}"}) is UNKNOWN
    assert none.role_of("") is None


@pytest.mark.parametrize("access", [LOCAL, OPEN])
@pytest.mark.parametrize(
    "host",
    [
        "rebound.example",
        "rebound.example:8080",
        "kiosk.example.evil",
        "",
        "a@127.0.0.1",
        "127.0.0.1/x",
        "[::1",
        "[",
        "::1",
    ],
)
def test_a_name_that_somebody_made_lead_here_is_refused(access: Access, host: str) -> None:
    assert access.admit({"host": host, "cookie": f"edge_agent={TOKENS.operator}"}) is UNKNOWN_HOST
    assert access.admit({}) is UNKNOWN_HOST


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "https://127.0.0.1:8080"])
def test_our_own_page_may_open_a_socket(origin: str) -> None:
    assert LOCAL.admit({"host": "127.0.0.1:8080", "origin": origin}, socket=True) is WebRole.OPERATOR


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", "http://127.0.0.1:9999", "ftp://127.0.0.1:8080", "127.0.0.1:8080"],
)
def test_a_page_of_somebody_else_may_not(origin: str) -> None:
    assert LOCAL.admit({"host": "127.0.0.1:8080", "origin": origin}, socket=True) is FOREIGN
    assert LOCAL.admit({"host": "127.0.0.1:8080"}, socket=True) is FOREIGN


@pytest.mark.parametrize(
    ("site", "mode", "admitted"),
    [
        ("cross-site", "no-cors", FOREIGN),
        ("same-site", "no-cors", FOREIGN),
        ("cross-site", "navigate", WebRole.OPERATOR),
        ("same-origin", "no-cors", WebRole.OPERATOR),
        ("none", "navigate", WebRole.OPERATOR),
    ],
)
def test_a_page_of_somebody_else_may_link_here_and_no_more(
    site: str, mode: str, admitted: WebRole | NotAdmitted
) -> None:
    fields = {"host": "localhost:8080", "sec-fetch-site": site, "sec-fetch-mode": mode}
    assert LOCAL.admit(fields) is admitted


def test_a_reader_looks_and_changes_nothing() -> None:
    for do in ("mute", "volume", "say", "report file", "doctor"):
        assert may(WebRole.OPERATOR, do)
        assert not may(WebRole.READER, do)
    assert all(may(role, do) for role in (WebRole.OPERATOR, WebRole.READER) for do in READABLE)
    for do in ("config-check", "config-write", "config-undo"):
        assert may(WebRole.OPERATOR, do)
        assert not may(WebRole.READER, do)


def test_a_guest_sees_the_captions_and_nothing_else() -> None:
    assert not any(may(WebRole.GUEST, do) for do in OPERABLE)
    assert all(may_see(WebRole.GUEST, path) for path in ("/captions", "/socket/captions", "/style.css"))
    for path in (
        "/",
        "/metrics",
        "/socket/technician",
        "/technician.js",
        "/phone.svg",
        "/turn/1.svg",
        "/report/x",
    ):
        assert not may_see(WebRole.GUEST, path)
        assert may_see(WebRole.READER, path)
    invited = Access(is_local=False, names=(), tokens=lambda: replace(TOKENS, guest="g" * 32))
    shown = {"host": "192.0.2.7", "cookie": f"edge_agent_guest={'g' * 32}"}
    assert invited.admit(shown) is WebRole.GUEST
    assert OPEN.admit(shown) is UNKNOWN
    assert OPEN.admit(shown | {"cookie": "edge_agent_guest="}) is UNKNOWN
    both = f"edge_agent={TOKENS.reader}; edge_agent_guest={'g' * 32}"
    assert invited.admit(shown | {"cookie": both}) is WebRole.READER
    assert invited.admit(shown | {"cookie": both.replace("rrr", "xxx")}) is WebRole.GUEST


@pytest.mark.parametrize("do", ["press", "ask-user", "report", "tools", "fly", None, 3, [], {}])
def test_what_opens_the_microphone_or_tells_words_is_not_asked_over_the_pages(do: object) -> None:
    assert not any(may(role, do) for role in WebRole)


@pytest.mark.parametrize(
    ("address", "place", "is_local"),
    [
        ("on", "127.0.0.1:8080", True),
        ("localhost:81", "localhost:81", True),
        ("[::1]:81", "[::1]:81", True),
        ("[::]:81", "[::]:81", False),
        ("0.0.0.0:81", "0.0.0.0:81", False),
        ("192.0.2.7:81", "192.0.2.7:81", False),
    ],
)
def test_where_the_pages_are(address: str, place: str, is_local: bool) -> None:
    web = WebSettings(address, names=" Kiosk.example,,other.example ")
    assert (web.listens_at, web.is_local) == (place, is_local)
    assert web.known_names == {"kiosk.example", "other.example"}


def test_each_refusal_is_one_that_a_browser_knows() -> None:
    assert {it.status for it in (UNKNOWN_HOST, FOREIGN, UNKNOWN)} <= set(HTTPStatus)


def test_a_guest_gets_all_that_the_captions_are_made_of() -> None:
    wanted = ["/captions.js"]
    for path in wanted:
        wanted += re.findall(r'from "(.*)"', (FOLDER / path[1:]).read_text("utf-8"))
    assert {"/feed.js", *wanted} <= FOR_GUESTS
