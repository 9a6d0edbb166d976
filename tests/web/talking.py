"""A page that talks, in a real browser: its microphone hears a recording, and all that its speaker gets is kept."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from base64 import b64decode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio.sounds import spoken_lines
from edge_agent.audio.wav import WavWriter
from edge_agent.simulator.answers import Asked, ReplyPart, Speech

from ..browser import PATIENCE_S, Browser, browser
from ..ports import free_port
from ..sound import tone

OUTCOME = 'document.getElementById("outcome").textContent'
RATE_HZ = 24_000
GAP_S = 3  # from a question until it is asked again, which breaks into its answer
ANSWER_MS = 30_000
WORDS = "la " * 100
# ahead of the page's own worklet: it also tells all that goes to the speaker
TAP = """
const register = registerProcessor;
globalThis.registerProcessor = (name, Card) => register(name, class extends Card {
  process(inputs, outputs) {
    const goes = super.process(inputs, outputs);
    this.port.postMessage({ tap: outputs[0][0].slice() });
    return goes;
  }
});
"""
KEEP = f"""
window.tapped = [];
const message = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
Object.defineProperty(MessagePort.prototype, "onmessage", {{ set(take) {{
  message.set.call(this, (event) => event.data?.tap ? tapped.push(event.data.tap) : take(event));
}} }});
const add = AudioWorklet.prototype.addModule;
AudioWorklet.prototype.addModule = async function (url) {{
  await add.call(this, "data:text/javascript," + encodeURIComponent({json.dumps(TAP)}));
  return add.call(this, url);
}};
"""
TAPPED = """(() => {
    const all = Int16Array.from(tapped.flatMap((part) => [...part]), (sample) => Math.round(sample * 32768));
    const bytes = new Uint8Array(all.buffer);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
})()"""


class Humming:
    """Answers with a tone, in which no silence is its own."""

    def answer(self, asked: Asked) -> Sequence[ReplyPart]:
        return [Speech(WORDS, tone(RATE_HZ, ANSWER_MS))]


def record(file: Path) -> None:
    """A question, and silence. The browser hears it again and again."""
    recording = WavWriter(str(file), RATE_HZ)
    recording.write(bytes(RATE_HZ * 2) + spoken_lines()[0].pcm + bytes(RATE_HZ * 2 * GAP_S))
    recording.close()


@asynccontextmanager
async def talking_browser(folder: Path) -> AsyncIterator[Browser]:
    record(folder / "speech.wav")
    options = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={folder}/speech.wav",
    )
    async with browser(folder / "profile", *options) as page:
        yield page


async def keep_what_sounds(page: Browser) -> None:
    """From the next page that is opened."""
    await page.call("Page.setBypassCSP", enabled=True)  # only for the tap
    await page.call("Page.addScriptToEvaluateOnNewDocument", source=KEEP)


async def sounded(page: Browser) -> NDArray[np.int16]:
    """All that went to the speaker until now."""
    return np.frombuffer(b64decode(await page.run(TAPPED)), np.int16)


@asynccontextmanager
async def simulation(folder: Path, settings: str = "", **environ: str) -> AsyncIterator[int]:
    """`edge-agent simulate --web` as somebody runs it; its port."""
    port = free_port()
    (folder / "c.toml").write_text(settings)
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "edge_agent",
            "simulate",
            "--web",
            str(port),
            "--config",
            str(folder / "c.toml"),
        ),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | environ,
    )
    assert process.stdout
    async with asyncio.timeout(PATIENCE_S):
        while not (line := await process.stdout.readline()).startswith(b"open http"):
            assert line, "it has ended"
    reading = asyncio.create_task(process.stdout.read())  # so that it can print
    try:
        yield port
    finally:
        process.terminate()
        sys.stdout.write((await reading).decode())  # as if there were no pipe
        assert await process.wait() == 0


async def open_talk(page: Browser, port: int, query: str = "") -> None:
    await page.open(f"http://127.0.0.1:{port}/{query}")
    await page.until('document.querySelector("#fields .field")')


async def enter(page: Browser, name: str, value: str) -> None:
    """As somebody does who types."""
    field = f"document.getElementsByName({json.dumps(name)})[0]"
    await page.run(f"{field}.value = {json.dumps(value)}, {field}.form.dispatchEvent(new Event('change'))")


async def outcome(page: Browser) -> str:
    return str(await page.run(OUTCOME))
