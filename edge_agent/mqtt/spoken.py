"""What both sides said, for a broker that may know it: each utterance and each answer once it is whole. Pure.

Nothing of it is retained, and nothing is told while the device is muted.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..telemetry.captions import Caption, Captions
from ..vocabulary import events as e
from ..vocabulary.state import State
from .entities import LONGEST_STATE, UNKNOWN, attributes
from .states import TopicMessage
from .topics import Topics

KEYS = {"user": "heard", "assistant": "said"}


class WhatWasSaid:
    def __init__(self, topics: Topics) -> None:
        self._topics, self._captions = topics, Captions()

    def feed(self, event: e.Event, state: State) -> list[TopicMessage]:
        """After each event."""
        changed = self._captions.feed(event)
        if isinstance(event, e.ForgetRequested):
            return [message for key in KEYS.values() for message in self._messages(key, UNKNOWN, {})]
        if state.muted:
            return []
        return [message for caption in changed if caption.final for message in self._told(caption)]

    def _told(self, caption: Caption) -> Iterator[TopicMessage]:
        if text := " ".join(caption.heard.split()):
            yield from self._messages(KEYS[caption.who], text, {"text": text})

    def _messages(self, key: str, text: str, details: dict[str, str]) -> Iterator[TopicMessage]:
        yield TopicMessage(self._topics.state(key), text[:LONGEST_STATE], lasts=False)
        yield TopicMessage(self._topics.attributes(key), attributes(details), lasts=False)
