"""Takes the direct current out of a microphone: levels are power about zero, and a cheap converter has another zero.

A one-pole high-pass, as the difference between the signal and a one-pole low-pass. Within a frame of 20 ms the
recursion of the low-pass is a sum of weighted samples; from frame to frame it is carried on. So the samples are the
same however many frames come at once.
"""

from __future__ import annotations

import numpy as np

from ..vocabulary.sound import FRAME_MS, MIC_RATE_HZ, MicPcm, is_silent

CUTOFF_HZ = 30  # 0.6 dB less at 80 Hz, below which there is no voice; a step is gone to a thousandth in 37 ms
FRAME = MIC_RATE_HZ * FRAME_MS // 1000
KEPT = np.exp(-2 * np.pi * CUTOFF_HZ / MIC_RATE_HZ)  # of the low-pass, from one sample to the next
DECAY = (KEPT ** np.arange(1, FRAME + 1)).astype(np.float32)
GROWTH = ((1 - KEPT) / DECAY).astype(np.float32)
LOUDEST = np.float32(32767), np.float32(-32768)


class HighPass:
    """Keep one instance a stream. What is digital silence for long stays so, at no cost."""

    def __init__(self) -> None:
        self._low: float | None = None  # the low-pass after the last sample; None: nothing came yet

    def process(self, pcm: MicPcm) -> MicPcm:
        """The next whole frames."""
        if not self._low and is_silent(pcm):
            self._low = 0.0
            return pcm
        signal = np.frombuffer(pcm, np.int16).reshape(-1, FRAME)
        low = signal * GROWTH
        np.add.accumulate(low, axis=1, out=low)
        carried = [float(signal[0, 0]) if self._low is None else self._low]
        for total in low[:, -1].tolist():
            carried.append((total + carried[-1]) * float(DECAY[-1]))
        self._low = carried.pop()
        low += np.array(carried, np.float32)[:, None]
        low *= DECAY
        out = np.subtract(signal, low, out=low)
        np.rint(out, out)
        np.minimum(out, LOUDEST[0], out=out)
        np.maximum(out, LOUDEST[1], out=out)
        return bytes(out.astype(np.int16).tobytes())
