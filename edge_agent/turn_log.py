"""What became of each turn, and how long its steps took: made of the records of the timeline. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .timeline import Record

Outcome = Literal["answered", "interrupted", "unanswered", "empty"]


@dataclass(frozen=True, slots=True)
class TurnSummary:
    """Latencies in ms; None: it did not happen.

    `outcome`: answered to the end; interrupted while it was answered; unanswered, `why`; empty: nothing was said.
    """

    turn_id: int
    outcome: Outcome
    began_by: str  # button, speech or text
    why: str = ""
    press_to_sent_ms: int | None = None  # or from the first sign of a voice
    release_to_commit_ms: int | None = None  # or from the end of the hangover
    commit_to_delta_ms: int | None = None  # what the service took
    delta_to_sound_ms: int | None = None
    release_to_sound_ms: int | None = None  # what somebody waited for
    speech_ms: int | None = None
    heard_ms: int | None = None
    tokens: int = 0
    sessions: int = 1  # that it took

    @property
    def latencies(self) -> dict[str, int]:
        return {
            name: value for name, value in asdict(self).items() if name in LATENCIES and value is not None
        }

    def __str__(self) -> str:
        said = [
            f"{self.press_to_sent_ms} ms to the first sound on the wire"
            if self.press_to_sent_ms is not None
            else "",
            f"{self.release_to_sound_ms} ms to the first sound of the answer"
            f" (service {self.commit_to_delta_ms} ms)"
            if self.release_to_sound_ms is not None and self.commit_to_delta_ms is not None
            else "",
            f"{self.heard_ms / 1000:.1f} s heard" if self.heard_ms is not None else "",
            f"{self.sessions} sessions" if self.sessions > 1 else "",
        ]
        why = f" ({self.why})" if self.why else ""
        words = ", ".join(word for word in said if word)
        return f"turn {self.turn_id} {self.outcome}{why}" + (f": {words}" if words else "")


LATENCIES = (
    "press_to_sent_ms",
    "release_to_commit_ms",
    "commit_to_delta_ms",
    "delta_to_sound_ms",
    "release_to_sound_ms",
)


@dataclass(slots=True)
class _Turn:
    """What is known of a turn so far; times in s, of the first that counts."""

    at: dict[str, float] = field(default_factory=dict)
    began_by: str = "text"
    why: str = ""
    speech_ms: int | None = None
    heard_ms: int | None = None
    drained: bool = False
    tokens: int = 0
    sessions: int = 1


FIRST = {  # the first of its kind counts
    "button_pressed": "press",
    "gate_opened": "press",
    "uplink_opened": "opened",
    "audio_first_sent": "sent",
    "first_delta": "delta",
    "playback_started": "sound",
}
LAST = {  # the last one: what is said again over another link counts from there
    "button_released": "release",
    "gate_closed": "release",
    "uplink_closed": "closed",
    "commit_sent": "commit",
    "input_committed": "committed",
    "response_requested": "asked",
}


class TurnLog:
    """`write` takes each summary. Of an interrupted answer it waits for what was heard of it."""

    def __init__(self, write: Callable[[TurnSummary], None]) -> None:
        self._write = write
        self._number, self._turn = 0, _Turn()
        self._over = True  # the turn with this number; what comes of it now is of no matter
        self._ending: tuple[int, _Turn] | None = None

    def record(self, record: Record) -> None:
        """The next record of the timeline."""
        event, number = record["event"], record.get("turn_id", 0)
        if event == "playback_stopped":
            self._stopped(sum(item["heard_ms"] for item in record["heard"]))
        elif event == "turn_done":
            self._done(record["number"])
        elif number > self._number:
            self._done(self._number)
            self._number, self._turn, self._over = number, _Turn(), False
            self._note(event, record, self._turn)
        elif number == self._number and not self._over:
            self._note(event, record, self._turn)

    def _note(self, event: str, record: Record, turn: _Turn) -> None:
        if name := FIRST.get(event):
            turn.at.setdefault(name, record["t"])
        elif name := LAST.get(event):
            turn.at[name] = record["t"]
        match event:
            case "button_pressed":
                turn.began_by = "button"
            case "uplink_opened" if record["opened_by"] == "speech":
                turn.began_by = "speech"
            case "uplink_closed":
                turn.speech_ms = (turn.speech_ms or 0) + record["speech_ms"]
            case "link_up":
                turn.sessions += 1
            case "response_done":
                turn.tokens += record["tokens"]
                turn.why = record.get("reason", turn.why)
            case "cue" if record["name"] not in ("listening", "done"):
                turn.why = turn.why or record["name"]
            case "playback_drained":
                turn.drained, turn.heard_ms = True, record["heard_ms"]

    def _stopped(self, heard_ms: int) -> None:
        if self._ending:
            self._ending[1].heard_ms = heard_ms
            self._tell()
        else:
            self._turn.heard_ms = heard_ms

    def _done(self, number: int) -> None:
        if number != self._number or self._over:
            return
        self._over = True
        self._tell()
        self._ending = number, self._turn
        if "sound" not in self._turn.at or self._turn.heard_ms is not None:
            self._tell()

    def _tell(self) -> None:
        if self._ending:
            ending, self._ending = self._ending, None
            self._write(_summary(*ending))


def _summary(number: int, turn: _Turn) -> TurnSummary:
    at = turn.at
    end = "release" if "release" in at else "closed"
    commit = next((name for name in ("commit", "committed", "asked") if name in at), "")

    def between(first: str, then: str) -> int | None:
        if first not in at or then not in at or at[then] < at[first]:
            return None
        return round((at[then] - at[first]) * 1000)

    return TurnSummary(
        number,
        _outcome(turn),
        turn.began_by,
        why="" if turn.drained else turn.why,
        press_to_sent_ms=between("press" if "press" in at else "opened", "sent"),
        release_to_commit_ms=between(end, commit),
        commit_to_delta_ms=between(commit, "delta"),
        delta_to_sound_ms=between("delta", "sound"),
        release_to_sound_ms=between(end, "sound"),
        speech_ms=turn.speech_ms,
        heard_ms=turn.heard_ms,
        tokens=turn.tokens,
        sessions=turn.sessions,
    )


def _outcome(turn: _Turn) -> Outcome:
    if turn.drained:
        return "answered"
    if "sound" in turn.at:
        return "interrupted"
    asked = {"commit", "committed", "delta"} & set(turn.at) or turn.tokens or turn.why
    return "unanswered" if asked else "empty"


class Day:
    """The turns of a day: outcomes, and percentiles of the latencies. Days are any texts; memory is bounded."""

    MOST = 2000  # turns whose latencies are kept

    def __init__(self) -> None:
        self._day = ""
        self._last: TurnSummary | None = None
        self._begin("")

    def add(self, summary: TurnSummary, day: str) -> None:
        self._begin(day)
        self._last = summary
        self._outcomes[summary.outcome] = self._outcomes.get(summary.outcome, 0) + 1
        for name, value in summary.latencies.items():
            kept = self._kept.setdefault(name, [])
            kept.append(value)
            del kept[: -self.MOST]

    def report(self, day: str) -> dict[str, Any]:
        """For status and metrics: the last turn, and the day's."""
        self._begin(day)
        return {
            "last": asdict(self._last) if self._last else None,
            "today": dict(self._outcomes),
            "p50": {name: percentile(values, 50) for name, values in self._kept.items()},
            "p95": {name: percentile(values, 95) for name, values in self._kept.items()},
        }

    def _begin(self, day: str) -> None:
        if day != self._day or not day:
            self._day = day
            self._outcomes: dict[str, int] = {}
            self._kept: dict[str, list[int]] = {}


def percentile(values: list[int], percent: int) -> int:
    """The nearest rank. Of at least one value."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
