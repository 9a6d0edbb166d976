"""The sounds that come with the agent: cues, recorded speech, and the simulated service's answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..audio.formats import SERVICE_RATE_HZ, ServicePcm
from ..audio.resample import Resampler
from ..audio.wav import BadWav, read_wav, to_mono
from ..commands import Cue

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Clip:
    """Speech, with its words."""

    name: str
    text: str
    pcm: ServicePcm


def cues() -> dict[Cue, ServicePcm]:
    """The bundled cues, made by scripts/make-cues."""
    return {cue: load(HERE / f"{cue.value}.wav") for cue in Cue}


@cache
def spoken_lines() -> tuple[Clip, ...]:
    """What a person says: recordings of a human reader (LibriVox, public domain), in order."""
    return _clips("lines")


@cache
def spoken_answers() -> tuple[Clip, ...]:
    """What the simulated service says: answers to the lines, in their order, then others."""
    return _clips("answers")


def load(path: Path) -> ServicePcm:
    """A WAV file as 24 kHz mono. Raises BadWav."""
    pcm, rate_hz, channels = read_wav(path)
    return convert(to_mono(pcm, channels), rate_hz)


def convert(mono: bytes, rate_hz: int, to_hz: int = SERVICE_RATE_HZ) -> bytes:
    """A whole mono recording at another rate, padded with silence to a full 20 ms."""
    if rate_hz < 1000 or rate_hz % 50:
        raise BadWav(f"a sample rate of {rate_hz} Hz cannot be used; convert it to 16000, 24000 or 48000 Hz")
    frame = rate_hz // 50 * 2
    mono += bytes(-len(mono) % frame)
    return Resampler(rate_hz, to_hz).process(mono)


def _clips(kind: str) -> tuple[Clip, ...]:
    listed = json.loads((HERE / "speech" / "clips.json").read_text("utf-8"))[kind]
    return tuple(
        Clip(entry["file"], entry["text"], load(HERE / "speech" / f"{entry['file']}.wav")) for entry in listed
    )
