"""One trouble in one state of the turn: what becomes of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from edge_agent.telemetry import facts as f
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import Turn

from .rig import UTTERANCE_MS, Rig
from .troubles import State, Trouble

PLAIN = {Cue.LISTENING, Cue.DONE}


@dataclass(frozen=True)
class Cell:
    """What came of it. `again_s`: until the link was up again, `sound_s`: until the answer sounded, both from
    the fault on (or from the end of the question, if that was later); `resent_ms`: from the new session on, until
    what was said already arrived there; None: it was not needed."""

    trouble: Trouble
    state: State
    answered: bool
    cues: tuple[Cue, ...]
    again_s: float | None
    sound_s: float | None
    resent_ms: float | None
    attempts: int


class Missed(Exception):
    """The state was over before the trouble came: the machine is busy."""


async def cell(trouble: Trouble, state: State) -> Cell:
    """Raises AssertionError where a promise is broken."""
    while True:
        with suppress(Missed):
            return await _cell(trouble, state)


async def _cell(trouble: Trouble, state: State) -> Cell:
    async with trouble.around() as rig:
        utterance = await reach(rig, state)
        if state == "before first audio" and rig.speaks:
            raise Missed
        began = asked = monotonic()
        befalling = asyncio.create_task(trouble.befall(rig))
        await asyncio.sleep(0)
        if state in ("listening", "interrupted"):
            await rig.hear(UTTERANCE_MS // 2, utterance)
            rig.release()
            asked = monotonic()
        await befalling
        if trouble.is_noticed_at_rest and state == "idle":
            await rig.until(lambda: rig.of(e.Disconnected))
        await rig.settle()
        told = trouble.told if state in trouble.told_in else None
        if trouble.told and state not in trouble.told_in:
            await rig.until(lambda: rig.of(e.LinkFailed) or trouble.survives)
        elif not trouble.told:
            await rig.until(lambda: rig.online)
        cues = tuple(cue for cue in rig.cues if cue not in PLAIN)
        again_s = rig.when(e.Connected, began)
        sound_s = rig.when(e.PlaybackStarted, asked) if state not in ("idle", "speaking") else None
        resent_ms = _resent_ms(rig)
        answered = _check(rig, utterance, told, cues)
        rig.calls = False
        await _check_the_next(rig)
        assert rig.attempts <= trouble.attempts + 1, f"{rig.attempts} attempts"
        assert not trouble.survives or again_s is None, "the link need not have gone down"
        return Cell(trouble, state, answered, cues, again_s, sound_s, resent_ms, rig.attempts)


def _resent_ms(rig: Rig) -> float | None:
    """From the beginning of the last session to its first sound, where sound waited for it."""
    last = [entry for entry in rig.entries if entry.connection == rig.entries[-1].connection]
    began = next((entry.t for entry in last if entry.event["type"] == "session.updated"), None)
    first = next((entry.t for entry in last if entry.event["type"] == "input_audio_buffer.append"), None)
    waited = rig.state.turn is not Turn.LISTENING and rig.entries[-1].connection > 1
    return (first - began) * 1000 if began and first and waited else None


async def reach(rig: Rig, state: State) -> int:
    """Bring the device there; the utterance that the trouble is about (0: none)."""
    if state == "idle":
        return 0
    if state == "listening":
        utterance = await rig.begin()
        await rig.hear(UTTERANCE_MS // 2, utterance)
        return utterance
    rig.calls = state == "while a tool runs"
    utterance = await rig.say()
    await rig.until(lambda: rig.state.turn is Turn.THINKING)
    if state == "thinking":
        return utterance
    if state == "while a tool runs":
        await rig.until(lambda: any(isinstance(record.fact, f.ToolStarted) for record in rig.records))
        return utterance
    await rig.until(lambda: rig.of(e.ResponseStarted))
    if state == "before first audio":
        return utterance
    await rig.until(lambda: sum(len(delta.pcm) for delta in rig.of(e.AudioDelta)) >= 48 * 1300)
    if state == "speaking":
        return utterance
    utterance = await rig.begin()
    await rig.hear(UTTERANCE_MS // 2, utterance)
    return utterance


def _check(rig: Rig, utterance: int, told: Cue | None, cues: tuple[Cue, ...]) -> bool:
    """Whether it was answered; what must hold of it."""
    answers = rig.answers_to(utterance)
    if not utterance:
        return False
    if told:
        assert told in cues, f"not told: {cues}"
        assert not answers
        return False
    assert len(answers) == 1, f"{len(answers)} answers; {rig.given}, heard {dict(rig.heard_ms)}, cues {cues}"
    (given,) = answers
    assert abs(given.asked[utterance] - UTTERANCE_MS) <= 60, f"{given.asked} of it were sent"
    return True


async def _check_the_next(rig: Rig) -> None:
    """The device is as it was: it is asked something else, and answers that."""
    before = dict(rig.heard_ms)
    utterance = await rig.say()
    await rig.settle()
    answers = rig.answers_to(utterance)
    assert len(answers) == 1, (
        f"afterwards: {rig.given}, heard {dict(rig.heard_ms)}, before {before}, {rig.cues}"
    )
    assert abs(answers[0].asked[utterance] - UTTERANCE_MS) <= 60
    assert rig.state.turn is Turn.IDLE
    assert rig.online
