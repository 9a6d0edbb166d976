"""The sounds that come with the agent: cues, recorded speech, and the simulated service's answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from ...config.suggest import did_you_mean
from ...vocabulary.commands import Cue
from ...vocabulary.frozen import frozen
from ...vocabulary.sound import ServicePcm
from ..riff import BadWav
from ..wav import load

HERE = Path(__file__).parent
PLAIN = {Cue.NO_NETWORK: Cue.OFFLINE, Cue.CLOCK_NOT_SET: Cue.OFFLINE, Cue.FORGOTTEN: Cue.DONE}
LONGEST_S = 15  # of a cue or message: nobody listens to more, and it is kept in memory


@frozen
class Clip:
    """Speech, with its words."""

    name: str
    text: str
    pcm: ServicePcm


def cues(
    wanted: Iterable[Cue] = Cue, *, own: str = "", language: str = "en", messages: bool = True
) -> dict[Cue, ServicePcm]:
    """Cues (made by scripts/make-cues) and spoken messages (scripts/make-messages).

    `own`: a folder with WAV files to take instead, NAME.wav each. Without `messages`, and where one is not
    there, a cue stands for it. Raises BadWav.
    """
    return {cue: load(_file(cue, own, language, messages=messages), longest_s=LONGEST_S) for cue in wanted}


def problems(own: str) -> Iterator[str]:
    """What is wrong with a folder of own sounds, a line each."""
    try:
        files = sorted(Path(own).iterdir())
    except OSError as error:
        yield f"cannot use {own} as a folder of sounds ({error.strerror}); leave it empty for the bundled ones"
        return
    names = {cue.value for cue in Cue}
    for file in files:
        if file.suffix == ".wav" and file.stem in names:
            try:
                load(file, longest_s=LONGEST_S)
            except BadWav as error:
                yield str(error)
        elif file.suffix.lower() == ".wav":
            nearest = did_you_mean(file.stem.lower(), names)
            yield f"{file}: must be named after a cue, with the suffix .wav{nearest}"
        elif file.stem in names:
            yield f"{file}: is not a WAV file; convert it to {file.stem}.wav"


def _file(cue: Cue, own: str, language: str, *, messages: bool) -> Path:
    name = f"{cue.value}.wav"
    spoken = HERE / "messages" / language / name
    places = [Path(own) / name] * bool(own) + [spoken] * messages + [HERE / name]
    plain = PLAIN.get(cue, Cue.GAVE_UP)
    return next((place for place in places if place.exists()), HERE / f"{plain.value}.wav")


@cache
def spoken_lines() -> tuple[Clip, ...]:
    """What a person says: recordings of a human reader (LibriVox, public domain), in order."""
    return _clips("lines")


@cache
def spoken_answers() -> tuple[Clip, ...]:
    """What the simulated service says: answers to the lines, in their order, then others."""
    return _clips("answers")


@cache
def spoken_call() -> Clip:
    """A wake word, `hey_jarvis`."""
    return _clips("calls")[0]


def _clips(kind: str) -> tuple[Clip, ...]:
    listed = json.loads((HERE / "speech" / "clips.json").read_text("utf-8"))[kind]
    return tuple(
        Clip(entry["file"], entry["text"], load(HERE / "speech" / f"{entry['file']}.wav")) for entry in listed
    )
