"""AECMOS of the package speechmos (Purin et al. 2022): how an echo canceller's output would be rated, 1 to 5."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from statistics import mean
from typing import Any

import numpy as np

from edge_agent.vocabulary.sound import MIC_RATE_HZ

from .recordings import Pair

Enhance = Callable[[Pair], Any]  # what is sent: samples, as long as the pair or a little shorter


def ratings(found: list[Pair], enhance: Enhance) -> dict[str, list[tuple[float, float]]]:
    """(echo, degradation of the voice) of each recording, by its kind."""
    from speechmos import aecmos

    rated: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for pair in found:
        sent = enhance(pair)
        length = min(len(sent), len(pair.microphone))
        sample = {
            name: np.clip(signal[:length], -1, 1).astype(np.float32)
            for name, signal in (("lpb", pair.reference), ("mic", pair.microphone), ("enh", sent))
        }
        result = aecmos.run(sample, sr=MIC_RATE_HZ, talk_type=pair.kind)
        rated[pair.kind].append((result["echo_mos"], result["deg_mos"]))
    return rated


def table(name: str, rated: dict[str, list[tuple[float, float]]]) -> str:
    parts = [f"{name:16}"]
    for kind in ("dt", "st", "nst"):
        of_kind = rated.get(kind)
        parts.append(
            f"{mean(e for e, _ in of_kind):5.2f} {mean(d for _, d in of_kind):5.2f} ({len(of_kind)})"
            if of_kind
            else " " * 15
        )
    return "  ".join(parts)
