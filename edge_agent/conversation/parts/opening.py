"""The device begins a conversation, because somebody told it to; or asks a question for them, and tells the answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.openings import OpeningOutcome
from ...vocabulary.state import Turn
from ..user_reply import UserReply
from .part import Keeper, Output, Outputs, Part

TAIL_S = 0.5  # from the tone until the microphone opens: a room goes on sounding, and that is not an answer
BEGIN = "Begin a conversation with the user now. What you begin with: {}"
SAID = "The user was just told: {}"
THANK = (
    "Somebody else wants to know the answer, and is told it. When it comes, thank the user in a few words, and do"
    " nothing else about it."
)
ASK = "Ask the user this question now, in these words: {}\n" + THANK
ASKED = "The user was just asked: {}\n" + THANK
OpeningPhase: TypeAlias = Literal["saying", "listening", "hearing"]


class OpeningPart(Part[Keeper]):
    KEPT = ("opening", "phase", "number", "has_turn", "listens_at", "reply")

    def __init__(self, keeper: Keeper) -> None:
        super().__init__(keeper)
        self.opening: e.OpeningRequested | None = None
        self.phase: OpeningPhase = "saying"
        self.number = 0  # of its turn, or of the one before
        self.has_turn = False
        self.listens_at: float | None = None  # it was said
        self.reply = UserReply()

    @property
    def due(self) -> float | None:
        return self.reply.until if self.listens_at is None else self.listens_at

    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        """What else it looks at is for the others."""
        match event:
            case e.OpeningRequested():
                return self._open(event, now)
            case _ if self.opening and self.phase != "saying":
                self.reply.hear(event, now)
        return None

    def settle(self, now: float, /) -> Outputs:
        if self.opening is None:
            return
        if self.phase == "listening" and self.keeper.turn is not Turn.LISTENING:
            self.reply.finish(now)
        if over := self._outcome(now):
            yield from self._settle(self.opening, over)
        elif self.keeper.turn is Turn.LISTENING:
            yield from self._hear(self.opening)
        elif self.phase != "saying":
            self.phase = "hearing"
        elif self._is_free:
            yield from self._let_fade(self.opening, now)
        else:
            self.listens_at = None

    @property
    def _is_free(self) -> bool:
        state = self.keeper.state
        return self.keeper.is_quiet and not (state.announcing or state.ringing)

    def _outcome(self, now: float) -> OpeningOutcome | None:
        """None: it is not over."""
        keeper, reply = self.keeper, self.reply.state(now)
        if keeper.state.muted:
            return "muted"
        if reply == "not-transcribed":
            return reply
        if keeper.turn is Turn.LISTENING:
            return None
        if reply == "complete" and not keeper.takes_in:
            return "answered"
        if keeper.number != self.number:
            return "interrupted"
        if keeper.turn is not Turn.IDLE or self.reply.has_begun:
            return None
        return self._of_turn if self.has_turn else None

    @property
    def _of_turn(self) -> OpeningOutcome | None:
        """Its turn is over."""
        match self.keeper.outcome:
            case "interrupted":
                return "interrupted"
            case "empty" if self.phase == "listening":
                return "nobody-answered"
            case "answered" | "cut-short":
                return None if self.phase == "saying" else "not-transcribed"
        return "failed"

    def _open(self, event: e.OpeningRequested, now: float) -> Outputs:
        keeper = self.keeper
        must_say = bool(event.text) and not event.is_said
        refusal: OpeningOutcome | None = None
        if keeper.state.muted:
            refusal = "muted"
        elif self.opening or not (keeper.is_quiet if event.is_said else self._is_free):
            refusal = "busy"
        elif keeper.spent or not keeper.sounds or (must_say and not keeper.may_tell):
            refusal = "failed"
        if refusal:
            yield c.SettleOpening(event.number, refusal)
            return
        self.opening, self.phase = event, "saying"
        self.reply = UserReply()
        if must_say:
            template = ASK if event.wants_words else BEGIN
            yield from keeper.take_text(template.format(event.text), now, "system")
            self._begin_turn("saying")
            return
        self.number, self.has_turn = keeper.number, False
        if event.text:
            yield from keeper.remark((ASKED if event.wants_words else SAID).format(event.text))

    def _let_fade(self, opening: e.OpeningRequested, now: float) -> Outputs:
        if self.listens_at is None:
            self.listens_at = now + TAIL_S
            yield c.PlayCue(c.Cue.LISTENING)
        elif now >= self.listens_at:
            yield from self._listen(opening, now)

    def _listen(self, opening: e.OpeningRequested, now: float) -> Outputs:
        keeper = self.keeper
        yield c.ForgetPreroll()  # it begins here, and with nothing of itself
        yield from keeper.begin_by_itself(now, opening.answer_s)
        yield from self._hear(opening)

    def _hear(self, opening: e.OpeningRequested) -> Outputs:
        """Somebody is listened to."""
        self._begin_turn("listening")
        if not opening.wants_words:
            yield from self._settle(opening, "started")

    def _begin_turn(self, phase: OpeningPhase) -> None:
        self.phase, self.number, self.has_turn, self.listens_at = phase, self.keeper.number, True, None

    def _settle(self, opening: e.OpeningRequested, outcome: OpeningOutcome) -> Outputs:
        self.opening = self.listens_at = None
        reply, self.reply = self.reply, UserReply()
        yield c.SettleOpening(opening.number, outcome, reply.words if outcome == "answered" else "")
