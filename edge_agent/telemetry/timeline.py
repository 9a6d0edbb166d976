"""What happened when: one flat record for each thing that a user or technician would name.

`t` is CLOCK_MONOTONIC in seconds, `audio_ms` the position on the sound card's clock: exact where the sound
tells it, reckoned from the last such moment elsewhere. No words and no sound are in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..vocabulary import commands as c
from ..vocabulary import events as e
from ..vocabulary.notices import Output
from ..vocabulary.sound import SERVICE_BYTES_PER_MS
from ..vocabulary.state import State, Turn

Record = dict[str, Any]
Fields = tuple[str, Record]
MOST_PLACES = 64


class Timeline:
    """`write` takes each record."""

    def __init__(self, clock: Callable[[], float], write: Callable[[Record], None]) -> None:
        self._clock, self._write = clock, write
        self._anchor: tuple[float, int] | None = None
        self._last_sent: float | None = None  # of this turn's audio
        self._first_delta_of = ""
        self._turn_of: dict[str, int] = {}  # of requests, responses and items
        self._received: dict[str, int] = {}  # bytes of sound of each response that is not done
        self._last_turn = 0
        self.turn = 0  # the one that is on

    def event(self, event: e.Event, before: State, after: State, outputs: Iterable[Output] = ()) -> None:
        """An event was handled, and this came of the state; `outputs` are what it led to."""
        now = self._clock()
        self._place(event)
        if isinstance(event, e.AudioStarted):
            self._anchor = now, event.audio_ms
        by = "deadline" if isinstance(event, e.Tick) else ""
        for name, fields in self._of_event(event):
            self._record(now, name, fields)
            by = name
        for output in outputs:
            if isinstance(output, c.PlayCue):
                self._record(now, "cue", {"name": output.cue.value})
        if isinstance(event, e.InputCommitted):
            self._last_audio()
        old, self._last_turn = self._last_turn, self.turn
        if old != self.turn:
            self._last_sent = None
        if old != self.turn and before.turn is not Turn.IDLE:
            self._record(now, "turn_done", {"turn_id": old, "number": old, "by": by})
        if after.volume != before.volume:
            self._record(now, "volume_set", {"percent": after.volume})
        if after != before:
            fields = {"turn": after.turn.value, "mode": after.mode.value}
            self._record(now, "state", fields | {"muted": after.muted, "online": after.online})
        if after.turn is Turn.IDLE and (old != self.turn or before.turn is not Turn.IDLE):
            self._record(now, "turn_done", {"number": self.turn, "by": by})

    def sent(self, command: c.ServiceCommand) -> None:
        """A command is on the wire."""
        now = self._clock()
        match command:
            case c.AppendAudio(pcm):
                if self._last_sent is None:
                    self._record(now, "audio_first_sent", {"bytes": len(pcm)})
                self._last_sent = now
            case c.CommitInput():
                self._last_audio()
                self._record(now, "commit_sent", {})
            case c.ClearInput():
                self._last_sent = None
                self._record(now, "clear_sent", {})
            case c.CreateResponse(request_id):
                self._turn_of[request_id] = self.turn
                self._record(now, "response_requested", {"request_id": request_id})
            case c.CancelResponse(response_id):
                self._record(now, "cancel_sent", {"response_id": response_id})
            case c.TruncateItem(item_id, audio_end_ms):
                self._record(now, "interrupted", {"item_id": item_id, "heard_ms": audio_end_ms})
            case c.DeleteItem(item_id):
                self._record(now, "interrupted", {"item_id": item_id, "heard_ms": 0})

    def _last_audio(self) -> None:
        if self._last_sent is not None:
            self._record(self._last_sent, "audio_last_sent", {})
            self._last_sent = None

    def _place(self, event: e.Event) -> None:
        """Keep which turn a response and its items answer, and how much came of it."""
        match event:
            case e.ResponseStarted(response_id, request_id):
                self._turn_of[response_id] = self._turn_of.get(request_id or "", self.turn)
            case e.AudioDelta(response_id, item_id, pcm):
                self._received[response_id] = self._received.get(response_id, 0) + len(pcm)
                self._turn_of.setdefault(item_id, self._turn_of.get(response_id, self.turn))
            case e.ResponseDone(response_id, item_ids=item_ids):
                for item_id in item_ids:
                    self._turn_of.setdefault(item_id, self._turn_of.get(response_id, self.turn))
            case e.Disconnected() | e.LinkSwitched():
                self._received.clear()
                self._last_sent = None
        while len(self._turn_of) > MOST_PLACES:
            del self._turn_of[next(iter(self._turn_of))]

    def _of_event(self, event: e.Event) -> Iterator[Fields]:
        match event:
            case e.AudioStarted(device, audio_ms):
                yield "device_started", {"device": device, "audio_ms": audio_ms}
            case e.AudioLost(part, reason):
                yield "device_lost", {"part": part, "reason": reason}
            case e.AudioNoted(text):
                yield "device_noted", {"text": text}
            case e.EchoJudged(full_duplex, erle_db):
                yield "echo_judged", {"full_duplex": full_duplex, "erle_db": round(erle_db, 1)}
            case e.ButtonPressed():
                yield "button_pressed", {}
            case e.ButtonReleased():
                yield "button_released", {}
            case e.MuteSwitched():
                yield "mute_switched", {}
            case e.InterruptRequested():
                yield "interrupt_requested", {}
            case e.TextEntered():
                yield "text_entered", {}
            case e.StopRequested():
                yield "stop_requested", {}
            case e.ForgetRequested():
                yield "forget_requested", {}
            case e.BudgetSpent(spent):
                yield "budget_spent", {"spent": spent}
            case e.SpeechStarted(audio_ms):
                yield "gate_opened", {"audio_ms": audio_ms}
            case e.SpeechEnded(audio_ms):
                yield "gate_closed", {"audio_ms": audio_ms}
            case e.UplinkOpened(_, opened_by, audio_ms):
                yield "uplink_opened", {"opened_by": opened_by, "audio_ms": audio_ms}
            case e.UplinkClosed(_, speech_ms, audio_ms, loudest_dbfs):
                said = {"speech_ms": speech_ms, "loudest_dbfs": loudest_dbfs}
                yield "uplink_closed", said | {"audio_ms": audio_ms}
            case e.PlaybackStarted(item_id, audio_ms):
                yield "playback_started", {"item_id": item_id, "audio_ms": audio_ms}
            case e.PlaybackStarved(item_id, audio_ms):
                yield "playback_starved", {"item_id": item_id, "audio_ms": audio_ms}
            case e.PlaybackDrained(heard, audio_ms):
                heard_ms = sum(item.heard_ms for item in heard)
                yield "playback_drained", {"heard_ms": heard_ms, "audio_ms": audio_ms}
            case e.PlaybackStopped(heard, audio_ms):
                yield "playback_stopped", {"heard": _shown(heard), "audio_ms": audio_ms}
            case e.Connected(generation, session_id):
                yield "link_up", {"generation": generation, "session_id": session_id}
            case e.Disconnected(generation, reason):
                yield "link_down", {"generation": generation, "reason": reason}
            case e.LinkPrepared(urgent):
                yield "link_prepared", {"urgent": urgent}
            case e.LinkSwitched(generation, session_id):
                yield "link_switched", {"generation": generation, "session_id": session_id}
            case e.LinkFailed(code, message):
                yield "link_failed", {"code": code, "message": message}
            case e.InputCommitted(item_id):
                yield "input_committed", {"item_id": item_id}
            case e.ServiceSpeechStarted(item_id, audio_start_ms):
                yield "service_speech_started", {"item_id": item_id, "audio_start_ms": audio_start_ms}
            case e.ServiceSpeechStopped(item_id, audio_end_ms):
                yield "service_speech_stopped", {"item_id": item_id, "audio_end_ms": audio_end_ms}
            case e.ResponseStarted(response_id):
                yield "response_started", {"response_id": response_id}
            case e.AudioDelta(response_id, item_id) if response_id != self._first_delta_of:
                self._first_delta_of = response_id
                yield "first_delta", {"response_id": response_id, "item_id": item_id}
            case e.ResponseDone(response_id, status, reason):
                fields = {"response_id": response_id, "status": status, "tokens": event.usage.total}
                fields["answer_ms"] = self._received.pop(response_id, 0) // SERVICE_BYTES_PER_MS
                yield "response_done", fields | ({"reason": reason} if reason else {})
            case e.ServiceErred(code):
                yield "service_erred", {"code": code}

    def _record(self, at: float, name: str, fields: Record) -> None:
        if "audio_ms" not in fields and self._anchor:
            began, audio_ms = self._anchor
            fields = {"audio_ms": round(audio_ms + (at - began) * 1000)} | fields
        turn = self._turn_of.get(_about(fields), self.turn)
        self._write({"t": round(at, 6), **({"turn_id": turn} if turn else {}), "event": name, **fields})


def _about(fields: Record) -> str:
    """Which answer a record is about: it is of the turn that is answered, not of the one that is on."""
    about = [fields.get(name, "") for name in ("item_id", "response_id", "request_id")]
    about += [item["item_id"] for item in fields.get("heard", ())]
    return next(filter(None, about), "")


def _shown(heard: Iterable[e.Heard]) -> list[Record]:
    return [{"item_id": item.item_id, "heard_ms": item.heard_ms} for item in heard]
