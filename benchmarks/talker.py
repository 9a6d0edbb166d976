"""The agent, holding the same conversation as `bare`: a microphone at 16 kHz, a speaker at 24 kHz.

python -m benchmarks.talker URL TURNS TALK_S
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

from edge_agent import events as e
from edge_agent.audio.simulated import SimulatedCard, SpokenSource
from edge_agent.audio.wav import convert
from edge_agent.config import Config
from edge_agent.runtime import Device
from edge_agent.sounds import spoken_answers
from edge_agent.state import State, Turn


async def main(url: str, turns: int, talk_s: float) -> None:
    config = Config()
    config = replace(config, service=replace(config.service, endpoint=url))
    line = spoken_answers()[0].pcm
    speech = convert((line * int(talk_s * 48_000 // len(line) + 1))[: int(talk_s * 48_000)], 24_000, 16_000)
    source = SpokenSource()
    changed, state = asyncio.Event(), State()

    def watch(_: e.Event, now: State) -> None:
        nonlocal state
        if now != state:
            state = now
            changed.set()

    async def until(turn: Turn) -> None:
        while state.turn is not turn:
            changed.clear()
            await changed.wait()

    device = Device(config, SimulatedCard(source, rate_hz=16_000, out_rate_hz=24_000), watchers=(watch,))
    task = asyncio.create_task(device.run())
    while not state.online:
        changed.clear()
        await changed.wait()
    print("ready", flush=True)
    for _ in range(turns):
        device.post(e.ButtonPressed())
        source.say(speech)
        await asyncio.sleep(talk_s)
        device.post(e.ButtonReleased())
        await until(Turn.SPEAKING)
        await until(Turn.IDLE)
    print("over", flush=True)
    await asyncio.sleep(60)
    await task


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
