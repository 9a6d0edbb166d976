"""Makes the picture of docs/setup.md: `python -m tests.setup.pictures`."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from edge_agent.setup.setting_up import SettingUp
from edge_agent.simulator.server import SimulatedService

from ..browser import browser
from ..ports import free_port
from ..virtual_card import VirtualCard
from ..web.keyboard import fill
from ..web.pictures import save

KEY = "the-key-of-the-service"


async def make() -> None:
    port = free_port()
    with TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {
            "RUNTIME_DIRECTORY": name,
            "STATE_DIRECTORY": name,
            "ALSA_CONFIG_PATH": str(VirtualCard(folder, noise=300).conf),
        }
        setting_up = SettingUp(f"127.0.0.1:{port}", None, lambda _: None)
        running = asyncio.create_task(setting_up.run())
        async with SimulatedService(key=KEY) as service, browser(folder / "profile") as page:
            await page.resize(1000, 800)
            await page.open(f"http://127.0.0.1:{port}/setup?lang=en#{setting_up.door.code}")
            await page.until('!document.getElementById("choices").hidden')
            await fill(page, "endpoint", service.url)
            await fill(page, "key", KEY)
            await page.click("#check")
            await page.until('document.getElementById("checked").textContent.includes("accepts")')
            await fill(page, "microphone", "vmic")
            await fill(page, "speaker", "vspk")
            await page.click("#listen")
            await page.until('document.getElementById("level-db").textContent')
            # as a resource of somebody is called, and not the simulated one
            await fill(page, "endpoint", "https://kiosk.openai.azure.com")
            save("setup.png", await page.picture())
        running.cancel()
        await asyncio.wait({running})


if __name__ == "__main__":
    asyncio.run(make())
