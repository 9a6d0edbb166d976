"""A record is a fact, when it became known, and the turn that it belongs to. Pure.

As flat JSON it is a line of `simulate --timeline`, what a report keeps, and the fields of the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, TypeAlias

from ..vocabulary import events as e
from ..vocabulary.commands import Cue
from ..vocabulary.events import Heard
from ..vocabulary.frozen import frozen
from ..vocabulary.state import Mode, Turn
from . import facts as f

Json: TypeAlias = dict[str, Any]


@frozen
class Record:
    """`t`: CLOCK_MONOTONIC in s. `turn_id`: 0 where it is of no turn. `reckoned_ms`: the position on the sound card's
    clock, where the sound itself does not tell it; None: unknown."""

    t: float
    fact: f.Fact
    turn_id: int = 0
    reckoned_ms: int | None = None

    @property
    def audio_ms(self) -> int | None:
        """The position on the sound card's clock, as exactly as it is known."""
        exact: int | None = getattr(self.fact, "audio_ms", self.reckoned_ms)
        return exact


# what each fact is called: these names last, whatever the types are called
EVENTS: dict[type[f.Fact], str] = {
    e.AudioStarted: "device_started",
    e.AudioLost: "device_lost",
    e.AudioNoted: "device_noted",
    e.EchoJudged: "echo_judged",
    f.LinkUp: "link_up",
    e.Disconnected: "link_down",
    f.ConnectFailed: "link_failed",
    e.LinkPrepared: "link_prepared",
    f.LinkMoved: "link_switched",
    e.BudgetSpent: "budget_spent",
    e.ButtonPressed: "button_pressed",
    e.ButtonReleased: "button_released",
    f.TextTaken: "text_entered",
    f.MuteToggled: "mute_switched",
    e.InterruptRequested: "interrupt_requested",
    e.ForgetRequested: "forget_requested",
    e.StopRequested: "stop_requested",
    e.SpeechStarted: "gate_opened",
    e.SpeechEnded: "gate_closed",
    e.WakeWordHeard: "wake_word_heard",
    e.StopWordHeard: "stop_word_heard",
    e.OwnWordHeard: "own_word_heard",
    f.CallYielded: "call_yielded",
    f.RecordingStarted: "uplink_opened",
    f.RecordingEnded: "uplink_closed",
    f.AudioFirstSent: "audio_first_sent",
    f.AudioLastSent: "audio_last_sent",
    f.CommitSent: "commit_sent",
    f.ClearSent: "clear_sent",
    f.QuestionWithdrawn: "question_withdrawn",
    f.ResponseRequested: "response_requested",
    f.CancelSent: "cancel_sent",
    f.Interrupted: "interrupted",
    e.ServiceSpeechStarted: "service_speech_started",
    e.ServiceSpeechStopped: "service_speech_stopped",
    e.SilenceTimedOut: "silence_timed_out",
    e.InputCommitted: "input_committed",
    f.AnswerStarted: "response_started",
    f.FirstDelta: "first_delta",
    f.AnswerDone: "response_done",
    f.ServiceComplained: "service_erred",
    f.ServiceRemarked: "service_noted",
    e.PlaybackStarted: "playback_started",
    e.PlaybackStarved: "playback_starved",
    f.AnswerHeard: "playback_drained",
    e.PlaybackStopped: "playback_stopped",
    f.CuePlayed: "cue",
    f.ToolStarted: "tool_started",
    f.ToolEnded: "tool_ended",
    f.ToolCancelled: "tool_cancelled",
    f.RingDue: "ring_due",
    f.RingEnded: "ring_ended",
    f.RingLost: "ring_missed",
    e.RingingStopped: "stop_ringing_requested",
    f.AnnouncementReady: "announcement_ready",
    f.AnnouncementStarted: "announcement_started",
    f.AnnouncementEnded: "announcement_ended",
    f.OpeningTaken: "opening_requested",
    f.OpeningEnded: "opening_ended",
    e.RestRequested: "rest_requested",
    e.MuteRequested: "mute_requested",
    f.StateChanged: "state",
    f.VolumeChanged: "volume_set",
    f.TurnDone: "turn_done",
}
KINDS: dict[str, Any] = {event: kind for kind, event in EVENTS.items()}
FIELDS = {kind: fields(kind) for kind in EVENTS}


def event_of(fact: f.Fact) -> str:
    return EVENTS[type(fact)]


def as_json(record: Record) -> Json:
    fact = record.fact
    told: Json = {"t": record.t}
    if record.turn_id:
        told["turn_id"] = record.turn_id
    told["event"] = event_of(fact)
    if record.reckoned_ms is not None:
        told["audio_ms"] = record.reckoned_ms
    for field in FIELDS[type(fact)]:
        value = getattr(fact, field.name)
        if value != field.default:
            told[field.name] = _shown(value) if field.name == "heard" else value
    return told


def of_json(told: Json) -> Record | None:
    """What `as_json` made, with anything added to it; None: not a record that this version knows."""
    kind = KINDS.get(told.get("event", ""))
    if kind is None:
        return None
    try:
        given = {
            field.name: READ.get(field.name, _as_it_is)(told[field.name])
            for field in FIELDS[kind]
            if field.name in told or field.default is MISSING
        }
        reckoned_ms = None if "audio_ms" in given else told.get("audio_ms")
        return Record(told["t"], kind(**given), told.get("turn_id", 0), reckoned_ms)
    except (KeyError, TypeError, ValueError):
        return None


def _as_it_is(value: Any) -> Any:
    return value


def _shown(heard: tuple[Heard, ...]) -> list[Json]:
    return [{"item_id": item.item_id, "heard_ms": item.heard_ms} for item in heard]


def _heard(shown: list[Json]) -> tuple[Heard, ...]:
    return tuple(Heard(item["item_id"], item["heard_ms"]) for item in shown)


READ: dict[str, Callable[[Any], Any]] = {"turn": Turn, "mode": Mode, "name": Cue, "heard": _heard}
