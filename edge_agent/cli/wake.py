"""edge-agent wake test: what the wake words make of the microphone, or of recordings."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from ..audio.cards.errors import SoundFailed
from ..audio.convert import UnusualRate, convert, to_mono
from ..audio.micro_wake_word import make_ear
from ..audio.process.listening import listen
from ..audio.riff import BadWav
from ..audio.wake_ear import WakeEar
from ..audio.wake_models import WakeUnavailable
from ..audio.wake_trial import NOTHING_PLAYED, tried
from ..audio.wav import read_wav
from ..config import Config
from ..config.wake_words import WakeWord
from ..vocabulary.frozen import frozen
from ..vocabulary.sound import FRAME_MS, MIC_BYTES_PER_MS, MIC_RATE_HZ
from .common import read_config
from .exits import FAILED, OK, USAGE
from .options import add_config, add_json, filled
from .output import complain, say

BAR = 40  # characters
SHOWN_EVERY = 200 // FRAME_MS  # frames
AHEAD_MS = 1000  # the models need so long before they say anything
AFTER_MS = 500


@frozen
class WordInFile:
    """What a recording has of a word: the highest score, and when it was a call."""

    file: str
    word: str
    score: float
    cutoff: float
    calls_s: tuple[float, ...]


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    parser.add_argument("action", choices=("test",))
    parser.add_argument(
        "recordings",
        nargs="*",
        type=filled,
        metavar="WAV or FOLDER",
        help="recordings, for a table; without one, the microphone, with its score as a bar",
    )


def run(args: argparse.Namespace) -> int:
    try:
        config = read_config(args.config)
        ear = make_ear(config.wake_words or (WakeWord(),))
    except WakeUnavailable as error:
        complain(str(error))
        return FAILED
    try:
        if args.recordings:
            return _table(args.recordings, ear, as_json=args.json)
        return asyncio.run(_live(config, ear))
    except (BadWav, UnusualRate, OSError) as error:
        complain(str(error))
        return USAGE
    except SoundFailed as failure:
        complain(failure.reason)
        return FAILED


# ---- recordings -------------------------------------------------------------
def _table(names: Sequence[str], ear: WakeEar, *, as_json: bool) -> int:
    files = [file for name in names for file in _wavs(Path(name))]
    found = [finding for file in files for finding in words_in(file, ear)]
    if as_json:
        say(json.dumps([asdict(finding) for finding in found], indent=2))
        return OK
    width = max(len(finding.file) for finding in found)
    for finding in found:
        calls = ", ".join(f"{at:.2f} s" for at in finding.calls_s)
        heard = f"called at {calls}" if calls else "not called"
        say(f"{finding.file:{width}}  {finding.word}  {finding.score:.3f} of {finding.cutoff:.3f}  {heard}")
    for at, word in enumerate(ear.words):
        own = found[at :: len(ear.words)]
        called = sum(bool(finding.calls_s) for finding in own)
        say(f"{word.name}: called in {called} of {len(own)} recordings")
    return OK


def _wavs(path: Path) -> list[Path]:
    """Raises BadWav."""
    if not path.is_dir():
        return [path]
    if wavs := sorted(path.rglob("*.wav")):
        return wavs
    raise BadWav(f"{path}: has no WAV files")


def words_in(file: Path, ear: WakeEar) -> Iterator[WordInFile]:
    """As the device would hear it. Raises BadWav, UnusualRate."""
    pcm, rate_hz, channels = read_wav(file)
    heard = convert(to_mono(pcm, channels), rate_hz, MIC_RATE_HZ)
    trial = tried(ear, bytes(AHEAD_MS * MIC_BYTES_PER_MS) + heard + bytes(AFTER_MS * MIC_BYTES_PER_MS))
    for word, score in zip(ear.words, trial.best, strict=True):
        calls = tuple((ms - AHEAD_MS) / 1000 for name, ms in trial.calls if name == word.name)
        yield WordInFile(str(file), word.name, round(score, 3), round(word.cutoff, 3), calls)


# ---- the microphone ---------------------------------------------------------
async def _live(config: Config, ear: WakeEar) -> int:
    if config.audio.backend != "portaudio":
        complain("the sound card is simulated; name a WAV file, or a folder of them")
        return USAGE
    complain(f"say {' or '.join(word.name for word in ear.words)}; Ctrl-C ends it")
    best = [0.0 for _ in ear.words]
    number = 0
    async for frame in listen(config.audio):
        number += 1
        ear.hear(frame, NOTHING_PLAYED)
        best = [max(pair) for pair in zip(best, ear.scores, strict=True)]
        if number % SHOWN_EVERY == 0:
            for word, score in zip(ear.words, best, strict=True):
                _show(word.name, score, word.cutoff)
            best = [0.0 for _ in ear.words]
    return OK


def _show(word: str, score: float, limit: float) -> None:
    """On a terminal every score; else what is a call."""
    called = score > limit
    if called or sys.stdout.isatty():
        say(f"{word:14} {bar(score, limit)} {score:.2f}{'  called' if called else ''}")


def bar(score: float, limit: float) -> str:
    """As in `######...|...`: the score, and what makes a call."""
    filled_to, line = round(score * BAR), round(limit * BAR)
    return "".join("#" if at < filled_to else "|" if at == line else "." for at in range(BAR + 1))
