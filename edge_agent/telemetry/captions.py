"""What both sides say, as it is said: for whoever shows or writes down words. Pure.

An item of the service is a caption. Its words come piece by piece, mostly ahead of its sound; an answer that is
interrupted is cut where it was. Only the latest captions are kept, and none after `ForgetRequested` or `forget`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal, TypeAlias

from ..vocabulary import events as e
from ..vocabulary.frozen import frozen
from ..vocabulary.sound import service_ms
from ..vocabulary.words import SpeechPace, WordTimes

MOST_CAPTIONS = 200

Speaker: TypeAlias = Literal["user", "assistant"]
# after these no more words of an answer come
AnswerEnd: TypeAlias = (
    e.ResponseDone | e.AudioFinished | e.PlaybackDrained | e.Disconnected | e.LinkSwitched | e.ForgetRequested
)


@frozen
class Caption:
    """`began_ms`: on the sound card's clock; None: it has not sounded yet, or was typed. `final`: no more words
    will come. `received_ms`: how much of its sound has arrived; `whole`: all of it. `heard_chars`: how many characters
    were heard before it was cut; None: it was not cut."""

    item_id: str
    who: Speaker
    text: str = ""
    began_ms: int | None = None
    response_id: str = ""
    final: bool = False
    received_ms: int = 0
    whole: bool = False
    heard_chars: int | None = None

    @property
    def heard(self) -> str:
        """As far as it was heard, where it was cut; else all that is there."""
        return self.text[: self.heard_chars]


class Captions:
    """`feed` takes every event; iterate for what is there now, in the order in which it was begun."""

    def __init__(self) -> None:
        self._captions: dict[str, Caption] = {}
        self._pace, self._times = SpeechPace(), WordTimes()
        self._began_ms: int | None = None  # the latest utterance
        self._typed = 0

    def __iter__(self) -> Iterator[Caption]:
        return iter([caption for caption in self._captions.values() if caption.text])

    def feed(self, event: e.Event) -> list[Caption]:
        """Those that this has changed, as they are now."""
        match event:
            case e.AudioDelta(response_id, item_id, pcm):
                caption = self._spoken(item_id, response_id)
                self._keep(replace(caption, received_ms=caption.received_ms + service_ms(pcm)))
            case e.AudioFinished(response_id, item_id) if (
                response_id == item_id
            ):  # an item is all of an answer
                self._keep(replace(self._spoken(item_id, response_id), whole=True))
                return [*self._hear_out(item_id), *self._finish(response_id)]
            case e.AudioFinished(response_id, item_id):
                self._keep(replace(self._spoken(item_id, response_id), whole=True))
            case e.TranscriptDelta(response_id, item_id, text):
                caption = self._spoken(item_id, response_id)
                return self._keep(replace(caption, text=caption.text + text))
            case e.WordsTranscribed(item_id, "user", text):
                caption = self._asked(item_id)
                kept = self._keep(replace(caption, text=(caption.text + text).lstrip()))
                return [*self._hear_out(but=item_id), *kept]
            case e.WordsTranscribed(item_id, _, text, _, end_ms):
                caption = self._spoken(item_id)
                self._times.add(item_id, text.strip(), end_ms)
                return self._keep(replace(caption, text=(caption.text + text).lstrip()))
            case e.WordTimed(_, item_id, word, end_ms):
                self._times.add(item_id, word, end_ms)
            case e.UplinkOpened(audio_ms=audio_ms):
                self._began_ms = audio_ms
            case e.InputCommitted(item_id):
                self._keep(self._asked(item_id))
            case e.UserTranscribed(item_id, transcript):
                return self._keep(replace(self._asked(item_id), text=transcript, final=True))
            case e.TextEntered(text):
                self._typed += 1
                return self._keep(Caption(f"typed {self._typed}", "user", text, final=True))
            case e.PlaybackStarted(item_id, audio_ms):
                return self._keep(replace(self._spoken(item_id), began_ms=audio_ms))
            case e.PlaybackDrained(heard):
                self._learn(heard)
                # where an item is all of an answer, silence may be left out, and with it the end
                return [
                    kept
                    for item in heard
                    for kept in (*self._hear_out(item.item_id), *self._finish(item.item_id))
                ]
            case e.PlaybackStopped(heard):
                return self._cut(heard)
            case e.ResponseDone(response_id):
                return self._finish(response_id)
            case e.Disconnected() | e.LinkSwitched():
                return [*self._hear_out(), *self._finish()]
            case e.ForgetRequested():
                finished = [*self._hear_out(), *self._finish()]
                self.forget()
                return finished
        return []

    def forget(self) -> None:
        """The visit is over."""
        self._captions.clear()
        self._pace, self._times = SpeechPace(), WordTimes()

    def forget_told(self) -> None:
        """What is final."""
        self._captions = {item_id: kept for item_id, kept in self._captions.items() if not kept.final}

    def _hear_out(self, answer: str = "", *, but: str = "") -> list[Caption]:
        """What the user said before this answer, or all of it, is complete: where words come piece by piece, and late,
        nothing says so. `but`: not this."""
        if answer and answer not in self._captions:
            return []  # that was told
        until_ms = self._captions[answer].began_ms if answer else None
        return [
            kept
            for caption in list(self._captions.values())
            if caption.who == "user" and caption.text and not caption.final and caption.item_id != but
            if until_ms is None or caption.began_ms is None or caption.began_ms <= until_ms
            for kept in self._keep(replace(caption, final=True))
        ]

    def _asked(self, item_id: str) -> Caption:
        return self._captions.get(item_id, Caption(item_id, "user", began_ms=self._began_ms))

    def _spoken(self, item_id: str, response_id: str = "") -> Caption:
        caption = self._captions.get(item_id, Caption(item_id, "assistant"))
        return replace(caption, response_id=response_id or caption.response_id)

    def _keep(self, caption: Caption) -> list[Caption]:
        self._captions[caption.item_id] = caption
        while len(self._captions) > MOST_CAPTIONS:
            del self._captions[next(iter(self._captions))]
        return [caption]

    def _finish(self, response_id: str = "") -> list[Caption]:
        """The answers of this response, or of all: no more words of them will come."""
        unfinished = [it for it in self._captions.values() if it.who == "assistant" and not it.final]
        return [
            kept
            for caption in unfinished
            if response_id in ("", caption.response_id)
            for kept in self._keep(replace(caption, final=True))
        ]

    def _learn(self, heard: Iterable[e.Heard]) -> None:
        for item in heard:
            caption = self._captions.get(item.item_id)
            self._times.take(item.item_id)
            if caption and caption.whole:
                self._pace.learn(caption.text, item.heard_ms)

    def _cut(self, heard: Iterable[e.Heard]) -> list[Caption]:
        changed = []
        for item in heard:
            caption = self._captions.get(item.item_id)
            if caption is None or caption.heard_chars is not None:
                continue
            if not caption.whole or item.heard_ms < caption.received_ms:
                chars = self._pace.heard_chars(
                    caption.text,
                    item.heard_ms,
                    caption.received_ms,
                    whole=caption.whole,
                    timed=self._times.take(item.item_id),
                )
                changed += self._keep(replace(caption, heard_chars=chars))
        return changed
