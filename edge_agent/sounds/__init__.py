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


def cues(*, own: str = "", language: str = "en", messages: bool = True) -> dict[Cue, ServicePcm]:
    """Cues (made by scripts/make-cues) and spoken messages (scripts/make-messages).

    `own`: a folder with WAV files to take instead, NAME.wav each. Without `messages`, and where one is not
    there, a cue stands for it. Raises BadWav.
    """
    return {cue: load(_file(cue, own, language, messages=messages)) for cue in Cue}


def _file(cue: Cue, own: str, language: str, *, messages: bool) -> Path:
    name = f"{cue.value}.wav"
    spoken = HERE / "messages" / language / name
    places = [Path(own) / name] * bool(own) + [spoken] * messages + [HERE / name]
    plain = Cue.OFFLINE if cue is Cue.NO_NETWORK else Cue.GAVE_UP
    return next((place for place in places if place.exists()), HERE / f"{plain.value}.wav")


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
