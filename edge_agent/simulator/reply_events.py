"""Client events about responses: create and cancel; and the responses that the service begins by itself."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from ..realtime.wire import Json
from ..vocabulary.sound import SERVICE_BYTES_PER_MS, service_ms
from .answers import Asked, Call, ReplyPart, Speech
from .core import Core
from .endings import scripted
from .faults import Fault
from .items import text_tokens
from .reply import Reply
from .settings import merge, response_base, speaks
from .values import check_response


class ReplyEvents:
    """One active response of the conversation; others only out of band."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._seen_tokens = 0  # of the conversation, when the last response read it
        self._conversation_id = core.wire.id("conv")

    @property
    def busy(self) -> bool:
        return self._core.active is not None

    def create(self, event: Json, now: float, faults: Sequence[Fault]) -> None:
        options = {key: value for key, value in (event.get("response") or {}).items() if value is not None}
        active = self._core.active
        if active and options.get("conversation") != "none":
            self._core.refuse(
                "conversation_already_has_active_response",
                f"Conversation already has an active response in progress: {active.id}."
                " Wait until the response is finished before creating a new one.",
                now,
                event,
            )
            return
        for complaint in check_response(options, self._core.wire.dialect):
            self._core.complain(complaint, event, now)
            return
        self.respond(options, faults, now)

    def cancel(self, event: Json, now: float, faults: Sequence[Fault]) -> None:
        reply, wanted = self._core.active, event.get("response_id")
        if reply is None or wanted not in (None, reply.id):
            words = "Cancellation failed: no active response found"
            self._core.refuse("response_cancel_not_active", words, now, event)
            return
        reply.late_deltas |= any(fault.what == "late-deltas" for fault in faults)
        self._core.send(*reply.cancel("client_cancelled", now), at=now)

    def interrupt(self, now: float) -> None:
        """A voice was detected over the answer."""
        if self._core.active:
            self._core.send(*self._core.active.cancel("turn_detected", now), at=now)

    def respond(self, options: Json, faults: Sequence[Fault], now: float) -> None:
        core = self._core
        aside = options.get("conversation") == "none"
        asked, core.asked = core.asked, Asked()
        settings = deepcopy(core.config)
        merge(settings, options)
        parts = core.answers.answer(asked)
        if not speaks(settings):
            parts = [Speech(part.text) if isinstance(part, Speech) else part for part in parts]
        parts, end, announced = _scripted(parts, faults)
        heard = [item for item in core.items.order if item.pcm or item.audio_ms]
        text_items = core.items.tokens - sum(item.tokens for item in heard)
        whats = {fault.what for fault in faults}
        for fault in faults:
            if fault.what == "slow":
                core.slow(fault.number, now)
        reply = Reply(
            core.wire,
            core.items,
            core.outbox,
            core.pace,
            metadata=options.get("metadata"),
            in_conversation=not aside,
            conversation_id=self._conversation_id,
            base=response_base(settings, core.wire),
            tell_moment=core.moment,
            ended=(lambda: None) if aside else self._ended,
            rate_limits="no-rate-limits" not in whats and not core.wire.dialect.is_azure_speech,
            late_deltas=core.wire.dialect.is_azure_speech,
            times_words=core.wire.dialect.times_words(settings),
            items_first="items-first" in whats,
            says_done="no-done" not in whats,
            input_tokens=(
                text_items + text_tokens(str(core.config["instructions"])),
                sum(item.tokens for item in heard),
            ),
            cached_tokens=self._seen_tokens,
        )
        if not aside:
            core.active = reply
            self._seen_tokens = core.items.tokens
        reply.start(parts, now, end, announced=announced)

    def _ended(self) -> None:
        self._core.active = None


def _scripted(
    parts: Sequence[ReplyPart], faults: Sequence[Fault]
) -> tuple[Sequence[ReplyPart], Json | None, bool]:
    """(what is said, how it ends if not well, whether it is announced) under these faults."""
    for fault in faults:
        match fault.what:
            case "fail" | "fail-early":
                return [], scripted(fault), fault.what == "fail"
            case "incomplete":
                return _halves(parts), scripted(fault), True
            case "stall":
                return _halves(parts), {"status": "stalled"}, True
    return parts, None, True


def _halves(parts: Sequence[ReplyPart]) -> list[ReplyPart]:
    return [part if isinstance(part, Call) else _half(part) for part in parts]


def _half(speech: Speech) -> Speech:
    words = speech.text.split()
    size = service_ms(speech.pcm) // 2 * SERVICE_BYTES_PER_MS
    return Speech(" ".join(words[: len(words) // 2]), speech.pcm[:size])
