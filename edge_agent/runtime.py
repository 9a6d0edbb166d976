"""Puts a device together as the configuration says, and keeps it running until it is told to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from .agent import Agent, Watcher
from .audio.adapter import Card
from .audio.build import build_engine
from .audio.worker import AudioThread
from .config import Config
from .conversation import Conversation
from .events import Event, StopRequested
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
        loop = asyncio.get_running_loop()

        def emit(event: Event) -> None:  # on the audio thread
            loop.call_soon_threadsafe(self.agent.post, event)

        timeline = Timeline(time.monotonic, records)
        engine = build_engine(config, emit, out_latency_ms=card.out_latency_ms)
        self.audio = AudioThread(card, engine, emit)
        self.link = Link(
            config, credential(config.service), lambda event: self.agent.post(event), timeline.sent
        )
        self.agent = Agent(
            Conversation(TurnSettings.of(config)),
            audio=self.audio,
            service=self.link,
            timeline=timeline,
            clock=time.monotonic,
            watchers=watchers,
        )

    def stop(self) -> None:
        """End politely: what was heard of an answer is told to the service first."""
        self.agent.post(StopRequested())

    async def run(self) -> None:
        """Until `stop`. Raises LinkFailure where only a change of the configuration can help."""
        self.audio.start()
        link = asyncio.create_task(self.link.run(), name="link")
        agent = asyncio.create_task(self.agent.run(), name="agent")
        try:
            await asyncio.wait({link, agent}, return_when=asyncio.FIRST_COMPLETED)
            if not agent.done():
                self.stop()
                await agent
            elif not link.done():
                await self.link.drain()
            agent.result()
        finally:
            link.cancel()
            agent.cancel()
            await asyncio.wait({link, agent}, timeout=STOP_S)
            self.audio.stop()
        if not link.cancelled() and (failure := link.exception()):
            raise failure
