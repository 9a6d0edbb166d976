"""The shell: one inbox, one loop. It carries out what the conversation decides, and tells who watches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from . import commands as c
from . import events as e
from .conversation import Conversation
from .state import State
from .timeline import Timeline


class Audio(Protocol):
    def send(self, command: c.AudioCommand) -> None: ...


class Service(Protocol):
    def send(self, command: c.ServiceCommand) -> None: ...


Watcher = Callable[[e.Event, State], None]  # after each event


class Agent:
    """`clock` is what `now` is read from: monotonic in life, the sound's own in tests."""

    def __init__(
        self,
        conversation: Conversation,
        *,
        audio: Audio,
        service: Service,
        timeline: Timeline,
        clock: Callable[[], float],
        watchers: tuple[Watcher, ...] = (),
    ) -> None:
        self.conversation = conversation
        self._audio, self._service, self._timeline = audio, service, timeline
        self._clock, self._watchers = clock, watchers
        self._inbox: asyncio.Queue[e.Event] = asyncio.Queue()
        self.over = False

    def post(self, event: e.Event) -> None:
        """From the event loop. Other threads: `loop.call_soon_threadsafe(agent.post, event)`."""
        self._inbox.put_nowait(event)

    def handle(self, event: e.Event) -> None:
        """Take an event and finish all its commands, without a pause."""
        before = self.conversation.state
        commands = self.conversation.handle(event, self._clock())
        self._timeline.turn = self.conversation.turns
        self._timeline.event(event, before, self.conversation.state)
        for command in commands:
            self._execute(command)
        for watcher in self._watchers:
            watcher(event, self.conversation.state)

    async def run(self) -> None:
        """Until the conversation says that everything is ended."""
        while not self.over:
            self.handle(await self._next())

    async def _next(self) -> e.Event:
        deadline = self.conversation.deadline
        if deadline is not None and self._clock() >= deadline:
            return e.Tick()
        try:
            async with asyncio.timeout_at(deadline):
                return await self._inbox.get()
        except TimeoutError:
            return e.Tick()

    def _execute(self, command: c.Command) -> None:
        if isinstance(command, c.Shutdown):
            self.over = True
        elif isinstance(command, c.ServiceCommand):
            self._service.send(command)
        else:
            if isinstance(command, c.PlayCue):
                self._timeline.cue(command.cue)
            self._audio.send(command)
