"""Client events about responses: create and cancel; and the responses that the service begins by itself."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from ..realtime.wire import Json
from .answers import Asked, ReplyPart, Speech
from .context import Context, check_input, context_of
from .core import Core
from .faults import Fault
from .idle import Idle
from .intake import Intake
from .items import text_tokens
from .quirks import quirks_of
from .reply import Reply
from .settings import merge, output_format, response_base
from .shaping import as_scripted, as_set
from .sound_formats import OutgoingSound
from .values import check_response


class ReplyEvents:
    """One active response of the conversation; others only out of band."""

    def __init__(self, core: Core, idle: Idle) -> None:
        self._core, self._idle = core, idle
        self._seen_tokens = 0  # of the conversation, when the last response read it
        self._conversation_id = core.wire.id("conv")
        self._aside: dict[str, Reply] = {}  # out of band, by id

    @property
    def busy(self) -> bool:
        return self._core.active_id is not None

    def create(self, event: Json, now: float, faults: Sequence[Fault]) -> None:
        core = self._core
        options = {key: value for key, value in (event.get("response") or {}).items() if value is not None}
        if core.active_id and options.get("conversation") != "none":
            core.refuse(
                "conversation_already_has_active_response",
                f"Conversation already has an active response in progress: {core.active_id}."
                " Wait until the response is finished before creating a new one.",
                now,
                event,
            )
            return
        if "max_output_tokens" in options:  # older services take it by either name
            options[core.wire.dialect.tokens_key] = options.pop("max_output_tokens")
        for complaint in (
            *check_response(options, core.wire.dialect, core.config["model"]),
            *check_input(options.get("input", []), core.items, core.wire.dialect),
        ):
            core.complain(complaint, event, now)
            return
        self.respond(options, faults, now)

    def cancel(self, event: Json, now: float, faults: Sequence[Fault]) -> None:
        active, wanted = self._core.active, event.get("response_id")
        reply = active if wanted is None or (active and active.id == wanted) else self._aside.get(wanted)
        if reply is None:
            words = "Cancellation failed: no active response found"
            self._core.refuse("response_cancel_not_active", words, now, event)
            return
        reply.quirks.late_deltas |= any(fault.what == "late-deltas" for fault in faults)
        self._core.send(*reply.cancel("client_cancelled", now), at=now)

    def interrupt(self, now: float) -> None:
        """A voice was detected over the answer."""
        if self._core.active:
            self._core.send(*self._core.active.cancel("turn_detected", now), at=now)

    def respond(
        self, options: Json, faults: Sequence[Fault], now: float, said: Sequence[ReplyPart] = ()
    ) -> None:
        """`said`: instead of an answer."""
        core = self._core
        aside = options.get("conversation") == "none"
        context = self._context(options.pop("input", None), aside)
        settings = deepcopy(core.config)
        merge(settings, options)
        parts = said or core.answers.answer(context.asked)
        parts, end = as_scripted(*as_set(parts, settings), faults)
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
            ended=lambda at: self._ended(reply, at),
            sound=OutgoingSound(output_format(settings)),
            quirks=quirks_of(faults, is_azure_speech=core.wire.dialect.is_azure_speech),
            reading=context.reading(text_tokens(str(settings["instructions"])), self._seen_tokens),
            times_words=core.wire.dialect.times_words(settings),
            mcp=None if aside else core.mcp,
            tools=settings.get("tools") or (),
        )
        if not aside:
            core.active = reply
            self._idle.stop()
            self._seen_tokens = core.items.tokens
        reply.start(parts, now, end, announced=not any(fault.what == "fail-early" for fault in faults))
        if aside:
            self._aside[reply.id] = reply

    def greet(self, greeting: Speech, now: float) -> None:
        """Before anybody has asked anything."""
        self.respond({}, self._core.faults.at("response"), now, said=[greeting])

    def _context(self, given: Sequence[Json] | None, aside: bool) -> Context:
        core = self._core
        if given is not None:
            return context_of(given, core.items, Intake.of(core.config))
        context = Context(tuple(core.items.order), core.asked)
        if not aside:
            core.asked = Asked()
        return context

    def _ended(self, reply: Reply, now: float) -> None:
        core = self._core
        if self._aside.pop(reply.id, None):
            return
        core.active = None
        if reply.quirks.stuck:
            core.stuck_id = reply.id
        self._idle.begin(reply.generated_ms, now)
