"""The pages as a running device serves them: to whom, and what those get who mean ill. Harmless input, on loopback."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from edge_agent.cli import main
from edge_agent.config.model import Config, WebSettings
from edge_agent.config.rules import check
from edge_agent.files.folders import state_folder
from edge_agent.host.http import http_server
from edge_agent.host.http.pages import Page
from edge_agent.web import site as site_module
from edge_agent.web import web_socket
from edge_agent.web.access import Access, Tokens
from edge_agent.web.attendance import BURST
from edge_agent.web.site import LONGEST_MESSAGE, MOST_SOCKETS, BrowserSite
from edge_agent.web.static_files import FOLDER, static_files
from edge_agent.web.tokens import file_in, kept, make

from ..ports import free_port
from ..test_daemon import Running, changed, findings, running, until
from ..test_metrics import listens, send, until_it

__all__ = ["running"]

TOKENS = Tokens("o" * 32, "r" * 32)


async def serve(at: Running, **settings: Any) -> int:
    """The port that the pages are at, from now on."""
    port = free_port()
    await use(at, replace(WebSettings(f"127.0.0.1:{port}"), **settings))
    await until_it(port, wanted=True)
    return port


async def use(at: Running, web: WebSettings) -> None:
    before = at.daemon.device
    at.config = replace(at.config, web=web)
    await at.ask("reload")
    await changed(at, before)


async def get(port: int, path: str, **fields: str) -> bytes:
    head = {"Host": f"127.0.0.1:{port}"} | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return await send(port, f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())


@asynccontextmanager
async def page_on(port: int, path: str = "technician", **fields: str) -> AsyncIterator[ClientConnection]:
    origin: Any = fields.pop("origin", f"http://127.0.0.1:{port}")
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    address = f"ws://127.0.0.1:{port}/socket/{path}"
    async with connect(address, origin=origin, additional_headers=headers, proxy=None) as page:
        yield page


async def ask(page: ClientConnection, **request: Any) -> dict[str, Any]:
    await page.send(json.dumps({"n": 1, **request}))
    while (told := json.loads(await page.recv())).get("n") != 1:
        pass
    return dict(told)


# ---- pure ---------------------------------------------------------------------------
def site() -> BrowserSite:
    access = Access(is_local=True, names=(), tokens=lambda: TOKENS)
    return BrowserSite(
        access,
        pages={"/": Page("text/plain", lambda: b"here")},
        sockets={},
        made=lambda _: None,
        secure=lambda _: False,
    )


@given(
    st.binary(max_size=300)
    | st.from_regex(
        rb"[A-Z]{1,4} /(enter\?token=[^ ]{0,9}|[^ ]{0,9}) HTTP/1\.[01]\r\n(Host: .{0,20}\r\n)?.{0,40}"
    )
)
def test_any_bytes_get_an_answer(head: bytes) -> None:
    answer = site().answer(head + b"\r\n\r\n")
    assert isinstance(answer, bytes)
    status, _, rest = answer.partition(b"\r\n")
    assert int(status.split(b" ")[1]) in (200, 400, 401, 403, 404, 405, 421)
    assert b"default-src 'none'" in rest
    assert b"Access-Control" not in rest


def test_all_the_pages_together_are_small_and_ask_nobody_else() -> None:
    """Two seconds at 300 kB/s are 600 kB."""
    assert sum(len(page.body()) for page in static_files().values()) < 100_000
    for file in FOLDER.iterdir():
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in "".join(line.split("// ")[0] for line in text.splitlines()).replace(
            "://${location", ""
        )
        assert " style=" not in text
        assert "onclick" not in text


def test_every_word_is_there_in_each_language() -> None:
    text = (FOLDER / "words.js").read_text("utf-8")
    named = [re.findall(r'[\s,]"?([a-z_-]+)"?: "', part) for part in text.split("ja: {")]
    english, japanese = map(set, named)
    assert [len(english), len(japanese)] == list(map(len, named)), "the first of two is never shown"
    used = {
        part.split('"')[0]
        for file in FOLDER.glob("*.html")
        for part in file.read_text().split('data-word="')[1:]
    }
    assert len(used) > 20
    assert used - english == set()
    assert english == japanese


@pytest.mark.parametrize("address", ["on", "", "127.0.0.1:8080", "[::]:8080"])
def test_addresses(address: str) -> None:
    assert not list(check(replace(Config(), web=WebSettings(address))))


def test_what_is_wrong_with_its_settings() -> None:
    for web, told in (
        (WebSettings("off"), "'off' is not a valid address; use \"on\", or HOST:PORT, as in 127.0.0.1:8080"),
        (WebSettings(certificate="c.pem"), "TLS needs certificate and private_key; set web.private_key too"),
        (WebSettings(private_key="k.pem"), "TLS needs certificate and private_key; set web.certificate too"),
    ):
        assert [words for _, words in check(replace(Config(), web=web))] == [told]
    both = replace(Config(), web=WebSettings("on"))
    both = replace(both, metrics=replace(both.metrics, address="127.0.0.1:8080"))
    assert ["remove that one" in words for _, words in check(both)] == [True]


def test_nothing_of_it_is_loaded_where_it_is_off() -> None:
    code = (
        "import sys, edge_agent.cli.run; print(sorted(name for name in sys.modules"
        " if name.startswith('edge_agent.web') or name in ('websockets.server', 'ssl')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "edge_agent.web.pages" not in ran.stdout
    assert "websockets.server" not in ran.stdout
    assert ran.stdout.count("edge_agent.web") == 2  # the package, and the surface that is off


# ---- on a running device ---------------------------------------------------------------
on_a_device = pytest.mark.realtime


@on_a_device
async def test_it_is_switched_on_moved_and_off(running: Running) -> None:
    first = await serve(running)
    assert b"200 OK" in await get(first, "/")
    assert b"edge_agent_link_up 1.0" in await get(first, "/metrics")
    assert b"404" in await get(first, "/captions")
    second = await serve(running, captions=True)
    assert not await listens(first)
    assert b"200 OK" in await get(second, "/captions")
    await use(running, WebSettings())
    await until_it(second, wanted=False)
    assert findings(running) == []


@on_a_device
async def test_what_a_browser_is_told_to_forbid(running: Running) -> None:
    port = await serve(running, captions=True)
    for path in ("/", "/captions", "/style.css", "/words.js", "/metrics", "/none"):
        head = (await get(port, path)).partition(b"\r\n\r\n")[0]
        for field in (
            b"default-src 'none'",
            b"frame-ancestors 'none'",
            b"nosniff",
            b"no-store",
            b"no-referrer",
        ):
            assert field in head, path
        assert b"unsafe-inline" not in head
        assert b"Access-Control" not in head
    for path in (
        "/static/",
        "/../pyproject.toml",
        "/technician.html",
        "/..%2ftokens.py",
        "/turn/",
        "/report/",
    ):
        assert b"404" in (await get(port, path))[:20]
    assert b"405" in (await send(port, b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"))[:20]


@on_a_device
async def test_a_hostile_page_in_the_browser_of_the_kiosk_gets_nothing(running: Running) -> None:
    port = await serve(running, captions=True)
    for path in ("technician", "captions"):
        with pytest.raises(InvalidStatus, match="403"):
            async with page_on(port, path, origin="http://evil.example"):
                raise AssertionError
    assert b"421" in await get(port, "/", Host="rebound.example")
    assert b"403" in await get(port, "/metrics", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")


@on_a_device
async def test_a_link_of_many_parts_is_only_a_wrong_link(running: Running) -> None:
    port = await serve(running)
    assert b"403" in (await get(port, f"/enter?{'a=b&' * 500}token=%ff&token=x"))[:20]


@on_a_device
async def test_over_the_network_a_link_opens_it(running: Running) -> None:
    port = free_port()
    await use(running, WebSettings(f"0.0.0.0:{port}", names="kiosk.example"))
    await until_it(port, wanted=True)
    tokens = kept(file_in(state_folder()))
    assert tokens
    assert file_in(state_folder()).stat().st_mode & 0o777 == 0o600
    assert b"401" in (await get(port, "/"))[:20]
    assert b"403" in (await get(port, "/enter?token=wrong"))[:20]
    entered = await get(port, f"/enter?token={tokens.reader}", Host="kiosk.example")
    assert (
        f"Set-Cookie: edge_agent={tokens.reader}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict\r\n".encode()
        in entered
    )
    assert b"200 OK" in await get(port, "/", Cookie=f"edge_agent={tokens.reader}")
    with pytest.raises(InvalidStatus, match="401"):
        async with page_on(port):
            raise AssertionError
    async with page_on(port, Cookie=f"edge_agent={tokens.reader}") as page:
        assert (await ask(page, do="status"))["ok"]
        assert (await ask(page, do="mute"))["error"].startswith("this page may only look")
        assert not running.daemon.device.state.muted
    async with page_on(port, Cookie=f"edge_agent={tokens.operator}") as page:
        assert (await ask(page, do="mute"))["muted"]


@on_a_device
async def test_the_cookie_of_who_comes_through_a_proxy_is_only_for_tls(running: Running) -> None:
    port = await serve(running, names="kiosk.example")
    tokens = kept(file_in(state_folder()))
    assert tokens
    entering = f"/enter?token={tokens.reader}"
    assert b"SameSite=Strict; Secure\r\n" in await get(port, entering, Host="kiosk.example")
    assert b"SameSite=Strict\r\n" in await get(port, entering)  # of the device itself
    assert b"401" in (await get(port, "/"))[:20]


@on_a_device
async def test_the_command_prints_the_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    config = tmp_path / "c.toml"

    def link(settings: str, *options: str) -> tuple[int, str]:
        config.write_text(f"[web]\n{settings}\n")
        code = main(["web", "link", "--config", str(config), *options])
        said = capsys.readouterr()
        return code, (said.out or said.err).splitlines()[0]

    assert link("") == (
        78,
        'edge-agent: the pages are off; set [web] address = "on", or to HOST:PORT for the network',
    )
    assert link('address = "on"') == (0, "http://127.0.0.1:8080/")
    make(file_in(tmp_path))
    behind_a_proxy = link('address = "on"\nnames = "kiosk.example"', "--read-only")
    kept_now = kept(file_in(tmp_path))
    assert kept_now
    assert behind_a_proxy == (0, f"https://kiosk.example/enter?token={kept_now.reader}")
    file_in(tmp_path).unlink()
    shared = 'address = "[::]:8080"\nnames = "kiosk.example"\ncertificate = "c"\nprivate_key = "k"'
    assert link(shared) == (1, f"edge-agent: {file_in(tmp_path)} is made at its first start")
    code, first = link(shared, "--new")
    tokens = kept(file_in(tmp_path))
    assert tokens
    assert (code, first) == (0, f"https://kiosk.example:8080/enter?token={tokens.operator}")
    assert link(shared, "--read-only") == (0, f"https://kiosk.example:8080/enter?token={tokens.reader}")
    assert link(shared, "--new")[1] != first


@on_a_device
async def test_it_speaks_tls(running: Running, tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "c.pem")
    issued.private_key_pem.write_to_path(tmp_path / "k.pem")
    port = await serve(running, certificate=f"{tmp_path}/c.pem", private_key=f"{tmp_path}/k.pem")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    address = f"wss://localhost:{port}/socket/technician"
    origin: Any = f"https://localhost:{port}"
    async with connect(address, ssl=trust, origin=origin, proxy=None) as page:
        assert (await ask(page, do="status"))["ok"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname="localhost")
    writer.write(f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
    assert (await reader.read()).endswith(b"</html>\n")
    writer.close()
    assert await send(port, b"GET / HTTP/1.1\r\n\r\n") == b""  # without TLS
    await use(
        running, WebSettings(f"127.0.0.1:{free_port()}", certificate="/none.pem", private_key="/none.pem")
    )
    await until(lambda: findings(running) == ["web"])


@on_a_device
async def test_a_renewed_certificate_is_used_after_a_reload(running: Running, tmp_path: Path) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"

    def issue() -> ssl.SSLContext:
        authority, trust = trustme.CA(), ssl.create_default_context()
        issued = authority.issue_cert("localhost")
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
        authority.configure_trust(trust)
        return trust

    first = issue()
    port = await serve(running, certificate=str(certificate), private_key=str(key))
    await until_trusted(port, first)
    second = issue()
    await use(running, running.config.web)
    await until_trusted(port, second)
    assert findings(running) == []


async def until_trusted(port: int, trust: ssl.SSLContext) -> None:
    async with asyncio.timeout(10):
        while True:
            with suppress(OSError):  # of TLS too
                _, writer = await asyncio.open_connection(
                    "127.0.0.1", port, ssl=trust, server_hostname="localhost"
                )
                writer.close()
                return
            await asyncio.sleep(0.05)


@on_a_device
async def test_a_thousand_who_say_nothing_cost_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "PACE_S", 0.0)  # else it is a test of ten seconds
    port = await serve(running, captions=True)
    async with page_on(port) as page:
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(1000)]
        assert (await ask(page, do="status"))["ok"]  # who was there before stays
        assert b"200 OK" in await get(port, "/")  # and who comes is answered
        assert await silent[0][0].read() == b""  # the oldest had to go
        for _, writer in silent:
            writer.close()


@on_a_device
async def test_pages_that_never_read_lose_their_places(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_socket, "WRITE_S", 0.2)
    monkeypatch.setattr(site_module, "MOST_SOCKETS", 2)
    port = await serve(running)
    deaf = [await upgraded(port) for _ in range(2)]
    assert (
        b"503" in (await get(port, "/socket/technician", **UPGRADE, Origin=f"http://127.0.0.1:{port}"))[:20]
    )
    log = logging.getLogger("edge_agent")
    async with asyncio.timeout(60):
        while True:
            for _ in range(1000):
                log.info("x" * 5000)
                await asyncio.sleep(0)
            with suppress(InvalidStatus):
                async with page_on(port) as page:
                    assert (await ask(page, do="status"))["ok"]
                    break
    for writer in deaf:
        writer.transport.abort()


UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


async def upgraded(port: int) -> asyncio.StreamWriter:
    """A page that will read nothing more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    fields = UPGRADE | {"Host": f"127.0.0.1:{port}", "Origin": f"http://127.0.0.1:{port}"}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    writer.write(f"GET /socket/technician HTTP/1.1\r\n{lines}\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 101")
    transport = writer.transport
    assert isinstance(transport, asyncio.Transport)
    transport.pause_reading()
    return writer


