"""The speech that the simulated service answers with, and how it knows what it hears."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..audio import sounds
from ..audio.espeak import NoVoice, speak
from ..vocabulary.sound import SERVICE_FRAME_BYTES, ServicePcm, service_ms
from .agent_door import AgentVersion, SimulatedAgent
from .answers import Answers, Asked, ReplyPart, Speech
from .calling import CALL, Calling, steps_of

__all__ = ["Bundled", "NoVoice", "Parrot", "bundled_agent", "choose", "recognise", "speak"]

ALIKE = 0.8  # correlation of two loudness curves from which they are taken for one recording


class Bundled:
    """The bundled clips: a fitting one to a bundled recording, else one after the other."""

    def __init__(self) -> None:
        self._others = 0

    def answer(self, asked: Asked) -> Sequence[ReplyPart]:
        answers = sounds.spoken_answers()
        lines = [line.text for line in sounds.spoken_lines()]
        if asked.text in lines:
            clip = answers[lines.index(asked.text)]
        else:
            others = answers[len(lines) :]
            clip = others[self._others % len(others)]
            self._others += 1
        return [Speech(clip.text, clip.pcm)]


def bundled_agent(_: str, __: str) -> SimulatedAgent:
    """Whom every name means: one version, which greets."""
    words = sounds.spoken_answers()[len(sounds.spoken_lines())]
    version = AgentVersion(greeting=words.text, sound=words.pcm, transcription="whisper-1")
    return SimulatedAgent({"1": version}, "1")


class Parrot:
    """Repeats what it heard, so that the whole audio path can be heard."""

    def answer(self, asked: Asked) -> Sequence[ReplyPart]:
        if asked.pcm:
            return [Speech(asked.text or describe(asked.pcm), asked.pcm)]
        return [Speech(asked.text, speak(asked.text))]


class Saying:
    """Always the same words, spoken by espeak-ng."""

    def __init__(self, text: str) -> None:
        self._speech = Speech(text, speak(text))

    def answer(self, asked: Asked) -> Sequence[ReplyPart]:  # noqa: ARG002
        return [self._speech]


def choose(name: str) -> Answers:
    """`bundled`, `parrot`, words to say, or a script of calls. Raises NoVoice, and ValueError for a wrong script."""
    if CALL.search(name):
        return Calling(steps_of(name), choose)
    match name:
        case "bundled":
            return Bundled()
        case "parrot":
            return Parrot()
    return Saying(name)


def describe(pcm: ServicePcm) -> str:
    return f"({service_ms(pcm) / 1000:.1f} seconds of sound)"


def recognise(pcm: ServicePcm) -> str:
    """The words of a bundled recording, known by its loudness curve; of others only how long they are."""
    heard = _loudness(pcm)
    for clip in sounds.spoken_lines():
        known = _loudness(clip.pcm)
        if len(heard) >= len(known) and _best_match(heard, known) > ALIKE:
            return clip.text
    return describe(pcm)


def _loudness(pcm: ServicePcm) -> NDArray[np.float32]:
    whole = len(pcm) // SERVICE_FRAME_BYTES * SERVICE_FRAME_BYTES
    frames = np.frombuffer(pcm[:whole], np.int16).astype(np.float32).reshape(-1, SERVICE_FRAME_BYTES // 2)
    curve: NDArray[np.float32] = np.log10(1 + (frames**2).mean(axis=1))
    return curve


def _best_match(heard: NDArray[np.float32], known: NDArray[np.float32]) -> float:
    windows = np.lib.stride_tricks.sliding_window_view(heard, len(known))
    windows = windows - windows.mean(axis=1, keepdims=True)
    known = known - known.mean()
    norms = np.linalg.norm(windows, axis=1) * np.linalg.norm(known) + 1e-9
    return float((windows @ known / norms).max())
