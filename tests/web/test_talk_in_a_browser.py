"""Talking to the device through a real browser, whose microphone hears a recording."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_agent.simulator.server import SimulatedService, WireRecord
from edge_agent.vocabulary.sound import FRAME_MS

from ..browser import PROGRAM, Browser
from .axe import violations
from .talking import (
    OUTCOME,
    RATE_HZ,
    Humming,
    enter,
    keep_what_sounds,
    open_talk,
    outcome,
    simulation,
    sounded,
    talking_browser,
)

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(not PROGRAM, reason="chromium is not installed"),
]
KEEP_SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(address) {
    super(address);
    sockets.push(this);
  }
};
"""
GONE_MS = 500  # of silence: the answer is over
FADE_MS = 12  # after it is interrupted; it does not count
NEAR_MS = 2 * FRAME_MS
LOUD = 5000
SILENCE = 64  # samples without a sound: no tone has them


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Browser]:
    async with talking_browser(tmp_path) as made:
        yield made
        assert made.complaints == []


class Books:
    """Of the service: where answers were cut, as it was told."""

    def __init__(self) -> None:
        self.cuts_ms: list[int] = []
        self._cut = asyncio.Event()

    def record(self, entry: WireRecord) -> None:
        if entry.event["type"] == "conversation.item.truncate":
            self.cuts_ms.append(entry.event["audio_end_ms"])
            self._cut.set()

    async def first_cut_ms(self) -> int:
        async with asyncio.timeout(60):
            await self._cut.wait()
        return self.cuts_ms[0]


async def test_an_answer_is_cut_where_the_browser_stopped_to_play_it(page: Browser, tmp_path: Path) -> None:
    """The question is heard again while it is answered, which interrupts."""
    books = Books()
    await keep_what_sounds(page)
    async with (
        SimulatedService(answers=Humming, record=books.record) as service,
        simulation(tmp_path, f'[service]\nendpoint = "{service.url}"') as port,
    ):
        await open_talk(page, port)
        await page.click("#record")
        cut_ms = await books.first_cut_ms()
        assert "session started" in await outcome(page)
        await page.until('document.querySelector("#said p.assistant.cut")')
        played_ms = await first_answer_ms(page)
        assert played_ms == pytest.approx(cut_ms, abs=NEAR_MS)


async def test_a_page_that_was_cut_off_goes_on(page: Browser, tmp_path: Path) -> None:
    """With the simulated service."""
    await page.call("Page.addScriptToEvaluateOnNewDocument", source=KEEP_SOCKETS)
    async with simulation(tmp_path) as port:
        await open_talk(page, port)
        await page.click("#record")
        await page.until(f'{OUTCOME}.includes("session started")')
        await page.run("sockets[0].close()")
        await page.until('!document.getElementById("lost").hidden')
        await page.until('document.getElementById("lost").hidden')
        await page.until('document.querySelector("#said p.user")')
        await page.until('document.querySelector("#said p.assistant")')
        assert await page.run(f'{OUTCOME}.includes("session started")')
        assert await page.run('document.getElementById("record").disabled')
        await page.click("#stop")
        await page.until(f'{OUTCOME} === "The conversation is over."')
        assert not await page.run('document.getElementById("record").disabled')


@pytest.mark.parametrize(
    ("width", "dark", "language", "wrong"), [(320, True, "ja", "設定"), (3840, False, "en", "See")]
)
async def test_what_is_wrong_is_beside_its_field_for_everybody(
    page: Browser, tmp_path: Path, width: int, dark: bool, language: str, wrong: str
) -> None:
    async with simulation(tmp_path) as port:
        await page.resize(width, width, dark=dark)
        await open_talk(page, port, f"?lang={language}")
        assert await page.run('!document.getElementById("simulated").hidden')
        await enter(page, "[service] endpoint", "kiosk.openai.azure.com:x")
        await enter(page, "[turns] end", "server")
        await enter(page, "[turns] silence_duration_ms", "5")
        await page.click("#record")
        await page.until(f'{OUTCOME}.includes("{wrong}")')
        silence = await page.run('document.getElementById("field-silence_duration_ms-wrong").textContent')
        assert silence == "5 is out of range: 100 to 10000 ms"
        assert await page.run('document.activeElement.getAttribute("aria-invalid")') == "true"
        assert await page.run("document.documentElement.scrollWidth <= innerWidth")
        assert await page.run("document.documentElement.lang") == language
        assert await violations(page) == []


async def first_answer_ms(page: Browser) -> float:
    """How much of it went to the speaker, once it is over there too."""
    async with asyncio.timeout(30):
        while not len(found := answer_in(await sounded(page))):  # noqa: ASYNC110 - as somebody would who listens
            await asyncio.sleep(0.2)
    silent = np.flatnonzero(np.diff(np.concatenate(([True], found != 0, [True]))))
    gaps = [end - begin for begin, end in silent.reshape(-1, 2).tolist() if end - begin >= SILENCE]
    return (len(found) - sum(gaps)) * 1000 / RATE_HZ - FADE_MS * (1 + len(gaps))


def answer_in(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """From its first sound to its last before a silence; empty: there is none yet, or it goes on. Cues are softer."""
    samples = samples[np.argmax(np.abs(samples) > LOUD) :]
    sounds = np.flatnonzero(samples)
    ends = np.flatnonzero(np.diff(np.append(sounds, len(samples))) > GONE_MS * RATE_HZ // 1000)
    return samples[: sounds[ends[0]] + 1] if len(ends) else samples[:0]
