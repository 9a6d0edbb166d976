"""An audio process on a virtual card, with all that it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_agent.audio.process.parent import AudioProcess
from edge_agent.config import Config
from edge_agent.config.model import AudioSettings
from edge_agent.vocabulary import events as e

from .virtual_card import VirtualCard

AUDIO = AudioSettings(microphone="vmic", speaker="vspk", echo="off", cues=False)


class Bench:
    def __init__(self, card: Any, *, started: bool = True, **audio: Any) -> None:
        self.card = card
        self.events: list[e.Event] = []
        self._news = asyncio.Event()
        config = replace(Config(), audio=replace(AUDIO, **audio))
        self.process = AudioProcess(config, self._take)
        if started:
            self.process.start()

    def _take(self, event: e.Event) -> None:
        self.events.append(event)
        self._news.set()

    async def until(self, kind: type[e.Event], *, after: int = 0, limit_s: float = 10) -> Any:
        """The first event of this kind behind the first `after` events."""
        async with asyncio.timeout(limit_s):
            while True:
                for event in self.events[after:]:
                    if isinstance(event, kind):
                        return event
                self._news.clear()
                await self._news.wait()

    def of(self, kind: type[e.Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make(*, audio: dict[str, Any] | None = None, started: bool = True, **card: Any) -> Bench:
        virtual = VirtualCard(tmp_path, **card)
        virtual.install(monkeypatch)
        benches.append(Bench(virtual, started=started, **(audio or {})))
        return benches[-1]

    yield make
    for made in benches:
        made.process.stop()
