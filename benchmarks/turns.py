"""One device of benchmarks.latency and what happens to it: python -m benchmarks.turns KIND TURNS FILE [--loaded]"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from edge_agent.audio.sounds import spoken_lines
from edge_agent.simulator.reply import Pace
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Turn

from .bench import BYTES_PER_MS, Bench, Tape
from .moments import Latencies, Run, Sound, When
from .secure import Answer, SecureService, secure_service

LINE_MS = 1500
# they end in the middle of a word, after which the gate waits longer than after a sentence (docs/end-of-turn.md)
LINES = [line.pcm[: LINE_MS * BYTES_PER_MS] for line in spoken_lines()]
AUDIBLE, FULL = 8, 6000  # of s16: the answer, and before it is lowered
BREATH, VOICE = 300, 1500  # of s16: people breathe in before they speak
REST_S, HELD_S, SOUNDS_S, ANY_S = 0.25, 0.35, 0.25, 0.05
MOST_HEARD_AHEAD_S = 0.12  # a card delivers up to five blocks at once: a voice began so much earlier
LONGEST_BREATH_S = 0.35
BUSY_S, FREE_S = 0.02, 0.15  # the longest


@dataclass(frozen=True, slots=True)
class Result:
    """`answers`: how many sounded; `starved`: how often one ran dry at the card."""

    found: Latencies
    answers: int = 0
    starved: int = 0


@dataclass(slots=True)
class Taken:
    """One turn. `begun`: the press, or when somebody began to speak. `ended`: the release. `broken_into`: the press
    that did."""

    begun: float
    ended: float = 0.0
    broken_into: float = 0.0


async def settle(bench: Bench) -> None:
    """It hears its own answer, and learns that a voice may break in."""
    bench.device.post(e.ButtonPressed())
    await asyncio.sleep(HELD_S)
    bench.source.say(LINES[0])
    await asyncio.sleep(LINE_MS / 1000)
    bench.device.post(e.ButtonReleased())
    await bench.turn(Turn.SPEAKING)
    await bench.recorded(e.EchoJudged)
    bench.device.post(e.InterruptRequested())
    await bench.turn(Turn.IDLE)
    await asyncio.sleep(REST_S)


async def by_button(bench: Bench, turns: int) -> list[Taken]:
    """At rest a press, and one into the answer."""
    taken = []
    for _ in range(turns):
        await asyncio.sleep(REST_S)
        turn = Taken(await bench.happen(e.ButtonPressed(), within_s=ANY_S))
        await bench.say(LINES[0][: int(HELD_S * 1000) * BYTES_PER_MS], within_s=0)
        await asyncio.sleep(HELD_S)
        turn.ended = await bench.happen(e.ButtonReleased(), within_s=ANY_S)
        await bench.turn(Turn.SPEAKING)
        await asyncio.sleep(SOUNDS_S)
        turn.broken_into = await bench.happen(e.ButtonPressed(), within_s=ANY_S)
        await asyncio.sleep(REST_S)
        bench.device.post(e.ButtonReleased())
        bench.device.post(e.InterruptRequested())
        await bench.turn(Turn.IDLE)
        taken.append(turn)
    return taken


async def by_voice(bench: Bench, turns: int) -> list[Taken]:
    taken = []
    for number in range(turns + 1):
        taken.append(Taken(await bench.say(LINES[number % len(LINES)], within_s=ANY_S)))
        with suppress(TimeoutError):  # it was not heard, and counts as missing
            await bench.turn(Turn.LISTENING)
            await bench.turn(Turn.SPEAKING)
        await asyncio.sleep(SOUNDS_S)
    return taken


def found_by_button(run: Run, taken: list[Taken]) -> Latencies:
    for turn in taken:
        run.pressed("press", turn.begun)
        run.released(turn.ended)
        sounded_at = run.asked(turn.ended)
        if sounded_at is not None:
            run.pressed("press into an answer", turn.broken_into)
            run.interrupted("button", turn.broken_into, sounded_at, since=turn.broken_into)
    return run.found


def found_by_voice(
    run: Run, taken: list[Taken], heard: Sound, voice: Sound, hangover_ms: int | None
) -> Latencies:
    """`heard`: with breath, `voice`: without."""
    sounded_at: float | None = None
    for turn in taken:
        onset = heard.first(turn.begun - MOST_HEARD_AHEAD_S, turn.begun + MOST_HEARD_AHEAD_S)
        if onset is None:
            sounded_at = None
            continue
        spoken_at = heard.at_s(onset)
        begins = voice.first(spoken_at, spoken_at + LONGEST_BREATH_S)
        assert begins is not None
        if sounded_at is not None:
            run.interrupted("voice", voice.at_s(begins), sounded_at, since=spoken_at)
        last = heard.last(spoken_at, spoken_at + LINE_MS / 1000 + 0.05)
        assert last is not None
        ended_at = heard.at_s(last + 1)
        run.spoken(ended_at, hangover_ms)
        sounded_at = run.asked(ended_at)
    return run.found


async def reconnects(service: SecureService, times: int) -> Result:
    """Each of a new device: an agent whose links keep breaking waits longer and longer."""
    found: Latencies = {"link lost to link up": []}
    for _ in range(times):
        bench = Bench(f"https://{service.address}")
        async with bench.running():
            service.inject("drop")
            await bench.until(lambda state: not state.online)
            await bench.until(lambda state: state.online)
        timeline = When.of_timeline(bench.records)
        down = timeline.next("link_down", bench.records[0].t)
        up = down and timeline.next("link_up", down[0])
        if down and up:
            found["link lost to link up"].append((up[0] - down[0]) * 1000)
    return Result(found)


async def converse(service: SecureService, mode: str, turns: int) -> Result:
    bench = Bench(f"https://{service.address}", mode=mode)
    async with bench.running():
        await settle(bench)
        taken = await (by_button if mode == "button" else by_voice)(bench, turns)
        bench.device.post(e.InterruptRequested())
        await bench.turn(Turn.IDLE)
    await asyncio.sleep(0.2)  # the last that the service saw is on its way
    run = Run(
        When.of_timeline(bench.records),
        When((seen.t, seen.kind, seen.ms) for seen in service.seen),
        sound(bench, bench.played, AUDIBLE),
        sound(bench, bench.played, FULL) if mode == "button" else None,
        bench.config.audio.fade_ms,
    )
    if mode == "button":
        found = found_by_button(run, taken)
    else:
        heard, voice = sound(bench, bench.heard, BREATH), sound(bench, bench.heard, VOICE)
        gate = bench.config.gate
        found = found_by_voice(
            run, taken, heard, voice, gate.hangover_ms if gate.hangover == "fixed" else None
        )
    kinds = [type(record.fact) for record in bench.records]
    return Result(found, kinds.count(e.PlaybackStarted), kinds.count(e.PlaybackStarved))


def sound(bench: Bench, tape: Tape, level: int) -> Sound:
    """The microphone is read when it has heard: late or not, it was heard then."""
    written = tape.written if tape is bench.played else ()
    return Sound.of(bytes(tape.pcm), BYTES_PER_MS, level=level, began_at=bench.card.began_at, written=written)


@asynccontextmanager
async def kept_busy(*, needed: bool) -> AsyncIterator[None]:
    """The event loop does something else, again and again."""
    random = Random(1)

    async def disturb() -> None:
        while needed:
            await asyncio.sleep(random.uniform(0, FREE_S))
            ends = time.monotonic() + random.uniform(0, BUSY_S)
            while time.monotonic() < ends:
                pass

    task = asyncio.create_task(disturb())
    yield
    task.cancel()


async def main(kind: str, turns: int, *, loaded: bool) -> Result:
    # over a tone, a detector that learned from spoken answers hears a voice half a second later
    answer = Answer.SPOKEN if kind == "hands-free" else Answer.TONE
    async with secure_service(answer, pace=Pace(think_ms=100)) as service:
        os.environ |= {"SSL_CERT_FILE": str(service.ca), "AZURE_OPENAI_API_KEY": "local"}
        async with kept_busy(needed=loaded):
            if kind == "reconnect":
                return await reconnects(service, turns)
            return await converse(service, kind, turns)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turns", description=__doc__)
    parser.add_argument("kind", choices=("button", "hands-free", "reconnect"))
    parser.add_argument("turns", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--loaded", action="store_true")
    args = parser.parse_args()
    logging.disable(logging.WARNING)  # that links are cut is meant
    args.file.write_text(json.dumps(asdict(asyncio.run(main(args.kind, args.turns, loaded=args.loaded)))))
