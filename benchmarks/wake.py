"""How well the wake words are heard, how often something else is taken for one, and what it costs (docs/wake-word.md).

EDGE_AGENT_RECORDINGS=FOLDER python -m benchmarks.wake [words] [false] [own] [cost] [--own-minutes M]

FOLDER has WAV files: calls/MODEL (each says the word of that model once), others (speech that is not a call, in folders
by where it is from), music. Without FOLDER, the bundled clips: too few for a figure. `cost` needs none.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from edge_agent.audio.build import build_engine
from edge_agent.audio.convert import convert, to_mono
from edge_agent.audio.engine import Engine
from edge_agent.audio.process.parent import AudioProcess
from edge_agent.audio.resample import Resampler
from edge_agent.audio.sounds import spoken_answers, spoken_call, spoken_lines
from edge_agent.audio.wav import read_wav
from edge_agent.config import Config
from edge_agent.config.model import AudioSettings, GateSettings, TurnMode, TurnTaking
from edge_agent.config.wake_words import BUNDLED, Sensitivity, WakeWord
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import (
    FRAME_MS,
    MIC_FRAME_BYTES,
    MIC_RATE_HZ,
    SERVICE_RATE_HZ,
)
from tests.virtual_card import VirtualCard

from . import measure
from .quantiles import quantile
from .rooms import (
    NEAR_DBFS,
    NOISE_DBFS,
    Signal,
    impulse_response,
    loudspeaker,
    pcm_of,
    samples,
    scaled,
    speech_level,
)
from .wake_ears import STEPS, Ears, frames

AHEAD_S, BEHIND_S = 5.0, 1.0
WITHIN_DB = 25.0  # of the loudest frame: softer is not part of a word
REST_S, ROUNDS = 30.0, 3
DELAY_FRAMES = 4
ANSWER_S = 20.0
FRAME = MIC_FRAME_BYTES // 2
NO_DBFS = -72.0  # of the room, under everything


@dataclass(frozen=True, slots=True)
class Recordings:
    calls: dict[str, list[Signal]]
    others: dict[str, list[Signal]]
    music: list[Signal]
    own_s: float = 3600.0

    @classmethod
    def found(cls, folder: Path | None) -> Recordings:
        if folder is None:
            call = samples(convert(spoken_call().pcm, SERVICE_RATE_HZ, MIC_RATE_HZ))
            lines = [samples(convert(clip.pcm, SERVICE_RATE_HZ, MIC_RATE_HZ)) for clip in spoken_lines()]
            return cls({"hey_jarvis": [call]}, {"bundled": lines}, [])
        calls = {name: list(_wavs(folder / "calls" / name)) for name in BUNDLED}
        places = sorted(place for place in (folder / "others").iterdir() if place.is_dir())
        return cls(
            {name: words for name, words in calls.items() if words},
            {place.name: list(_wavs(place)) for place in places},
            [sound for sound in _wavs(folder / "music") if len(sound) > 10 * MIC_RATE_HZ],
        )


def _wavs(folder: Path) -> Iterator[Signal]:
    for path in sorted(folder.rglob("*.wav")):
        pcm, rate_hz, channels = read_wav(path)
        yield samples(convert(to_mono(pcm, channels), rate_hz, MIC_RATE_HZ))


def surrounded(word: Signal, random: np.random.Generator) -> Signal:
    quiet = random.standard_normal(round((AHEAD_S + BEHIND_S) * MIC_RATE_HZ) + len(word)) * 10 ** (
        NO_DBFS / 20
    )
    begin = round(AHEAD_S * MIC_RATE_HZ)
    quiet[begin : begin + len(word)] += word
    return np.asarray(quiet)


def end_of(word: Signal) -> float:
    """In s."""
    power = (word[: len(word) // FRAME * FRAME].reshape(-1, FRAME) ** 2).mean(axis=1)
    return float(np.flatnonzero(power > power.max() / 10 ** (WITHIN_DB / 10))[-1] + 1) * FRAME_MS / 1000


def engine_for(words: Sequence[str], events: list[e.Event], **audio: Any) -> Engine:
    config = Config(
        turns=TurnTaking(mode="wake-word"),
        gate=GateSettings(confirm="off"),
        audio=AudioSettings(cues=False, messages=False, **audio),
        wake=tuple(map(WakeWord, words)),
    )
    return build_engine(config, events.append)


# ---- words ------------------------------------------------------------------
def words(found: Recordings) -> None:
    random = np.random.default_rng(1)
    answer = _answer()
    ways: dict[str, Callable[[Signal, int], Signal]] = {
        "as recorded": lambda word, _: surrounded(word, random),
        "at -40 dBFS": lambda word, _: surrounded(scaled(word, -40), random),
        "at -60 dBFS": lambda word, _: surrounded(scaled(word, -60), random),
    }
    if found.music:
        ways["music 10 dB below"] = lambda word, at: _amid(
            word, found.music[at % len(found.music)], -10, random
        )
        ways["music as loud"] = lambda word, at: _amid(word, found.music[at % len(found.music)], 0, random)
    ways["the answer as loud, no canceller"] = lambda word, _: _amid(word, answer, 0, random)
    print("\n| word | how | n | low | medium | high |\n|---|---|---|---|---|---|")
    for name, recorded in found.calls.items():
        ears = Ears([name])
        for how, way in ways.items():
            counts = [ears.calls(way(word, at)) for at, word in enumerate(recorded)]
            _row(name, how, [[bool(count[name, step]) for count in counts] for step in STEPS])
        cancelled = [_over_answer(name, word, answer) for word in recorded]
        _row(name, "the answer as loud, linear canceller", [[], cancelled, []])
    for name, recorded in found.calls.items():
        _print_delay(name, recorded, random)


def _row(name: str, how: str, steps: Sequence[Sequence[bool]]) -> None:
    shown = [f"{100 * sum(heard) / len(heard):.1f} %" if heard else "-" for heard in steps]
    print(f"| `{name}` | {how} | {max(map(len, steps))} | {' | '.join(shown)} |", flush=True)


def _amid(word: Signal, other: Signal, db: float, random: np.random.Generator) -> Signal:
    """In the middle of something else, `db` louder than the word."""
    return _over(surrounded(word, random), other, speech_level(word) + db, random)


def _over(sound: Signal, other: Signal, dbfs: float, random: np.random.Generator) -> Signal:
    """With a piece of something else, as loud as `dbfs`."""
    begin = int(random.integers(0, max(1, len(other) - len(sound))))
    return sound + scaled(np.resize(other[begin:], len(sound)), dbfs)


def _answer() -> Signal:
    return np.concatenate(
        [samples(convert(clip.pcm, SERVICE_RATE_HZ, MIC_RATE_HZ)) for clip in spoken_answers()]
    )


def _over_answer(name: str, word: Signal, answer: Signal) -> bool:
    """Said 15 s into an answer, which the canceller takes out."""
    events: list[e.Event] = []
    said = np.zeros(18 * MIC_RATE_HZ)
    spoken = scaled(word, NEAR_DBFS)
    begin = min(15 * MIC_RATE_HZ, len(said) - len(spoken))
    said[begin : begin + len(spoken)] += spoken
    _converse(engine_for([name], events), said, np.resize(answer, len(said)))
    return any(isinstance(event, e.WakeWordHeard) for event in events)


def _converse(engine: Engine, near: Signal, answer: Signal) -> None:
    """The engine in a room that answers as loud as whoever speaks; `near`: what people say meanwhile."""
    room = Echo(NEAR_DBFS - speech_level(answer))
    engine.delay(DELAY_FRAMES * FRAME_MS)
    engine.execute(c.Play("answer", Resampler(MIC_RATE_HZ, SERVICE_RATE_HZ).process(pcm_of(answer))))
    engine.execute(c.FinishPlayback())
    for at in range(0, len(near) - FRAME + 1, FRAME):
        engine.hear(pcm_of(near[at : at + FRAME] + room.hear()))
        room.play(engine.speak())


class Echo:
    """What the microphone hears of the speaker: `rooms.Acoustics` without drift, which an hour takes too long for."""

    def __init__(self, gain_db: float) -> None:
        response = impulse_response(150, 0.0, 0) * 10 ** (gain_db / 20)
        self._size = 1 << (len(response) + FRAME - 1).bit_length()
        self._response = np.fft.rfft(response, self._size)
        self._tail = np.zeros(self._size)
        self._to_mic = Resampler(SERVICE_RATE_HZ, MIC_RATE_HZ)
        self._late = deque([np.zeros(FRAME)] * DELAY_FRAMES)
        self._random = np.random.default_rng(4)

    def play(self, pcm: bytes) -> None:
        played = samples(self._to_mic.process(pcm_of(loudspeaker(pcm))))
        self._tail = np.concatenate((self._tail[FRAME:], np.zeros(FRAME)))
        self._tail += np.fft.irfft(np.fft.rfft(played, self._size) * self._response, self._size)
        self._late.append(self._tail[:FRAME])

    def hear(self) -> Signal:
        return self._late.popleft() + self._random.standard_normal(FRAME) * 10 ** (NOISE_DBFS / 20)


def _print_delay(name: str, recorded: Sequence[Signal], random: np.random.Generator) -> None:
    """From the end of the word until the engine tells of it, in the pieces that it takes at rest."""
    delays_ms = []
    for word in recorded:
        events: list[e.Event] = []
        engine = engine_for([name], events, echo="off")
        left = list(frames(surrounded(word, random)))
        while left and not any(isinstance(event, e.WakeWordHeard) for event in events):
            count = min(engine.frames_at_once, len(left))
            engine.step(b"".join(left[:count]))
            del left[:count]
        if left:
            delays_ms.append(engine.audio_ms - 1000 * (AHEAD_S + end_of(word)))
    if len(delays_ms) > 1:
        shown = f"{median(delays_ms):.0f} / {quantile(delays_ms, 0.95):.0f}"
        print(f"end of the word to the call, `{name}`, {len(delays_ms)} words: median / p95 {shown} ms")


# ---- what is not a call ----------------------------------------------------------
def false(found: Recordings) -> None:
    random = np.random.default_rng(2)
    sources: dict[str, Signal] = {place: np.concatenate(clips) for place, clips in found.others.items()}
    if found.music:
        music = np.concatenate(found.music)
        spoken = np.concatenate(list(sources.values()))
        sources["music"] = music
        sources["speech, music 10 dB below"] = _over(
            spoken, np.roll(music, len(music) // 3), speech_level(spoken) - 10, random
        )
        sources["babble of four"] = sum(
            (scaled(np.roll(spoken, turn * len(spoken) // 4), NEAR_DBFS) for turn in range(4)),
            np.zeros(len(spoken)),
        )[: len(spoken) // 2]
    ears = Ears(BUNDLED)
    total: Counter[tuple[str, Sensitivity]] = Counter()
    print(f"\n| what | h | {' | '.join(f'`{name}`' for name in BUNDLED)} |\n|{'---|' * (2 + len(BUNDLED))}")
    for what, sound in sources.items():
        count = ears.calls(sound)
        total.update(count)
        _print_calls(what, len(sound) / MIC_RATE_HZ / 3600, count)
    _print_calls("all: low / medium / high", sum(map(len, sources.values())) / MIC_RATE_HZ / 3600, total)


def _print_calls(what: str, hours: float, count: Counter[tuple[str, Sensitivity]]) -> None:
    cells = [" / ".join(str(count[name, step]) for step in STEPS) for name in BUNDLED]
    print(f"| {what} | {hours:.2f} | {' | '.join(cells)} |", flush=True)


# ---- its own answers ------------------------------------------------------------
def own(found: Recordings) -> None:
    """Answers of other speech, each of 20 s, with one of the wake words in between, as long as there are any."""
    recorded = [
        word for several in zip_longest(*found.calls.values()) for word in several if word is not None
    ]
    answers = list(
        _answers([clip for place in found.others.values() for clip in place], recorded, found.own_s)
    )
    minutes, words = sum(map(len, answers)) / MIC_RATE_HZ / 60, min(len(recorded), len(answers))
    for echo in ("linear", "half-duplex"):
        counts: Counter[str] = Counter()
        for answer in answers:
            events: list[e.Event] = []
            _converse(engine_for(BUNDLED, events, echo=echo), np.zeros(len(answer)), answer)
            counts.update(type(event).__name__ for event in events)
        print(
            f"all words, {echo}: {minutes:.0f} min of its own answers with {words} wake words: it called itself"
            f" {counts['WakeWordHeard']} times, {counts['OwnWordHeard']} words were told as its own",
            flush=True,
        )


def _answers(clips: list[Signal], recorded: Sequence[Signal], own_s: float) -> Iterator[Signal]:
    """The words are in the middle of as many answers."""
    sounding = [scaled(clip, NEAR_DBFS) for clip in clips if len(clip) > MIC_RATE_HZ and clip.std() > 1e-3]
    order = np.random.default_rng(3).permutation(len(sounding))
    said = np.concatenate([sounding[at] for at in order])[: round(own_s * MIC_RATE_HZ)]
    size = round(ANSWER_S * MIC_RATE_HZ)
    for number, begin in enumerate(range(0, len(said) - size + 1, size)):
        answer = said[begin : begin + size].copy()
        if number < len(recorded):
            word = scaled(recorded[number], NEAR_DBFS)[: size // 2]
            answer[size // 2 : size // 2 + len(word)] = word
        yield answer


# ---- cost -------------------------------------------------------------------
CASES: dict[str, tuple[TurnMode, str]] = {
    "hands-free": ("hands-free", "hey_jarvis"),
    "wake-word": ("wake-word", "hey_jarvis"),
}


def cost(_: Recordings) -> None:
    """The audio process at rest, on the virtual card, each in turn."""
    shares: dict[str, list[float]] = {case: [] for case in CASES}
    sizes: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        card = VirtualCard(Path(folder))
        os.environ["ALSA_CONFIG_PATH"] = str(card.conf)
        for _round in range(ROUNDS):
            for case, (mode, word) in CASES.items():
                share, sizes[case] = asyncio.run(_rest(mode, word))
                shares[case].append(share)
    for case, found in shares.items():
        print(
            f"at rest, {case}: {median(found):.2f} % of a core ({ROUNDS} rounds: {found}), {sizes[case]:.1f} MiB PSS"
        )
    print(f"ratio {median(shares['wake-word']) / median(shares['hands-free']):.2f}")


async def _rest(mode: TurnMode, word: str) -> tuple[float, float]:
    audio = AudioSettings(microphone="vmic", speaker="vspk", cues=False, messages=False)
    turns, gate = TurnTaking(mode=mode), GateSettings(confirm="off")
    wake = (WakeWord(word),) if mode == "wake-word" else ()
    started = asyncio.Event()
    config = replace(Config(), audio=audio, turns=turns, gate=gate, wake=wake)
    process = AudioProcess(config, lambda event: started.set() if isinstance(event, e.AudioStarted) else None)
    process.start()
    try:
        await asyncio.wait_for(started.wait(), 10)
        assert process.pid
        await asyncio.sleep(3)
        before = measure.read(process.pid)
        await asyncio.sleep(REST_S)
        spent = measure.read(process.pid) - before
        return round(spent.cpu_s_per_min / 0.6, 2), measure.size(process.pid).pss_mib
    finally:
        process.stop()


PARTS: dict[str, Callable[[Recordings], None]] = {"words": words, "false": false, "own": own, "cost": cost}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all, if none is named")
    parser.add_argument(
        "--own-minutes", type=float, default=60.0, metavar="M", help="of its own answers (60)"
    )
    arguments = parser.parse_args()
    chosen = arguments.parts or list(PARTS)
    folder = os.environ.get("EDGE_AGENT_RECORDINGS")
    found = replace(Recordings.found(Path(folder) if folder else None), own_s=60 * arguments.own_minutes)
    for part in chosen:
        PARTS[part](found)


if __name__ == "__main__":
    main()
