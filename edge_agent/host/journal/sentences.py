"""What the journal is told: of the records of the timeline, of findings, of turns. No words that were spoken, unless
the configuration asks for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ...telemetry.status import Finding
from ...telemetry.timeline import Record
from ...telemetry.turn_log import TurnSummary
from ...vocabulary import events as e
from ...vocabulary.journal import DEBUG, MESSAGES, fields_of, noted
from ...vocabulary.state import State

log = logging.getLogger("edge_agent")

SENTENCES: dict[str, Callable[[Record], str]] = {
    "device_started": lambda it: f"sound: {it['device']}",
    "device_noted": lambda it: str(it["text"]),
    "echo_judged": lambda it: (
        (
            "full duplex: can be interrupted by voice"
            if it["full_duplex"]
            else "half-duplex: not listening while speaking"
        )
        + f"; {it['erle_db']:.0f} dB of echo removed"
    ),
    "volume_set": lambda it: f"volume: {it['percent']} %",
    "forget_requested": lambda _: "the conversation was forgotten",
    "service_erred": lambda it: f"the service reported an error: {it['code']}",
}
ELSEWHERE = ("turn_done", "link_up", "link_down", "link_failed")  # told by who knows more


class JournalWriter:
    def __init__(self) -> None:
        self._muted = False

    def record(self, record: Record) -> None:
        """Of the timeline."""
        event = record["event"]
        if event == "state" and record["muted"] is not self._muted:
            self._muted = record["muted"]
            self._tell({**record, "event": "muted" if self._muted else "unmuted"})
        elif event not in ELSEWHERE:
            self._tell(record)

    def turn(self, summary: TurnSummary) -> None:
        fields = {name: value for name, value in _flat(summary).items() if value not in (None, "")}
        waited = summary.release_to_sound_ms
        latency = {} if waited is None else {"latency_ms": waited}
        log.info("%s", summary, extra=noted("turn", **fields, **latency))

    def finding(self, finding: Finding, found: bool) -> None:
        """It is there now, or not any more."""
        extra = noted("finding" if found else "cleared", finding=finding.code)
        if found:
            log.warning("%s: %s; %s", finding.code, finding.what, finding.todo, extra=extra)
        else:
            log.info("resolved: %s", finding.code, extra=extra)

    def _tell(self, record: Record) -> None:
        event = record["event"]
        message = MESSAGES.get(event)
        level = message.level if message else DEBUG
        if log.isEnabledFor(level):
            sentence = SENTENCES.get(event)
            log.log(level, "%s", sentence(record) if sentence else event, extra={"fields": fields_of(record)})


class Words:
    """What was said, if somebody wants that in the journal."""

    def __init__(self) -> None:
        self._saying: dict[str, str] = {}  # by response

    def watch(self, event: e.Event, _: State) -> None:
        """After each event."""
        match event:
            case e.UserTranscribed(item_id, transcript):
                log.info("user: %s", transcript.strip(), extra=noted("user_said", item_id=item_id))
            case e.TranscriptDelta(response_id, _, text):
                self._saying[response_id] = self._saying.get(response_id, "") + text
            case e.ResponseDone(response_id) if text := self._saying.pop(response_id, ""):
                log.info("agent: %s", text.strip(), extra=noted("agent_said", response_id=response_id))


def _flat(summary: TurnSummary) -> dict[str, Any]:
    return {name: getattr(summary, name) for name in summary.__slots__}
