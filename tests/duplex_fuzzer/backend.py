"""The model that works for a session of GPT-Live: it calls, fails, and forgets, and takes no half answers."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from tests.fuzzer.clock import Clock
from tests.fuzzer.tools import NAMES

THINKS_MS = (100, 300, 2000)
AGAIN, FAILS = 0.25, 0.1  # how often


class Backend:
    """`send` takes what it tells the device, `speak` has its result spoken. `complain`: of what it gets."""

    def __init__(
        self,
        clock: Clock,
        random: Random,
        send: Callable[[e.ServiceEvent], None],
        speak: Callable[[], None],
        complain: Callable[[str, str], None],
    ) -> None:
        self._clock, self._random = clock, random
        self._send, self._speak, self._complain = send, speak, complain
        self._open: dict[str, bool] = {}  # calls: whether they have their output
        self._delegation_id = ""
        self._count = 0
        self._runs = False

    @property
    def is_busy(self) -> bool:
        return self._runs or bool(self._open)

    def begin(self, delegation_id: str) -> None:
        """Nothing else is worked at."""
        self._delegation_id, self._open = delegation_id, {}
        self._send(e.WorkAsked(delegation_id, by_service=True))
        self._run(calls=True)

    def take(self, command: c.CreateFunctionOutput | c.ContinueWork) -> None:
        if isinstance(command, c.ContinueWork):
            if self._runs or not all(self._open.values()):
                self._complain("half-answered", f"{self._open}")
            self._open = {}
            self._run(calls=self._random.random() < AGAIN)
        elif self._open.get(command.call_id, True):
            self._complain("output-of-nothing", f"{command}, open are {self._open}")
        else:
            self._open[command.call_id] = True

    def _run(self, *, calls: bool) -> None:
        self._runs = True
        self._clock.after(self._random.choice(THINKS_MS), self._end, self._delegation_id, calls)

    def _end(self, delegation_id: str, calls: bool) -> None:
        if delegation_id != self._delegation_id:
            return
        self._runs, random = False, self._random
        self._count += 1
        response_id = f"{delegation_id}r{self._count}"
        if random.random() < FAILS:
            self._send(e.WorkPaused(delegation_id, response_id, "failed", "server_error"))
        elif calls:
            called = tuple(
                e.FunctionCall(f"{response_id}c{number}", random.choice(NAMES), "{}", random.randrange(3))
                for number in range(random.choice((1, 1, 2, 3)))
            )
            self._open = {call.call_id: False for call in called}
            self._send(e.WorkPaused(delegation_id, response_id, "completed", "", called))
        else:
            self._send(e.WorkPaused(random.choice((delegation_id, "")), response_id, "completed"))
            self._speak()
