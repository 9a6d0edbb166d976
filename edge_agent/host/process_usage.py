"""What a process takes of the machine, as the kernel tells."""

from __future__ import annotations

import os
from pathlib import Path

from ..files.whole import contents
from ..telemetry.status_shape import ProcessUse

TICKS_HZ = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def usage(pid: int) -> ProcessUse | None:
    """Memory in bytes, what it shares with others counted in full; CPU time in s. None: there is no such process."""
    if not (stat := contents(Path(f"/proc/{pid}/stat"))):
        return None
    after_name = stat.rpartition(")")[2].split()  # from the third field of proc(5) on
    user, system, pages = (int(after_name[field - 3]) for field in (14, 15, 24))
    return {"memory_bytes": pages * PAGE_BYTES, "cpu_s": (user + system) / TICKS_HZ}
