"""What a process holds, from time to time, and how quickly that grows."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np

from .measure import rss_kib

KINDS = ("RSS, KiB", "objects", "threads", "tasks", "descriptors")


class Growth:
    """`trace`: also where memory was taken, which makes everything slower and larger."""

    def __init__(self, *, trace: bool = False) -> None:
        self._samples: list[tuple[float, ...]] = []  # seconds, then KINDS
        self._trace = trace
        self._halfway: tracemalloc.Snapshot | None = None
        if trace:
            tracemalloc.start()

    def sample(self, at_s: float) -> None:
        gc.collect()
        tasks = 0
        with suppress(RuntimeError):  # no loop runs
            tasks = len(asyncio.all_tasks())
        self._samples.append(
            (
                at_s,
                rss_kib(),
                len(gc.get_objects()),
                threading.active_count(),
                tasks,
                len(list(Path("/proc/self/fd").iterdir())),
            )
        )

    def halfway(self) -> None:
        """What is there now is compared with what is there at the end."""
        if self._trace:
            gc.collect()
            self._halfway = tracemalloc.take_snapshot()

    def table(self) -> str:
        """First, middle and last of each, and the slope of the second half (least squares) in an hour."""
        taken = np.array(self._samples)
        half = taken[len(taken) // 2 :]
        lines = [
            f"{len(taken)} samples in {taken[-1, 0] / 60:.0f} min      first    middle      last   growth/h"
        ]
        for column, kind in enumerate(KINDS, 1):
            slope = np.polyfit(half[:, 0] / 3600, half[:, column], 1)[0] if len(half) > 1 else np.nan
            first, middle, last = taken[0, column], half[0, column], taken[-1, column]
            lines.append(f"{kind:25} {first:9.0f} {middle:9.0f} {last:9.0f} {slope:+10.1f}")
        return "\n".join([*lines, *self._grown()])

    def _grown(self) -> list[str]:
        if self._halfway is None:
            return []
        here = tracemalloc.Filter(inclusive=False, filename_pattern=__file__)
        now = tracemalloc.take_snapshot().filter_traces([here])
        grown = now.compare_to(self._halfway.filter_traces([here]), "lineno")
        return ["grown most since the middle:", *(f"  {line}" for line in grown[:8])]
