"""The model that works for a simulated session (delegation to Responses): what it calls, and waits for. Pure.

Its clock is that of the session. An interruption does not end its work, and what comes of it is spoken unasked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ...realtime.wire import Json
from ...vocabulary.sound import SERVICE_RATE_HZ, ServicePcm
from ..answers import Call, Speech
from ..complaint import Complaint
from ..faults import Fault, FaultScript
from .live_events import LiveEvents
from .model import DuplexModel

THINKS_MS = 300  # until it answers
STILL_MS = 15_000  # of waiting for outputs, until it is said again that it takes time
USAGE: Json = {
    "input_tokens": 220,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 240,
}


def hum(ms: int) -> ServicePcm:
    """Something that can be heard."""
    wave = [1500] * 60 + [-1500] * 60
    pcm = b"".join(sample.to_bytes(2, "little", signed=True) for sample in wave)
    return pcm * (ms * SERVICE_RATE_HZ // 1000 // len(wave))


ACKNOWLEDGED = Speech("One moment.", hum(600))
STILL = Speech("I am still checking.", hum(900))


class Backend:
    """`model`: the one that speaks. `config`: the delegation of the session."""

    def __init__(
        self,
        wire: LiveEvents,
        model: DuplexModel,
        faults: FaultScript,
        config: Callable[[], Json],
    ) -> None:
        self._wire, self._model, self._faults, self._config = wire, model, faults, config
        self._delegation_id = ""
        self._number = 0  # of events in the stream of the one that works
        self._runs_at_ms: int | None = None
        self._planned: tuple[Call, ...] | None = None  # to be called; None: as the outputs lead to
        self._outputs: dict[str, str | None] = {}  # of what was called; None: it is waited for
        self._says_at_ms: int | None = None
        self._is_acknowledged = self._is_stalled = False

    def begin(self, calls: tuple[Call, ...], position_ms: int) -> list[Json]:
        """The one that speaks wants this done."""
        self._delegation_id = self._wire.id("del")
        self._planned, self._outputs = calls, {}
        self._is_acknowledged = self._is_stalled = False
        self._runs_at_ms = position_ms + THINKS_MS
        self._says_at_ms = position_ms + self._config().get("acknowledgement_delay_ms", 0)
        response_id = self._wire.id("resp")
        delegation = {"id": self._delegation_id, "type": "delegation", "target": "responses"}
        delegation |= {"response_id": response_id}
        return [self._wire.event("session.delegation.created", delegation=delegation, offset_ms=position_ms)]

    @property
    def is_running(self) -> bool:
        return self._runs_at_ms is not None

    def told(self) -> None:
        """A text was put into the session: nothing need be said of what is being done."""
        self._says_at_ms = None

    def take(self, event: Json, position_ms: int) -> Complaint | None:
        """An item for it, or that it is to go on. What is wrong with that."""
        if event["type"] == "response.item.create":
            return self._take_item(event["item"])
        if self.is_running or self._is_stalled:
            return Complaint("invalid_value", "A response is in progress.", "type")
        if missing := [call_id for call_id, output in self._outputs.items() if output is None]:
            words = f"No tool output found for function call {missing[0]}."
            return Complaint("invalid_value", words, "type")
        self._runs_at_ms = position_ms + THINKS_MS
        return None

    def _take_item(self, item: Json) -> Complaint | None:
        if item.get("type") != "function_call_output":
            return Complaint("invalid_value", "This simulation takes outputs of functions only.", "item.type")
        call_id = item.get("call_id")
        if call_id not in self._outputs or self._outputs[call_id] is not None:
            return Complaint("invalid_value", f"No open function call {call_id}.", "item.call_id")
        self._outputs[call_id] = str(item.get("output"))
        return None

    def step(self, position_ms: int) -> Iterator[Json]:
        """What comes of it now."""
        if self._runs_at_ms is not None and position_ms >= self._runs_at_ms:
            self._runs_at_ms = None
            yield from self._run()
        if self._says_at_ms is not None and position_ms >= self._says_at_ms:
            if not self._model.mouth.is_speaking:
                self._model.mouth.say(STILL if self._is_acknowledged else ACKNOWLEDGED)
            self._is_acknowledged, self._says_at_ms = True, position_ms + STILL_MS

    def _run(self) -> Iterator[Json]:
        response: Json = {"id": self._wire.id("resp"), "object": "response", "output": [], "tools": []}
        yield self._inner("response.created", response=response | {"status": "in_progress"})
        for fault in self._faults.at("work"):
            if end := _end(fault):
                self._outputs, self._says_at_ms = {}, None
                yield self._inner(f"response.{end['status']}", response=response | end)
                return
            self._is_stalled |= fault.what == "stall"
        if not self._is_stalled:
            calls = self._calls()
            yield from (self._call(call, number) for number, call in enumerate(calls))
            yield self._inner(
                "response.completed", response=response | {"status": "completed", "usage": USAGE}
            )
            if not calls:
                self._says_at_ms = None

    def _calls(self) -> Sequence[Call]:
        """What it calls now; of the rest the one that speaks makes words."""
        planned, self._planned = self._planned, ()
        if planned:
            return planned
        outputs, self._outputs = self._outputs, {}
        return self._model.work_out(tuple(output or "" for output in outputs.values()))

    def _call(self, call: Call, number: int) -> Json:
        call_id = self._wire.id("call")
        self._outputs[call_id] = None
        item = {"type": "function_call", "id": self._wire.id("fc"), "status": "completed", "call_id": call_id}
        item |= {"name": call.name, "arguments": call.arguments}
        return self._inner("response.output_item.done", output_index=number, item=item)

    def _inner(self, kind: str, **fields: object) -> Json:
        self._number += 1
        event = {"type": kind, "sequence_number": self._number, **fields}
        return self._wire.event("response.event", delegation_id=self._delegation_id, event=event)


def _end(fault: Fault) -> Json | None:
    """How an answer of it ends that does not come."""
    match fault.what:
        case "fail":
            return {"status": "failed", "error": {"code": fault.part(0), "message": "Scripted."}}
        case "incomplete":
            return {"status": "incomplete", "incomplete_details": {"reason": fault.argument}}
    return None
