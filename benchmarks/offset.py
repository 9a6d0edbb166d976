"""Whether the gate hears a voice at a microphone with a direct current, as cheap converters have (docs/gate.md).

python -m benchmarks.offset [--raw]

The voices of benchmarks.scenes, each level in a room of its own, through the adapter of a sound card. `--raw`: with
the direct current left in.
"""

from __future__ import annotations

import argparse

import numpy as np

from edge_agent.audio.cards.adapter import Adapter
from edge_agent.audio.cards.simulated import SimulatedCard, WavSource
from edge_agent.audio.gate import Edge
from edge_agent.vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES, MIC_RATE_HZ

from .gate import Setting, settings
from .scenes import ROOM_DB, Scene, spoken, voices

LEVELS_DB = (-20.0, -35.0, -45.0)
OFFSETS = {"0": 0, "0.3 %": 100, "1 %": 330, "3 %": 1000, "10 %": 3300}  # of full scale


def heard(setting: Setting, scene: Scene, offset: int, *, raw: bool) -> tuple[int, int]:
    """(voices in which the gate was open, ms that it took for speech)."""
    samples = np.frombuffer(scene.pcm, np.int16).astype(int) + offset
    pcm = samples.clip(-32768, 32767).astype(np.int16).tobytes()
    adapter = Adapter(SimulatedCard(WavSource(pcm), rate_hz=MIC_RATE_HZ, paced=False), raw=raw)
    gate = setting.gate()
    opened: list[int] = []
    voiced_ms = 0
    for number in range(len(pcm) // MIC_FRAME_BYTES):
        if gate.feed(adapter.read()) is Edge.OPENED:
            opened.append((number + 1) * FRAME_MS)
        voiced_ms += FRAME_MS * gate.voiced
    found = sum(any(begin <= at <= end for at in opened) for begin, end in scene.voices)
    return found, voiced_ms


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.offset", description=__doc__)
    parser.add_argument("--raw", action="store_true", help="with the direct current left in")
    options = parser.parse_args()
    clips = voices()
    print(f"{len(clips)} voices a row: how many opened the gate, and the ms that were taken for speech")
    print(f"| voice | confirm | {' | '.join(OFFSETS)} |\n|---|---|{'---|' * len(OFFSETS)}")
    for setting in settings(quick=True):
        for level_db in LEVELS_DB:
            scene = spoken(clips, level_db, "room", ROOM_DB)
            row = [heard(setting, scene, offset, raw=options.raw) for offset in OFFSETS.values()]
            cells = " | ".join(f"{found}, {ms}" for found, ms in row)
            print(f"| {level_db:.0f} dBFS | {'silero' if setting.silero else 'off'} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
