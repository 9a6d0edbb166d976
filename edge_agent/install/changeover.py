"""From one version to another, in steps: after each of them a power cut leaves a device that works, or that the next
start or installation heals."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from enum import Enum

from .home import Home
from .service import Manager
from .versions import TrialVerdict

READY_S = 60.0
ENABLED = "enabled"  # once; from then on it is the administrator's


class ChangeEnd(Enum):
    """Of a change of versions."""

    RUNS = "runs"
    WAITS = "is installed; it runs from the next start of the service on"
    LACKS_CONFIGURATION = "is installed, and waits for its configuration"
    FAILS = "is installed; there is none before it that works"
    ROLLED_BACK = "runs again"
    LOST = "is the one before, and does not become ready either: journalctl -u edge-agent"


@dataclass(frozen=True, slots=True)
class Result:
    """`version`: the current one at the end; `failed`: one that did not become ready, with its last `words`."""

    end: ChangeEnd
    version: str
    failed: str = ""
    words: list[str] = field(default_factory=list)


ChangeSteps = Generator[str, None, Result]


def change_over(
    home: Home,
    service: Manager,
    new: str,
    *,
    start: bool = True,
    within_s: float = READY_S,
    look: Callable[[], None] = lambda: None,
) -> ChangeSteps:
    """To a version that was just built. Yields after each step. `look`: at the device, before one that was silent
    starts."""
    before, silent = home.shelf(), not service.is_active
    if not silent and before.current in before.whole and before.current not in before.proven:
        home.prove(before.current)
        yield "marked what runs"
    home.finish(new)
    yield "finished"
    yield from swap(home, service, new)
    if not start or not service.runs or not service.is_enabled:
        home.clear()
        return Result(ChangeEnd.WAITS, new)
    if silent:
        look()
    result = yield from start_and_judge(home, service, new, within_s)
    if result.version != new:
        home.remove(new)
        yield "removed"
    home.clear()
    return result


def swap(home: Home, service: Manager, name: str) -> Iterator[str]:
    yield from home.use(name)
    service.reload()
    yield "told the system"
    if not (home.folder / ENABLED).exists():
        service.enable()
        yield "enabled"
        (home.folder / ENABLED).touch()


def start_and_judge(home: Home, service: Manager, name: str, within_s: float) -> ChangeSteps:
    """Starts it; if it does not become ready, rolls back to one that works."""
    ready = service.restart(within_s)
    yield "started"
    shelf, words = home.shelf(), service.last_words()
    if shelf.current != name:  # edge-agent-trial.service was quicker
        ready = ready or service.restart(within_s)
        return Result(ChangeEnd.ROLLED_BACK if ready else ChangeEnd.LOST, shelf.current, name, words)
    if ready:
        home.prove(name)
        return Result(ChangeEnd.RUNS, name)
    if not shelf.working:
        lacks = service.needs_configuration
        return Result(ChangeEnd.LACKS_CONFIGURATION if lacks else ChangeEnd.FAILS, name, name, words)
    service.stop()
    yield from swap(home, service, shelf.working)
    ready = service.restart(within_s)
    yield "started the one before"
    return Result(ChangeEnd.ROLLED_BACK if ready else ChangeEnd.LOST, shelf.working, name, words)


def take_back(home: Home, service: Manager, within_s: float = READY_S) -> Iterator[str]:
    """From a version that is ready and does not work all the same, to the one before; it stays where there is none."""
    shelf = home.shelf()
    if not shelf.working:
        return
    home.doubt(shelf.current)
    yield "doubted"
    yield from swap(home, service, shelf.working)
    service.restart(within_s)
    yield "started the one before"
    home.remove(shelf.current)
    yield "removed"


def before_start(home: Home, service: Manager, *, failed: bool) -> TrialVerdict:
    """What edge-agent-trial.service does."""
    shelf = home.shelf()
    verdict = shelf.verdict(failed=failed)
    match verdict:
        case TrialVerdict.TRY:
            home.tried(shelf.current, shelf.tries + 1)
        case TrialVerdict.ROLL_BACK:
            for _ in swap(home, service, shelf.working):
                pass
            home.reject(shelf.current)
        case TrialVerdict.START:
            pass
    return verdict
