"""How a stretch of speech ends: likely the end of what somebody says, or a pause in it?

A voice that is done falls, slows down and fades; one that goes on does so less. The features of the last WINDOW frames
are few, and go into one sum with the weights of `benchmarks/endofturn` (logistic regression; docs/end-of-turn.md has
what it learned from). They are asked once a pause, not each frame: 4 ms of one core of a PC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..vocabulary.sound import BYTES_PER_SAMPLE, FRAME_MS, MIC_FRAME_BYTES, MIC_RATE_HZ, MicPcm
from .echo.linear.layout import Floats

FEATURE_VERSION = 1
WINDOW = 1500 // FRAME_MS  # frames
HOP = MIC_FRAME_BYTES // BYTES_PER_SAMPLE
SPAN = 2 * HOP  # samples that one pitch is taken from
FFT = 1024
LAGS = slice(MIC_RATE_HZ // 400, MIC_RATE_HZ // 70)  # of a voice: 70 to 400 Hz
SOFT = 4.6  # ln of power under the loud frames: what is softer is not part of a word (20 dB)
PITCHED, AUDIBLE = 0.55, 4.0  # strength of a pitch, and ln of power under the loud frames, of a vowel
USUAL_PITCH = 7.3  # log2 Hz, where none is found

WINDOW_SHAPE = np.hanning(SPAN).astype(np.float32)
OWN_LAGS = np.fft.irfft(np.abs(np.fft.rfft(WINDOW_SHAPE, FFT)) ** 2)[: LAGS.stop]
OWN_SHAPE = (OWN_LAGS / OWN_LAGS[0]).astype(np.float32)
LOW_LAG_BONUS = (1 - 0.00035 * np.arange(LAGS.start, LAGS.stop)).astype(np.float32)  # no octave too low


@dataclass(frozen=True, slots=True)
class Prosody:
    weights: Floats
    bias: float

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Prosody:
        """As saved by training: `weights`, `bias`, `feature_version`. Raises ValueError if for other features."""
        version, count = int(arrays["feature_version"]), len(arrays["weights"])
        if version != FEATURE_VERSION or count != len(NAMES):
            raise ValueError(f"the weights are for {count} features of version {version}")
        return cls(arrays["weights"].astype(np.float32), float(arrays["bias"]))

    def judge(self, pcm: MicPcm) -> float:
        """Speech up to its last voiced frame. Logit: above 0 it is rather the end."""
        return float(features(pcm) @ self.weights) + self.bias


def features(pcm: MicPcm) -> Floats:
    """As NAMES has them, of the last WINDOW frames."""
    loudness, pitch, strength = _tracks(pcm[-WINDOW * MIC_FRAME_BYTES :])
    (loud,) = _quantiles(loudness, 0.85)
    end = int(np.flatnonzero(loudness > loud - SOFT)[-1]) + 1
    loudness, pitch, strength = loudness[:end] - loud, pitch[:end], strength[:end]
    vowel = (strength > PITCHED) & (loudness > -AUDIBLE)
    values = [*_melody(pitch[vowel]), *_rhythm(vowel)]
    values += [_around(loudness, end - 1 - back) for back in (1, 3, 5, 8, 12, 17, 24)]
    values += [float(loudness[-span:].mean()) for span in (10, 25, 50)]
    values += [float(strength[-span:].mean()) for span in (5, 10, 25)]
    return np.array(values, np.float32)


NAMES = (
    "range of pitch",
    *(f"{what} of the last {span}" for span in (5, 10, 15, 25) for what in ("pitch", "pitch over lowest")),
    *(f"slope of pitch in the last {span}" for span in (6, 12, 20)),
    *("log since vowel", "log last vowel", "log usual vowel", "lengthening", "log longest vowel"),
    *(f"loudness {back} before the end" for back in (1, 3, 5, 8, 12, 17, 24)),
    *(f"loudness of the last {span}" for span in (10, 25, 50)),
    *(f"strength of pitch in the last {span}" for span in (5, 10, 25)),
)


def _tracks(pcm: MicPcm) -> tuple[Floats, Floats, Floats]:
    """For each frame, with the one after it: ln of power, log2 of pitch in Hz, and its strength, 0 to 1."""
    count = max(1, len(pcm) // MIC_FRAME_BYTES)
    sound = np.zeros((count + 1) * HOP, np.float32)
    heard = np.frombuffer(pcm, np.int16, len(pcm) // BYTES_PER_SAMPLE)
    sound[: len(heard)] = heard
    spans = np.ndarray((count, SPAN), np.float32, sound, strides=(4 * HOP, 4))
    centred = (spans - spans.mean(axis=1, keepdims=True)) * WINDOW_SHAPE
    power = np.abs(np.fft.rfft(centred, FFT, axis=1)) ** 2
    alike = np.fft.irfft(power, axis=1)[:, : LAGS.stop].astype(np.float32)
    energy = alike[:, 0] + 1e3
    ratio = alike[:, LAGS] / energy[:, None] / OWN_SHAPE[LAGS]
    best = (ratio * LOW_LAG_BONUS).argmax(axis=1)
    pitch = np.log2(MIC_RATE_HZ / (best + LAGS.start)).astype(np.float32)
    return np.log(energy), pitch, ratio[np.arange(count), best].clip(0, 1)


def _melody(pitch: Floats) -> list[float]:
    """Of the vowels, in octaves."""
    middle = low = high = USUAL_PITCH
    if len(pitch) > 5:
        low, middle, high = _quantiles(pitch, 0.08, 0.5, 0.92)
    values = [high - low]
    for span in (5, 10, 15, 25):
        last = float(pitch[-span:].mean()) if len(pitch) else middle
        values += [last - middle, last - low]
    return values + [_slope(pitch[-span:]) for span in (6, 12, 20)]


def _quantiles(values: Floats, *shares: float) -> list[float]:
    """As np.quantile, which would import numpy.ma here, between two frames of the sound."""
    places = np.array(shares) * (len(values) - 1)
    return [float(value) for value in np.interp(places, np.arange(len(values)), np.sort(values))]


def _slope(pitch: Floats) -> float:
    """Octaves in 200 ms."""
    if len(pitch) < 5:
        return 0.0
    at = np.arange(len(pitch)) - (len(pitch) - 1) / 2
    return float(at @ pitch / (at @ at)) * 10


def _rhythm(vowel: NDArray[np.bool_]) -> list[float]:
    """In frames, as logarithms."""
    edges = np.flatnonzero(np.diff(vowel.astype(np.int8), prepend=0, append=0))
    begins, ends = edges[::2], edges[1::2]
    lengths = [length for length in (ends - begins).tolist() if length > 1] or [1]
    since = len(vowel) - (int(ends[-1]) - 1 if len(ends) else 0)
    last, usual = log(lengths[-1]), log(sum(lengths) / len(lengths))
    return [log(since), last, usual, last - usual, log(max(lengths))]


def _around(loudness: Floats, at: int) -> float:
    return float(loudness[max(0, at - 1) : at + 2].mean()) if at >= 0 else -6.0
