"""What was ordered of the service and not billed yet, and what that will cost at least. Pure.

A response is paid for from the moment it is asked for, whether or not anybody hears its end: the link may drop, the
visitor may be forgotten, the session may be moved. So it is booked by an estimate when its session is gone.
"""

from __future__ import annotations

from .use import Use

# Tokens of sound, as OpenAI bills them: 1 for 100 ms that go in, 1 for 50 ms that come out.
# https://platform.openai.com/docs/guides/realtime-costs (2026-11)
MS_PER_TOKEN_IN, MS_PER_TOKEN_OUT = 100, 50
TEXT_PER_AUDIO_OUT = (
    0.25  # tokens of the words that go with an answer, for each of its sound: measured, rounded up
)
UNKNOWN_IN = Use(text_in=300, audio_in=50)  # of a first question: instructions, and five seconds


class Orders:
    """Responses that have begun and are not billed."""

    def __init__(self) -> None:
        self._open_ms: dict[str, int] = {}  # response -> sound that came
        self._asked = UNKNOWN_IN  # what went into the last one that was billed: the next has that and more

    def begin(self, response_id: str) -> None:
        self._open_ms.setdefault(response_id, 0)

    def receive(self, response_id: str, ms: int) -> None:
        if response_id in self._open_ms:
            self._open_ms[response_id] += ms

    def bill(self, response_id: str, use: Use) -> None:
        """It is over, and this was it."""
        self._open_ms.pop(response_id, None)
        if use.text_in or use.audio_in or use.text_cached or use.audio_cached:
            self._asked = Use(text_in=use.text_in + use.text_cached, audio_in=use.audio_in + use.audio_cached)

    def lose(self) -> dict[str, Use]:
        """The session is gone: what each response of it will cost at least."""
        lost = {response_id: self._estimate(ms) for response_id, ms in self._open_ms.items()}
        self._open_ms.clear()
        return lost

    def _estimate(self, ms: int) -> Use:
        audio = -(-ms // MS_PER_TOKEN_OUT)
        return self._asked + Use(responses=1, audio_out=audio, text_out=round(audio * TEXT_PER_AUDIO_OUT))
