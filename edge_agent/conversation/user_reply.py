"""What the user answers when the device has asked by itself: its words, and whether all of them are there. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..vocabulary import events as e

TRANSCRIPT_S = 10.0  # from the end of an answer, until it is written down
SETTLE_S = 1.2  # without a further word, where nobody says which is the last
UserReplyState: TypeAlias = Literal["open", "complete", "not-transcribed"]


@dataclass(slots=True)
class UserReply:
    """`committed`: its items, where it has any; `transcribed`: of these. Else `text`: as it comes, word by word.
    `until`: when it is given up, or complete."""

    committed: list[str] = field(default_factory=list)
    transcribed: list[e.UserTranscribed] = field(default_factory=list)
    text: str = ""
    until: float | None = None
    failed: bool = False

    @property
    def words(self) -> str:
        return " ".join(said.transcript.strip() for said in self.transcribed) or self.text.strip()

    @property
    def has_begun(self) -> bool:
        """Whether the service has some of it."""
        return bool(self.committed or self.text)

    def hear(self, event: e.Event, now: float) -> None:
        match event:
            case e.Disconnected() | e.LinkSwitched():  # what was answered is sent again
                self.committed = [said.item_id for said in self.transcribed]
                self.text, self.until = "", None
            case e.InputCommitted(item_id):
                self.committed.append(item_id)
                self.until = now + TRANSCRIPT_S
            case e.UserTranscribed(item_id) if item_id in self._missing:  # some come twice
                self.transcribed.append(event)
            case e.TranscriptionFailed(item_id) if item_id in self.committed:
                self.failed = True
            case e.WordsTranscribed(_, "user", text):
                self.text += text
                self.until = now + SETTLE_S

    def finish(self, now: float) -> None:
        """The last of it was said just now; words come later."""
        if self.text:
            self.until = now + SETTLE_S

    def state(self, now: float) -> UserReplyState:
        is_over = self.until is not None and now >= self.until
        if self.text:
            return "complete" if is_over else "open"
        if self.failed:
            return "not-transcribed"
        if self.committed and not self._missing:
            return "complete"
        return "not-transcribed" if is_over else "open"

    @property
    def _missing(self) -> set[str]:
        """Items that are not written down yet."""
        return set(self.committed) - {said.item_id for said in self.transcribed}
