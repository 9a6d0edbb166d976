"""How quick it is: prints median and 95th percentile of what a user would notice, in ms.

    python -m benchmarks.latency [TURNS]

From the timeline, and, where a user hears it, from the sound itself: onset of the voice at the microphone,
last sound at the speaker.
"""

from __future__ import annotations

import asyncio
import sys

from edge_agent import events as e
from edge_agent.sounds import spoken_lines
from edge_agent.state import Turn

from .bench import Bench, row, service

LINE = spoken_lines()[2].pcm


async def button(url: str, turns: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in ("press", "release", "delta", "barge")}
    bench = Bench(url)
    async with bench.running():
        for number in range(turns):
            await asyncio.sleep(0.4 + 0.02 * (number % 10) / 10)  # at every place in a frame
            bench.post(e.ButtonPressed())
            bench.source.say(LINE)
            await asyncio.sleep(1.5)
            bench.post(e.ButtonReleased())
            await bench.until(Turn.SPEAKING)
            await asyncio.sleep(1.0)
            found["press"].append(bench.last("audio_first_sent") - bench.last("button_pressed"))
            found["release"].append(bench.last("commit_sent") - bench.last("button_released"))
            found["delta"].append(bench.last("playback_started") - bench.last("first_delta"))
            bench.post(e.ButtonPressed())
            await asyncio.sleep(0.3)
            pressed_ms = bench.last("button_pressed", "audio_ms")
            found["barge"].append((bench.played.loud_ms.max() + 1 - pressed_ms) / 1000)
            bench.post(e.ButtonReleased())
            bench.post(e.InterruptRequested())
            await bench.until(Turn.IDLE)
            await asyncio.sleep(2.0)  # the line is said to its end
    return found


async def voice(url: str, turns: int) -> list[float]:
    silent: list[float] = []
    bench = Bench(url, mode="hands-free")
    async with bench.running():
        for number in range(turns):
            line = spoken_lines()[number % len(spoken_lines())].pcm[:72_000]
            await asyncio.sleep(0.5)
            bench.source.say(line)
            await bench.until(Turn.THINKING)
            await bench.until(Turn.SPEAKING)
            await asyncio.sleep(1.5)
            before_ms = len(bench.heard.pcm) // 48
            bench.source.say(line)
            await bench.until(Turn.LISTENING)
            await asyncio.sleep(0.3)
            heard = bench.heard.loud_ms
            onset_ms = heard[heard >= before_ms].min()
            silent.append((bench.played.loud_ms.max() + 1 - onset_ms) / 1000)
            await bench.until(Turn.SPEAKING)
            bench.post(e.InterruptRequested())
            await bench.until(Turn.IDLE)
    return silent


async def main(turns: int) -> None:
    async with service("--answer", "bundled") as url:
        found = await button(url, turns)
        silent = await voice(url, turns)
    ms = {name: [1000 * value for value in values] for name, values in found.items()}
    prebuffer_ms = Bench.prebuffer_ms
    print(f"{turns} turns each; ms{'':42} median      p95   limit")
    print(row("press -> first audio on the wire", ms["press"], "60"))
    print(row("release -> commit on the wire", ms["release"], "60"))
    print(row("first delta -> first sample at the card", ms["delta"], f"{prebuffer_ms} prebuffer + 40"))
    print(row("button barge-in: press -> silent speaker", ms["barge"], "80"))
    print(row("voice barge-in: onset -> silent speaker", [1000 * value for value in silent], "250"))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
