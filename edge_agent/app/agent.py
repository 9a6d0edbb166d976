"""The shell: one ordered inbox. It carries out what the conversation decides, and tells who watches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from ..conversation.deciding import Machine
from ..telemetry.timeline import Timeline
from ..vocabulary import commands as c
from ..vocabulary import events as e
from ..vocabulary.notices import Output
from ..vocabulary.state import State


class AudioPort(Protocol):
    def send(self, command: c.AudioCommand) -> None: ...


class ToolPort(Protocol):
    def send(self, command: c.ToolCommand) -> None: ...


class ServicePort(Protocol):
    def send(self, command: c.ServiceCommand | c.LinkCommand) -> None: ...


Settled = c.SettleAnnouncement | c.SettleOpening
Watcher = Callable[[e.Event, State], None]  # after each event
Recording = Callable[[e.Event, float, list[Output]], None]  # an event, when, and what it led to


class Agent:
    """`clock` is what `now` is read from: monotonic in life, the sound's own in tests. `wake_at` is told when
    to post the next `Tick`, `over` that everything is ended, `record` of all that the conversation decides,
    `settle` that an announcement or an opening is over, `tell_group` what the other devices of a group are to
    know. `urgent` is asked before each event, and after the last, for one that goes before it."""

    def __init__(
        self,
        conversation: Machine,
        *,
        audio: AudioPort,
        service: ServicePort,
        tools: ToolPort,
        timeline: Timeline,
        clock: Callable[[], float],
        wake_at: Callable[[float | None], None],
        over: Callable[[], None],
        watchers: tuple[Watcher, ...] = (),
        record: Recording | None = None,
        settle: Callable[[Settled], None] = lambda _: None,
        tell_group: Callable[[c.GroupCommand], None] = lambda _: None,
        urgent: Callable[[], e.Event | None] = lambda: None,
    ) -> None:
        self.conversation = conversation
        self._audio, self._service, self._tools, self._timeline = audio, service, tools, timeline
        self._clock, self._wake_at, self._over = clock, wake_at, over
        self._watchers, self._record, self._urgent, self._settle = watchers, record, urgent, settle
        self._tell_group = tell_group
        self._inbox: deque[e.Event] = deque()
        self._handling = False
        self.handled = 0  # events, ever

    def post(self, event: e.Event) -> None:
        """Take an event, and finish all that it leads to. On the event loop's thread; others hand it over with
        `loop.call_soon_threadsafe`. What is posted meanwhile waits for its turn."""
        self._inbox.append(event)
        if self._handling:
            return
        self._handling = True
        try:
            while following := self._urgent() or (self._inbox.popleft() if self._inbox else None):
                self._handle(following)
        finally:
            self._handling = False
        self._wake_at(self.conversation.deadline)

    @property
    def waiting(self) -> bool:
        """Whether something is in the inbox; from outside of it: whether it stands still."""
        return self._handling or bool(self._inbox)

    def _handle(self, event: e.Event) -> None:
        self.handled += 1
        before = self.conversation.state
        now = self._clock()
        outputs = self.conversation.handle(event, now)
        if self._record:
            self._record(event, now, outputs)
        after = self.conversation.state
        self._timeline.turn = self.conversation.turns
        self._timeline.event(event, before, after, outputs)
        for output in outputs:
            self._execute(output)
        for watcher in self._watchers:
            watcher(event, after)

    def _execute(self, output: Output) -> None:
        if isinstance(output, c.ServiceCommand | c.LinkCommand):
            self._service.send(output)
        elif isinstance(output, c.AudioCommand):
            self._audio.send(output)
        elif isinstance(output, c.ToolCommand):
            self._tools.send(output)
        elif isinstance(output, Settled):
            self._settle(output)
        elif isinstance(output, c.GroupCommand):
            self._tell_group(output)
        elif isinstance(output, c.Shutdown):
            self._over()
