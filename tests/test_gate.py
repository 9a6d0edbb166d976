from __future__ import annotations

import pytest

from edge_agent.audio.formats import MIC_FRAME_BYTES
from edge_agent.audio.gate import Edge, Gate, NoiseFloor, level, webrtc_detector

from .sound import click, noise, tone
from .world import LINES

FRAME = MIC_FRAME_BYTES


def frames(pcm: bytes) -> list[bytes]:
    return [pcm[at : at + FRAME] for at in range(0, len(pcm) - FRAME + 1, FRAME)]


def edges(gate: Gate, pcm: bytes) -> list[tuple[int, Edge]]:
    """(ms, edge) of all that the gate says."""
    said = [(number * 20 + 20, gate.feed(frame)) for number, frame in enumerate(frames(pcm))]
    return [(ms, edge) for ms, edge in said if edge]


def real_gate(start_ms: int = 80, hangover_ms: int = 600) -> Gate:
    return Gate(webrtc_detector(3), start_ms=start_ms, hangover_ms=hangover_ms)


@pytest.mark.parametrize("line", range(3))
def test_a_human_voice_opens_it_once_and_silence_closes_it(line: int) -> None:
    said = edges(real_gate(), noise(16000, 1000, 0.001) + LINES[line] + noise(16000, 1500, 0.001))
    assert [edge for _, edge in said] == [Edge.OPENED, Edge.CLOSED]
    assert 1000 < said[0][0] < 1400
    assert said[1][0] > 1000 + len(LINES[line]) / 32


@pytest.mark.parametrize("gain", [0.1, 0.3])
def test_a_soft_voice_opens_it_too(gain: float) -> None:
    import numpy as np

    soft = (np.frombuffer(LINES[0], np.int16) * gain).astype(np.int16).tobytes()
    assert edges(real_gate(), bytes(32_000) + soft + bytes(48_000))[0][1] is Edge.OPENED


@pytest.mark.parametrize("level", [0.002, 0.01, 0.05])
def test_steady_noise_does_not_open_it(level: float) -> None:
    assert edges(real_gate(), noise(16000, 20_000, level)) == []


def test_clicks_do_not_open_it() -> None:
    assert edges(real_gate(), click(16000, 300) * 30) == []


def test_a_voice_over_noise_opens_it() -> None:
    import numpy as np

    background = np.frombuffer(noise(16000, 6000, 0.01), np.int16).astype(int)
    voice = np.frombuffer(bytes(2 * 16000 * 2) + LINES[0], np.int16)
    background[: len(voice)] += voice
    said = edges(real_gate(), background.astype(np.int16).tobytes())
    assert [edge for _, edge in said][:1] == [Edge.OPENED]
    assert said[0][0] > 2000


def test_the_counters_leak() -> None:
    pattern = iter([True, True, False, True, True, True] + [False] * 5 + [True] + [False] * 20)
    gate = Gate(lambda _: next(pattern), start_ms=80, hangover_ms=100)
    loud = tone(16000, 20)
    gate.feed(bytes(FRAME))  # the floor is low
    said = [gate.feed(loud) for _ in range(12)]
    assert said[5] is Edge.OPENED  # the one that was no voice has cost one
    assert Edge.CLOSED in said[6:]


def test_a_pause_shorter_than_the_hangover_does_not_close_it() -> None:
    speech = [True] * 10 + [False] * 25 + [True] * 10 + [False] * 25 + [True] * 10
    pattern = iter(speech)
    gate = Gate(lambda _: next(pattern), start_ms=80, hangover_ms=600)
    for _ in range(100):
        gate._floor.exceeded_by(bytes(FRAME))
    assert [gate.feed(tone(16000, 20)) for _ in speech].count(Edge.CLOSED) == 0
    assert gate.is_open


def test_restart_takes_the_background_from_before() -> None:
    gate = Gate(lambda _: True, start_ms=20, hangover_ms=600)
    gate.feed(bytes(FRAME))
    fan = frames(noise(16000, 300, 0.05))
    gate.restart(fan)
    assert [gate.feed(frame) for frame in fan] == [None] * len(fan)
    gate.restart([])
    assert gate.feed(tone(16000, 20)) is Edge.OPENED


def test_reset_closes_it() -> None:
    gate = Gate(lambda _: True, start_ms=20, hangover_ms=600)
    gate.feed(bytes(FRAME))
    assert gate.feed(tone(16000, 20)) is Edge.OPENED
    gate.reset()
    assert not gate.is_open


def test_the_background_is_what_is_left_when_nobody_speaks() -> None:
    floor = NoiseFloor()
    loud, soft = noise(16000, 20, 0.1), noise(16000, 20, 0.003)
    for _ in range(100):
        floor.exceeded_by(soft)
    spoken = [floor.exceeded_by(frame) for _ in range(20) for frame in [loud] * 15 + [soft] * 5]
    assert spoken.count(True) == 300  # for as long as somebody speaks, with pauses
    assert [floor.exceeded_by(loud) for _ in range(120)][-20:] == [False] * 20  # a fan that was switched on
    assert [floor.exceeded_by(soft) for _ in range(30)] == [False] * 30
    assert floor.exceeded_by(loud)


def test_level_is_in_db_over_one_unit() -> None:
    assert level(bytes(FRAME)) == pytest.approx(-30)
    assert level(tone(16000, 20, level=1.0)) == pytest.approx(87.3, abs=0.2)
