from __future__ import annotations

import pytest

from edge_agent.telemetry.status import StatusBoard
from edge_agent.telemetry.voice_level import VoiceLevel
from edge_agent.vocabulary.events import AudioStarted, UplinkClosed
from edge_agent.vocabulary.state import State


def said(loudest_dbfs: float, speech_ms: int = 900) -> UplinkClosed:
    return UplinkClosed(1, speech_ms, 1000, loudest_dbfs, -70.0)


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        ((-55, -50), None),
        ((-55, -50, -49), "quiet"),
        ((-55, -50, -30), None),
        ((-5, -3, -5), "loud"),
        ((-20, -30, -25), "fine"),
        ((-55, -55, -55, -20), "quiet"),  # somebody came nearer, once
        ((-55, -55, -55, -20, -20, -20), "fine"),
    ],
)
def test_three_utterances_that_agree_say_how_loud_the_microphone_is(
    levels: tuple[float, ...], verdict: str | None
) -> None:
    voices = VoiceLevel()
    for level in levels:
        voices.heard(said(level))
    assert voices.verdict == verdict


def test_what_was_hardly_a_voice_says_nothing() -> None:
    voices = VoiceLevel()
    for _ in range(5):
        voices.heard(said(-60, speech_ms=200))
    assert voices.verdict is None


@pytest.mark.parametrize(("level", "code"), [(-55, "microphone-quiet"), (-3, "microphone-loud")])
def test_a_quiet_or_loud_microphone_is_a_finding_until_it_is_put_right(level: float, code: str) -> None:
    board = StatusBoard(lambda: 0.0)
    board.watch(AudioStarted("Tiny Mic", 0), State())
    for _ in range(3):
        board.watch(said(level), State())
    (finding,) = board.findings
    assert finding.code == code
    assert f"{level} dBFS" in finding.what
    assert "Tiny Mic" in finding.what
    assert "alsamixer" in finding.todo
    for _ in range(3):
        board.watch(said(-25), State())
    assert board.findings == ()
