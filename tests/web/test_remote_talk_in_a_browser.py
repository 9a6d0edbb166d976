"""The page that talks, of a running device, in a real browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge_agent.config.model import WebSettings
from edge_agent.files.folders import state_folder
from edge_agent.web.tokens import file_in, kept

from ..browser import PROGRAM, browser
from ..ports import free_port
from ..test_daemon import Running, running, until
from ..test_metrics import until_it
from .axe import violations
from .talking import OUTCOME, talking_browser
from .test_remote_talk import press, sounds_through
from .test_served import serve, use

__all__ = ["running"]

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(not PROGRAM, reason="chromium is not installed"),
    pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed"),
]


async def test_a_person_at_the_device_lets_a_browser_talk(running: Running, tmp_path: Path) -> None:
    port = await serve(running, talk=True)
    async with talking_browser(tmp_path) as page:
        await page.open(f"http://127.0.0.1:{port}/talk")
        await page.until('!document.getElementById("record").disabled')
        assert await page.run('document.getElementById("settings").hidden')
        await page.click("#record")
        await page.until(f'{OUTCOME}.startsWith("Somebody at the device is asked")')
        await until(lambda: running.daemon.device.state.announcing)
        press(running)
        await page.until(f'{OUTCOME}.includes("session started")')
        await sounds_through(running, "a browser")
        await page.until('document.querySelector("#said p.assistant")')
        press(running)
        await page.until(f'{OUTCOME}.startsWith("somebody at the device has ended it")')
        await sounds_through(running, "simulated")
        assert page.complaints == []


async def test_without_tls_the_page_says_why_there_is_no_microphone(running: Running, tmp_path: Path) -> None:
    port = free_port()
    await use(running, WebSettings(f"0.0.0.0:{port}", names="kiosk.example", talk=True))
    await until_it(port, wanted=True)
    tokens = kept(file_in(state_folder()))
    assert tokens
    async with browser(tmp_path / "profile", "--host-resolver-rules=MAP kiosk.example 127.0.0.1") as page:
        await page.open(f"http://kiosk.example:{port}/enter?token={tokens.operator}")
        await page.open(f"http://kiosk.example:{port}/talk")
        await page.until('!document.getElementById("insecure").hidden')
        await page.until('document.getElementById("lost").hidden')
        assert await page.run('document.getElementById("record").disabled')
        assert await violations(page) == []
