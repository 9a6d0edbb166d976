"""The functions that an answer calls: each gets one output, whatever becomes of its tool. Pure.

A call belongs to the question that is asked, and survives the session in which it was made: the next one is told of
it. A run is a tool at work for it, or for several that want the same; it may outlive the question.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ..vocabulary.commands import (
    AnswerApproval,
    CancelTool,
    CreateFunctionOutput,
    RestoreCall,
    RestoreMessage,
    RunTool,
)
from ..vocabulary.tool_events import CallKind, FunctionCall, ServiceCallEnded, Tool, ToolReturned

MOST_REMEMBERED = 64  # ids of calls, and runs that have ended
ONCE_S = 60.0
CONFIRM_S = 10.0
SERVICE_S = 30.0  # for a tool that the service calls

CallCommand: TypeAlias = (
    CreateFunctionOutput | AnswerApproval | RestoreCall | RestoreMessage | RunTool | CancelTool
)


def _error(words: str) -> str:
    return json.dumps({"error": words})


NO_FUNCTION = _error("this device has no such function")
NOT_CALLED = _error("the answer was not wanted any more, or failed, before this was called")
INTERRUPTED = _error("the user interrupted; it was cancelled")
TOO_MANY = _error("too many calls for one question; answer with what is known")
NOT_CONFIRMED = _error("not done: nobody pressed the button in time to confirm it")
REPEATED = _error("this was called already")
SERVICE_DONE = json.dumps({"status": "the service has called it"})
SERVICE_FAILED = _error("it failed")
LOST = _error("the link was lost before its result was there; it may have been done")
GOES_ON = json.dumps({"status": "it goes on in the background; its result will be told when it is there"})

QUIET = json.dumps({"status": "no answer follows"})
TELL = "Tell the user about it now, briefly."


def late(tool: Tool) -> str:
    return _error(f"{tool.name} did not finish within {tool.deadline_s:g} s; it was cancelled")


@dataclass(slots=True)
class ToolCall:
    """`output` None: its run has not ended."""

    call_id: str = ""
    name: str = ""
    arguments: str = ""
    run: int = 0  # 0: none
    output: str | None = None
    kind: CallKind = "function"
    approved: bool = False  # that the service carries it out


@dataclass(slots=True)
class ToolRun:
    """A tool at work, or about to be. `due`: when nobody waits for it any more; None: it waits for the button."""

    number: int = 0
    tool: Tool = field(default_factory=Tool)
    arguments: str = ""
    fingerprint: int = 0
    began: float = 0.0
    due: float | None = None
    asks: bool = False  # that the button be pressed
    output: str | None = None  # of one that has ended
    kind: CallKind = "function"
    in_background: bool = False


@dataclass(slots=True)
class Calls:
    tools: dict[str, Tool] = field(default_factory=dict)
    of_question: list[ToolCall] = field(default_factory=list)
    runs: dict[int, ToolRun] = field(default_factory=dict)
    ended: OrderedDict[int, ToolRun] = field(default_factory=OrderedDict)  # of tools that run `once`
    told: OrderedDict[str, bool] = field(default_factory=OrderedDict)  # whether this session has the output
    news: list[str] = field(default_factory=list)  # that came in the background: texts for the service
    awaited: bool = False  # an answer is to be asked for, once all have their outputs
    count: int = 0  # runs, ever
    waits_since: float | None = None  # for what is open now
    ended_early: OrderedDict[str, bool] = field(default_factory=OrderedDict)  # items: whether they failed
    # what the service has called for the question: texts for the next
    service_notes: list[str] = field(default_factory=list)
    answers: int = 0  # to requests for approval, ever

    @property
    def is_open(self) -> bool:
        """Whether an output is still to come."""
        return bool(self.open_ids)

    @property
    def open_ids(self) -> list[str]:
        """Of the calls whose output is still to come."""
        return [call.call_id for call in self.of_question if call.output is None]

    def of(self, call_id: str) -> ToolCall | None:
        """The call of the question that is asked, by its id."""
        return next((call for call in self.of_question if call.call_id == call_id), None)

    def are_quiet(self, calls: Sequence[FunctionCall]) -> bool:
        """Whether none of them wants an answer."""
        return all(
            call.kind == "function" and (tool := self.tools.get(call.name)) is not None and tool.quiet
            for call in calls
        )

    @property
    def asking(self) -> ToolRun | None:
        """The run for which the button is to be pressed now."""
        return next((run for run in self.runs.values() if run.asks), None)

    @property
    def unconfirmed(self) -> ToolRun | None:
        """The next run for which the button is to be pressed."""
        return next((run for run in self.runs.values() if run.due is None), None)

    @property
    def due(self) -> float | None:
        """When a run has taken long enough."""
        if not self.runs:
            return None
        moments = (run.due for run in self.runs.values() if not run.in_background)
        return min((at for at in moments if at is not None), default=None)

    # ---- calling --------------------------------------------------------
    def begin(self, calls: Sequence[FunctionCall], now: float, *, may_run: bool) -> Iterator[CallCommand]:
        """A response calls these. Not `may_run`: the question has called enough."""
        for call in calls:
            if call.call_id in self.told:
                yield from self._repeat(call)
                continue
            kept = ToolCall(call.call_id, call.name, call.arguments, kind=call.kind)
            self.of_question.append(kept)
            self._remember(call.call_id, told=False)
            if call.kind != "function":
                yield from self._await_service(kept, call, now, may_run=may_run)
                continue
            tool = self.tools.get(call.name)
            if tool is not None and tool.quiet:
                yield from self._settle(kept, QUIET)
            elif tool is None or not may_run:
                yield from self._settle(kept, TOO_MANY if tool else NO_FUNCTION)
            else:
                yield from self._run(kept, tool, call.fingerprint, now)
        self.awaited = may_run and not self.are_quiet(calls)
        if self.is_open and self.waits_since is None:
            self.waits_since = now

    def refuse(self, calls: Iterable[FunctionCall]) -> Iterator[CallCommand]:
        """Of a response that is not wanted, or has failed: nothing runs."""
        for call in calls:
            kept = self.of(call.call_id)
            is_open = kept is not None and kept.output is None
            if not (is_open or self.told.get(call.call_id, False)):
                yield from self._tell(ToolCall(call.call_id, call.name, kind=call.kind), NOT_CALLED)

    def _repeat(self, call: FunctionCall) -> Iterator[CallCommand]:
        """The service calls again by the same id: it gets its output in a session that does not have it."""
        kept = self.of(call.call_id)
        is_open = kept is not None and kept.output is None
        if not (is_open or self.told[call.call_id]):
            output = kept.output if kept and kept.output else REPEATED
            yield from self._tell(ToolCall(call.call_id, call.name, kind=call.kind), output)

    def _run(self, call: ToolCall, tool: Tool, fingerprint: int, now: float) -> Iterator[CallCommand]:
        if tool.once and (same := self._same(tool, fingerprint, now)):
            call.run = same.number
            if same.output is not None:
                yield from self._settle(call, same.output)
            elif same.in_background:
                yield from self._settle(call, GOES_ON)
            return
        self.count += 1
        run = ToolRun(self.count, tool, call.arguments, fingerprint, now)
        self.runs[run.number], call.run = run, run.number
        if not tool.confirm:
            yield self._start(run, now)

    def _await_service(
        self, kept: ToolCall, call: FunctionCall, now: float, *, may_run: bool
    ) -> Iterator[CallCommand]:
        """It calls by itself, or wants to be allowed to, which takes the button."""
        if call.kind == "service" and (call.ended or kept.call_id in self.ended_early):
            failed = self.ended_early.pop(kept.call_id, False)
            yield from self._settle(kept, SERVICE_FAILED if failed else SERVICE_DONE)
            return
        if call.kind == "approval" and not may_run:
            yield from self._settle(kept, TOO_MANY)
            return
        self.count += 1
        due = now + SERVICE_S if call.kind == "service" else None
        tool = Tool(call.name, SERVICE_S, confirm=call.kind == "approval")
        self.runs[self.count] = ToolRun(self.count, tool, call.arguments, began=now, due=due, kind=call.kind)
        kept.run, kept.approved = self.count, call.kind == "service"

    def service_ended(self, event: ServiceCallEnded) -> Iterator[CallCommand]:
        """It has the result: of the call with this id, or of the first that was approved and has an id of its own."""
        open_calls = [call for call in self.of_question if call.output is None and call.approved]
        ended = next((call for call in open_calls if call.call_id == event.item_id), None)
        ended = ended or next((call for call in open_calls if call.kind == "approval"), None)
        if ended:
            self.runs.pop(ended.run, None)
            yield from self._settle(ended, SERVICE_FAILED if event.failed else SERVICE_DONE)
            return
        self.ended_early[event.item_id] = event.failed  # its response has not ended
        while len(self.ended_early) > MOST_REMEMBERED:
            self.ended_early.popitem(last=False)

    def _same(self, tool: Tool, fingerprint: int, now: float) -> ToolRun | None:
        """The run of a moment ago that does what is asked for again."""
        same = (
            run
            for run in (*self.runs.values(), *self.ended.values())
            if run.tool.name == tool.name and run.fingerprint == fingerprint and now - run.began < ONCE_S
        )
        return next(same, None)

    def _start(self, run: ToolRun, now: float) -> RunTool:
        run.due, run.asks = now + run.tool.deadline_s, False
        return RunTool(run.number, run.tool.name, run.arguments)

    # ---- the button -----------------------------------------------------
    def announce(self, run: ToolRun, now: float) -> None:
        """The person has been told to press it."""
        run.asks, run.due = True, now + CONFIRM_S

    def confirm(self, run: ToolRun, now: float) -> RunTool | AnswerApproval:
        """It was pressed."""
        start = self._start(run, now)
        if run.kind == "function":
            return start
        call = next(call for call in self.of_question if call.run == run.number)
        call.approved = True
        self._remember(call.call_id, told=True)
        return self._approval(call, approved=True)

    # ---- endings --------------------------------------------------------
    def returned(self, event: ToolReturned) -> Iterator[CallCommand]:
        """A run has ended."""
        run = self.runs.pop(event.run, None)
        if run is None:
            return
        if run.tool.undoes:
            self.run_again()
        if run.tool.once and not event.failed:
            self._keep(replace(run, output=event.output))
        if run.in_background:
            self.news.append(f"{run.tool.name}({run.arguments}) has finished: {event.output} {TELL}")
        yield from self._answer(run, event.output)

    def run_again(self) -> None:
        """What ran once is over, or undone: wanted again, it runs again."""
        self.ended.clear()

    def expire(self, now: float) -> Iterator[CallCommand]:
        """End what has taken too long, or let it go on unattended."""
        for run in [run for run in self.runs.values() if run.due is not None and now >= run.due]:
            if run.in_background:
                continue
            if run.asks:
                del self.runs[run.number]
                yield from self._answer(run, NOT_CONFIRMED)
            elif run.tool.background:
                run.in_background = True
                yield from self._answer(run, GOES_ON)
            else:
                del self.runs[run.number]
                yield from self._stop(run)
                yield from self._answer(run, late(run.tool))

    def cancel(self) -> Iterator[CallCommand]:
        """Nobody waits any more: what may go on in the background does, and the rest ends."""
        self.awaited = False
        for run in [run for run in self.runs.values() if not run.in_background]:
            if run.tool.background and run.due is not None and not run.asks:
                run.in_background = True
                yield from self._answer(run, GOES_ON)
                continue
            del self.runs[run.number]
            if run.due is not None and not run.asks:
                yield from self._stop(run)
            yield from self._answer(run, INTERRUPTED)

    def _stop(self, run: ToolRun) -> Iterator[CancelTool]:
        """Not what the service does."""
        if run.kind == "function":
            yield CancelTool(run.number, run.tool.name)

    def abandon(self) -> Iterator[CancelTool]:
        """Also what goes on in the background: who asked for it is gone."""
        for run in self.runs.values():
            yield from self._stop(run)
        self.runs.clear()
        self.news.clear()
        self.run_again()

    def answered(self) -> None:
        """The question is over."""
        self.of_question, self.service_notes, self.awaited = [], [], False

    # ---- sessions -------------------------------------------------------
    def note(self, command: CallCommand) -> str:
        """What a later session is told of it; empty: nothing."""
        match command:
            case CreateFunctionOutput(call_id) if call := self.of(call_id):
                return f"{call.name}({call.arguments}) was called: {call.output}"
            case AnswerApproval(call_id, approved) if call := self.of(call_id):
                return f"{call.name}({call.arguments}): {'the user has confirmed it' if approved else call.output}"
        return ""

    def lose_session(self) -> None:
        """What the service was to carry out ends with its session."""
        self.told = OrderedDict.fromkeys(self.told, False)
        self.ended_early.clear()
        for call in [call for call in self.of_question if call.kind != "function"]:
            self.of_question.remove(call)
            self.runs.pop(call.run, None)
            if call.approved:
                self.service_notes.append(f"{call.name}({call.arguments}) was called: {call.output or LOST}")
        if not self.is_open:
            self.waits_since = None

    def restore(self) -> Iterator[CallCommand]:
        """Tell a new session what the question has called so far."""
        for note in self.service_notes:
            yield RestoreMessage("system", note)
        for call in self.of_question:
            yield RestoreCall(call.call_id, call.name, call.arguments)
            if call.output is not None:
                yield from self._tell(call, call.output)
        self.awaited = self.is_open

    # ---- outputs --------------------------------------------------------
    def _answer(self, run: ToolRun, output: str) -> Iterator[CallCommand]:
        for call in self.of_question:
            if call.run == run.number and call.output is None:
                yield from self._settle(call, output)

    def _settle(self, call: ToolCall, output: str) -> Iterator[CallCommand]:
        call.output = output
        yield from self._tell(call, output)
        if not self.is_open:
            self.waits_since = None

    def _tell(self, call: ToolCall, output: str) -> Iterator[CallCommand]:
        """The service: what it carries out itself, it knows."""
        was_told = self.told.get(call.call_id, False)
        self._remember(call.call_id, told=True)
        if call.kind == "function":
            yield CreateFunctionOutput(call.call_id, output)
        elif call.kind == "approval" and not (call.approved or was_told):
            yield self._approval(call, approved=False)

    def _approval(self, call: ToolCall, *, approved: bool) -> AnswerApproval:
        self.answers += 1
        return AnswerApproval(call.call_id, approved, f"approval_{self.answers}")

    def _remember(self, call_id: str, *, told: bool) -> None:
        self.told[call_id] = told
        while len(self.told) > MOST_REMEMBERED:
            self.told.popitem(last=False)

    def _keep(self, run: ToolRun) -> None:
        self.ended[run.number] = run
        while len(self.ended) > MOST_REMEMBERED:
            self.ended.popitem(last=False)
