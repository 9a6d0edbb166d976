"""The pages in a real browser: what a person sees there is what the device does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_agent.config.model import Limits
from edge_agent.simulator.answers import Asked, Speech
from edge_agent.simulator.speech import Bundled
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import service_ms
from edge_agent.vocabulary.state import Turn

from ..browser import PROGRAM, Browser, browser
from ..test_daemon import Running, running, until
from .axe import violations
from .test_served import serve, use

__all__ = ["running"]

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(not PROGRAM, reason="chromium is not installed"),
]
NEAR_CHARS = 20  # two or three words: nobody tells when each is spoken


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(tmp_path / "profile") as made:
        yield made
        assert made.complaints == []


async def said(page: Browser) -> list[list[Any]]:
    """Who, words, whether they are final, and whether they were cut: as somebody sees them."""
    shown: list[list[Any]] = await page.run(
        """[...document.querySelectorAll("#said p")].map((line) => [line.classList[0], line.lastChild.textContent,
            !line.classList.contains("partial"), line.classList.contains("cut")])"""
    )
    return shown


def whole_answer() -> Speech:
    (part,) = Bundled().answer(Asked("Are you there?"))
    assert isinstance(part, Speech)
    return part


async def heard_ms(of: Running) -> int:
    """Of the answer that was interrupted, as the timeline tells it once the service was told."""
    async with asyncio.timeout(20):
        while True:
            steps = map(json.loads, (await of.ask("report")).get("steps", ()))
            if found := [step["heard_ms"] for step in steps if step["event"] == "interrupted"]:
                return int(found[0])
            await asyncio.sleep(0.1)


async def test_captions_are_what_is_heard_and_forget(running: Running, page: Browser) -> None:
    port = await serve(running, captions=True)
    device = running.daemon.device
    await page.open(f"http://127.0.0.1:{port}/captions")
    await page.until('document.body.dataset.colour === "dark"')
    await running.ask("say", text="Are you there?")
    await page.until('document.querySelector("#said p.assistant.partial")')
    assert (await said(page))[0] == ["user", "Are you there?", True, False]
    assert await page.until('document.getElementById("mode").textContent === "speaking"')
    await until(lambda: device.audio.counters.played_ms > 1000)
    await running.ask("interrupt")
    await page.until('document.querySelector("#said p.cut")')
    (_, words, _, is_cut) = (await said(page))[1]
    assert is_cut
    answer = whole_answer()
    assert answer.text.startswith(words)
    heard = await heard_ms(running) / service_ms(answer.pcm)
    assert len(words) == pytest.approx(heard * len(answer.text), abs=NEAR_CHARS)

    await running.ask("forget")
    await page.until('document.querySelectorAll("#said p").length === 0')
    for _ in range(2):
        assert "Are you there" not in await page.run("document.documentElement.outerHTML")
        await page.open(f"http://127.0.0.1:{port}/captions")
        await page.until("document.body.dataset.colour")


async def test_the_next_visitor_sees_nothing_of_the_last(running: Running, page: Browser) -> None:
    running.config = replace(running.config, limits=Limits(visit_idle_s=0.3))
    port = await serve(running, captions=True)
    await page.open(f"http://127.0.0.1:{port}/captions")
    running.daemon.device.post(e.TextEntered("A secret."))
    await page.until('document.querySelector("#said p")')
    await running.ask("interrupt")
    await page.until('document.querySelectorAll("#said p").length === 0')
    assert "secret" not in await page.run("document.documentElement.outerHTML")


async def test_the_technician_mutes_the_device(running: Running, page: Browser) -> None:
    port = await serve(running)
    device = running.daemon.device
    await page.open(f"http://127.0.0.1:{port}/")
    await page.until('document.body.dataset.colour === "dark"')
    await page.click('[data-do="mute"]')
    await page.until('document.getElementById("mode").textContent === "muted"')
    assert device.state.muted
    await page.click('[data-do="unmute"]')
    await until(lambda: not device.state.muted)
    await page.run(
        'document.getElementById("volume").value = 40,'
        ' document.getElementById("volume").dispatchEvent(new Event("change"))'
    )
    await until(lambda: device.state.volume == 40)
    await page.run('document.getElementById("question").value = "Are you there?"')
    await page.click("#ask button")
    await until(lambda: device.state.turn is Turn.SPEAKING)
    await page.click('[data-do="interrupt"]')
    await page.until('document.querySelector("#turns img")?.naturalWidth > 0')
    assert "interrupted" in await page.run('document.querySelector("#turns figcaption").textContent')
    running.wrong = ["edge-agent.toml:3: 'endpiont' is not a known setting"]
    await page.click('[data-do="reload"]')
    await page.until('document.querySelector("#findings b")?.textContent === "configuration-refused"')
    assert "endpiont" in await page.run('document.getElementById("outcome").textContent')
    assert "endpiont" in await page.until('document.getElementById("journal").textContent')


async def test_the_doctor_can_be_called_after_the_device_was_lost(running: Running, page: Browser) -> None:
    port = await serve(running)
    await page.open(f"http://127.0.0.1:{port}/")
    await page.until('document.body.dataset.colour === "dark"')
    await page.click("#doctor")
    await page.until('document.getElementById("doctor").disabled')
    await use(running, replace(running.config.web, captions=True))
    await page.until('!document.getElementById("lost").hidden')
    await page.until('document.getElementById("lost").hidden')
    assert not await page.run('document.getElementById("doctor").disabled')


@pytest.mark.parametrize(("width", "dark", "language"), [(320, True, "ja"), (3840, False, "en")])
async def test_everybody_can_use_them(
    running: Running, page: Browser, width: int, dark: bool, language: str
) -> None:
    port = await serve(running, captions=True)
    await page.resize(width, width, dark=dark)
    await running.ask("say", text="Are you there?")
    for path in ("captions", ""):
        await page.open(f"http://127.0.0.1:{port}/{path}?lang={language}")
        await page.until("document.body.dataset.colour")
        assert await page.run("document.documentElement.lang") == language
        assert await page.run("document.documentElement.scrollWidth <= innerWidth")
        assert await violations(page) == []


async def test_levels_and_hours_are_shown(running: Running, page: Browser) -> None:
    running.config = replace(running.config, limits=Limits(daily_cost=0.5))
    port = await serve(running)
    await page.open(f"http://127.0.0.1:{port}/")
    await page.until('document.body.dataset.colour === "dark"')
    assert await page.run('document.getElementById("day").hidden')
    await running.ask("say", text="Are you there?")
    await page.until('document.getElementById("speaker").value > -60')
    assert " dBFS" in await page.run('document.getElementById("speaker-db").textContent')
    await running.ask("interrupt")
    await page.until('document.querySelectorAll("#day-costs rect").length')
    (hour,) = (await running.ask("status"))["hours"]
    told = await page.run('document.querySelector("#day-costs rect title").textContent')
    assert told == f"14:00  {hour['cost']:.4f} USD"
    assert await page.run('document.querySelector("#day-costs .budget").getAttribute("y1")') == "16"
