"""Cues over cues, and over spoken messages."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.audio import sounds
from edge_agent.audio.cues import CuePlayer
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.sound import SERVICE_FRAME_BYTES

from .sound import rms, tone

SILENCE = bytes(SERVICE_FRAME_BYTES)
SOUNDS = {Cue.DONE: tone(24_000, 300, 410), Cue.MUTED: tone(24_000, 15, 700)}


def pulled(player: CuePlayer, frames: int) -> bytes:
    return b"".join(player.mix(SILENCE) for _ in range(frames))


def largest_step(pcm: bytes) -> int:
    return int(np.abs(np.diff(np.frombuffer(pcm, np.int16).astype(int))).max())


def test_what_is_cut_off_dies_away_under_the_next() -> None:
    player = CuePlayer(SOUNDS)
    player.start(Cue.DONE)
    out = pulled(player, 3)
    player.start(Cue.MUTED)
    out += pulled(player, 3)
    assert not player.sounding
    assert out[: 3 * SERVICE_FRAME_BYTES] == SOUNDS[Cue.DONE][: 3 * SERVICE_FRAME_BYTES]
    after = out[3 * SERVICE_FRAME_BYTES :]
    assert after[48 * 10 : 48 * 15] == SOUNDS[Cue.MUTED][48 * 10 :]
    assert not any(after[48 * 15 :])
    assert largest_step(out[: 48 * 70]) <= sum(largest_step(pcm) for pcm in SOUNDS.values())


def test_where_no_cue_follows_it_dies_away_too() -> None:
    player = CuePlayer(SOUNDS)
    player.start(Cue.DONE)
    out = pulled(player, 3)
    player.start(Cue.OFFLINE)
    assert player.sounding
    out += pulled(player, 1)
    assert rms(out[48 * 60 : 48 * 70]) > 1000
    assert not any(out[48 * 70 :])
    assert largest_step(out) <= largest_step(SOUNDS[Cue.DONE]) + 1


def test_what_was_not_heard_yet_is_not_cut_off() -> None:
    player = CuePlayer(SOUNDS)
    player.start(Cue.DONE)
    player.start(Cue.MUTED)
    assert pulled(player, 1)[: 48 * 15] == SOUNDS[Cue.MUTED]
    player.start(Cue.DONE)
    player.stop()
    assert pulled(player, 1) == SILENCE


BUNDLED = sounds.cues()


@pytest.mark.parametrize("first", [Cue.DONE, Cue.MUTED, Cue.LISTENING, Cue.NO_NETWORK])
def test_no_bundled_cue_clicks_over_another(first: Cue) -> None:
    own = largest_step(BUNDLED[first]) + largest_step(BUNDLED[Cue.LISTENING])
    for frames in range(1, len(BUNDLED[first]) // SERVICE_FRAME_BYTES + 1):
        player = CuePlayer(BUNDLED)
        player.start(first)
        out = pulled(player, frames)
        player.start(Cue.LISTENING)
        assert largest_step(out + pulled(player, 10)) <= own
