"""If no service is configured, commands start a simulated one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace

from ..config import Config
from ..simulator.faults import Fault, FaultScript
from ..simulator.server import SimulatedService
from ..simulator.speech import choose
from .output import say


@asynccontextmanager
async def simulated_service(
    config: Config, *, answer: str | None = None, faults: Iterable[Fault] = ()
) -> AsyncIterator[Config]:
    """A simulated service on loopback, and the configuration that talks to it. Raises NoVoice."""
    chosen = choose(answer or "bundled")  # each connection begins with a copy
    async with SimulatedService(answers=lambda: copy(chosen), faults=FaultScript(faults)) as service:
        say(f"no service is configured; using a simulated one at {service.url}")
        transcription = config.assistant.transcription or "whisper-1"
        yield replace(
            config,
            service=replace(config.service, endpoint=service.url, credential="api-key"),
            assistant=replace(config.assistant, transcription=transcription),
        )
