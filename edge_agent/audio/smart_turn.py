"""Smart Turn v3.2 (pipecat-ai, BSD-2-Clause): a network that judges from the sound whether somebody has finished.

Optional, and fetched (`edge-agent models get smart-turn-v3.2`). It takes 50 ms of a PC's core and several times that
of a small board, so it runs on a thread of its own, and is asked once a pause. Its input is that of Whisper: mel bands
(Slaney's scale and area) of the last SECONDS of the utterance, padded in front, at unit variance.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config.packages import to_install
from ..vocabulary.sound import MIC_RATE_HZ, MicPcm
from .echo.linear.layout import Floats
from .onnx_session import ModelUnreadable, open_session

SECONDS = 8
SAMPLES = SECONDS * MIC_RATE_HZ
WINDOW, HOP, BANDS = 400, 160, 80
LEAST = 1e-4  # probability


class SmartTurnUnavailable(Exception):
    """It, or onnxruntime, cannot be loaded; the message says what to do."""


class SmartTurn:
    def __init__(self, model: Path) -> None:
        """Raises SmartTurnUnavailable."""
        if not model.is_file():
            raise SmartTurnUnavailable(
                f"{model} is missing; run sudo edge-agent models get {model.parent.name}"
            )
        try:
            self._session = open_session(model)
        except ImportError as error:
            raise SmartTurnUnavailable(
                f'"smart-turn" needs onnxruntime ({error}); {to_install("onnxruntime")}'
            ) from None
        except ModelUnreadable as error:
            raise SmartTurnUnavailable(str(error)) from None
        self._thread = ThreadPoolExecutor(1, "smart-turn")
        self._asked: Future[float] | None = None

    def ask(self, pcm: MicPcm) -> None:
        """What was asked before is not waited for."""
        if self._asked:
            self._asked.cancel()
        self._asked = self._thread.submit(self.judge, pcm)

    def answer(self) -> float | None:
        asked = self._asked
        return asked.result() if asked and asked.done() and not asked.cancelled() else None

    def judge(self, pcm: MicPcm) -> float:
        """Logit."""
        (probability,) = self._session.run(None, {"input_features": mel_bands(pcm)[None]})[0][0]
        return log(max(LEAST, probability) / max(LEAST, 1 - probability))


def mel_bands(pcm: MicPcm) -> Floats:
    """[BANDS, SECONDS * 100], about -1 to 1."""
    sound = np.zeros(SAMPLES, np.float32)
    heard = np.frombuffer(pcm, np.int16)[-SAMPLES:]
    sound[SAMPLES - len(heard) :] = heard
    sound /= 32768
    sound = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    padded = np.pad(sound, WINDOW // 2, mode="reflect")
    windows = np.ndarray((SAMPLES // HOP, WINDOW), np.float32, padded, strides=(4 * HOP, 4))
    shape = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(windows * shape, axis=1)) ** 2
    bands = np.log10(np.maximum(1e-10, power @ _filters())).T
    return np.asarray((np.maximum(bands, bands.max() - 8) + 4) / 4, np.float32)


@cache
def _filters() -> NDArray[np.float64]:
    """[WINDOW / 2 + 1, BANDS]: triangles, even up to 1 kHz (15 mel) and logarithmic above, each of the same area."""
    mel = np.linspace(0, 15 + 27 * np.log(8) / np.log(6.4), BANDS + 2)
    edges = np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))
    at = np.linspace(0, MIC_RATE_HZ / 2, WINDOW // 2 + 1)[:, None]
    rise = (at - edges[:-2]) / np.diff(edges)[:-1]
    fall = (edges[2:] - at) / np.diff(edges)[1:]
    return np.asarray(np.maximum(0, np.minimum(rise, fall)) * 2 / (edges[2:] - edges[:-2]))
