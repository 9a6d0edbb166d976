"""Makes the pictures of docs/web.md: `python -m tests.web.pictures`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from edge_agent.audio.sounds import spoken_lines
from edge_agent.audio.wav import WavWriter
from edge_agent.simulator.server import SimulatedService

from ..browser import Browser, browser
from ..ports import free_port
from ..run_process import RunProcess
from .keyboard import fill
from .talking import open_talk, simulation, talking_browser

DOCS = Path(__file__).parents[2] / "docs"
SETTINGS = """\
[service]
endpoint = "{service}"
deployment = "gpt-realtime-2.1"
[assistant]
transcription = "whisper-1"
[turns]
mode = "hands-free"
[audio]
backend = "simulated"
mic_wav = "{recording}"
[panel]
backend = "none"
[web]
address = "127.0.0.1:{port}"
captions = true
"""


def record(file: Path) -> None:
    """Two questions, with time for an answer, and one that breaks into it."""
    recording = WavWriter(str(file), 24_000)
    for line, pause_s in zip(spoken_lines(), (8, 4, 60), strict=True):
        recording.write(bytes(48_000) + line.pcm + bytes(48_000 * pause_s))
    recording.close()


async def make() -> None:
    port = free_port()
    with TemporaryDirectory() as name:
        folder = Path(name)
        record(folder / "speech.wav")
        async with SimulatedService() as service, browser(folder / "profile") as page:
            device = RunProcess(folder, service.url)
            device.write(SETTINGS.format(service=service.url, recording=folder / "speech.wav", port=port))
            async with device:
                await picture_captions(page, port)
                await picture_technician(page, port)
                await picture_configuration(page, port)
    with TemporaryDirectory() as name:
        async with simulation(Path(name)) as port, talking_browser(Path(name)) as page:
            await picture_talk(page, port)


async def picture_captions(page: Browser, port: int) -> None:
    await page.resize(1000, 620, dark=True)
    await page.open(f"http://127.0.0.1:{port}/captions")
    await page.until('document.querySelector("#said p.cut")', 60)
    await page.until('document.body.dataset.colour === "cyan"')
    save("web-captions.png", await page.picture())


async def picture_technician(page: Browser, port: int) -> None:
    await page.resize(1100, 1320)
    await page.open(f"http://127.0.0.1:{port}/")
    await page.until('document.body.dataset.colour === "dark"', 60)
    await page.until('document.querySelectorAll("#turns img").length > 2', 60)
    await page.until("[...document.images].every((image) => image.naturalWidth)")
    save("web-technician.png", await page.picture())


async def picture_configuration(page: Browser, port: int) -> None:
    await page.resize(1100, 900)
    await page.open(f"http://127.0.0.1:{port}/")
    await page.until('document.body.dataset.colour === "dark"', 60)
    await page.click("#configuration summary")
    await page.until('document.getElementById("set-limits.daily_cost")')
    await fill(page, "changes", "# for the fair\n[assistant]\nvoice = 'marin'  # the nicer one\n")
    await fill(page, "set-limits.daily_cost", "lots")
    await page.until('document.querySelector("[aria-invalid=true]")')
    await page.run('document.getElementById("configuration-title").scrollIntoView()')
    await page.run('document.getElementById("set-limits.daily_cost").scrollIntoView({block: "center"})')
    save("web-configuration.png", await page.picture())


async def picture_talk(page: Browser, port: int) -> None:
    await page.resize(1100, 1000)
    await open_talk(page, port)
    await page.click("#record")
    await page.until('document.querySelector("#said p.cut")', 60)
    await page.until('document.body.dataset.colour === "cyan"', 60)
    save("web-talk.png", await page.picture())


def save(name: str, picture: bytes) -> None:
    (DOCS / name).write_bytes(picture)
    print(f"{name}: {len(picture) // 1024} KiB")


if __name__ == "__main__":
    asyncio.run(make())
