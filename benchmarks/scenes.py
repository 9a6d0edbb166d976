"""A labelled set for the gate: voices at several levels, noises alone and under the voices.

Made again at every run, from bundled recordings, espeak-ng where it is installed, and arithmetic with a fixed
seed. A label is an interval of the clean voice, so that what noise is added cannot move it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import NamedTemporaryFile
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio.convert import convert
from edge_agent.audio.sounds import spoken_answers, spoken_lines
from edge_agent.audio.wav import read_wav

RATE_HZ = 16_000
Sound: TypeAlias = NDArray[np.float64]  # full scale: 1
NOISES = ("white", "pink", "fan", "hum", "music", "clicks", "knocks", "babble")
SENTENCES = {  # espeak-ng voice: what it says
    "en-us+f3": "Turn on the light in the kitchen.",
    "en-gb+m4": "What is the weather like tomorrow?",
    "en-us+f5": "Yes.",
    "en-us+m7": "Stop, please. That is enough for today.",
}
ROOM_DB = -70.0  # dBFS: no room is quieter


@dataclass(frozen=True, slots=True)
class Scene:
    """`voices`: (begin, end) of each utterance in ms."""

    group: str
    name: str
    pcm: bytes
    voices: tuple[tuple[float, float], ...] = ()

    @property
    def minutes(self) -> float:
        return len(self.pcm) / 2 / RATE_HZ / 60


def scenes(*, quick: bool = False) -> list[Scene]:
    """All of them; the groups are voices, mixes, noises, switched."""
    clips = voices()
    found = [spoken(clips, level_db, "room", ROOM_DB) for level_db in (-20.0, -35.0, -45.0)]
    for name in NOISES:
        for snr_db in (10,) if quick else (20, 10, 5, 0):
            found.append(spoken(clips, -25.0, name, -25.0 - snr_db))
    seconds = 20 if quick else 30
    for name in NOISES:
        for level_db in (-40.0,) if quick else (-45.0, -30.0):
            sound = at_level(NOISE[name](seconds), level_db)
            found.append(Scene("noises", name, to_pcm(sound + room(len(sound)))))
    for name in ("white", "fan", "hum", "vacuum"):
        sound = at_level(NOISE[name](seconds), -25.0)
        sound[: 10 * RATE_HZ] = 0
        found.append(Scene("switched", name, to_pcm(sound + room(len(sound)))))
    return found


def voices() -> list[Sound]:
    """Utterances without the silence around them: three sentences of a human, the rest of espeak-ng."""
    human = [convert(line.pcm, 24_000, RATE_HZ) for line in spoken_lines()]
    made = [espeak(voice, text) for voice, text in SENTENCES.items()] if shutil.which("espeak-ng") else []
    return [trimmed(from_pcm(pcm)) for pcm in (*human, *made)]


def espeak(voice: str, text: str) -> bytes:
    """16 kHz."""
    with NamedTemporaryFile(suffix=".wav") as said:
        command = ["espeak-ng", "-w", said.name, "-v", voice, text]
        subprocess.run(command, check=True)  # noqa: S603
        pcm, rate_hz, _ = read_wav(said.name)
    return convert(pcm, rate_hz, RATE_HZ)


def spoken(clips: list[Sound], level_db: float, noise: str, noise_db: float) -> Scene:
    """Each clip once, with 2 s between them."""
    random = np.random.default_rng(7)
    parts: list[Sound] = []
    labels = []
    at = 0
    for clip in clips:
        gap = np.zeros(int(RATE_HZ * random.uniform(2.0, 2.6)))
        at += len(gap)
        parts += [gap, at_level(clip, level_db)]
        labels.append((at * 1000 / RATE_HZ, (at + len(clip)) * 1000 / RATE_HZ))
        at += len(clip)
    parts.append(np.zeros(3 * RATE_HZ))
    clean = np.concatenate(parts)
    background = room(len(clean))
    if noise == "room":
        return Scene("voices", f"{level_db:.0f} dBFS", to_pcm(clean + background), tuple(labels))
    added = at_level(NOISE[noise](len(clean) // RATE_HZ + 1)[: len(clean)], noise_db)
    name = f"{noise} {level_db - noise_db:.0f} dB"
    return Scene("mixes", name, to_pcm(clean + added + background), tuple(labels))


def trimmed(sound: Sound) -> Sound:
    """From the first to the last 10 ms within 30 dB of the loudest."""
    step = RATE_HZ // 100
    whole = sound[: len(sound) // step * step].reshape(-1, step)
    power = (whole**2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 1e-3)
    return sound[loud[0] * step : (loud[-1] + 1) * step]


def at_level(sound: Sound, level_db: float) -> Sound:
    """Its power over all its length, in dB of full scale."""
    return np.asarray(sound * (10 ** (level_db / 20) / np.sqrt((sound**2).mean())))


def from_pcm(pcm: bytes) -> Sound:
    return np.frombuffer(pcm, np.int16) / 32768.0


def to_pcm(sound: Sound) -> bytes:
    return bytes((np.clip(sound, -1, 1) * 32767).astype(np.int16).tobytes())


def coloured(samples: int, weight: Callable[[NDArray[Any]], NDArray[Any]], seed: int = 1) -> Sound:
    """Noise with a spectrum: `weight` is an amplitude for each frequency in Hz."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples))
    hz = np.fft.rfftfreq(samples, 1 / RATE_HZ)
    return np.asarray(np.fft.irfft(spectrum * weight(np.maximum(hz, 1.0)), samples))


