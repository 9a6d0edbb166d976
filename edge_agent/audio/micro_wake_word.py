"""microWakeWord's models (Apache 2.0, OHF-Voice/pymicro-wakeword): small networks that each know one word.

They run on TensorFlow Lite, which the package brings, and is imported only when a detector is made. The features of the
sound are calculated once for all words of a stream.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..config.wake_words import WakeWord
from ..vocabulary.sound import MicPcm
from .wake_ear import ListenedFor, WakeEar
from .wake_models import HOLD_MS, WakeModel, WakeUnavailable, cutoff, not_installed, package

FEATURES = 40  # of 10 ms of sound, that a model takes


class MicroScorer:
    """Some words in one stream."""

    def __init__(self, models: Sequence[WakeModel]) -> None:
        """Raises WakeUnavailable."""
        try:
            from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures

            library = ctypes.CDLL(str(next((package() / "lib").glob("*tensorflowlite_c*"))))
        except (ImportError, OSError, StopIteration) as error:
            raise not_installed(error or "its library is missing") from None
        self._features = MicroWakeWordFeatures()
        self._networks: list[Any] = []
        self._taken = 0  # features; a network gives its opinion after each `stride` of them
        self._scores = [0.0] * len(models)  # the last
        for model in models:
            _verify(library, model.tflite)
            try:
                self._networks.append(MicroWakeWord.from_config(model.path))
            except Exception as error:  # it has no class of its own for a model that it cannot take
                raise WakeUnavailable(f"{model.tflite} cannot be loaded: {error}") from None

    def score(self, pcm: MicPcm) -> list[float]:
        best = list(self._scores)
        for features in self._features.process_streaming(pcm):
            self._taken += 1
            for at, network in enumerate(self._networks):
                probability = network.process_streaming_prob(features)
                if self._taken % network.stride == 0:
                    self._scores[at] = probability
                    best[at] = max(best[at], probability)
        return best

    def reset(self) -> None:
        self._features.reset()
        self._taken, self._scores = 0, [0.0] * len(self._scores)
        for network in self._networks:
            network.reset()


def make_ear(words: Sequence[WakeWord]) -> WakeEar:
    """For one word at least. Raises WakeUnavailable."""
    models = [WakeModel(word.word) for word in words]
    listened = [listened_for(word, model) for word, model in zip(words, models, strict=True)]
    return WakeEar(listened, MicroScorer(models), MicroScorer(models))


def listened_for(word: WakeWord, model: WakeModel) -> ListenedFor:
    return ListenedFor(
        word.name,
        cutoff(model.cutoff, word.sensitivity),
        word.does == "stop",
        HOLD_MS.get(word.word, 0),
    )


def _verify(library: Any, tflite: Path) -> None:
    """The package does not ask whether a model could be loaded, and crashes if not."""
    for name in ("TfLiteModelCreateFromFile", "TfLiteInterpreterCreate", "TfLiteInterpreterGetInputTensor"):
        getattr(library, name).restype = ctypes.c_void_p
    model = interpreter = None
    try:
        model = ctypes.c_void_p(library.TfLiteModelCreateFromFile(str(tflite).encode()))
        interpreter = ctypes.c_void_p(library.TfLiteInterpreterCreate(model, None) if model else None)
        fits = bool(interpreter) and library.TfLiteInterpreterAllocateTensors(interpreter) == 0
        if fits:
            taken = ctypes.c_void_p(library.TfLiteInterpreterGetInputTensor(interpreter, 0))
            fits = library.TfLiteTensorNumDims(taken) == 3 and library.TfLiteTensorDim(taken, 2) == FEATURES
        if not fits:
            raise WakeUnavailable(f"{tflite} is damaged, or not a microWakeWord model; download it again")
    finally:
        if interpreter:
            library.TfLiteInterpreterDelete(interpreter)
        if model:
            library.TfLiteModelDelete(model)
