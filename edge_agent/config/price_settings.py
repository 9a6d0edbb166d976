"""The settings of prices. Pure."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ..vocabulary.frozen import frozen
from .setting import setting


def _price(doc: str) -> Any:
    return setting(-1.0, doc, low=-1, high=10_000_000)


@frozen
class Prices:
    """Prices per million tokens. -1: in USD as known for the model; for gpt-realtime-2.1 if the model is not known."""

    currency: str = setting("USD", "Currency of the prices. If it is not USD, set all of them.")
    text_in: float = _price("Text input (gpt-realtime-2.1: 4.00).")
    text_cached: float = _price("Cached text input (gpt-realtime-2.1: 0.40).")
    text_out: float = _price("Text output (gpt-realtime-2.1: 24.00).")
    audio_in: float = _price("Audio input (gpt-realtime-2.1: 32.00).")
    audio_cached: float = _price("Cached audio input (gpt-realtime-2.1: 0.40).")
    audio_out: float = _price("Audio output (gpt-realtime-2.1: 64.00).")
    transcribed_min: float = _price(
        "A minute of transcribed speech, if [assistant] transcription is set (gpt-transcribe: 0.0045)."
    )
    live_min: float = _price("A minute of a session with GPT-Live (0.05).")
    live_least_s: float = setting(
        15.0, "Of each session with GPT-Live so many seconds are counted at least.", low=0, high=600
    )
    data_zone: bool = setting(
        False, "Azure: true for a deployment of the type Data Zone: the known prices are then 10 % higher."
    )

    @property
    def unset(self) -> list[str]:
        """Names of the prices that are not set, of those by tokens."""
        return [name for name in PRICES if getattr(self, name) < 0]


TEXT_PRICES = ("text_in", "text_cached", "text_out")
_NOT_BY_TOKENS = ("currency", "data_zone", "live_min", "live_least_s")
PRICES = tuple(item.name for item in fields(Prices) if item.name not in _NOT_BY_TOKENS)
