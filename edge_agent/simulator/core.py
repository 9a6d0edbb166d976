"""What the parts of a simulated session share: its state, its outbox, and how it refuses and breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .answers import Answers, Asked
from .faults import Fault, FaultScript
from .items import Items
from .outbox import Close, Drop, Freeze, Outbox, Output, Reset
from .reply import Pace
from .schema import Complaint
from .wire import Json, Wire


@dataclass(slots=True)
class Core:
    wire: Wire
    config: Json
    answers: Answers
    faults: FaultScript
    pace: Pace
    items: Items = field(default_factory=Items)
    outbox: Outbox = field(default_factory=Outbox)
    asked: Asked = field(default_factory=Asked)  # since the last answer

    def send(self, *outputs: Output, at: float) -> None:
        self.outbox.put(*outputs, at=at)

    def refuse(
        self, code: str, message: str, now: float, event: Json | None = None, param: str | None = None
    ) -> None:
        """An `error` event; with `event` it names the client event that it refuses."""
        event_id = event.get("event_id") if event else None
        self.send(self.wire.error(code, message, event_id=event_id, param=param), at=now)

    def complain(self, complaint: Complaint, event: Json, now: float) -> None:
        self.refuse(complaint.code, complaint.message, now, event, complaint.param)

    def moment(self, moment: str) -> list[Output]:
        """A moment of the fault script has come: what that does to the connection."""
        return self.breaks(self.faults.at(moment))

    def breaks(self, faults: Sequence[Fault]) -> list[Output]:
        outputs: list[Output] = []
        for fault in faults:
            match fault.what:
                case "drop":
                    outputs.append(Drop())
                case "reset":
                    outputs.append(Reset())
                case "duplicate" | "reorder":
                    self.outbox.mangled = fault.what
                case "close":
                    outputs.append(Close(fault.number, "scripted"))
                case "expire":
                    outputs += self.expired()
                case "freeze":
                    outputs.append(Freeze())
                case "fatal":
                    error = self.wire.error(fault.argument, "Scripted.")
                    outputs += [error, Close(4000, f"invalid_request_error.{fault.argument}")]
                case "unknown":
                    outputs.append(self.wire.event("moon.phase.changed", phase="full"))
                case "big":
                    outputs.append(self.wire.event("conversation.item.retrieved", item="x" * fault.number))
                case "binary":
                    outputs.append(b"\x00\x01\x02")
                case "bad-json":
                    outputs.append('{"type": "response.output_audio.delta", "delta": ')
        return outputs

    def expired(self) -> list[Output]:
        words = "Your session hit the maximum duration of 60 minutes."
        return [self.wire.error("session_expired", words), Close(1001, words)]
