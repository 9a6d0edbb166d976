"""What an ear makes of a recording, as the device would hear it with nothing played."""

from __future__ import annotations

from ..vocabulary.frozen import frozen
from ..vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES, SERVICE_FRAME_BYTES, MicPcm
from .wake_ear import WakeEar

NOTHING_PLAYED = bytes(SERVICE_FRAME_BYTES)


@frozen
class WakeTrial:
    """`calls`: (which word, ms from the beginning until it was known). `best`: the highest score of each word."""

    calls: tuple[tuple[str, int], ...]
    best: tuple[float, ...]


def tried(ear: WakeEar, pcm: MicPcm) -> WakeTrial:
    ear.forget()
    calls, best = [], ear.scores
    for end in range(MIC_FRAME_BYTES, len(pcm) + 1, MIC_FRAME_BYTES):
        if hit := ear.hear(pcm[end - MIC_FRAME_BYTES : end], NOTHING_PLAYED):
            calls.append((hit.word.name, end // MIC_FRAME_BYTES * FRAME_MS))
        best = [max(pair) for pair in zip(best, ear.scores, strict=True)]
    return WakeTrial(tuple(calls), tuple(best))
