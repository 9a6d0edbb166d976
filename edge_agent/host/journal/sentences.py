"""What the journal is told: of the records of the timeline, of findings, of turns. No words that were spoken, unless
the configuration asks for them."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import Any

from ...telemetry import facts as f
from ...telemetry.captions import AnswerEnd, Captions
from ...telemetry.records import Record, as_json, event_of
from ...telemetry.status import Finding
from ...telemetry.turn_log import TurnSummary
from ...vocabulary import events as e
from ...vocabulary.journal import DEBUG, MESSAGES, fields_of, noted
from ...vocabulary.state import State

log = logging.getLogger("edge_agent")


class JournalWriter:
    def __init__(self) -> None:
        self._muted = False

    def record(self, record: Record) -> None:
        """Of the timeline."""
        match record.fact:
            case f.CallYielded(reason="engaged"):
                self._tell("call_left", record)  # a detail: of each sentence that the other hears or says
            case f.TurnDone() | f.LinkUp() | e.Disconnected() | f.ConnectFailed():
                pass  # told by who knows more
            case f.StateChanged(muted=muted) if muted is not self._muted:
                self._muted = muted
                self._tell("muted" if muted else "unmuted", record)
            case fact:
                self._tell(event_of(fact), record)

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

    def _tell(self, event: str, record: Record) -> None:
        message = MESSAGES.get(event)
        level = message.level if message else DEBUG
        if log.isEnabledFor(level):
            fields = fields_of({**as_json(record), "event": event})
            log.log(level, "%s", sentence(record.fact) or event, extra={"fields": fields})


class Words:
    """What was said, if somebody wants that in the journal."""

    def __init__(self) -> None:
        self._captions = Captions()

    def watch(self, event: e.Event, _: State) -> None:
        """After each event."""
        changed = self._captions.feed(event)
        for caption in [] if isinstance(event, e.TextEntered) else changed:
            if caption.who == "user" and caption.final:
                extra = noted("user_said", item_id=caption.item_id)
                log.info("user: %s", caption.text.strip(), extra=extra)
        answers = [caption for caption in changed if caption.who == "assistant"]
        if isinstance(event, AnswerEnd) and (said := "".join(caption.heard for caption in answers)):
            extra = noted("agent_said", response_id=answers[0].response_id)
            log.info("agent: %s", said.strip(), extra=extra)
            self._captions.forget_told()


def sentence(fact: f.Fact) -> str:
    """For people; empty: its name says enough."""
    match fact:
        case e.AudioStarted(device):
            return f"sound: {device}"
        case e.AudioNoted(text):
            return text
        case e.EchoJudged(full_duplex, erle_db):
            duplex = (
                "full duplex: can be interrupted by voice"
                if full_duplex
                else "half-duplex: not listening while speaking"
            )
            return f"{duplex}; {erle_db:.0f} dB of echo removed"
        case f.VolumeChanged(percent):
            return f"volume: {percent} %"
        case e.ForgetRequested():
            return "the conversation was forgotten"
        case f.ToolEnded(_, tool, took_ms, failed, why):
            return f"tool {tool}: {f'failed: {why}' if failed else 'done'} ({took_ms} ms)"
        case f.ToolCancelled(_, tool):
            return f"tool {tool}: cancelled; it took too long, or the user interrupted"
        case f.RingDue(_, kind):
            return f"the {kind} rings"
        case f.RingEnded(_, stopped):
            return "the ringing was stopped" if stopped else "the ringing gave up: nobody stopped it"
        case f.RingLost():
            return "a timer, an alarm or a reminder was due while the device was off"
        case f.AnnouncementEnded(_, outcome):
            return f"announcement: {outcome}"
        case f.OpeningEnded(_, outcome):
            return f"told to begin a conversation, or to ask the user: {outcome}"
        case f.CallYielded(to, reason):
            return f"{to} answers: it is {'nearer' if reason == 'nearer' else 'in a turn already'}"
        case f.ServiceComplained(code):
            return f"the service reported an error: {code}"
    return ""


def _flat(summary: TurnSummary) -> dict[str, Any]:
    return {item.name: getattr(summary, item.name) for item in fields(summary)}
