"""What the parts of a simulated session share: its state, its outbox, and how it refuses and breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ..realtime.wire import Json
from ..vocabulary.sound import ServicePcm
from .answers import Answers, Asked
from .complaint import Complaint
from .endings import scripted, status_details
from .faults import Fault, FaultScript, error_type
from .items import Items
from .outbox import Close, Drop, Freeze, Outbox, Outgoing
from .reply import Pace, Reply
from .server_events import ServerEvents


@dataclass(slots=True)
class Core:
    wire: ServerEvents
    config: Json
    answers: Answers
    recognise: Callable[[ServicePcm], str]
    faults: FaultScript
    pace: Pace
    items: Items = field(default_factory=Items)
    outbox: Outbox = field(default_factory=Outbox)
    asked: Asked = field(default_factory=Asked)  # since the last answer
    active: Reply | None = None  # the one response of the conversation that is being given

    def send(self, *outputs: Outgoing, at: float) -> None:
        self.outbox.put(*outputs, at=at)

    def refuse(
        self, code: str, message: str, now: float, event: Json | None = None, param: str | None = None
    ) -> None:
        """An `error` event; with `event` it names the client event that it refuses."""
        event_id = event.get("event_id") if event else None
        self.send(self.wire.error(code, message, event_id=event_id, param=param), at=now)

    def complain(self, complaint: Complaint, event: Json, now: float) -> None:
        self.refuse(complaint.code, complaint.message, now, event, complaint.param)

    def moment(self, moment: str, now: float) -> list[Outgoing]:
        """A moment of the fault script has come: what that does to the connection, and to the answer."""
        return self.breaks(self.faults.at(moment), now)

    def breaks(self, faults: Sequence[Fault], now: float) -> list[Outgoing]:
        outputs: list[Outgoing] = []
        for fault in faults:
            match fault.what:
                case "drop" | "reset":
                    outputs.append(Drop(reset=fault.what == "reset"))
                case "close":
                    outputs.append(Close(fault.number, "scripted"))
                case "expire":
                    outputs += self.expired()
                case "freeze":
                    outputs.append(Freeze())
                case "fatal":
                    close = Close(
                        3000 if fault.argument == "invalid_api_key" else 4000,
                        f"{error_type(fault.argument)}.{fault.argument}",
                    )
                    outputs += [self.scripted_error(fault), close]
                case "error" | "anonymous-error":
                    outputs.append(self.scripted_error(fault))
                case "duplicate":
                    self.outbox.twice = True
                case "reorder":
                    self.outbox.swaps = True
                case "unknown":
                    outputs.append(self.wire.event("moon.phase.changed", phase="full"))
                case "big":
                    outputs.append(self.wire.event("conversation.item.retrieved", item="x" * fault.number))
                case "binary":
                    outputs.append(b"\x00\x01\x02")
                case "bad-json":
                    outputs.append('{"type": "response.output_audio.delta", "delta": ')
                case _ if fault.moment != "response":  # there it is for the response that begins
                    outputs += self._spoil(fault, now)
        return outputs

    def _spoil(self, fault: Fault, now: float) -> list[Outgoing]:
        """What a fault does to the answer that is being given."""
        if fault.what == "fail-early":
            end = scripted(fault)
            response: Json = {"object": "realtime.response", "id": self.wire.id("resp"), "output": []}
            response |= {"status": end["status"], "status_details": status_details(end)}
            return [self.wire.event("response.done", response=response)]
        if fault.what == "slow":
            self.slow(fault.number, now)
        elif self.active and fault.what in ("fail", "incomplete"):
            return self.active.end(scripted(fault), now)
        elif self.active and fault.what == "stall":
            self.outbox.withdraw(self.active.id)
        elif self.active and fault.what == "no-done":
            self.active.says_done = False
        return []

    def slow(self, percent: int, now: float) -> None:
        """Answers come at so many percent of real time, what is left of the active one too."""
        before, self.pace = self.pace, replace(self.pace, speed=percent / 100)
        if self.active:
            self.outbox.stretch(self.active.id, now, before.speed / self.pace.speed)

    def scripted_error(self, fault: Fault, event_id: str | None = None) -> Json:
        kind = error_type(fault.argument)
        return self.wire.error(fault.argument, "Scripted.", kind=kind, event_id=event_id)

    def expired(self) -> list[Outgoing]:
        words = "Your session hit the maximum duration of 60 minutes."
        return [self.wire.error("session_expired", words), Close(1001, words)]
