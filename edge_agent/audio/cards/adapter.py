"""Between a sound card, at whatever rate and number of channels it has, and the agent's two formats."""

from __future__ import annotations

from typing import Protocol

from ...vocabulary.sound import MIC_RATE_HZ, SERVICE_RATE_HZ, MicPcm, ServicePcm
from ..convert import to_mono
from ..high_pass import HighPass
from ..resample import Resampler


class Card(Protocol):
    """A sound card: blocks of 20 ms, s16le. `read` waits until they are there, and so is the clock."""

    @property
    def name(self) -> str: ...
    @property
    def in_rate_hz(self) -> int: ...
    @property
    def in_channels(self) -> int: ...
    @property
    def out_rate_hz(self) -> int: ...
    @property
    def out_latency_ms(
        self,
    ) -> int: ...  # that it holds after `write`, until it was heard: HELD_FRAMES or more
    @property
    def most_blocks(self) -> int: ...  # that may be read at once

    def read(self, blocks: int = 1) -> bytes: ...  # interleaved; fewer after `hurry`
    def hurry(self) -> None: ...  # nobody shall wait for more than a block; from any thread
    def write(self, pcm: bytes) -> None: ...  # mono, as many blocks as were read
    def close(self) -> None: ...


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
