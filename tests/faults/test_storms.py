"""Random storms: whatever befalls the service and the way to it, every utterance is answered once.

In audio time (`world`), with the simulated service: hundreds of storms in a minute.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.simulator.faults import parse_now
from edge_agent.simulator.reply import Pace
from edge_agent.vocabulary import events as e

from ..sound import tone
from ..world import World
from .rig import ENOUGH_MS, UTTERANCE_MS, Ear, Given, pitch_hz

pytestmark = pytest.mark.realtime

BREAKS = ("drop", "reset", "close:1000", "close:1011", "expire")
ODDITIES = ("bad-json", "binary", "unknown", "big:70000", "duplicate", "reorder")
ANSWERS = ("fail:server_error", "fail-early:server_error", "fail:rate_limit_exceeded")
MOVES = ("prepare", "prepare urgently")
MS = 20


@dataclass(frozen=True)
class Gust:
    """`what` happens `after_ms`; if it breaks the link, that is away for `away_ms`."""

    what: str
    after_ms: int
    away_ms: int


gusts = st.lists(
    st.builds(
        Gust,
        st.sampled_from((*BREAKS, *ODDITIES, *MOVES)),
        st.integers(0, 200).map(lambda steps: steps * 2 * MS),
        st.sampled_from([MS, 300, 2000, 9000]),
    ),
    max_size=5,
)


class Storm(World):
    def __init__(self, gusts: list[Gust], failing: str, dialect: str) -> None:
        self.given: list[Given] = []
        ear = Ear(self.given)
        super().__init__(
            answers=ear,
            faults=[f"{failing}@response#2"] if failing else [],
            pace=Pace(think_ms=300, delta_ms=200, speed=4),
            dialect=dialect,  # type: ignore[arg-type]
        )
        self._gusts = sorted(gusts, key=lambda gust: gust.after_ms)
        self._back_at_ms: int | None = None
        self._items: dict[str, str] = {}

    @property
    def _ms(self) -> int:
        return round(self.now * 1000)

    def frame(self, mic: bytes = bytes(640)) -> bytes:
        while self._gusts and self._gusts[0].after_ms <= self._ms:
            self._blow(self._gusts.pop(0))
        if self.session is None and self._back_at_ms is not None and self._ms >= self._back_at_ms:
            self._back_at_ms = None
            self.connect()
        return super().frame(mic)

    def _blow(self, gust: Gust) -> None:
        if self.session is None:
            return
        if gust.what in MOVES:
            self.prepare(urgent=gust.what == MOVES[1])
            return
        if gust.what in BREAKS:
            self._back_at_ms = self._ms + gust.away_ms
        self.session.inject(parse_now(gust.what), self.now)

    def heard_ms(self) -> Counter[str]:
        """Of each answer."""
        texts: dict[str, str] = {}
        heard: Counter[str] = Counter()
        for event in self.events:
            match event:
                case e.TranscriptDelta(_, item_id, text):
                    texts[item_id] = texts.get(item_id, "") + text
                case e.PlaybackDrained(items) | e.PlaybackStopped(items):
                    for item in items:
                        text = texts.get(item.item_id, "").partition(" ")[0]
                        heard[text] = max(heard[text], item.heard_ms)
        return heard


@settings(max_examples=500, suppress_health_check=list(HealthCheck))
@given(gusts, st.sampled_from(("", *ANSWERS)), st.sampled_from(["ga", "preview"]))
def test_every_utterance_is_answered_once(gusts: list[Gust], failing: str, dialect: str) -> None:
    storm = Storm(gusts, failing, dialect)
    for utterance in (1, 2, 3):
        storm.press()
        storm.say(tone(16_000, UTTERANCE_MS, frequency_hz=pitch_hz(utterance)))
        storm.release()
        storm.until(lambda: storm.turn == "idle")
        storm.wait(300)
    heard = storm.heard_ms()
    for utterance in (1, 2, 3):
        answers = [
            given for given in storm.given if utterance in given.asked and heard[given.text] >= ENOUGH_MS
        ]
        assert len(answers) == 1, (utterance, storm.given, heard)
        assert abs(answers[0].asked[utterance] - UTTERANCE_MS) <= 60
