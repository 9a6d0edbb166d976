"""On a real device: EDGE_AGENT_TEST_HARDWARE=1 pytest -m realtime tests/test_real_hardware.py

Takes the microphone and the speaker that the configuration names (EDGE_AGENT_CONFIG, or the default path), in a
room where nobody talks meanwhile. The running service must be stopped.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import fields, replace

import pytest

from edge_agent.audio.sounds import spoken_answers
from edge_agent.config import load
from edge_agent.doctor.all_checks import Scope, examine
from edge_agent.doctor.result import Check
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import FRAME_MS

from .audio_bench import Bench
from .sound import rms

ENVIRONMENT = dict(os.environ)  # before other fixtures tidy it

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(
        not ENVIRONMENT.pop("EDGE_AGENT_TEST_HARDWARE", ""), reason="wants EDGE_AGENT_TEST_HARDWARE=1"
    ),
]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    config, problems = load(environ=ENVIRONMENT)
    assert not problems
    audio = {item.name: getattr(config.audio, item.name) for item in fields(config.audio)}
    it = Bench(None, **audio)
    yield it
    it.process.stop()


async def test_the_doctor_is_content() -> None:
    config, problems = load(environ=ENVIRONMENT)
    scope = Scope(panel=False, network=False)
    checks: list[Check] = [check async for check in examine(config, problems, scope)]
    assert not [check for check in checks if check.status == "failed"]


async def test_a_minute_of_sound_without_a_gap(bench: Bench) -> None:
    await bench.until(e.AudioStarted)
    before = bench.process.counters
    answers = b"".join(clip.pcm for clip in spoken_answers())
    bench.process.send(c.Play("item", answers))
    bench.process.send(c.FinishPlayback())
    async with asyncio.timeout(len(answers) / 48_000 + 10):
        await bench.until(e.PlaybackDrained, limit_s=120)
    after = bench.process.counters
    assert (after.overruns, after.underruns) == (before.overruns, before.underruns)
    assert (after.frames - before.frames) * FRAME_MS >= len(answers) / 48


async def test_the_microphone_hears_something(bench: Bench) -> None:
    await bench.until(e.AudioStarted)
    bench.process.send(c.OpenUplink("closed"))
    recorded = await bench.until(e.MicAudioRecorded)
    assert rms(replace(recorded).pcm) > 0
