"""A session of GPT-Live, without a socket: frames in, frames out, time as an argument.

Everything in `session.start` is fixed, output comes all the time, and the clock is the sound that is appended. Sources:
the types of the `openai` package 3.57.0, and what others have measured (docs/gpt-live.md).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from math import inf
from random import Random
from typing import Literal

from ...realtime.wire import Json
from ...vocabulary.sound import SERVICE_RATE_HZ, ServicePcm, is_silent, service_ms
from ..answers import Answers, Call
from ..breaking import broken, scripted_error
from ..complaint import Complaint
from ..faults import Fault, FaultScript
from ..frames import read_event
from ..intake import Intake
from ..outbox import Close, Outbox, Outgoing
from ..schema import Schema
from ..sound_formats import OutgoingSound
from .backend import Backend
from .behaviour import Behaviour
from .live_checks import LAWS, check_start, check_text, sound_of
from .live_clock import STEP_MS, Appended, LiveClock
from .live_door import LiveDoor
from .live_events import LiveEvents
from .model import Doings, DuplexModel
from .texts import Texts

LASTS_S = 7200.0
STARTS_S = 0.45  # from session.start to session.started
FIRST_S = 0.3  # from the first sound to the first step of the clock
UNHEARD_S = 31.0  # a session that gets no sound at all ends
HEARD_LATE_S = (0.0, 0.25)  # the words of an utterance, after its end was noticed
DRAIN_S = 10.0
FORMAT: Json = {"type": "audio/pcm", "rate": SERVICE_RATE_HZ}
APPENDS = ("session.instructions.append", "session.thinking.append", "session.commentary.append")
MOMENTS = {"session.start": "session.update", "session.input_audio.append": "append"} | dict.fromkeys(
    APPENDS, "item"
)

Phase = Literal["new", "starting", "active", "closing", "closed"]


class DuplexSession:
    """`recognise`: the words in a recording. `expires_at`: as it is told, in Unix seconds."""

    def __init__(
        self,
        door: LiveDoor,
        *,
        schema: Schema,
        answers: Answers,
        recognise: Callable[[ServicePcm], str],
        faults: FaultScript | None = None,
        random: Random | None = None,
        expires_at: float = LASTS_S,
        behaviour: Behaviour | None = None,
    ) -> None:
        self._door, self._schema = door, schema
        self._behaviour = behaviour or Behaviour()
        self._random = random or Random()
        self.wire, self.outbox = LiveEvents(self._random), Outbox()
        self._faults = faults or FaultScript()
        self._model = DuplexModel(answers, recognise, self._random, self._begin_answer)
        self._backend = Backend(self.wire, self._model, self._faults, self._delegation)
        self.clock, self.appended = LiveClock(), Appended()
        self._texts = Texts(self._random)
        self._intake, self._sound = Intake(), OutgoingSound(FORMAT)
        self.phase: Phase = "new"
        self.config: Json = {"id": self.wire.id("live"), "expires_at": int(expires_at), "status": "active"}
        self.muted = False
        self._step_s = STEP_MS / 1000
        self._ticking = self._stalled = self._is_pcm = False
        self._due: list[Fault] = []  # with what is said
        self._held_until = 0.0  # output waits, and then comes all at once
        self._held: list[Outgoing] = []
        self._fixture_ms = 0  # still to be played
        self._fixture_id: str | None = None
        self._delegations: set[str] = set()
        self._began, self._step_at = inf, 0.0
        self._told_ms = 0  # at what position the usage was told

    # ---- the connection -------------------------------------------------
    def open(self, now: float, lifetime_s: float = LASTS_S) -> None:
        """The upgrade is done: the service says nothing by itself."""
        faults = self._faults.at("accept")
        for fault in faults:
            if fault.what == "expires-in":
                self.config["expires_at"] += fault.number - int(lifetime_s)
                lifetime_s = fault.number
        self._break(faults, now)
        self.outbox.plan(now + lifetime_s, lambda at: self._close("expired", at))

    def inject(self, fault: Fault, now: float) -> None:
        """This goes wrong now."""
        self._break([fault], now)

    def receive(self, frame: str | bytes, now: float) -> None:
        """Take a frame of the client; what it leads to waits in `outbox`."""
        event = read_event(frame)
        if isinstance(event, Complaint):
            self._refuse(event, None, now)
            return
        if complaint := self._early(event) or self._schema.complaint(event):
            self._refuse(complaint, event, now)
            return
        moment = MOMENTS.get(event["type"])
        faults = self._faults.at(moment) if moment else []
        for fault in faults:
            if fault.what in ("error", "anonymous-error"):
                self._send(scripted_error(fault, self.wire, event.get("event_id")), at=now)
                self._give_up(event, now)
                return
        self._handle(event, faults, now)
        self._break(faults, now)

    def _early(self, event: Json) -> Complaint | None:
        """What cannot be sent now."""
        starts = event["type"] == "session.start"
        if self.phase == "new" and not starts:
            return Complaint("invalid_value", "The first event must be session.start.", "type")
        if self.phase == "starting":
            return Complaint("invalid_value", "The session is being started.", "type")
        if self.phase == "active" and starts:
            return Complaint("invalid_value", "The session was started already.", "type")
        if self.phase in ("closing", "closed"):
            return Complaint("invalid_value", "The session is being closed.", "type")
        return None

    def _refuse(self, complaint: Complaint, event: Json | None, now: float) -> None:
        event_id = event.get("event_id") if event else None
        error = self.wire.error(complaint.code, complaint.message, param=complaint.param, event_id=event_id)
        self._send(error, at=now)
        self._give_up(event, now)

    def _give_up(self, event: Json | None, now: float) -> None:
        """A start that was refused is the end of it."""
        if event and event["type"] == "session.start" and self.phase == "new":
            self.phase = "closed"
            self._send(Close(1000), at=now)

    def _refused(self, complaints: Iterable[Complaint], event: Json, now: float) -> bool:
        """Whether there is a complaint: the first one is told."""
        complaint = next(iter(complaints), None)
        if complaint:
            self._refuse(complaint, event, now)
        return complaint is not None

    # ---- client events --------------------------------------------------
    def _handle(self, event: Json, faults: Sequence[Fault], now: float) -> None:
        match event["type"]:
            case "session.start":
                if not self._refused(check_start(event["session"], self._door), event, now):
                    self._start(event, faults, now)
            case "session.update":
                self._update(event, now)
            case "session.input_audio.append":
                self._append(event, now)
            case "session.input_audio.mute" | "session.input_audio.unmute":
                self.muted = event["type"].endswith(".mute")
                self._acknowledge(f"{event['type']}d", event.get("event_id"), now)
            case "session.output_audio.fixture.play":
                self._play(event, now)
            case kind if kind in APPENDS:
                if not self._refused(self._check_text(event), event, now):
                    self._texts.take(event, self.clock.position_ms)
            case "session.close":
                self.phase = "closing"
                self.outbox.plan(now + DRAIN_S, self._drained)
                self._drain(now)
            case "response.item.create" | "response.create" if self._has_backend:
                complaint = self._backend.take(event, self.clock.position_ms)
                self._refused([complaint] if complaint else [], event, now)
            case _:
                words = f"{event['type']} requires Responses or Decisions delegation."
                self._refuse(Complaint("invalid_value", words, "type"), event, now)

    def _start(self, event: Json, faults: Sequence[Fault], now: float) -> None:
        self.phase = "starting"
        audio = event["session"].get("audio") or {}
        spelled = audio.get("format") or FORMAT
        output = {"voice": "marin"} | (audio.get("output") or {})
        self.config |= event["session"] | {"audio": {"format": spelled, "output": output}}
        self.config.setdefault("delegation", None)
        law = LAWS.get(spelled["type"])
        self._is_pcm = law is None
        self._intake = Intake(spelled["rate"], law=law)
        self._sound = OutgoingSound("pcm16_16000hz" if spelled["rate"] == 16_000 else spelled)
        if any(fault.what == "never-updated" for fault in faults):
            return
        late_ms = sum(fault.number for fault in faults if fault.what == "late-updated")
        self.outbox.plan(now + STARTS_S + late_ms / 1000, lambda at: self._started(event, at))

    def _started(self, event: Json, now: float) -> list[Outgoing]:
        self.phase, self._began = "active", now
        self.outbox.plan(now + UNHEARD_S, lambda at: [] if self.clock.began else self._close("expired", at))
        self._break(self._faults.at("session"), now)
        return [self._answer("session.started", event.get("event_id"), session=deepcopy(self.config))]

    def _delegation(self) -> Json:
        return self.config.get("delegation") or {"type": "client"}

    @property
    def _has_backend(self) -> bool:
        return bool(self._delegation()["type"] == "responses")

    def _update(self, event: Json, now: float) -> None:
        wanted = event["session"].get("delegation") or {"type": "client"}
        if wanted["type"] != self._delegation()["type"]:
            words = "Cannot change who does delegated work once the session has started."
            self._refuse(Complaint("immutable_field_update", words, "session.delegation.type"), event, now)
            return
        self.config |= event["session"] | {"delegation": self._delegation() | wanted}
        updated = self._answer("session.updated", event.get("event_id"), session=deepcopy(self.config))
        self._send(updated, at=now)

    def _append(self, event: Json, now: float) -> None:
        sound = sound_of(event["audio"])
        if isinstance(sound, bytes) and self._is_pcm and len(sound) % 2:
            sound = Complaint("invalid_audio", "Half a sample.", "audio")
        if isinstance(sound, Complaint):
            self._refuse(sound, event, now)
            return
        pcm = self._intake.feed(sound)
        self.appended.add(pcm, now, muted=self.muted)
        if not (self.muted and self._behaviour.muted_is_frozen):
            self.clock.append(pcm)
        if not self._ticking:
            self._ticking, self._step_at = True, now + FIRST_S
            self.outbox.plan(self._step_at, self._step)

    def _play(self, event: Json, now: float) -> None:
        sound = sound_of(event["audio"])
        if not self._behaviour.takes_fixtures:
            sound = Complaint("invalid_value", "There are no fixtures here.", "type")
        if isinstance(sound, Complaint):
            self._refuse(sound, event, now)
            return
        self._model.mouth.interrupt(0)
        self._fixture_ms, self._fixture_id = service_ms(sound), event.get("event_id")
        self._acknowledge("session.output_audio.fixture.playing", self._fixture_id, now)

    def _check_text(self, event: Json) -> Iterable[Complaint]:
        delegation_id = event["delegation_id"]
        if delegation_id is not None and self._has_backend:
            yield Complaint("invalid_value", "The work is not the client's.", "delegation_id")
        if self._fixture_ms:
            yield Complaint("invalid_value", "A fixture is being played.", "type")
        if delegation_id is not None and delegation_id not in self._delegations:
            yield Complaint("invalid_value", "There is no such delegation.", "delegation_id")
        yield from check_text(event["content"])

    # ---- time -----------------------------------------------------------
    def _step(self, now: float) -> list[Outgoing]:
        """100 ms of the session's clock."""
        if self.clock.is_frozen or self.phase == "closed":
            self._ticking = False
            return self._drained(now) if self.phase == "closing" else []
        at_once = self._behaviour.hears_bursts_at_once and self.clock.has_step
        self._step_at = now if at_once else self._step_at + self._step_s
        self.outbox.plan(self._step_at, self._step)
        position_ms = self.clock.position_ms
        heard = self.clock.step()
        deaf = self.muted or self._fixture_ms > 0
        doings = self._model.step(bytes(len(heard)) if deaf else heard, position_ms)
        outputs = [*self._told(doings, position_ms, now), *self._placed(), *self._used(now)]
        if self._fixture_ms:
            self._fixture_ms = max(0, self._fixture_ms - STEP_MS)
            if not self._fixture_ms:
                outputs.append(self._answer("session.output_audio.fixture.played", self._fixture_id))
        for mark in doings.marks:
            self._due += self._faults.at(mark)
        due, self._due = self._due, []
        self._break(due, now)
        if self._stalled:
            return []
        if self.phase == "closing" and not self._is_busy:
            outputs += self._drained(now)
        return self._let_out(outputs, now)

    def _told(self, doings: Doings, position_ms: int, now: float) -> list[Outgoing]:
        outputs: list[Outgoing] = []
        place = {"start_ms": position_ms, "end_ms": position_ms + STEP_MS}
        if not (self._door.omits_silence and is_silent(doings.pcm)):
            data = self._sound.encode(doings.pcm).data
            delta: Json = {"type": "session.output_audio.delta", "delta": b64encode(data).decode()}
            outputs.append(delta | (place if self._door.omits_silence else {}))
        outputs += [self.wire.event("session.output_transcript.delta", **words) for words in doings.spoken]
        heard = [self.wire.event("session.input_transcript.delta", **words) for words in doings.heard]
        self._send(*heard, at=now + self._random.uniform(*HEARD_LATE_S))
        if doings.asks:
            outputs += self._delegate(doings.asks, position_ms)
        return [*outputs, *self._backend.step(position_ms)]

    def _delegate(self, calls: tuple[Call, ...], position_ms: int) -> list[Json]:
        if self._has_backend:
            return self._backend.begin(calls, position_ms)
        delegation_id = self.wire.id("del")
        self._delegations.add(delegation_id)
        delegation = {"id": delegation_id, "type": "delegation", "target": "client"}
        return [self.wire.event("session.delegation.created", delegation=delegation, offset_ms=position_ms)]

    def _placed(self) -> list[Outgoing]:
        outputs: list[Outgoing] = []
        for text in self._texts.placed(self.clock.position_ms):
            at = {"start_ms": self.clock.position_ms, "end_ms": self.clock.position_ms}
            outputs.append(self._answer(f"session.{text.channel}.appended", text.event_id, **at))
            self._model.take(text)
            if text.channel != "instructions":
                self._backend.told()
            elif self._behaviour.stops_when_told:
                self._model.mouth.interrupt(0)
        return outputs

    def _used(self, now: float) -> list[Outgoing]:
        if self.clock.position_ms - self._told_ms < self._door.usage_every_s * 1000:
            return []
        self._told_ms = self.clock.position_ms
        ratio = round(0.005 + self._told_ms / 10_000_000, 4)
        return [
            self.wire.event(
                "session.usage.updated",
                usage=self._usage(now),
                context_window={"usage_ratio": ratio},
            )
        ]

    def _let_out(self, outputs: list[Outgoing], now: float) -> list[Outgoing]:
        """What a stall of the network holds back comes in a bunch."""
        self._held += outputs
        if now < self._held_until:
            return []
        held, self._held = self._held, []
        return held

    # ---- the end --------------------------------------------------------
    def _drain(self, now: float) -> None:
        if not (self._ticking and self._is_busy):
            self._send(*self._drained(now), at=now)

    @property
    def _is_busy(self) -> bool:
        return self._model.mouth.is_speaking or self._backend.is_running

    def _drained(self, now: float) -> list[Outgoing]:
        return self._close("close_requested", now)

    def _close(self, reason: str, now: float) -> list[Outgoing]:
        if self.phase == "closed":
            return []
        self.phase = "closed"
        lost = [
            self.wire.error("context_injection_incomplete", "It found no place.", event_id=text.event_id)
            for text in self._texts.waiting
        ]
        closed = self.wire.event(
            "session.closed", reason=reason, session=deepcopy(self.config), usage=self._usage(now)
        )
        return [*lost, closed, Close(1000)]

    def _usage(self, now: float) -> Json:
        used_s = max(0.0, now - self._began) if self._door.bills == "time" else self.clock.position_ms / 1000
        return {"seconds": float(round(max(used_s, self._behaviour.least_billed_s)))}

    # ---- faults ---------------------------------------------------------
    def _break(self, faults: Sequence[Fault], now: float) -> None:
        for fault in faults:
            done = broken(fault, self.wire, self.outbox)
            if done is not None:
                self._send(*done, at=now)
            elif fault.what in ("expire", "closes"):
                self._send(*self._close(fault.argument or "expired", now), at=now)
            elif fault.what == "slow":
                self._step_s = STEP_MS / 10 / fault.number
            elif fault.what == "stall":
                self._stalled = True
            elif fault.what == "bunch":
                self._held_until = now + fault.number / 1000

    def _begin_answer(self) -> bool:
        faults = self._faults.at("response")
        self._due += faults
        return not any(fault.what == "soundless" for fault in faults)

    def _answer(self, kind: str, event_id: str | None, **fields: object) -> Json:
        told = {"client_event_id": event_id} if event_id and self._door.echoes_ids else {}
        return self.wire.event(kind, **fields, **told)

    def _acknowledge(self, kind: str, event_id: str | None, now: float) -> None:
        self._send(self._answer(kind, event_id), at=now)

    def _send(self, *outputs: Outgoing, at: float) -> None:
        self.outbox.put(*outputs, at=at)
