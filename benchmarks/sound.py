"""The audio process under faults and load, on a virtual card, through PortAudio and ALSA.

python -m benchmarks.sound [--quick] [--faults N] [--minutes M] [--json FILE]

Faults: unplugs, stalls, hangs and crashes at random moments, half of them while an answer plays; how long until
they are noticed, and until the device hears again after the cure. Load: an answer plays all the time while the
parent's event loop is blocked for up to 300 ms at random; underruns. Lateness: how late a frame reaches the parent.
At rest: what the audio process costs while nobody speaks.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from edge_agent.audio.convert import convert
from edge_agent.audio.process.parent import AudioProcess
from edge_agent.audio.sounds import spoken_answers, spoken_lines
from edge_agent.config import Config
from edge_agent.config.model import AudioSettings, TurnTaking
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from tests.virtual_card import VirtualCard

from . import measure
from .bench import percentiles
from .machine import machine

FAULTS = [(part, word) for word in ("unplug", "stall", "crash") for part in ("microphone", "speaker")]
ANSWER = b"".join(clip.pcm for clip in spoken_answers())
SETTLE_S = 3.0
LINE = convert(spoken_lines()[0].pcm, 24_000, 16_000)


class Bench:
    def __init__(self, card: VirtualCard, *, hands_free: bool = False) -> None:
        self.card = card
        self.events: list[tuple[float, e.Event]] = []
        self._news = asyncio.Event()
        audio = AudioSettings(microphone="vmic", speaker="vspk", echo="off", cues=False, messages=False)
        turns = TurnTaking(mode="hands-free" if hands_free else "button")
        self.process = AudioProcess(replace(Config(), audio=audio, turns=turns), self._take)
        self.process.start()

    def _take(self, event: e.Event) -> None:
        self.events.append((time.monotonic(), event))
        self._news.set()

    async def until(self, kind: type[e.Event], *, after: int = 0) -> tuple[float, Any]:
        async with asyncio.timeout(10):
            while True:
                for at, event in self.events[after:]:
                    if isinstance(event, kind):
                        return at, event
                self._news.clear()
                await self._news.wait()


async def faults(card: VirtualCard, count: int) -> dict[str, Any]:
    random = Random(1)
    it = Bench(card)
    await it.until(e.AudioStarted)
    noticed: list[float] = []
    cured: list[float] = []
    slow = 0
    for number in range(count):
        part, word = random.choice(FAULTS)
        if random.random() < 0.5:
            it.process.send(c.Play(f"item_{number}", ANSWER[: 48_000 * 4]))
        await asyncio.sleep(random.uniform(0.2, 0.6))
        before, began = len(it.events), time.monotonic()
        card.fault(part, word)
        at, _ = await it.until(e.AudioLost, after=before)
        noticed.append((at - began) * 1000)
        await asyncio.sleep(random.uniform(0, 1.0))
        back, healed = len(it.events), time.monotonic()
        card.heal(part)
        started = [at for at, event in it.events[before:] if isinstance(event, e.AudioStarted)]
        at = started[-1] if started else (await it.until(e.AudioStarted, after=back))[0]
        cured.append(max(0.0, at - healed) * 1000)
        if noticed[-1] > 300 or cured[-1] > 500:
            slow += 1
            print(f"  slow: {part} {word}: noticed {noticed[-1]:.0f} ms, back {cured[-1]:.0f} ms")
    it.process.stop()
    print(f"{count} faults, in {count - slow} noticed within 300 ms and hearing again within 500 ms")
    print(f"  noticed        {percentiles(noticed)} ms, worst {max(noticed):.0f}")
    print(f"  hearing again  {percentiles(cured)} ms after the cure, worst {max(cured):.0f}")
    return {"count": count, "in_time": count - slow, "noticed_ms": noticed, "cured_ms": cured}


async def load(card: VirtualCard, minutes: float) -> dict[str, Any]:
    random = Random(2)
    it = Bench(card)
    await it.until(e.AudioStarted)
    ends = time.monotonic() + minutes * 60
    item = 0
    while time.monotonic() < ends:
        item += 1
        it.process.send(c.Play(f"item_{item}", ANSWER))
        it.process.send(c.FinishPlayback())
        before = len(it.events)
        while not any(isinstance(event, e.PlaybackDrained) for _, event in it.events[before:]):
            await asyncio.sleep(random.uniform(0, 0.3))
            if random.random() < 0.7:
                time.sleep(random.uniform(0, 0.3))  # noqa: ASYNC251 - the load
    counters = it.process.counters
    lost = [event for _, event in it.events if isinstance(event, e.AudioLost)]
    it.process.stop()
    print(f"{minutes:g} min of answers beside a loop that is blocked: {counters.frames} frames")
    print(f"  underruns {counters.underruns}, overruns {counters.overruns}, sound lost {len(lost)} times")
    return {
        "minutes": minutes,
        "frames": counters.frames,
        "underruns": counters.underruns,
        "overruns": counters.overruns,
        "lost": len(lost),
    }


async def rest(card: VirtualCard, seconds: float, *, hands_free: bool) -> float:
    """% of a core."""
    it = Bench(card, hands_free=hands_free)
    await it.until(e.AudioStarted)
    assert it.process.pid
    await asyncio.sleep(SETTLE_S)
    before = measure.read(it.process.pid)
    await asyncio.sleep(seconds)
    spent = measure.read(it.process.pid) - before
    it.process.stop()
    share = spent.cpu_s_per_min / 0.6
    print(f"at rest, {'hands-free' if hands_free else 'button'}: {share:.2f} % of a core")
    return share


async def lateness(card: VirtualCard, count: int) -> list[float]:
    """From the moment the card had heard a frame to the event that it led to, in the parent."""
    it = Bench(card, hands_free=True)
    await it.until(e.AudioStarted)
    while sum(isinstance(event, e.SpeechStarted | e.SpeechEnded) for _, event in it.events) < count:
        before = len(it.events)
        card.say(LINE[: 16_000 * 2])
        await it.until(e.SpeechEnded, after=before)
    late = [
        (at - card.heard_at(event.audio_ms)) * 1000
        for at, event in it.events
        if isinstance(event, e.SpeechStarted | e.SpeechEnded)
    ]
    it.process.stop()
    print(f"microphone to the parent, the card's own period of 40 ms included: {percentiles(late)} ms")
    return late


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sound", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--faults", type=int, metavar="N", help="100, or 4")
    parser.add_argument("--minutes", type=float, metavar="M", help="10, or a quarter")
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    count = args.faults if args.faults is not None else 4 if args.quick else 100
    minutes = args.minutes if args.minutes is not None else 0.25 if args.quick else 10.0
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        card = VirtualCard(Path(folder))
        os.environ["ALSA_CONFIG_PATH"] = str(card.conf)
        found["rest"] = {
            "hands-free" if hands_free else "button": asyncio.run(
                rest(card, 5 if args.quick else 30, hands_free=hands_free)
            )
            for hands_free in (False, True)
        }
        if count:
            found["faults"] = asyncio.run(faults(card, count))
        found["late_ms"] = asyncio.run(lateness(card, 4 if args.quick else 40))
        if minutes:
            found["load"] = asyncio.run(load(card, minutes))
    if args.json:
        args.json.write_text(json.dumps(found | {"machine": machine()}, indent=1))


if __name__ == "__main__":
    main()
