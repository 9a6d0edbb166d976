"""Playbooks of the volume."""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.audio.volume import Volume, gain

from .sound import rms, tone

FRAME = tone(24_000, 20)


def test_at_its_full_nothing_is_touched() -> None:
    assert Volume().apply(FRAME) is FRAME


def test_even_steps_from_silence_to_full() -> None:
    assert gain(0) == 0
    assert gain(100) == 1
    steps = [gain(percent + 10) / gain(percent) for percent in range(10, 100, 10)]
    assert max(steps) == pytest.approx(min(steps))


def test_a_change_takes_a_frame_and_does_not_click() -> None:
    volume = Volume()
    volume.set(50)
    ramp, then = volume.apply(FRAME), volume.apply(FRAME)
    assert rms(then) == pytest.approx(rms(FRAME) * gain(50), rel=0.01)
    assert rms(then) < rms(ramp) < rms(FRAME)
    both = np.frombuffer(ramp + then, np.int16).astype(int)
    assert (
        np.abs(np.diff(both)).max() <= np.abs(np.diff(np.frombuffer(FRAME, np.int16).astype(int))).max() + 1
    )


def test_ducked_and_back() -> None:
    volume = Volume(80)
    volume.duck(True)
    volume.apply(FRAME)
    assert rms(volume.apply(FRAME)) < 0.25 * gain(80) * rms(FRAME)
    volume.duck(False)
    volume.apply(FRAME)
    assert rms(volume.apply(FRAME)) == pytest.approx(rms(FRAME) * gain(80), rel=0.01)


def test_where_nothing_sounds_it_changes_at_once() -> None:
    volume = Volume()
    volume.set(10, at_once=True)
    assert rms(volume.apply(FRAME)) == pytest.approx(rms(FRAME) * gain(10), rel=0.02)
