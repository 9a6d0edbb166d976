"""One run of one peer: starts its driver, follows its marks, and measures it from outside between them."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

import numpy as np

from edge_agent.audio.convert import convert
from edge_agent.audio.sounds import spoken_lines
from edge_agent.vocabulary.sound import MIC_RATE_HZ, SERVICE_RATE_HZ

from .. import measure
from ..measure import Reading, Size, Spent
from ..secure import Answer, SecureService
from .environments import ROOT

NOISE_RMS, NOISE_S = 12, 10  # a quiet room: -69 dBFS
SENT = 0.95  # of what was said must have reached the service


class DriverFailed(Exception):
    """It ended, or hung, or did not send what it heard."""


@dataclass(frozen=True, slots=True)
class Course:
    """How long a run is."""

    turns: int
    talk_s: float
    idle_s: float
    answer: Answer = Answer.LONG
    said: int = 1  # so often over is each answer said

    @property
    def answer_s(self) -> float:
        return self.said * self.answer.lasts_s


@dataclass(frozen=True, slots=True)
class Run:
    """What was measured; of the answers the time that they sound."""

    imported_s: float  # from the start
    ready_s: float
    resting: Spent
    first: Spent  # turn, which is not in the others
    talking: Spent
    answering: Spent
    rested: Size
    size: Size
    sent_s: float  # a turn


@contextmanager
def sounds(course: Course, rate_hz: int) -> Iterator[dict[str, str | int]]:
    """Files of what a microphone hears, as the fields of a driver's plan."""
    lines = b"".join(line.pcm for line in spoken_lines())
    wanted = int(course.talk_s * SERVICE_RATE_HZ) * 2
    speech = convert((lines * (wanted // len(lines) + 1))[:wanted], SERVICE_RATE_HZ, rate_hz)
    noise = np.random.default_rng(1).normal(0, NOISE_RMS, rate_hz * NOISE_S).astype(np.int16).tobytes()
    with tempfile.TemporaryDirectory() as folder:
        files = {"speech": Path(folder) / "speech.pcm", "noise": Path(folder) / "noise.pcm"}
        files["speech"].write_bytes(speech)
        files["noise"].write_bytes(noise)
        yield {"rate_hz": rate_hz, **{name: str(file) for name, file in files.items()}}


async def drive(
    python: Path,
    driver: Path,
    service: SecureService,
    course: Course,
    *,
    hands_free: bool,
    settings: Mapping[str, str] | None = None,
) -> Run:
    """`settings`: of edge-agent, as environment variables. Raises DriverFailed."""
    is_agent = driver.stem == "drive_edge_agent"
    rate_hz = MIC_RATE_HZ if hands_free or is_agent else SERVICE_RATE_HZ
    with sounds(course, rate_hz) as files, tempfile.TemporaryDirectory() as folder:
        plan = {
            **files,
            "service": service.address,
            "hands_free": hands_free,
            "turns": course.turns,
            "idle_s": course.idle_s,
        }
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("EDGE_AGENT_")},
            "SSL_CERT_FILE": str(service.ca),
            "HOME": folder,  # nobody finds settings of whoever runs this
        }
        if is_agent:
            environ |= _agent(service, folder, hands_free=hands_free) | dict(settings or {})
        began, errors = monotonic(), Path(folder) / "errors"
        with errors.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                python, "-W", "ignore", driver, json.dumps(plan),
                stdout=asyncio.subprocess.PIPE, stderr=output, env=environ,
            )  # fmt: skip
        try:
            async with asyncio.timeout(
                60 + course.idle_s + (course.turns + 1) * (course.talk_s + course.answer_s + 10)
            ):
                return await _follow(process, began, service, course)
        except (TimeoutError, EOFError, ProcessLookupError, FileNotFoundError) as error:
            said = errors.read_text(errors="replace").strip().splitlines()[-5:]
            raise DriverFailed("\n".join([f"{driver.stem}: {error or 'took too long'}", *said])) from None
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _agent(service: SecureService, folder: str, *, hands_free: bool) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "AZURE_OPENAI_ENDPOINT": f"https://{service.address}",
        "AZURE_OPENAI_API_KEY": "local",
        "EDGE_AGENT_PANEL_BACKEND": "none",
        "EDGE_AGENT_TURNS_MODE": "hands-free" if hands_free else "button",
        "RUNTIME_DIRECTORY": folder,
        "STATE_DIRECTORY": folder,
    }


async def _follow(
    process: asyncio.subprocess.Process, began: float, service: SecureService, course: Course
) -> Run:
    assert process.stdout
    lines = process.stdout

    async def until(word: str) -> Reading:
        line = (await lines.readline()).decode().strip()
        if line != word:
            raise EOFError(f"it should be {word}, and says {line!r}")
        return measure.read(process.pid)

    imported = await until("imported")
    ready = await until("ready")
    resting = await until("resting")
    rested = await until("rested")
    quiet = measure.size(process.pid)
    first = talking = answering = Spent(0.0, 0.0, 0)
    if course.turns:
        began_first = await until("first")
        first = await until("first over") - began_first
    heard_before = len(service.heard_ms)
    for _ in range(course.turns):
        begun = await until("talking")
        talked = await until("talked")
        answered = await until("answered")
        talking += talked - begun
        spent = answered - talked
        answering += replace(spent, lasted_s=course.answer_s)
    await until("over")
    sent_s = sum(service.heard_ms[heard_before:]) / 1000 / max(1, course.turns)
    if course.turns and sent_s < SENT * course.talk_s:
        raise EOFError(f"of {course.talk_s} s that were said, only {sent_s:.1f} s reached the service")
    return Run(
        imported.at_s - began,
        ready.at_s - began,
        rested - resting,
        first,
        talking,
        answering,
        quiet,
        measure.size(process.pid),
        sent_s,
    )
