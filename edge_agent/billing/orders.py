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
    """Responses that are asked for, or have begun, and are not billed."""

    def __init__(self) -> None:
        self._requests: dict[str, None] = {}  # requests to which nothing has come, the oldest first
        self._open_ms: dict[str, int] = {}  # response -> sound that came
        self._went_in = UNKNOWN_IN  # what went into the last one that was billed: the next has that and more

    @property
    def waits(self) -> bool:
        """Whether a response that was asked for is still to begin."""
        return bool(self._requests)

    def ask(self, request_id: str) -> None:
        """A request is on its way; or the service will answer this utterance by itself."""
        self._requests[request_id] = None

    def refuse(self, request_id: str) -> None:
        """The service does not answer this request."""
        self._requests.pop(request_id, None)

    def begin(self, response_id: str, request_id: str | None = None) -> None:
        """`request_id`: None, if the service does not say. It answers one after the other."""
        self._open_ms.setdefault(response_id, 0)
        self._answer(request_id if request_id in self._requests else None)

    def _answer(self, request_id: str | None) -> None:
        """This request, and those before it; None: the oldest."""
        for asked in list(self._requests):
            del self._requests[asked]
            if request_id in (asked, None):
                break

    def receive(self, response_id: str, ms: int) -> None:
        if response_id in self._open_ms:
            self._open_ms[response_id] += ms

    def end(self, response_id: str) -> None:
        """It is over, and billed."""
        if self._open_ms.pop(response_id, None) is None:
            self._answer(None)  # it failed before it was announced

    def bill(self, use: Use) -> None:
        """So much was one."""
        if use.text_in or use.audio_in or use.text_cached or use.audio_cached:
            self._went_in = Use(
                text_in=use.text_in + use.text_cached, audio_in=use.audio_in + use.audio_cached
            )

    def lose(self) -> dict[str, Use]:
        """The session is gone: what each response of it will cost at least."""
        lost = {response_id: self._estimate(ms) for response_id, ms in self._open_ms.items()}
        self._open_ms.clear()
        return lost

    def lose_requests(self) -> dict[str, Use]:
        """The session is gone: what each answer will cost at least that it may have begun, and nobody has seen."""
        lost = dict.fromkeys(self._requests, self._estimate(0))
        self._requests.clear()
        return lost

    def _estimate(self, ms: int) -> Use:
        audio = -(-ms // MS_PER_TOKEN_OUT)
        return self._went_in + Use(responses=1, audio_out=audio, text_out=round(audio * TEXT_PER_AUDIO_OUT))
