"""Silero VAD: a small neural network that tells a voice from other sound (MIT licence, snakers4/silero-vad).

It runs on onnxruntime; the model is a file of the package silero-vad, which is never imported, since that
would need torch. Both are imported or looked for only when a detector is made.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np

from ..vocabulary.sound import BYTES_PER_SAMPLE, MIC_RATE_HZ, MicPcm

CHUNK_SAMPLES, CONTEXT_SAMPLES = 512, 64  # what the model takes at 16 kHz
CHUNK = CHUNK_SAMPLES * BYTES_PER_SAMPLE
MODEL = "data/silero_vad.onnx"


class SileroUnavailable(Exception):
    """Something that it needs is not installed; the message says what to do."""

    def __init__(self, what: object) -> None:
        super().__init__(
            f'"silero" needs onnxruntime and silero-vad ({what}); pip install "edge-agent[silero]" and'
            ' pip install --no-deps silero-vad, or set it to "auto"'
        )


class Silero:
    """One stream of sound. Takes frames of any length; the remainder of a chunk waits for the next."""

    def __init__(self) -> None:
        """Raises SileroUnavailable."""
        model = find_model()
        os.environ["ORT_DISABLE_TELEMETRY"] = (
            "1"  # it reports to its maker; once imported it cannot be stopped
        )
        try:
            import onnxruntime
        except ImportError as error:
            raise SileroUnavailable(error) from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3  # errors; it warns of what does not matter here
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has a class of its own for each kind of failure
            raise SileroUnavailable(f"{model} cannot be loaded: {error}") from None
        self._rate = np.array(MIC_RATE_HZ, np.int64)
        self._state: Any = np.zeros((2, 1, 128), np.float32)
        self.resume()

    def resume(self) -> None:
        """The next frame does not follow the last one. What was learned about the room is kept: a network that knows
        nothing takes the first loud sound for a voice (docs/gate.md)."""
        self._rest = b""
        self._context: Any = np.zeros(CONTEXT_SAMPLES, np.float32)

    def feed(self, frame: MicPcm) -> list[float]:
        """How probable a voice is in each chunk of 32 ms that this frame completes, 0 to 1."""
        pcm = self._rest + frame
        whole = len(pcm) // CHUNK * CHUNK
        self._rest = pcm[whole:]
        return [self._probability(pcm[at : at + CHUNK]) for at in range(0, whole, CHUNK)]

    def _probability(self, chunk: MicPcm) -> float:
        samples = np.concatenate((self._context, np.frombuffer(chunk, np.int16).astype(np.float32) / 32768))
        self._context = samples[-CONTEXT_SAMPLES:]
        feeds = {"input": samples[None], "state": self._state, "sr": self._rate}
        probability, self._state = self._session.run(None, feeds)
        return float(probability[0, 0])


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
