"""What the pages for a browser cost, and how late a caption is: python -m benchmarks.web [--quick]

A device in a process of its own, and Chromium beside it. The processor is read in turns without a page, with the
technician's page and with captions. A caption's delay: from when the simulated service sends a piece of an answer until
the words are in the page. Service, device and browser share the cores.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from edge_agent.simulator.server import SimulatedService, WireRecord
from tests.browser import Browser, browser
from tests.ports import free_port
from tests.run_process import RunProcess
from tests.test_metrics import until_it

from . import measure
from .quantiles import quantile

PLACES = {"no page": "about:blank", "the technician's page": "{site}/", "captions": "{site}/captions"}
SETTLE_S = 2.0
WATCH = """(() => {
    window.seen = [];
    new MutationObserver(() => {
        const words = document.querySelector("#said p.assistant")?.lastChild.textContent ?? "";
        window.seen.push([performance.timeOrigin + performance.now(), words.length]);
    }).observe(document.getElementById("said"), {childList: true, subtree: true, characterData: true});
})()"""


class Sent:
    """When how much of the words of an answer was sent: (ms since the epoch, characters)."""

    def __init__(self) -> None:
        self.pieces: list[tuple[float, int]] = []

    def record(self, entry: WireRecord) -> None:
        if entry.event["type"].endswith("audio_transcript.delta"):
            before = self.pieces[-1][1] if self.pieces else 0
            self.pieces.append((time() * 1000, before + len(entry.event["delta"])))


async def delays_ms(device: RunProcess, page: Browser, sent: Sent, answers: int) -> list[float]:
    found = []
    for _ in range(answers):
        sent.pieces.clear()
        await page.run("seen.length = 0")
        await device.ask("say", text="Are you there?")
        await page.until('document.querySelector("#said p.assistant:not(.partial)")', 60)
        seen = await page.run("seen")
        for at, length in sent.pieces:
            found.append(min(shown_at for shown_at, shown in seen if shown >= length) - at)
        await device.ask("forget")
        await page.until('!document.querySelector("#said p")', 60)
        await _until_idle(device)
    return found


async def _until_idle(device: RunProcess) -> None:
    while (await device.ask("status"))["mode"] != "idle":  # noqa: ASYNC110 - as somebody would who looks
        await asyncio.sleep(0.1)


async def cost(device: RunProcess, page: Browser, site: str, rounds: int, each_s: float) -> None:
    """Prints the processor that the device took, in % of a core, in turns with each page."""
    spent: dict[str, measure.Spent] = {}
    for _ in range(rounds):
        for name, place in PLACES.items():
            await page.open(place.format(site=site))
            await asyncio.sleep(SETTLE_S)
            before = measure.read(device.pid)
            await asyncio.sleep(each_s)
            took = measure.read(device.pid) - before
            spent[name] = spent[name] + took if name in spent else took
    for name, took in spent.items():
        print(
            f"{name}: {took.cpu_s / took.lasted_s:.2%} of a core, {took.wakeups_per_s:.0f} wake-ups a second"
        )


async def sizes_mib(folder: Path, url: str, more: str, page: Browser, port: int) -> list[float]:
    """Of a device of its own: with the technician's page open, and then with its configuration."""
    async with RunProcess(folder, url, more=more) as device:
        await until_it(port, wanted=True)
        await page.open(f"http://127.0.0.1:{port}/")
        await page.until("document.body.dataset.colour")
        alone = await size_mib(device)
        await page.click("#configuration summary")
        await page.until('document.getElementById("set-assistant.voice")')
        return [alone, await size_mib(device)]


async def size_mib(device: RunProcess) -> float:
    await asyncio.sleep(SETTLE_S)
    return measure.size(device.pid).pss_mib


async def run(*, quick: bool) -> None:
    port, sent = free_port(), Sent()
    site = f"http://127.0.0.1:{port}"
    more = f'[web]\naddress = "127.0.0.1:{port}"\ncaptions = true\n'
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with SimulatedService(record=sent.record) as service, browser(folder / "profile") as page:
            async with RunProcess(folder, service.url, more=more) as device:
                await until_it(port, wanted=True)
                await cost(device, page, site, rounds=2 if quick else 6, each_s=5 if quick else 15)
                await page.open(f"{site}/captions")
                await page.run(WATCH)
                delays = await delays_ms(device, page, sent, answers=2 if quick else 10)
            found = ", ".join(f"{at:.0%} {quantile(delays, at):.0f} ms" for at in (0.5, 0.95, 1.0))
            print(f"captions, {len(delays)} pieces: {found}")
            async with RunProcess(folder, service.url) as device:
                off = await size_mib(device)
            on, edited = await sizes_mib(folder, service.url, more, page, port)
            print(
                f"memory (PSS): {off:.1f} MiB without pages, {on:.1f} MiB with the technician's page open,"
                f" {edited:.1f} MiB with its configuration too"
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    asyncio.run(run(quick=parser.parse_args().quick))


if __name__ == "__main__":
    main()
