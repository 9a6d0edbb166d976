"""The check of the wake words: their engine, their models, and whether this processor keeps up with them."""

from __future__ import annotations

from collections.abc import Sequence
from time import process_time

from ..audio.micro_wake_word import make_ear
from ..audio.wake_models import WakeUnavailable
from ..config.wake_words import WakeWord
from ..vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES, SERVICE_FRAME_BYTES
from .result import Check, ok, sentence, warning

NAME = "wake word"
TRIED_S = 2
MOST_PERCENT = 25.0  # of a core: more, and a wake word costs more than all else


def wake_word(words: Sequence[WakeWord]) -> Check:
    try:
        ear = make_ear(words)
    except WakeUnavailable as error:
        return sentence(NAME, str(error))
    assert ear
    began = process_time()
    for _ in range(TRIED_S * 1000 // FRAME_MS):
        ear.hear(bytes(MIC_FRAME_BYTES), bytes(SERVICE_FRAME_BYTES))
    percent = 100 * (process_time() - began) / TRIED_S
    what = f"{', '.join(word.name for word in words)}; {percent:.1f} % of a core"
    if percent > MOST_PERCENT:
        return warning(NAME, what, "listen for fewer words: remove a [[wake]]")
    return ok(NAME, what)
