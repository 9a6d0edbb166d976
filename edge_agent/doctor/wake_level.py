"""From how soft a voice on a call is heard over the background of a room, and what is wrong with one that was not."""

from __future__ import annotations

import numpy as np

from ..audio.levels import Samples, decibels
from ..audio.wake_ear import WakeEar
from ..audio.wake_trial import tried
from ..vocabulary.frozen import frozen
from ..vocabulary.sound import MIC_RATE_HZ
from .acoustics import CLIPPED, FRAME, pcm_of
from .result import Check, ok, skipped, warning

NAME = "call"
LEVELS_DBFS = range(-25, -81, -5)  # that are tried, of the frames in which the word sounds
AHEAD_S, AFTER_S = 1.5, 0.6
SOUNDING = 1e-3  # of the power of the loudest frame: what is softer is a pause in the word
VOICE_DBFS = -40.0  # at which a voice across a room reaches a microphone that is set right
MARGIN_DB = 6.0
QUIET_FLOOR_DBFS = -70.0  # a softer background is the microphone's own noise: its gain can be raised
MOST_CLIPPED = 0.01  # of the samples that sound
GAIN = "the microphone's gain ('alsamixer', F6 its card, F4 Capture)"
NOISE = "find the source of the noise, or move the microphone away from it"


@frozen
class AskedCall:
    """What was heard while somebody was asked to call. `score`: the highest; a call needs more than `cutoff` for a
    while, and `is_call` says whether it was one."""

    word: str
    score: float
    cutoff: float
    is_call: bool
    loudest_dbfs: float  # of its frames
    clipped: float  # share of the samples that sound


def softest_dbfs(ear: WakeEar, call: Samples, room: Samples) -> float | None:
    """The softest level at which `ear` hears a recorded call over the background `room`; None: not even a loud voice's.
    All is at MIC_RATE_HZ."""
    ahead = round(AHEAD_S * MIC_RATE_HZ)
    background = np.resize(room, ahead + len(call) + round(AFTER_S * MIC_RATE_HZ))
    powers = _powers(call)
    level_db = decibels(float(powers[powers > powers.max() * SOUNDING].mean()))
    softest = None
    for level_dbfs in LEVELS_DBFS:
        sound = background.copy()
        sound[ahead : ahead + len(call)] += call * 10 ** ((level_dbfs - level_db) / 20)
        if not tried(ear, pcm_of(sound)).calls:
            break
        softest = float(level_dbfs)
    return softest


def asked(word: str, score: float, cutoff: float, is_call: bool, samples: Samples) -> AskedCall:
    """Of a recording of somebody who calls."""
    powers = _powers(samples)
    sounding = powers > powers.max() * SOUNDING
    frames = samples[: len(powers) * FRAME].reshape(-1, FRAME)[sounding]
    clipped = float((np.abs(frames) >= CLIPPED).mean())
    return AskedCall(word, score, cutoff, is_call, decibels(float(powers.max())), clipped)


def room(softest_dbfs: float | None, floor_dbfs: float) -> Check:
    """What a room leaves of a call that nobody was asked for."""
    if softest_dbfs is None:
        seen = f"in the noise of this room ({floor_dbfs:.0f} dBFS) not even a loud call is heard"
        return warning(NAME, seen, NOISE, floor_dbfs=round(floor_dbfs, 1))
    figures = {"softest_dbfs": softest_dbfs, "floor_dbfs": round(floor_dbfs, 1)}
    seen = f"in this room a call is heard down to {softest_dbfs:.0f} dBFS (noise {floor_dbfs:.0f} dBFS)"
    if softest_dbfs > VOICE_DBFS:
        return warning(NAME, f"{seen}; a voice across it has about {VOICE_DBFS:.0f}", NOISE, **figures)
    return ok(NAME, seen, **figures)


def person(there: Check, softest_dbfs: float, floor_dbfs: float, call: AskedCall) -> Check:
    """What the room `there` leaves of a call that somebody was asked for."""
    if call.loudest_dbfs < floor_dbfs + MARGIN_DB:
        return skipped(NAME, f"{there.seen}; nobody said {call.word}")
    heard = f"{call.word} at {call.loudest_dbfs:.0f} dBFS, score {call.score:.3f} of {call.cutoff:.3f}"
    figures = {**there.figures, "loudest_dbfs": round(call.loudest_dbfs, 1), "score": round(call.score, 3)}
    seen = f"{there.seen}; {heard}"
    if call.clipped > MOST_CLIPPED:
        return warning(
            NAME, f"{seen}, cut off at full scale", f"lower {GAIN}, and switch off its boost", **figures
        )
    if call.loudest_dbfs < softest_dbfs + MARGIN_DB:
        louder = f"raise {GAIN}" if floor_dbfs < QUIET_FLOOR_DBFS else f"come closer, or {NOISE}"
        return warning(NAME, f"{seen}: too soft to be sure of", louder, **figures)
    if not call.is_call:
        return warning(
            NAME,
            f"{seen}: not a call",
            'say it as one, or set sensitivity = "high" in its [[wake]]',
            **figures,
        )
    return ok(NAME, seen, **figures)


def _powers(samples: Samples) -> Samples:
    return np.asarray((samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME) ** 2).mean(axis=1))
