"""The checks of the wake words: their engine, their models, whether this processor keeps up with them, and whether this
microphone lets a call be heard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from time import process_time

from ..audio.cards.errors import SoundFailed
from ..audio.convert import convert
from ..audio.micro_wake_word import make_ear
from ..audio.process.probe import record, silence
from ..audio.sounds import spoken_call
from ..audio.wake_models import WakeUnavailable
from ..audio.wake_trial import tried
from ..config.model import AudioSettings
from ..config.wake_words import WakeWord
from ..vocabulary.sound import (
    FRAME_MS,
    MIC_FRAME_BYTES,
    MIC_RATE_HZ,
    SERVICE_FRAME_BYTES,
    SERVICE_RATE_HZ,
    MicPcm,
)
from . import wake_level
from .acoustics import Ambience, samples_of
from .result import Check, ok, sentence, skipped, warning
from .sound import quiet_room
from .wake_level import AskedCall

NAME = "wake word"
TRIED_S = 2
MOST_PERCENT = 25.0  # of a core: more, and a wake word costs more than all else
ASKED_MS = 6000


async def wake_checks(
    words: Sequence[WakeWord], audio: AudioSettings, ask: Callable[[str], None] | None, why_not: str
) -> AsyncIterator[Check]:
    """`ask` tells the person who is there what to say; None: nobody is. `why_not`: why the microphone is left alone."""
    check = wake_word(words)
    yield check
    if why_not or check.status == "failed":
        yield skipped(wake_level.NAME, why_not or f"the {NAME} does not work")
        return
    try:
        yield await _call(words, audio, ask)
    except SoundFailed as failure:
        yield sentence(wake_level.NAME, failure.reason)


def wake_word(words: Sequence[WakeWord]) -> Check:
    try:
        ear = make_ear(words)
    except WakeUnavailable as error:
        return sentence(NAME, str(error))
    began = process_time()
    for _ in range(TRIED_S * 1000 // FRAME_MS):
        ear.hear(bytes(MIC_FRAME_BYTES), bytes(SERVICE_FRAME_BYTES))
    percent = 100 * (process_time() - began) / TRIED_S
    what = f"{', '.join(word.name for word in words)}; {percent:.1f} % of a core"
    if percent > MOST_PERCENT:
        return warning(NAME, what, "listen for fewer words: remove a [[wake]]")
    return ok(NAME, what)


async def _call(words: Sequence[WakeWord], audio: AudioSettings, ask: Callable[[str], None] | None) -> Check:
    """Over the noise of the room: tried with the one recording that there is, whatever the words are."""
    _, heard = await quiet_room(audio)
    floor_dbfs = Ambience.of(heard).floor_dbfs
    yardstick = make_ear([WakeWord()])
    call = samples_of(convert(spoken_call().pcm, SERVICE_RATE_HZ, MIC_RATE_HZ))
    softest_dbfs = wake_level.softest_dbfs(yardstick, call, samples_of(heard))
    there = wake_level.room(softest_dbfs, floor_dbfs)
    if ask is None or softest_dbfs is None:
        return there
    phrases = " or ".join(repr(word.name.replace("_", " ")) for word in words)
    ask(f"say {phrases} now, from where you will be (within {ASKED_MS // 1000} s)")
    take = await record(audio, silence(ASKED_MS), speaks=False)
    return wake_level.person(there, softest_dbfs, floor_dbfs, _said(words, take.heard))


def _said(words: Sequence[WakeWord], pcm: MicPcm) -> AskedCall:
    """The word that was said, or the most likely one."""
    ear = make_ear(words)
    trial = tried(ear, pcm)
    score, word = max(zip(trial.best, ear.words, strict=True), key=lambda pair: pair[0] - pair[1].cutoff)
    is_call = any(name == word.name for name, _ in trial.calls)
    return wake_level.asked(word.name, score, word.cutoff, is_call, samples_of(pcm))
