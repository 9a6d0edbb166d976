"""How soon a whole device ends what somebody says, in audio time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from edge_agent.config.model import Config
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.reply import Pace
from edge_agent.telemetry import facts as f
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .sound import tone
from .world import LINES, World

SPEECH = Speech("one two three", tone(24_000, 2000, 300))
HANGOVERS: tuple[Literal["adaptive"], Literal["fixed"]] = ("adaptive", "fixed")
PAUSE = bytes(32 * 600)


def spoken(line: bytes) -> bytes:
    """Without the silence around it."""
    loud = np.flatnonzero(np.abs(np.frombuffer(line, np.int16)) > 1000)
    return line[2 * int(loud[0]) : 2 * int(loud[-1])]


def world_of(hangover: Literal["adaptive", "fixed"], **turns: Any) -> World:
    config = Config()
    config = replace(config, gate=replace(config.gate, hangover=hangover))
    world = World(config=config, answers=Script([SPEECH]), pace=Pace(think_ms=2000), **turns)
    world.wait(500)
    return world


def silence_ms(hangover: Literal["adaptive", "fixed"]) -> int:
    """From the end of a sentence to its commit."""
    world = world_of(hangover, mode="hands-free")
    world.say(LINES[0])
    begun = world.now
    world.until(lambda: any(isinstance(event, e.UplinkClosed) for event in world.events), 4000)
    return round((world.now - begun) * 1000) - len(LINES[0]) // 32


def test_a_device_answers_sooner_than_after_a_fixed_silence() -> None:
    assert silence_ms("adaptive") < silence_ms("fixed") - 100


def test_where_the_service_ends_utterances_the_gate_does_not_hurry() -> None:
    adaptive, fixed = (world_of(each, mode="hands-free", end="semantic") for each in HANGOVERS)
    for world in (adaptive, fixed):
        world.say(LINES[0])
        world.until(lambda: any(isinstance(event, e.SpeechEnded) for event in world.events), 4000)  # noqa: B023
    assert adaptive.now == fixed.now


def test_who_only_paused_is_answered_once_with_all_that_was_said() -> None:
    world = world_of("adaptive", mode="hands-free")
    world.say(spoken(LINES[0]) + PAUSE + spoken(LINES[1]))
    world.until(lambda: world.turn == "speaking", 20_000)
    world.until(lambda: world.turn == "idle", 9000)
    assert len(world.sent_of(c.CommitInput)) == 2  # the pause was taken for the end
    assert len(world.sent_of(c.CancelResponse)) == 1  # nothing of the first answer was heard
    assert [turn.outcome for turn in world.facts(f.TurnDone)] == ["interrupted", "answered"]
    assert world.refusals == []
    assert len(world.appended) // 48 >= (len(spoken(LINES[0])) + len(spoken(LINES[1]))) // 32
