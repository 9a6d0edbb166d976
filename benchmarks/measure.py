"""A program seen from outside: what it and its children used of the machine so far (Linux)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from time import clock_gettime, monotonic

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stretch of time took. Voluntary context switches are how often a thread went to sleep, and so woke
    up. `main_...`: of the first thread of the first process."""

    lasted_s: float
    cpu_s: float
    switches: int
    main_cpu_s: float = 0.0
    main_switches: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def cpu_s_per_min(self) -> float:
        return self.cpu_s * 60 / self.lasted_s

    @property
    def wakeups_per_s(self) -> float:
        return self.switches / self.lasted_s


@dataclass(frozen=True, slots=True)
class Reading:
    """What it took since it was started."""

    at_s: float
    cpu_s: float
    switches: int
    main_cpu_s: float
    main_switches: int

    def __sub__(self, earlier: Reading) -> Spent:
        return Spent(*(now - then for now, then in zip(astuple(self), astuple(earlier), strict=True)))


@dataclass(frozen=True, slots=True)
class Size:
    """What it holds. PSS: memory that n programs share counts 1/n in each."""

    pss_mib: float
    rss_mib: float
    threads: int


def read(pid: int) -> Reading:
    """Raises FileNotFoundError or ProcessLookupError when it has ended."""
    pids = list(tree(pid))
    main = PROC / str(pid) / "task" / str(pid)
    return Reading(
        monotonic(),
        sum(map(cpu_s, pids)),
        sum(_switches(task) for each in pids for task in _tasks(each)),
        int((main / "schedstat").read_text().split()[0]) / 1e9,
        _switches(main),
    )


def size(pid: int) -> Size:
    pids = list(tree(pid))
    return Size(
        sum(_kib(p, "smaps_rollup", "Pss:") for p in pids) / 1024,
        sum(_kib(p, "smaps_rollup", "Rss:") for p in pids) / 1024,
        sum(len(_tasks(p)) for p in pids),
    )


def tree(pid: int) -> Iterator[int]:
    """It and all its descendants."""
    yield pid
    for task in _tasks(pid):
        for child in (task / "children").read_text().split():
            yield from tree(int(child))


def cpu_s(pid: int) -> float:
    """User and system time of a process, ended threads included, exact to the ns: the ticks of /proc/PID/stat
    favour who sleeps between them. See clock_getcpuclockid(3)."""
    return clock_gettime((~pid << 3) | 2)


def load() -> float:
    """Of the machine in the last minute: 1.0 is one core."""
    return float((PROC / "loadavg").read_text().split()[0])


def rss_kib() -> int:
    """Of this process."""
    return _kib("self", "status", "VmRSS:")


def _tasks(pid: int) -> list[Path]:
    return list((PROC / str(pid) / "task").iterdir())


def _switches(task: Path) -> int:
    return int((task / "status").read_text().split("\nvoluntary_ctxt_switches:")[1].split()[0])


def _kib(pid: int | str, file: str, field: str) -> int:
    return int((PROC / str(pid) / file).read_text().split(field)[1].split()[0])
