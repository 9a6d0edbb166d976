"""Streaming sample-rate conversion: a polyphase FIR that returns exact chunks and holds nothing back.

Rate ratio L/M in lowest terms. Every M input samples give L output samples, each the product of the
same window of input with one of L filter phases, so a whole chunk is one matrix product, of several
such periods at once where they are short: BLAS needs something to do. The prototype
is a Kaiser-windowed sinc (Oppenheim & Schafer, Discrete-Time Signal Processing, 7.6); its group delay
is HALF_WIDTH samples of the slower side: 1 ms between 16 and 24 kHz.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

from ..vocabulary.sound import FRAME_MS, is_silent

HALF_WIDTH = 16  # zero crossings on either side of the sinc
CUTOFF = 0.92  # of the slower side's Nyquist frequency
KAISER_BETA = 9.0  # about 90 dB of stop band


class Resampler:
    """Converts one mono s16le stream; keep one instance a stream."""

    def __init__(self, in_rate_hz: int, out_rate_hz: int) -> None:
        common = gcd(in_rate_hz, out_rate_hz)
        self._up, self._down = out_rate_hz // common, in_rate_hz // common
        self._same = in_rate_hz == out_rate_hz
        if self._same:
            return
        phases, self._kept = _phases(self._up, self._down)
        self._periods = gcd(in_rate_hz * FRAME_MS // 1000 // self._down, max(1, self._kept // self._down))
        self._matrix = _side_by_side(phases, self._periods, self._up, self._down)
        self._history = np.zeros(self._kept, np.float32)
        self._silent = True  # all that is kept is silence, and so will be the answer to more of it

    def process(self, pcm: bytes) -> bytes:
        """The next chunk, converted.

        `pcm` must hold a whole number of M samples (any 20 ms of 8, 16, 22.05, 24, 32, 44.1 or 48 kHz
        does); the result holds exactly L/M as many. Raises ValueError otherwise.
        """
        if self._same or not pcm:
            return pcm
        count = len(pcm) // 2
        blocks, rest = divmod(count, self._down)
        if rest:
            raise ValueError(f"{count} samples are not a multiple of {self._down}")
        silent = is_silent(pcm)
        if silent and self._silent:
            return bytes(2 * blocks * self._up)
        self._silent = silent and count >= self._kept
        signal = np.empty(self._kept + count, np.float32)
        signal[: self._kept] = self._history
        signal[self._kept :] = np.frombuffer(pcm, np.int16)
        self._history = signal[count:]
        periods = 1 if blocks % self._periods else self._periods
        step = periods * self._down
        shape = blocks // periods, self._kept + step
        windows = np.ndarray(shape, np.float32, signal, strides=(4 * step, 4))
        out = np.ascontiguousarray(windows) @ self._matrix[: shape[1], : periods * self._up]
        np.rint(out, out)
        np.minimum(out, 32767, out=out)
        np.maximum(out, -32768, out=out)
        return out.astype(np.int16).tobytes()

    def reset(self) -> None:
        """Begin a new stream."""
        if not self._same:
            self._history = np.zeros(self._kept, np.float32)
            self._silent = True


def _side_by_side(phases: NDArray[np.float32], periods: int, up: int, down: int) -> NDArray[np.float32]:
    """The matrix for `periods` periods together; its corner is that for one."""
    matrix = np.zeros((len(phases) + (periods - 1) * down, periods * up), np.float32)
    for number in range(periods):
        matrix[number * down :][: len(phases), number * up :][:, :up] = phases
    return matrix


def _phases(up: int, down: int) -> tuple[NDArray[np.float32], int]:
    """The matrix [history + M, L] that turns a window of input into L samples, and the history's length."""
    slower = max(up, down)
    half = HALF_WIDTH * slower
    n = np.arange(-half, half + 1)
    prototype = np.sinc(CUTOFF * n / slower) * np.kaiser(len(n), KAISER_BETA)
    prototype *= up / prototype.sum()
    taps = -(-len(prototype) // up)  # input samples that one output sample looks at
    prototype = np.pad(prototype, (0, taps * up - len(prototype)))
    kept = taps - 1
    matrix = np.zeros((kept + down, up), np.float32)
    for p in range(up):
        newest, phase = divmod(p * down, up)
        for k in range(taps):
            matrix[kept + newest - k, p] = prototype[phase + k * up]
    return matrix, kept
