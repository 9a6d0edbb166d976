"""Silero VAD: a small neural network that tells a voice from other sound (MIT licence, snakers4/silero-vad).

It runs on onnxruntime; the model is a file of the package silero-vad, which is never imported, since that
would need torch. Both are imported or looked for only when a detector is made. Of the models in it, this is the
one that takes several chunks in one call: six of them cost less than two calls that each wake up cold.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from copy import copy
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ..config.packages import to_install
from ..vocabulary.sound import BYTES_PER_SAMPLE, MicPcm
from .onnx_session import ModelUnreadable, open_session

CHUNK_SAMPLES, CONTEXT_SAMPLES = 512, 64  # what the model takes at 16 kHz
CHUNK = CHUNK_SAMPLES * BYTES_PER_SAMPLE
SCALE = np.float32(1 / 32768)
MODEL = "data/silero_vad_16k_sequence.onnx"
QUIET = np.zeros((1, 1, 128), np.float32)  # what it remembers of nothing


class SileroUnavailable(Exception):
    """Something that it needs is not installed; the message says what to do."""

    def __init__(self, what: object) -> None:
        how = to_install("onnxruntime", "silero-vad")
        super().__init__(f'"silero" needs onnxruntime and silero-vad ({what}); {how}, or set it to "auto"')


class Silero:
    """One stream of sound. Takes frames of any length; the remainder of a chunk waits for the next."""

    def __init__(self) -> None:
        """Raises SileroUnavailable."""
        model = find_model()
        try:
            self._session = open_session(model)
        except ImportError as error:
            raise SileroUnavailable(error) from None
        except ModelUnreadable as error:
            raise SileroUnavailable(error) from None
        self._memory: Any = (QUIET, QUIET)
        self.resume()

    def beside(self) -> Silero:
        """Another stream of sound, by the same network in the memory of this process."""
        other = copy(self)
        other._memory = (QUIET, QUIET)
        other.resume()
        return other

    def resume(self) -> None:
        """The next frame does not follow the last one. What was learned about the room is kept: a network that knows
        nothing takes the first loud sound for a voice (docs/gate.md)."""
        self._rest = b""
        self._context: Any = np.zeros(CONTEXT_SAMPLES, np.float32)

    def feed(self, frames: Sequence[MicPcm]) -> list[list[float]]:
        """How probable a voice is in each chunk of 32 ms, 0 to 1: for each frame, those that it completes."""
        pcm = self._rest + b"".join(frames)
        at, ends = len(self._rest), [0]
        for frame in frames:
            at += len(frame)
            ends.append(at // CHUNK)
        self._rest = pcm[ends[-1] * CHUNK :]
        probabilities = self._probabilities(pcm, ends[-1]) if ends[-1] else []
        return [probabilities[begin:end] for begin, end in pairwise(ends)]

    def _probabilities(self, pcm: MicPcm, chunks: int) -> list[float]:
        signal = np.empty(CONTEXT_SAMPLES + chunks * CHUNK_SAMPLES, np.float32)
        signal[:CONTEXT_SAMPLES] = self._context
        np.multiply(np.frombuffer(pcm, np.int16, chunks * CHUNK_SAMPLES), SCALE, out=signal[CONTEXT_SAMPLES:])
        self._context = signal[-CONTEXT_SAMPLES:]
        # each chunk with the end of the one before it
        shape = chunks, CONTEXT_SAMPLES + CHUNK_SAMPLES
        windows = np.ndarray(shape, np.float32, signal, strides=(4 * CHUNK_SAMPLES, 4))
        h, c = self._memory
        probabilities, *self._memory = self._session.run(None, {"input": windows, "h": h, "c": c})
        return [float(probability) for probability in probabilities]


def find_model() -> Path:
    """The model's file. Raises SileroUnavailable, also where onnxruntime is missing."""
    if not importlib.util.find_spec("onnxruntime"):
        raise SileroUnavailable("No module named 'onnxruntime'")
    spec = importlib.util.find_spec("silero_vad")
    for folder in spec.submodule_search_locations or () if spec else ():
        if (model := Path(folder) / MODEL).is_file():
            return model
    raise SileroUnavailable(
        f"there is no file silero_vad/{MODEL}" if spec else "No module named 'silero_vad'"
    )
