"""Whether the microphone is so quiet, or so loud, that the voices suffer. Pure."""

from __future__ import annotations

from typing import Literal

from ..vocabulary.events import UplinkClosed

QUIET_DBFS = -48.0  # of the loudest frame of what is said
LOUD_DBFS = -6.0  # of a whole frame: its peaks are cut off
SPOKEN_MS = 300  # of a voice, in an utterance that says something about it
IN_A_ROW = 3

Verdict = Literal["quiet", "loud", "fine"]


class VoiceLevel:
    """`verdict`: of the last utterances, once as many agree; None: it is not known."""

    def __init__(self) -> None:
        self.verdict: Verdict | None = None
        self.loudest_dbfs = 0.0  # of the last one
        self._last: Verdict | None = None
        self._run = 0

    def heard(self, utterance: UplinkClosed) -> None:
        if utterance.speech_ms < SPOKEN_MS:
            return
        self.loudest_dbfs = utterance.loudest_dbfs
        verdict = _verdict(utterance.loudest_dbfs)
        self._run = self._run + 1 if verdict == self._last else 1
        self._last = verdict
        if self._run >= IN_A_ROW:
            self.verdict = verdict


def _verdict(loudest_dbfs: float) -> Verdict:
    if loudest_dbfs < QUIET_DBFS:
        return "quiet"
    return "loud" if loudest_dbfs > LOUD_DBFS else "fine"
