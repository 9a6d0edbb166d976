"""How late utterances are ended, and how often too early, by each way of waiting.

python -m benchmarks.endofturn [--most 300] [--all] [--smart-turn FILE]

Recordings are read from the folder in EDGE_AGENT_RECORDINGS, as `benchmarks.physical.fetch` lays them out:
turns/CORPUS, one utterance a file. Without it, the eight sentences in the package are all there is. Of the speakers,
only the half is tried that the constants of `edge_agent.audio.patience` were not chosen on.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from edge_agent.audio import sounds
from edge_agent.audio.build import CAREFUL
from edge_agent.audio.patience import AdaptivePatience, FixedPatience, Patience
from edge_agent.audio.prosody import Prosody
from edge_agent.audio.smart_turn import SmartTurn
from edge_agent.vocabulary.sound import FRAME_MS, MicPcm

from .pauses import Utterance, of_folder
from .teach import OUT
from .waiting import Tally, wait_for

FOLDER = "EDGE_AGENT_RECORDINGS"
NETWORK_MS = 60  # until it answers: on a PC's core


class Timed:
    """What is asked, asked once, and how long it took in all."""

    def __init__(self, judge: Callable[[MicPcm], float]) -> None:
        self._judge = judge
        self._known: dict[MicPcm, float] = {}
        self.seconds = 0.0

    def __call__(self, pcm: MicPcm) -> float:
        if pcm not in self._known:
            began = time.process_time()
            self._known[pcm] = self._judge(pcm)
            self.seconds += time.process_time() - began
        return self._known[pcm]

    @property
    def each_ms(self) -> float:
        return self.seconds / max(1, len(self._known)) * 1000


class Delayed:
    """A network in audio time: it answers NETWORK_MS after it was asked."""

    def __init__(self, judge: Callable[[MicPcm], float]) -> None:
        self._judge = judge
        self._logit, self._left = 0.0, 0

    def ask(self, pcm: MicPcm) -> None:
        self._logit, self._left = self._judge(pcm), NETWORK_MS // FRAME_MS

    def answer(self) -> float | None:
        self._left -= 1
        return self._logit if self._left < 0 else None


def corpora(most: int) -> Iterator[tuple[str, list[Utterance]]]:
    if FOLDER not in os.environ:
        yield "bundled", list(of_folder(Path(sounds.__file__).parent / "speech", most))
        return
    for folder in sorted((Path(os.environ[FOLDER]) / "turns").iterdir()):
        yield folder.name, list(of_folder(folder, most))


def row(name: str, way: str, tally: Tally) -> str:
    late = f"{tally.quantile_ms(0.5):.0f} / {tally.quantile_ms(0.95):.0f}"
    return f"| {name} | {way} | {len(tally.late_ms)} | {late} | {tally.pauses} | {tally.cut} | {tally.answered} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--most", type=int, default=300, help="utterances of each corpus")
    parser.add_argument("--all", action="store_true", help="also those that the constants were chosen on")
    parser.add_argument("--smart-turn", type=Path, help="smart-turn-v3.2-cpu.onnx")
    args = parser.parse_args()
    prosody = Timed(Prosody.of(np.load(OUT)).judge)
    ways: dict[str, Callable[[], Patience]] = {
        "fixed, 600 ms": lambda: FixedPatience(600),
        "fixed, 400 ms": lambda: FixedPatience(400),
        "adaptive": lambda: AdaptivePatience(600, prosody),
        "adaptive, careful": lambda: AdaptivePatience(round(600 * CAREFUL), prosody),
    }
    network = Timed(SmartTurn(args.smart_turn).judge) if args.smart_turn else None
    if network:
        judge = network
        ways["smart-turn"] = lambda: AdaptivePatience(600, prosody, Delayed(judge))
    print(
        "| recordings | waiting | utterances | last word to commit, 50 / 95 %, ms | pauses | cut | answered |"
    )
    print("|---|---|---|---|---|---|---|")
    sums = {way: Tally() for way in ways}
    for name, recordings in corpora(args.most):
        every = args.all or FOLDER not in os.environ
        utterances = [each for each in recordings if every or each.is_held_out]
        for way, patience in ways.items():
            tally = wait_for(utterances, patience)
            sums[way].add(tally)
            print(row(name, way, tally), flush=True)
    for way, tally in sums.items():
        print(row("all", way, tally))
    print(f"\nCPU a pause: {prosody.each_ms:.1f} ms", end="")
    print(f", and {network.each_ms:.0f} ms for smart-turn" if network else "")


if __name__ == "__main__":
    main()
