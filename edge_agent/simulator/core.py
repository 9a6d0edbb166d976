"""What the parts of a simulated session share: its state, its outbox, and how it refuses and breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ..realtime.wire import Json
from ..vocabulary.sound import ServicePcm
from .answers import Answers, Asked
from .breaking import broken
from .complaint import Complaint
from .endings import scripted, status_details
from .faults import Fault, FaultScript
from .items import Items
from .mcp_calls import McpCalls
from .outbox import Close, Outbox, Outgoing
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
    stuck_id: str = ""  # of one that is over, and taken for active for ever
    mcp: McpCalls = field(init=False)

    def __post_init__(self) -> None:
        self.mcp = McpCalls(self.wire, self.items, self.outbox, self._learn)

    def _learn(self, output: str) -> None:
        """The next answer knows it."""
        self.asked = replace(self.asked, outputs=(*self.asked.outputs, output))

    @property
    def active_id(self) -> str | None:
        """Of the response that keeps others from beginning."""
        return self.active.id if self.active else self.stuck_id or None

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
            done = broken(fault, self.wire, self.outbox)
            if done is not None:
                outputs += done
            elif fault.what == "expire":
                outputs += self.expired()
            elif fault.moment != "response":  # there it is for the response that begins
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
        elif self.active:
            return self._spoil_active(self.active, fault, now)
        elif fault.what == "stuck":
            self.stuck_id = self.wire.id("resp")
        return []

    def _spoil_active(self, active: Reply, fault: Fault, now: float) -> list[Outgoing]:
        match fault.what:
            case "fail" | "incomplete" | "ends":
                return active.end(scripted(fault), now)
            case "stall":
                self.outbox.withdraw(active.id)
            case "no-done":
                active.quirks.says_done = False
            case "stuck":
                active.quirks.stuck = True
        return []

    def slow(self, percent: int, now: float) -> None:
        """Answers come at so many percent of real time, what is left of the active one too."""
        before, self.pace = self.pace, replace(self.pace, speed=percent / 100)
        if self.active:
            self.outbox.stretch(self.active.id, now, before.speed / self.pace.speed)

    def expired(self) -> list[Outgoing]:
        words = "Your session hit the maximum duration of 60 minutes."
        return [self.wire.error("session_expired", words), Close(1001, words)]
