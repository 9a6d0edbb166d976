"""The configuration as somebody changes it on the technician's page: by clicks, on a device of its own process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge_agent.simulator.server import SimulatedService, WireRecord
from edge_agent.web.tokens import file_in, kept

from ..browser import PROGRAM, Browser, browser
from ..ports import free_port
from ..run_process import RunProcess
from ..test_daemon import until
from ..test_metrics import until_it
from .axe import violations
from .keyboard import fill

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(not PROGRAM, reason="chromium is not installed"),
]


class Voices(list[str]):
    """That sessions were asked for, the latest last."""

    def __call__(self, record: WireRecord) -> None:
        if record.event.get("type") == "session.update":
            self.append(record.event["session"]["audio"]["output"]["voice"])


@asynccontextmanager
async def device(
    folder: Path, port: int, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[Voices, RunProcess]]:
    voices = Voices()
    web = f'[web]\naddress = "{host}:{port}"\n'
    async with SimulatedService(record=voices) as service, RunProcess(folder, service.url, more=web) as run:
        await until_it(port, wanted=True)
        yield voices, run


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(tmp_path / "profile") as made:
        yield made
        assert made.complaints == []


async def open_editor(page: Browser, url: str) -> None:
    await page.open(url)
    await page.until('document.body.dataset.colour === "dark"')
    await page.click("#configuration summary")
    await page.until('document.getElementById("set-assistant.voice")')


async def test_a_setting_is_changed_and_taken_back(tmp_path: Path, page: Browser) -> None:
    port = free_port()
    changes = tmp_path / "edge-agent" / "changes.toml"
    owners = tmp_path / "edge-agent.toml"
    async with device(tmp_path, port) as (voices, _):
        written = owners.read_text()
        await open_editor(page, f"http://127.0.0.1:{port}/")
        assert await page.run('document.getElementById("set-assistant.voice").value') == "alloy"
        assert not await page.run('document.getElementById("set-service.endpoint")')

        await fill(page, "set-limits.daily_cost", "many")
        told = 'document.getElementById("wrong-limits.daily_cost").textContent'
        assert await page.until(told) == "'many' must be a number"
        listed = await page.run('document.getElementById("problems").textContent')
        assert listed == "changes.toml:2: [limits] daily_cost: 'many' must be a number"
        assert await page.run('document.querySelector("[aria-invalid=true]").id') == "set-limits.daily_cost"
        await page.click("#save")
        assert "must be a number" in await page.until('document.getElementById("changed").textContent')
        assert not changes.exists()

        await fill(page, "set-limits.daily_cost", "2.5")
        await page.until(f'{told} === ""')
        await fill(page, "changes", "# ours\n[assistant]\nvoice = 'marin' # nicer\n")
        await page.until('document.getElementById("set-assistant.voice").value === "marin"')
        await fill(page, "set-assistant.speed", "1.1")
        await page.until('document.getElementById("changes").value.includes("speed = 1.1")')
        await page.click("#save")
        await page.until('document.getElementById("changed").textContent.startsWith("Saved")')
        assert changes.read_text() == "# ours\n[assistant]\nvoice = 'marin' # nicer\nspeed = 1.1\n"
        await until(lambda: voices[-1] == "marin")

        await page.click("#undo")
        await page.until('document.getElementById("changed").textContent.startsWith("Undone")')
        assert changes.read_text() == ""
        await until(lambda: voices[-1] == "alloy")
        assert owners.read_text() == written


async def test_it_is_used_once_nobody_talks(tmp_path: Path, page: Browser) -> None:
    port = free_port()
    async with device(tmp_path, port) as (voices, run):
        await open_editor(page, f"http://127.0.0.1:{port}/")
        await fill(page, "set-assistant.voice", "marin")
        await page.until('document.getElementById("changes").value.includes("marin")')
        await run.ask("press")
        await page.until('document.getElementById("mode").textContent === "listening"')
        await page.click("#save")
        await page.until('document.getElementById("facts").textContent.includes("once nobody talks")')
        assert "marin" not in voices
        await run.ask("interrupt")
        await until(lambda: "marin" in voices)


async def test_everybody_can_use_it(tmp_path: Path, page: Browser) -> None:
    port = free_port()
    async with device(tmp_path, port):
        await page.resize(320, 600, dark=True)
        await open_editor(page, f"http://127.0.0.1:{port}/?lang=ja")
        await fill(page, "set-limits.daily_cost", "many")
        await page.until('document.querySelector("[aria-invalid=true]")')
        await page.run('for (const part of document.getElementById("settings").children) part.open = true')
        assert await violations(page) == []
        for width in (320, 3840):
            await page.resize(width, width)
            assert await page.run("document.documentElement.scrollWidth <= innerWidth")


async def test_two_who_change_it_do_not_undo_each_other(tmp_path: Path, page: Browser) -> None:
    port = free_port()
    async with device(tmp_path, port) as (_, run):
        await open_editor(page, f"http://127.0.0.1:{port}/")
        await run.ask("config-write", set={"assistant.speed": 1.2})
        await fill(page, "set-limits.daily_cost", "3")
        await page.until('document.getElementById("changes").value.includes("daily_cost")')
        await page.click("#save")
        assert "changed meanwhile" in await page.until('document.getElementById("changed").textContent')
        await page.click("#read")
        await page.until('document.getElementById("changes").value.includes("speed = 1.2")')


async def test_who_may_only_look_cannot_change_it(tmp_path: Path, page: Browser) -> None:
    port = free_port()
    async with device(tmp_path, port, "0.0.0.0"):  # noqa: S104
        tokens = kept(file_in(tmp_path / "edge-agent"))
        assert tokens
        site = f"http://127.0.0.1:{port}/"
        await page.call("Network.setCookie", name="edge_agent", value=tokens.reader, url=site)
        await open_editor(page, site)
        await page.until('document.getElementById("set-assistant.voice").disabled')
        enabled = (
            'document.querySelectorAll("#configuration :is(input, select, textarea, button):enabled").length'
        )
        assert await page.run(f"{enabled} - 1") == 0  # what reads it again
