"""A session of the simulated service, without a socket: frames in, frames out, time as an argument.

It refuses what the real service refuses, in the same order and words, and keeps the same state: one active
response, a voice that is locked by the first sound, an audio clock of what was appended, items in a chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from itertools import chain
from random import Random

from ..realtime.wire import Json
from ..vocabulary.sound import ServicePcm
from .agent_door import AgentDoor, settings_of
from .answers import Answers
from .audio_events import AudioEvents
from .breaking import scripted_error
from .complaint import Complaint
from .core import Core
from .dialects import GA_SERVICE, ServiceDialect
from .faults import Fault, FaultScript
from .frames import read_event
from .idle import Idle
from .item_events import ItemEvents
from .items import Items
from .outbox import Close, Outbox, Outgoing
from .reply import Pace
from .reply_events import ReplyEvents
from .schema import Schema
from .server_events import ServerEvents
from .settings import defaults, merge, speed, voice
from .values import check_event, check_session, check_transcriber

SESSION_S = 3600.0
MOMENTS = {  # of the fault script, by client event
    "session.update": "session.update",
    "input_audio_buffer.append": "append",
    "input_audio_buffer.commit": "commit",
    "conversation.item.create": "item",
    "conversation.item.truncate": "truncate",
    "response.create": "response",
    "response.cancel": "cancel",
}


class Session:
    def __init__(
        self,
        dialect: ServiceDialect = GA_SERVICE,
        *,
        schema: Schema,
        answers: Answers,
        recognise: Callable[[ServicePcm], str],
        model: str = "gpt-realtime",
        transcribers: Sequence[str] = (),
        faults: FaultScript | None = None,
        pace: Pace | None = None,
        random: Random | None = None,
        expires_at: float | None = SESSION_S,
        agent: AgentDoor | None = None,
    ) -> None:
        """`schema`: what is accepted in this dialect. `recognise`: the words in a recording. `transcribers`: the only
        names of models that write them down; none: any. `agent`: which has configured it.
        """
        wire = ServerEvents(dialect, random or Random())
        self._core = Core(
            wire,
            defaults(wire, model, expires_at),
            answers,
            recognise,
            faults or FaultScript(),
            pace or Pace(),
        )
        self._schema = schema
        self._items = ItemEvents(self._core)
        idle = Idle(self._core.outbox, self._core.config)
        self._replies = ReplyEvents(self._core, idle)
        self._audio = AudioEvents(self._core, self._replies, idle)
        self._transcribers, self._agent = transcribers, agent
        if agent:
            merge(self._core.config, settings_of(agent))
        self._configured = False

    @property
    def outbox(self) -> Outbox:
        return self._core.outbox

    @property
    def items(self) -> Items:
        return self._core.items

    @property
    def config(self) -> Json:
        return self._core.config

    def open(self, now: float, lifetime_s: float = SESSION_S) -> None:
        """The upgrade is done: the first event goes out, and the session's end is set."""
        faults = self._core.faults.at("accept")
        for fault in faults:
            if fault.what == "expires-in" and "expires_at" in self.config:
                self.config["expires_at"] += fault.number - int(lifetime_s)
            elif fault.what == "no-expiry":
                self.config.pop("expires_at", None)
        self._core.send(*self._core.breaks(faults, now), at=now)
        created = self._core.wire.event("session.created", session=deepcopy(self.config))
        self._core.send(created, at=now)
        self.outbox.plan(now + lifetime_s, lambda _: self._core.expired())

    def inject(self, fault: Fault, now: float) -> None:
        """This goes wrong now."""
        self._core.send(*self._core.breaks([fault], now), at=now)

    def receive(self, frame: str | bytes, now: float) -> None:
        """Take a frame of the client; what it leads to waits in `outbox`."""
        core = self._core
        event = read_event(frame)
        if isinstance(event, Complaint):
            core.refuse(event.code, event.message, now)
            return
        for complaint in self._complaints(event):
            core.complain(complaint, event, now)
            return
        moment = MOMENTS.get(event["type"])
        faults = core.faults.at(moment) if moment else []
        if not self._refuse_by_script(event, faults, now):
            self._handle(event, faults, now)
            core.send(*core.breaks(faults, now), at=now)

    def _complaints(self, event: Json) -> Iterator[Complaint]:
        """Why the event is refused, whatever the state of the session."""
        if complaint := self._schema.complaint(event):
            yield complaint
        yield from check_event(event)

    def _handle(self, event: Json, faults: list[Fault], now: float) -> None:
        match event["type"]:
            case "session.update":
                self._update(event, faults, now)
            case "input_audio_buffer.append":
                self._audio.append(event, now)
            case "input_audio_buffer.commit":
                self._audio.commit(event, now, faults)
            case "input_audio_buffer.clear":
                self._audio.clear(now)
            case "conversation.item.create":
                self._items.create(event, now)
            case "conversation.item.delete":
                self._items.delete(event, now)
            case "conversation.item.retrieve":
                self._items.retrieve(event, now)
            case "conversation.item.truncate":
                self._items.truncate(event, now)
            case "response.create":
                self._replies.create(event, now, faults)
            case "response.cancel":
                self._replies.cancel(event, now, faults)
            case "session.close":
                self._core.send(Close(1000), at=now)
            case kind:
                words = f"Passing a {kind} event to a realtime session is not allowed."
                self._core.refuse("invalid_value", words, now, event, "type")

    def _refuse_by_script(self, event: Json, faults: list[Fault], now: float) -> bool:
        for fault in faults:
            if fault.what == "fatal":
                self._core.send(*self._core.breaks([fault], now), at=now)
                return True
            if fault.what in ("error", "anonymous-error"):
                self._core.send(scripted_error(fault, self._core.wire, event.get("event_id")), at=now)
                return True
        return False

    def _update(self, event: Json, faults: list[Fault], now: float) -> None:
        core, update = self._core, event["session"]
        dialect = core.wire.dialect
        shape = check_session(update, dialect, core.config["model"])
        if self._refused(chain(shape, check_transcriber(update, dialect, self._transcribers)), event, now):
            return
        if self._refused(dialect.check(update, core.config, sounded=self._audio.appended_ms > 0), event, now):
            return
        update = dialect.completed(update, core.config["model"])
        if self._refused(self._too_late(update), event, now):
            return
        merge(core.config, update)
        self._audio.listen()
        if any(fault.what == "never-updated" for fault in faults):
            return
        if core.wire.dialect.warning and not self._configured:
            core.send(core.wire.event("warning", warning=core.wire.dialect.warning), at=now)
        late_ms = sum(fault.number for fault in faults if fault.what == "late-updated")
        core.send(core.wire.event("session.updated", session=deepcopy(core.config)), at=now + late_ms / 1000)
        core.mcp.offer(core.config.get("tools") or [], now + late_ms / 1000)
        if not self._configured:
            self._configured = True
            self.outbox.plan(now + late_ms / 1000, self._stands)

    def _stands(self, now: float) -> list[Outgoing]:
        """It is configured: an agent greets."""
        outputs = self._core.moment("session", now)
        if self._agent and self._agent.greeting and not self._core.active:
            self._replies.greet(self._agent.greeting, now)
        return outputs

    def _refused(self, complaints: Iterable[Complaint], event: Json, now: float) -> bool:
        """Whether there is a complaint: the first one is told."""
        for complaint in complaints:
            self._core.complain(complaint, event, now)
            return True
        return False

    def _too_late(self, update: Json) -> Iterator[Complaint]:
        """What cannot be changed any more, or not now."""
        core = self._core
        wanted, tracing = voice(update), update.get("tracing")
        if wanted and wanted != voice(core.config) and core.items.spoken:
            words = "Cannot update a conversation's voice if assistant audio is present."
            yield Complaint("cannot_update_voice", words, None)
        if core.active and speed(update) not in (None, speed(core.config) or 1):
            path = ".".join(("session", *core.wire.dialect.output_path, "speed"))
            yield Complaint("invalid_value", "Cannot update the speed while a response is active.", path)
        if core.config.get("tracing") and tracing not in (None, core.config["tracing"]):
            words = "Cannot update tracing once it is enabled."
            yield Complaint("invalid_value", words, "session.tracing")
