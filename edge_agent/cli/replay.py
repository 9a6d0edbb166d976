"""edge-agent replay: does the turn machine still decide as recorded in a report?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import __version__
from ..replay.replayer import NotReplayable, ReplayedEvent, format_of, replay, segments, shown, turns
from ..report import files
from .exits import FAILED, OK, USAGE
from .options import filled
from .output import complain, say

MOST_SHOWN = 5


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=filled, metavar="FILE")
    parser.add_argument("--turn", type=int, metavar="N", help="only this turn")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print every event and the resulting commands"
    )


def run(args: argparse.Namespace) -> int:
    try:
        report = files.read(Path(args.file))
        return compare(report, args.turn, verbose=args.verbose)
    except OSError as error:
        complain(f"{args.file}: cannot be read ({error.strerror})")
    except (files.NoReport, NotReplayable) as why:
        complain(f"{args.file}: {why}")
    return USAGE


def compare(report: Any, turn: int | None, *, verbose: bool) -> int:
    """Raises NotReplayable."""
    found, number = segments(report), format_of(report)
    chosen = [segment for segment in found if turn is None or turn in turns(segment)]
    if not chosen:
        known = sorted({number for segment in found for number in turns(segment)})
        raise NotReplayable(
            f"turn {turn} is not in the report; its turns: {', '.join(map(str, known)) or 'none'}"
        )
    events, different = 0, []
    for segment in chosen:
        for step in replay(segment, number):
            events += 1
            different += [f"{_turns(segment)}: {difference}" for difference in step.differences]
            if verbose:
                for line in told(step):
                    say(line)
    for difference in different[:MOST_SHOWN]:
        say(difference)
    by = report["record"].get("version")
    made = "" if by == __version__ else f", recorded by edge-agent {by}; this is {__version__}"
    made = f" (format {number}{made})"
    if different:
        more = f", {len(different)} differences" if len(different) > MOST_SHOWN else ""
        say(f"{events} events, not as recorded{more}{made}")
        return FAILED
    say(f"{events} events, all as recorded{made}")
    return OK


def told(step: ReplayedEvent) -> Iterator[str]:
    """An event with what it leads to now."""
    yield f"{step.now:12.3f} {shown(step.event)}"
    for command in step.commands_now:
        yield f"{'':12}   -> {shown(command)}"


def _turns(segment: dict[str, Any]) -> str:
    own = turns(segment)
    return f"turn {own[0]}" + (f" to {own[-1]}" if own[1:] else "") if own else "between turns"
