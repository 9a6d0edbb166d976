"""What a page with captions is told: who says what, and what the device does. Pure."""

from __future__ import annotations

from ..telemetry.captions import Caption, Captions
from ..vocabulary import events as e
from ..vocabulary.look import LOOKS
from ..vocabulary.state import Mode, State
from .mailbox import Letter

FORGET = Letter({"forget": True}, clears=True)


class CaptionFeed:
    """`mode`: what the light shows now. `captions`: whether words are told too."""

    def __init__(self, mode: Mode, *, captions: bool) -> None:
        self._mode, self._shows_captions = mode, captions
        self._captions = Captions()
        self._visits = 0

    def feed(self, event: e.Event, state: State, visits: int) -> list[Letter]:
        """What the pages are told of an event. `state`: after it. `visits`: how many are over by now."""
        letters = list(map(_caption, self._captions.feed(event))) if self._shows_captions else []
        if isinstance(event, e.ForgetRequested) or visits != self._visits:
            self._visits = visits
            letters = self.forget()
        if state.mode is not self._mode:
            self._mode = state.mode
            letters.append(self.light)
        return letters

    def forget(self) -> list[Letter]:
        """The visit is over."""
        self._captions.forget()
        return self.snapshot()

    def snapshot(self) -> list[Letter]:
        """What a page that has just come is told."""
        return [FORGET, *map(_caption, self._captions), self.light]

    @property
    def light(self) -> Letter:
        look = LOOKS[self._mode]
        told = {"mode": self._mode.value, "colour": look.colour.name.lower(), "sign": look.sign}
        return Letter({"light": told}, "light")


def _caption(caption: Caption) -> Letter:
    """Words that nobody heard are not told."""
    told = {
        "id": caption.item_id,
        "who": caption.who,
        "text": caption.heard,
        "final": caption.final,
        "cut": caption.heard_chars is not None,
    }
    return Letter({"caption": told}, f"caption {caption.item_id}")
