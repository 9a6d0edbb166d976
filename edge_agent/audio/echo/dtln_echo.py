"""The linear canceller with a second opinion: what its detector doubts, a neural canceller looks at."""

from __future__ import annotations

from collections.abc import Collection

from ...vocabulary.sound import MicPcm, ServicePcm
from .canceller import Cleaned, HeardAndPlayed
from .linear_echo import LinearEcho
from .samples import floats
from .second_opinion import SecondOpinion

DOUBTED = -0.5  # logit of the detector: in rooms, a quarter of an answer with nobody there (docs/echo.md)


class DtlnEcho:
    def __init__(self, linear: LinearEcho, second: SecondOpinion) -> None:
        self._linear, self._second = linear, second
        self.reach = linear.reach

    def cancel(self, mic: MicPcm, played: ServicePcm, before: Collection[HeardAndPlayed]) -> Cleaned:
        cleaned = self._linear.cancel(mic, played, before)
        opinion = self._second.feed(
            floats(cleaned.heard), self._linear.played, doubted=self._linear.logit > DOUBTED
        )
        if opinion.voice:
            self._linear.believe()
        return cleaned._replace(
            voice=cleaned.voice or opinion.voice, suspected=cleaned.suspected or opinion.suspected
        )

    def catch_up(self, before: Collection[HeardAndPlayed]) -> list[MicPcm]:
        self._second.rest()
        return self._linear.catch_up(before)

    def rest(self, mic: MicPcm) -> Cleaned:
        self._second.rest()
        return self._linear.rest(mic)

    def forget(self) -> None:
        self._second.rest()
        self._linear.forget()

    def relearn(self) -> None:
        self._second.rest()
        self._linear.relearn()
