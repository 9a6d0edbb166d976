"""The sounds that come with the agent: cues, recorded speech, and the simulated service's answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..audio.formats import ServicePcm
from ..audio.wav import load
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


def _clips(kind: str) -> tuple[Clip, ...]:
    listed = json.loads((HERE / "speech" / "clips.json").read_text("utf-8"))[kind]
    return tuple(
        Clip(entry["file"], entry["text"], load(HERE / "speech" / f"{entry['file']}.wav")) for entry in listed
    )
