"""The captions on a telephone: let in by the code on the screen, for one visit."""

from __future__ import annotations

import json
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import segno
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from edge_agent.config.model import Config, WebSettings
from edge_agent.config.rules import check
from edge_agent.files.folders import state_folder
from edge_agent.web import invitation
from edge_agent.web.pages import MOST_GUESTS
from edge_agent.web.tokens import file_in, kept

from ..browser import PROGRAM, browser
from ..ports import free_port
from ..test_daemon import Running, running
from ..test_metrics import until_it
from .test_served import get, page_on, use

__all__ = ["running"]


@pytest.mark.parametrize(
    ("web", "told"),
    [
        (WebSettings("[::]:8080", captions=True), ""),
        (WebSettings("[::]:8080", captions=True, captions_qr=True), ""),
        (WebSettings("on", captions=True, captions_qr=True, names="kiosk.example"), ""),
        (WebSettings("[::]:8080", captions_qr=True), "set web.address and web.captions too"),
        (WebSettings(captions=True, captions_qr=True), "set web.address and web.captions too"),
        (WebSettings("on", captions=True, captions_qr=True), "no telephone reaches 127.0.0.1:8080"),
    ],
)
def test_a_code_leads_somewhere(web: WebSettings, told: str) -> None:
    found = " ".join(what for key, what in check(Config(web=web)) if key == ("web", "captions_qr"))
    assert found == "" if not told else told in found


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guests' are known: visit-1, visit-2 ..., as long as they are."""
    numbers = count(1)
    monkeypatch.setattr(invitation, "token_urlsafe", lambda size: f"visit-{next(numbers)}-".ljust(size, "g"))


def token(visit: int) -> str:
    return f"visit-{visit}-".ljust(invitation.BYTES, "g")


def drawn(link: str) -> bytes:
    made = BytesIO()
    segno.make(link, micro=False).save(made, kind="svg", scale=4, border=3, light="#fff")
    return made.getvalue()


async def invite(at: Running) -> int:
    port = free_port()
    await use(at, WebSettings(f"0.0.0.0:{port}", captions=True, captions_qr=True, names="127.0.0.1"))
    await until_it(port, wanted=True)
    return port


@pytest.mark.realtime
@pytest.mark.usefixtures("tokens")
async def test_a_guest_follows_one_visit(running: Running) -> None:
    port = await invite(running)
    found = kept(file_in(state_folder()))
    assert found
    screen = {"Cookie": f"edge_agent={found.reader}"}
    link = f"http://127.0.0.1:{port}/enter?token="
    assert (await get(port, "/phone.svg?1", **screen)).endswith(drawn(link + token(1)))
    assert b"403" in (await get(port, f"/enter?token={token(2)}"))[:20]
    entered = await get(port, f"/enter?token={token(1)}")
    assert (
        f"Set-Cookie: edge_agent_guest={token(1)}; Path=/; HttpOnly; SameSite=Strict\r\n".encode() in entered
    )
    assert b'href="/captions"' in entered
    guest = {"Cookie": f"edge_agent_guest={token(1)}"}
    assert b"200 OK" in await get(port, "/captions", **guest)
    for path in ("/", "/metrics", "/phone.svg", "/socket/technician"):
        assert b"403" in (await get(port, path, **guest))[:20]
    async with page_on(port, "captions", **screen) as kiosk, page_on(port, "captions", **guest) as phone:
        assert await first_of(kiosk, "phone") == "/phone.svg?1"
        await running.ask("say", text="A secret.")
        assert (await first_of(phone, "caption"))["text"] == "A secret."
        await running.ask("forget")
        assert await first_of(phone, "over")
        with pytest.raises(ConnectionClosed):
            await first_of(phone, "caption")
        assert await first_of(kiosk, "phone") == "/phone.svg?2"
    assert b"401" in (await get(port, "/captions", **guest))[:20]
    with pytest.raises(InvalidStatus, match="401"):
        async with page_on(port, "captions", **guest):
            raise AssertionError
    assert (await get(port, "/phone.svg?2", **screen)).endswith(drawn(link + token(2)))


async def first_of(page: ClientConnection, name: str) -> Any:
    while name not in (told := json.loads(await page.recv())):
        pass
    return told[name]


@pytest.mark.realtime
@pytest.mark.usefixtures("tokens")
async def test_guests_leave_room_for_others(running: Running) -> None:
    port = await invite(running)
    guest = {"Cookie": f"edge_agent_guest={token(1)}"}
    phones = [page_on(port, "captions", **guest) for _ in range(MOST_GUESTS)]
    for phone in phones:
        await first_of(await phone.__aenter__(), "light")
    async with page_on(port, "captions", **guest) as one_more:
        with pytest.raises(ConnectionClosed):
            await first_of(one_more, "light")
        assert one_more.close_code == 1013
    for phone in phones:
        await phone.__aexit__(None, None, None)


@pytest.mark.realtime
@pytest.mark.skipif(not PROGRAM, reason="chromium is not installed")
@pytest.mark.usefixtures("tokens")
async def test_as_it_is_seen(running: Running, tmp_path: Path) -> None:
    port = await invite(running)
    found = kept(file_in(state_folder()))
    assert found
    site = f"http://127.0.0.1:{port}"
    async with browser(tmp_path / "screen") as screen, browser(tmp_path / "phone") as phone:
        await screen.resize(1000, 620)
        await phone.resize(320, 600)
        await screen.call("Network.setCookie", name="edge_agent", value=found.reader, url=site)
        await screen.open(f"{site}/captions")
        await screen.until('document.getElementById("phone").naturalWidth > 0')
        await phone.call("Network.setCookie", name="edge_agent_guest", value=token(1), url=site)
        await phone.open(f"{site}/captions")
        await phone.until("document.body.dataset.colour")
        await running.ask("say", text="A secret.")
        await phone.until('document.querySelector("#said p.user")')
        await running.ask("forget")
        await phone.until('!document.getElementById("over").hidden')
        assert "secret" not in await phone.run("document.documentElement.outerHTML")
        await screen.until('document.getElementById("phone").src.endsWith("?2")')
        await screen.resize(320, 600)
        assert await screen.run("document.documentElement.scrollWidth <= innerWidth")
        assert [*screen.complaints, *phone.complaints] == []
