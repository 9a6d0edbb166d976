"""What of an endless stream is speech, a piece at a time. Pure."""

from __future__ import annotations

from operator import mul

from ....vocabulary.sound import ServicePcm, service_ms

# RMS in units of s16: what opens it, what closes it if it lasts; as other clients of GPT-Live have measured it
OPENS, CLOSES = 59.0, 35.0
CLOSES_MS = 800
SPOKEN_OVER_MS = 250  # the model stops when it hears a voice: what follows is another answer


class OutputGate:
    """`began_ms`: where the speech that is let through began, in ms of the stream."""

    def __init__(self) -> None:
        self.is_open = False
        self.at_ms = self.began_ms = self.ended_ms = 0
        self._quiet_ms, self._closes_ms = 0, CLOSES_MS

    def feed(self, pcm: ServicePcm, *, silent: bool) -> None:
        """The next piece. `silent`: nothing but zeros."""
        self._pass(service_ms(pcm), 0.0 if silent else rms(pcm))

    def _pass(self, ms: int, loudness: float) -> None:
        if not self.is_open and loudness > OPENS:
            self.is_open, self.began_ms, self._quiet_ms = True, self.at_ms, 0
            self._closes_ms = CLOSES_MS
        elif self.is_open:
            self._quiet_ms = 0 if loudness >= CLOSES else self._quiet_ms + ms
        self.at_ms += ms
        self._close_if_quiet()

    def speak_over(self, at_ms: int) -> None:
        """The user has talked until then."""
        if at_ms > self.began_ms:
            self._closes_ms = SPOKEN_OVER_MS
            self._close_if_quiet()

    def _close_if_quiet(self) -> None:
        if self.is_open and self._quiet_ms >= self._closes_ms:
            self.is_open, self.ended_ms = False, self.at_ms

    def skip_to(self, at_ms: int) -> None:
        """Silence was left out of the stream up to here."""
        missing_ms = at_ms - self.at_ms
        if missing_ms > 0:
            self._pass(missing_ms, 0.0)


def rms(pcm: ServicePcm) -> float:
    """From every fourth sample."""
    samples = memoryview(pcm).cast("h")[::4].tolist()
    return float((sum(map(mul, samples, samples)) / max(1, len(samples))) ** 0.5)
