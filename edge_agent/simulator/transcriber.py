"""Writes down what the user said, a moment later."""

from __future__ import annotations

from collections.abc import Sequence

from ..realtime.wire import Json
from ..vocabulary.sound import service_ms
from .core import Core
from .faults import Fault
from .items import Item
from .settings import transcription, wants_logprobs

TAKES_S = 0.1
LOGPROB = -0.1  # of each word
KIND = "conversation.item.input_audio_transcription"


class Transcriber:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._last: Json = {}  # the place of the words that were written down before

    def write(self, item: Item, words: str, faults: Sequence[Fault], now: float) -> None:
        """`words`: of the item's sound."""
        if not transcription(self._core.config):
            return
        place = {"item_id": item.id, "content_index": 0}
        failed = next((fault for fault in faults if fault.what == "no-transcript"), None)
        events = self._failed(place, failed) if failed else self._written(item, words, place)
        self._core.send(*events, at=now + TAKES_S)

    def _failed(self, place: Json, fault: Fault) -> list[Json]:
        error = {
            "type": "transcription_error" if fault.argument else "server_error",
            "code": fault.argument or None,
            "message": f"Input transcription failed for item '{place['item_id']}'.",
            "param": None,
        }
        return [self._core.wire.event(f"{KIND}.failed", **place, error=error)]

    def _written(self, item: Item, words: str, place: Json) -> list[Json]:
        wire = self._core.wire
        item.body["content"][0]["transcript"] = words
        sure: Json = {"logprobs": _logprobs(words)} if wants_logprobs(self._core.config) else {}
        delta = wire.event(f"{KIND}.delta", **place, delta=words, **sure)
        completed = wire.event(f"{KIND}.completed", **place, transcript=words, **sure)
        if not wire.dialect.is_azure_speech:
            completed["usage"] = {"type": "duration", "seconds": service_ms(item.pcm) / 1000}
            return [delta, completed]
        last, self._last = self._last, place
        again = [wire.event(f"{KIND}.completed", **last, transcript="")] if last else []
        return [*again, delta, completed]


def _logprobs(words: str) -> list[Json]:
    tokens = [word if number == 0 else f" {word}" for number, word in enumerate(words.split(" "))]
    return [{"token": token, "logprob": LOGPROB, "bytes": list(token.encode())} for token in tokens]