def room(samples: int) -> Sound:
    return at_level(coloured(samples, lambda hz: hz**-0.5, 5), ROOM_DB)


def time_s(seconds: int) -> Sound:
    return np.arange(seconds * RATE_HZ) / RATE_HZ


def harmonics(seconds: int, base_hz: float, amplitudes: tuple[float, ...]) -> Sound:
    phase = 2 * np.pi * base_hz * time_s(seconds)
    return np.asarray(sum(a * np.sin(n * phase) for n, a in enumerate(amplitudes, 1)))


def fan(seconds: int) -> Sound:
    air = coloured(seconds * RATE_HZ, lambda hz: 1 / (1 + (hz / 400) ** 1.2), 2)
    return at_level(air, -20) + at_level(harmonics(seconds, 118, (1, 0.4, 0.2)), -26)


def vacuum(seconds: int) -> Sound:
    air = coloured(seconds * RATE_HZ, lambda hz: 1 / (1 + np.abs(np.log2(hz / 1500)) ** 2), 3)
    return at_level(air, -20) + at_level(harmonics(seconds, 310, (1, 0.6, 0.5, 0.3)), -22)


def music(seconds: int) -> Sound:
    """Four chords in turn, half a second each, struck and fading, with a beat of noise."""
    time = time_s(seconds)
    beat = time % 0.5
    chords = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
    which = (time // 0.5).astype(int) % len(chords)
    tones = sum(
        np.sin(2 * np.pi * n * np.array([chord[i] for chord in chords])[which] * time) / n
        for i in range(3)
        for n in (1, 2, 3, 4)
    )
    drum = np.random.default_rng(4).standard_normal(len(time)) * np.exp(-beat * 60)
    return np.asarray(tones * np.exp(-beat * 4) + 1.5 * drum)


def struck(seconds: int, each_s: tuple[float, float], decay_s: float, hz: float, seed: int) -> Sound:
    """Blows at irregular times: a burst of noise and a resonance, both dying away."""
    random = np.random.default_rng(seed)
    sound = np.zeros(seconds * RATE_HZ)
    time = np.arange(int(decay_s * 6 * RATE_HZ)) / RATE_HZ
    at = 0.3
    while at + decay_s * 6 < seconds:
        blow = random.standard_normal(len(time)) * 0.5 + np.sin(2 * np.pi * hz * time)
        first = int(at * RATE_HZ)
        sound[first : first + len(time)] += blow * np.exp(-time / decay_s) * random.uniform(0.4, 1)
        at += random.uniform(*each_s)
    return sound


def babble(seconds: int) -> Sound:
    """Six voices at once: the bundled answers, each turned round by some seconds."""
    texts = [from_pcm(convert(clip.pcm, 24_000, RATE_HZ)) for clip in spoken_answers()]
    total = np.zeros(seconds * RATE_HZ)
    for number in range(6):
        voice = np.concatenate(texts[number % len(texts) :] + texts[: number % len(texts)])
        total += np.resize(np.roll(voice, number * 37_000), len(total))
    return total


NOISE: dict[str, Callable[[int], Sound]] = {
    "white": lambda seconds: coloured(seconds * RATE_HZ, np.ones_like),
    "pink": lambda seconds: coloured(seconds * RATE_HZ, lambda hz: hz**-0.5),
    "fan": fan,
    "hum": lambda seconds: harmonics(seconds, 50, (1, 0.5, 0.7, 0.2, 0.4, 0.1, 0.2)),
    "vacuum": vacuum,
    "music": music,
    "clicks": lambda seconds: struck(seconds, (0.08, 0.35), 0.004, 2500, 8),
    "knocks": lambda seconds: struck(seconds, (0.25, 0.9), 0.03, 180, 9),
    "babble": babble,
}
