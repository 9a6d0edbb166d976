"""Between a sound card, at whatever rate and number of channels it has, and the agent's two formats."""

from __future__ import annotations

from ...vocabulary.sound import MIC_RATE_HZ, SERVICE_RATE_HZ, MicPcm, ServicePcm
from ..convert import to_mono
from ..high_pass import HighPass
from ..resample import Resampler
from .card import Card


class Adapter:
    """`channel`: which one of the card's; None: the mean of all. `raw`: the microphone with its direct current."""

    def __init__(self, card: Card, *, channel: int | None = None, raw: bool = False) -> None:
        self._card, self._channel = card, channel
        self.raw = b""  # what was read last, as the card gave it
        self._to_mic = Resampler(card.in_rate_hz, MIC_RATE_HZ)
        self._high_pass = None if raw else HighPass()
        self._to_card = Resampler(SERVICE_RATE_HZ, card.out_rate_hz)

    def read(self, frames: int = 1) -> MicPcm:
        """The next 20 ms of the microphone, or several such frames together."""
        pcm = self.raw = self._card.read(frames)
        mic = self._to_mic.process(to_mono(pcm, self._card.in_channels, self._channel))
        return self._high_pass.process(mic) if self._high_pass else mic

    def write(self, pcm: ServicePcm) -> None:
        """As much for the speaker as was read."""
        self._card.write(self._to_card.process(pcm))
