"""How well the voice gate tells voices from noise, for each of its settings (docs/gate.md).

python -m benchmarks.gate [--quick] [--detail]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median, quantiles

from edge_agent.audio.gate import SOFT_MS, Edge, Gate, webrtc_detector
from edge_agent.audio.silero import Silero, SileroUnavailable
from edge_agent.config import Config
from edge_agent.vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES

from .scenes import Scene, scenes

NEAR_MS = 300  # an opening so close to a voice is not noise's
LATE_MS = 4000  # a closing later than that belongs to the next voice


@dataclass(frozen=True, slots=True)
class Setting:
    aggressiveness: int
    start_ms: int
    hangover_ms: int
    silero: Silero | None

    @property
    def name(self) -> str:
        return f"{self.aggressiveness}  {self.start_ms:4}  {'silero' if self.silero else 'off':6}"

    @property
    def preroll_ms(self) -> int:
        """Of a hands-free uplink."""
        return Config().gate.preroll_ms + self.start_ms + SOFT_MS

    def gate(self) -> Gate:
        if self.silero:
            self.silero.resume()
        detector = webrtc_detector(self.aggressiveness)
        return Gate(detector, self.silero, start_ms=self.start_ms, hangover_ms=self.hangover_ms)


@dataclass(slots=True)
class Result:
    """Of one setting on some scenes. Times in ms; latencies are from the label to the edge."""

    minutes: float = 0.0
    cpu_s: float = 0.0
    false: int = 0
    longest_ms: int = 0  # of the false openings
    quiet_minutes: float = 0.0  # without a voice
    voices: int = 0
    missed: int = 0
    onsets_ms: list[float] = field(default_factory=list)
    offsets_ms: list[float] = field(default_factory=list)
    cut: int = 0  # voices in which the gate closed

    def add(self, scene: Scene, openings: list[tuple[int, int]], cpu_s: float) -> None:
        self.minutes += scene.minutes
        self.cpu_s += cpu_s
        self.quiet_minutes += scene.minutes - sum(end - begin for begin, end in scene.voices) / 60_000
        for opened, closed in openings:
            if not any(b - NEAR_MS < opened < e + NEAR_MS for b, e in scene.voices):
                self.false += 1
                self.longest_ms = max(self.longest_ms, closed - opened)
        for begin, end in scene.voices:
            self._hear(begin, end, [o for o in openings if o[0] < end + NEAR_MS and o[1] > begin])

    def _hear(self, begin: float, end: float, during: list[tuple[int, int]]) -> None:
        self.voices += 1
        if not during:
            self.missed += 1
            return
        self.onsets_ms.append(max(0.0, during[0][0] - begin))
        self.cut += len(during) > 1
        if (late := during[-1][1] - end) < LATE_MS:
            self.offsets_ms.append(late)


def run(gate: Gate, scene: Scene) -> tuple[list[tuple[int, int]], float]:
    """((opened, closed) in ms, CPU seconds)."""
    openings, opened = [], 0
    began = time.process_time()
    frames = len(scene.pcm) // MIC_FRAME_BYTES
    for number in range(frames):
        edge = gate.feed(scene.pcm[number * MIC_FRAME_BYTES : (number + 1) * MIC_FRAME_BYTES])
        if edge is Edge.OPENED:
            opened = (number + 1) * FRAME_MS
        elif edge is Edge.CLOSED:
            openings.append((opened, (number + 1) * FRAME_MS))
    if gate.is_open:
        openings.append((opened, frames * FRAME_MS))
    return openings, time.process_time() - began


def measure(setting: Setting, some: Iterable[Scene]) -> dict[str, Result]:
    """By group; and by name within the group."""
    results: dict[str, Result] = {}
    for scene in some:
        openings, cpu_s = run(setting.gate(), scene)
        group = "babble" if "babble" in scene.name else scene.group
        for key in (group, f"{scene.group} {scene.name}"):
            results.setdefault(key, Result()).add(scene, openings, cpu_s)
    return results


def settings(*, quick: bool) -> Iterator[Setting]:
    hangover_ms = Config().gate.hangover_ms
    try:
        detectors: list[Silero | None] = [None, Silero()]
    except SileroUnavailable as error:
        print(f"without Silero: {error}")
        detectors = [None]
    for silero in detectors:
        for aggressiveness in (3,) if quick else (0, 1, 2, 3):
            for start_ms in (80,) if quick else (40, 80, 120, 160):
                yield Setting(aggressiveness, start_ms, hangover_ms, silero)


def spread(values: list[float]) -> str:
    if len(values) < 2:
        return "   -/   -/   -"
    return f"{median(values):4.0f}/{quantiles(values, n=20)[-1]:4.0f}/{max(values):4.0f}"


def row(name: str, result: Result, preroll_ms: int) -> str:
    heard = max(1, len(result.onsets_ms))
    clipped = sum(onset > preroll_ms for onset in result.onsets_ms)
    shares = (result.missed / max(1, result.voices), clipped / heard, result.cut / heard)
    percents = " ".join(f"{100 * share:7.1f}" if result.voices else f"{'-':>7}" for share in shares)
    return (
        f"{name:24} {result.false / result.quiet_minutes:7.2f} {result.longest_ms:7} {percents}"
        f"  {spread(result.onsets_ms)}  {spread(result.offsets_ms)}  {result.cpu_s / result.minutes:6.3f}"
    )


HEAD = (
    f"{'':24} {'false':>7} {'longest':>7} {'missed':>7} {'clipped':>7} {'cut':>7}"
    f"  {'onset ms':>14}  {'offset ms':>14}  {'CPU s':>6}\n"
    f"{'':24} {'a min':>7} {'ms':>7} {'%':>7} {'%':>7} {'%':>7}  {'med/p95/max':>14}  {'med/p95/max':>14}  {'a min':>6}"
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two settings on a part of the set")
    parser.add_argument("--detail", action="store_true", help="each scene for itself, with the usual setting")
    options = parser.parse_args()
    some = scenes(quick=options.quick)
    print(f"{len(some)} scenes, {sum(scene.minutes for scene in some):.0f} minutes")
    usual = Config().gate
    for setting in settings(quick=options.quick):
        if options.detail and (setting.aggressiveness, setting.start_ms) != (
            usual.aggressiveness,
            usual.start_ms,
        ):
            continue
        results = measure(setting, some)
        print(f"\naggressiveness, start_ms, confirm: {setting.name}\n{HEAD}")
        for name, result in results.items():
            if options.detail or " " not in name:
                print(row(name, result, setting.preroll_ms), flush=True)


if __name__ == "__main__":
    main()
