"""Talking through a running device: only while the person at it allows that, and never while it is muted."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from edge_agent.app import remote_talk
from edge_agent.config.model import WebSettings
from edge_agent.files.folders import state_folder
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Turn
from edge_agent.web.tokens import file_in, kept
from edge_agent.web.workbench import LOOKS_ONLY

from ..ports import free_port
from ..test_daemon import Running, running, until
from ..test_metrics import until_it
from .talk_client import FIELDS, Page, hearing, page_at
from .test_served import get, serve, use

__all__ = ["running"]

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed"),
]


@pytest.fixture
async def page(running: Running) -> AsyncIterator[Page]:
    async with page_at(await serve(running, talk=True)) as made:
        yield made


def press(of: Running) -> None:
    """By hand."""
    for event in (e.ButtonPressed(), e.ButtonReleased()):
        of.daemon._station.press(event)


async def sounds_through(of: Running, card: str) -> None:
    await until(lambda: of.daemon.report()["sound"]["devices"].startswith(card))


async def asked(of: Running, page: Page) -> asyncio.Task[dict[str, Any]]:
    """To let the page talk; not answered yet."""
    start = asyncio.create_task(page.ask("start", **FIELDS))
    await until(lambda: of.daemon.device.state.announcing)
    return start


async def test_a_press_by_hand_allows_it_and_another_ends_it(running: Running, page: Page) -> None:
    await running.ask("say", text="A secret.")
    await running.ask("interrupt")
    start = await asked(running, page)
    await running.ask("press")  # over the socket: nobody has to be there
    assert (await start)["error"] == remote_talk.UNASKED.format("interrupted")
    await running.ask("forget")
    start = await asked(running, page)
    press(running)
    assert (await start)["ok"]
    async with hearing(page):
        await sounds_through(running, "a browser")
        assert (await page.until("session"))["session"]
        assert running.daemon.device.state.mode.value == "idle"
        press(running)
        assert (await page.until("ended"))["ended"]["why"] == remote_talk.ENDED_THERE
        await sounds_through(running, "simulated")
    assert "secret" not in str(page.told)


async def test_until_the_question_sounds_the_button_is_for_talking(running: Running, page: Page) -> None:
    button, remote = running.daemon._station.press, running.daemon._remote
    button(e.ButtonPressed())
    await until(lambda: running.daemon.device.state.turn.value == "listening")
    start = asyncio.create_task(page.ask("start", **FIELDS))
    await until(lambda: remote._answer is not None)
    button(e.ButtonReleased())
    button(e.ButtonPressed())
    assert remote._answer
    assert not remote._answer.done()
    button(e.ButtonReleased())
    await until(lambda: running.daemon.device.state.announcing)
    press(running)
    assert (await start)["ok"]


async def test_the_question_is_heard_however_low_the_volume_is(running: Running, page: Page) -> None:
    await running.ask("volume", percent=0)
    start = await asked(running, page)
    await until(lambda: running.daemon._station.counters()["speaker_db"] > -60)
    press(running)
    assert (await start)["ok"]


async def test_muted_nothing_leaves(running: Running, page: Page) -> None:
    await running.ask("mute")
    assert (await page.ask("start", **FIELDS))["error"] == remote_talk.MUTED
    await running.ask("unmute")
    start = await asked(running, page)
    await running.ask("mute")
    assert (await start)["error"] == remote_talk.MUTED
    await running.ask("unmute")
    start = await asked(running, page)
    press(running)
    assert (await start)["ok"]
    async with hearing(page):
        await sounds_through(running, "a browser")
        await running.ask("mute")
        assert (await page.until("ended"))["ended"]["why"] == remote_talk.MUTED
        await sounds_through(running, "simulated")


async def test_who_goes_while_the_question_is_asked_is_not_let_in(running: Running) -> None:
    port = await serve(running, talk=True)
    async with page_at(port) as page:
        await asked(running, page)
    await until(lambda: not running.daemon.device.state.announcing)
    async with page_at(port) as page:
        start = await asked(running, page)
        assert (await page.ask("stop"))["ok"]
        await until(lambda: not running.daemon.device.state.announcing)
        running.daemon._station.press(e.ButtonPressed())
        assert running.daemon.device.state.turn is Turn.LISTENING  # the button is their own again
        assert not start.done()
        start.cancel()


async def test_it_ends_by_itself(running: Running, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_talk, "PATIENCE_S", 0.05)
    assert (await page.ask("start", **FIELDS))["error"] == remote_talk.NOBODY
    monkeypatch.setattr(remote_talk, "PATIENCE_S", 60)
    monkeypatch.setattr(remote_talk, "WINDOW_S", 0.5)
    start = await asked(running, page)
    press(running)
    assert (await start)["ok"]
    async with hearing(page):
        assert (await page.until("ended"))["ended"]["why"] == remote_talk.OVER
        await sounds_through(running, "simulated")


async def test_it_is_for_operators_and_only_where_it_is_wanted(running: Running) -> None:
    port = await serve(running, captions=True)
    assert b"404" in (await get(port, "/talk"))[:20]
    with pytest.raises(InvalidStatus, match="404"):
        async with page_at(port):
            raise AssertionError
    await use(running, WebSettings(f"0.0.0.0:{free_port()}", talk=True))
    port = int(running.config.web.address.rpartition(":")[2])
    await until_it(port, wanted=True)
    tokens = kept(file_in(state_folder()))
    assert tokens
    async with page_at(port, Cookie=f"edge_agent={tokens.reader}") as page:
        assert (await page.ask("start", **FIELDS))["error"] == LOOKS_ONLY
    async with page_at(port, Cookie=f"edge_agent={tokens.operator}") as page:
        await asked(running, page)