@on_a_device
async def test_who_asks_too_much_is_closed(running: Running) -> None:
    port = await serve(running)
    async with page_on(port) as page:
        with suppress(ConnectionClosed):
            for _ in range(3 * BURST):
                await page.send('{"do": "journal"}')
            while True:
                await page.recv()
        assert page.close_code == 1008
    async with page_on(port) as page:
        with suppress(ConnectionClosed):
            await page.send("x" * (LONGEST_MESSAGE + 1))
            while True:
                await page.recv()
        assert page.close_code == 1009


@on_a_device
async def test_there_are_only_so_many_pages(running: Running) -> None:
    port = await serve(running)
    pages = [await upgraded(port) for _ in range(MOST_SOCKETS)]
    with pytest.raises(InvalidStatus, match="503"):
        async with page_on(port):
            raise AssertionError
    for page in pages:
        page.transport.abort()
    await until_there_is_room(port)


async def until_there_is_room(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            with suppress(InvalidStatus):
                async with page_on(port) as page:
                    assert (await ask(page, do="status"))["ok"]
                    return


@on_a_device
async def test_requests_that_come_together_are_all_answered(running: Running) -> None:
    port = await serve(running)
    async with page_on(port) as page:
        first = [json.dumps({"n": n, "do": "status"}) for n in range(5)]
        for text in first:
            await page.send(text)
        numbers: list[int] = []
        while len(numbers) < 5:
            told = json.loads(await page.recv())
            numbers += [told["n"]] if "n" in told else []
        assert numbers == [0, 1, 2, 3, 4]
        await page.send("not JSON")
        assert json.loads(await page.recv())["ok"] is False
        assert "volume needs percent" in (await ask(page, do="volume", percent=140))["error"]
        assert "on the device" in (await ask(page, do="report", transcript=True))["error"]


@on_a_device
async def test_what_is_shown_besides_the_status(running: Running) -> None:
    port = await serve(running)
    async with page_on(port) as page:
        await running.ask("say", text="Are you there?")
        await running.ask("interrupt")
        await until(lambda: running.daemon.report()["latency"]["last"] is not None)
        turns = (await ask(page, do="turns"))["turns"]
        assert [turn["outcome"] for turn in turns] == ["interrupted"]
        assert b"<svg" in await get(port, turns[0]["picture"])
        assert any("turn 1 interrupted" in line for line in (await ask(page, do="journal"))["lines"])
        async with page_on(port) as other:
            both = await asyncio.gather(ask(page, do="report file"), ask(other, do="report file"))
        (path,) = [told["path"] for told in both if told["ok"]]
        assert [told["error"] for told in both if not told["ok"]] == ["a report is being made already"]
        report = await get(port, path)
        assert b"Content-Disposition: attachment" in report
        assert b"turn 1 interrupted" in report
        assert (await ask(page, do="doctor"))["ok"]
        assert "already" in (await ask(page, do="doctor"))["error"]
        lines = []
        while (told := json.loads(await page.recv())).get("doctor", "") is not None:
            lines += [told["doctor"]] if "doctor" in told else []
        assert "configuration" in lines[0]
        assert lines[-1].startswith(("ok", "warning", "failed", "skipped"))
