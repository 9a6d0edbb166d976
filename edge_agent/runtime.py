"""Puts a device together as the configuration says, and keeps it running until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from .agent import Agent, Watcher
from .audio.adapter import Card
from .audio.build import build_engine
from .audio.worker import AudioThread
from .config import Config
from .conversation import Conversation
from .events import Event, StopRequested, Tick
from .realtime.auth import credential
from .realtime.link import Link
from .timeline import Record, Timeline
from .turns import TurnSettings

STOP_S = 2.0  # a device is gone within this time after it was told to stop


class Device:
    """Sound, link and agent, wired together. To be made and run inside an event loop."""

    def __init__(
        self,
        config: Config,
        card: Card,
        *,
        records: Callable[[Record], None] = lambda _: None,
        watchers: tuple[Watcher, ...] = (),
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        timeline = Timeline(time.monotonic, records)
        note = logging.getLogger("edge_agent").warning
        engine = build_engine(config, self._emit, out_latency_ms=card.out_latency_ms, note=note)
        self.audio = AudioThread(card, engine, self._emit)
        self.link = Link(config, credential(config.service), self.post, timeline.sent)
        self._agent = Agent(
            Conversation(TurnSettings.of(config)),
            audio=self.audio,
            service=self.link,
            timeline=timeline,
            clock=time.monotonic,
            wake_at=self._wake_at,
            over=lambda: self._end(None),
            watchers=watchers,
        )

    def post(self, event: Event) -> None:
        """Something happened. On the event loop's thread."""
        try:
            self._agent.post(event)
        except Exception as error:
            self._end(error)

    def stop(self) -> None:
        """End politely: what was heard of an answer is told to the service first."""
        self.post(StopRequested())

    async def run(self) -> None:
        """Until `stop`. Raises LinkFailure where only a change of the configuration can help."""
        self.audio.start()
        link = asyncio.create_task(self.link.run(), name="link")
        try:
            await asyncio.wait({link, self._over}, return_when=asyncio.FIRST_COMPLETED)
            if link.done():
                self.stop()
            else:
                await self.link.drain()
            await self._over
        finally:
            link.cancel()
            await asyncio.wait({link}, timeout=STOP_S)
            self._wake_at(None)
            self.audio.stop()
        if not link.cancelled() and (failure := link.exception()):
            raise failure

    def _emit(self, event: Event) -> None:
        """From the audio thread."""
        self._loop.call_soon_threadsafe(self.post, event)

    def _wake_at(self, deadline: float | None) -> None:
        if self._timer is not None:
            if self._timer.when() == deadline:
                return
            self._timer.cancel()
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.post(Tick())

    def _end(self, error: Exception | None) -> None:
        if not self._over.done():
            if error is None:
                self._over.set_result(None)
            else:
                self._over.set_exception(error)
