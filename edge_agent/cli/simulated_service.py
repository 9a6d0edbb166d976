"""If no service is configured, commands start a simulated one; and the options about it."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace

from ..config import Config
from ..simulator.calling import steps_of
from ..simulator.faults import Fault, FaultScript
from ..simulator.server import SimulatedService
from ..simulator.speech import choose
from .options import filled, words
from .output import say


def add_faults(parser: argparse.ArgumentParser, help_text: str) -> None:
    parser.add_argument("--fault", type=filled, metavar="FAULT", action="append", default=[], help=help_text)


def answer_script(given: str) -> str:
    """What `simulator.speech.choose` takes."""
    try:
        steps_of(words(given))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return given


@asynccontextmanager
async def simulated_service(
    config: Config, *, answer: str | None = None, faults: Iterable[Fault] = ()
) -> AsyncIterator[Config]:
    """A simulated service on loopback, and the configuration that talks to it. Raises NoVoice."""
    chosen = choose(answer or "bundled")  # each connection begins with a copy
    async with SimulatedService(answers=lambda: copy(chosen), faults=FaultScript(faults)) as simulated:
        say(f"no service is configured; using a simulated one at {simulated.url}")
        service = replace(
            config.service,
            endpoint=simulated.url,
            credential="api-key",
            agent=config.service.agent or "simulated",
            project=config.service.project or "simulated",
        )
        transcription = config.assistant.transcription or "whisper-1"
        yield replace(
            config,
            service=service,
            assistant=replace(config.assistant, transcription=transcription),
        )
