"""What the service counts of one response. Pure."""

from __future__ import annotations

from .frozen import frozen


@frozen
class Usage:
    """Tokens of one response; cached tokens are part of the input tokens. `input`, `output`, `cached`: with those of no
    kind that is named here; 0: nobody says. `reasoning`: of the output."""

    input_text: int = 0
    input_audio: int = 0
    cached_text: int = 0
    cached_audio: int = 0
    output_text: int = 0
    output_audio: int = 0
    total: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0
