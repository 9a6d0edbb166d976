"""Takes the direct current out of a microphone: levels are power about zero, and a cheap converter has another zero.

A one-pole high-pass, as the difference between the signal and a one-pole low-pass. Within a frame of 20 ms the
recursion of the low-pass is a sum of weighted samples; from frame to frame it is carried on. So the samples are the
same however many frames come at once.

Most microphones have none, and waking numpy's loops each 20 ms costs as much as all else does in a frame: what is
centred on zero is handed on as it came. How far off it is, quiet moments tell; until the first one it is filtered.
"""

from __future__ import annotations

import numpy as np

from ..vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES, MIC_RATE_HZ, MicPcm

CUTOFF_HZ = 30  # 0.6 dB less at 80 Hz, below which there is no voice; a step is gone to a thousandth in 37 ms
FRAME = MIC_RATE_HZ * FRAME_MS // 1000
KEPT = np.exp(-2 * np.pi * CUTOFF_HZ / MIC_RATE_HZ)  # of the low-pass, from one sample to the next
DECAY = (KEPT ** np.arange(1, FRAME + 1)).astype(np.float32)
GROWTH = ((1 - KEPT) / DECAY).astype(np.float32)
CENTRED = 8  # units of s16 that nobody minds: 18 dB over one unit, where the softest voice has 22
MEMORY = 300 // FRAME_MS  # quiet frames that the offset is the mean of
EVERY = 500 // FRAME_MS  # frames, of which some are looked at while there is none
QUIET = 1000  # from the lowest to the highest sample
SOME = 7  # samples, of which one is looked at: no tone that anybody plays is an offset then; of more in a long piece
LOUDEST = np.float32(32767), np.float32(-32768)


class HighPass:
    """Keep one instance a stream."""

    def __init__(self) -> None:
        self._low: float | None = None  # the low-pass after the last sample; None: nothing came yet
        self._offset = 0.0
        self._known = 0  # frames that it is the mean of
        self._centred = False
        self._since = 0  # frames that were not looked at

    def process(self, pcm: MicPcm) -> MicPcm:
        """The next whole frames."""
        self._since += len(pcm) // MIC_FRAME_BYTES
        if self._centred and self._since < EVERY:
            return pcm
        self._measure(pcm, self._since)
        self._since = 0
        # what the low-pass still holds is the step that leaving it out makes
        self._centred = self._known > 0 and abs(self._offset) < CENTRED and abs(self._low or 0.0) < CENTRED
        if self._centred:
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

    def _measure(self, pcm: MicPcm, frames: int) -> None:
        """`frames`: that these are the last of."""
        some = SOME * max(1, len(pcm) // MIC_FRAME_BYTES // 3)
        # not numpy, which would have to be woken
        samples = memoryview(pcm).cast("h")[::some].tolist()
        if max(samples) - min(samples) > QUIET:
            return
        self._known = min(MEMORY, self._known + frames)
        self._offset += (sum(samples) / len(samples) - self._offset) * min(1.0, frames / self._known)
