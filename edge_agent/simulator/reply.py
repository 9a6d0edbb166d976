"""One response of the simulated service: its items, streamed faster than real time, until done or cancelled."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..realtime.wire import Json
from ..vocabulary.frozen import frozen
from ..vocabulary.sound import SERVICE_BYTES_PER_MS
from .answers import Call, ReplyPart, Speech
from .endings import cancelled, status_details
from .items import Item, Items, text_tokens
from .mcp_calls import McpCalls
from .outbox import Outbox, Outgoing
from .quirks import Quirks
from .server_events import ServerEvents
from .sound_formats import OutgoingSound
from .usage import MS_PER_SPOKEN_TOKEN, Reading, usage_of
from .word_times import SpokenWord, between, words_of

TOKENS_A_MINUTE = 40_000


@frozen
class Pace:
    """How quickly the service speaks."""

    think_ms: int = 250  # from response.created to the first item
    delta_ms: int = 200  # of sound in one event
    speed: float = 5.0  # times real time

    @property
    def step_s(self) -> float:
        return self.delta_ms / self.speed / 1000


@dataclass(slots=True)
class Reply:
    """`tell_moment` says that a moment of the fault script has come, and returns what it sends."""

    wire: ServerEvents
    items: Items
    outbox: Outbox
    pace: Pace
    metadata: Json | None
    in_conversation: bool
    conversation_id: str
    base: Json  # what a response echoes of its settings
    tell_moment: Callable[[str, float], list[Outgoing]]
    ended: Callable[[float], None]
    sound: OutgoingSound
    quirks: Quirks = field(default_factory=Quirks)
    reading: Reading = field(default_factory=Reading)
    times_words: bool = False
    mcp: McpCalls | None = None
    tools: Sequence[Json] = ()  # of the session
    id: str = ""
    output: list[Json] = field(default_factory=list)
    said: list[Json] = field(default_factory=list)  # audio deltas that a late cancel may still let out
    _open: Item | None = None
    _open_speech: bool = False
    _transcript: str = ""
    generated_ms: int = 0
    _text_tokens: int = 0
    _before: str | None = None

    def start(
        self, parts: Sequence[ReplyPart], now: float, end: Json | None = None, *, announced: bool = True
    ) -> None:
        """Plan the whole response. `end`: how it ends if not `completed`."""
        self.id = self.wire.id("resp")
        if announced:
            self.outbox.put(self.wire.event("response.created", response=self._echo("in_progress")), at=now)
        at = now + self.pace.think_ms / 1000
        for number, part in enumerate(parts, 1):
            if isinstance(part, Speech):
                at = self._plan_speech(part, at, closes=end is None or number < len(parts))
            else:
                at = self._plan_call(part, at)
        if end is None:
            self._plan(at, self._complete)
        elif end["status"] != "stalled":
            self._plan(at, lambda now: self._finish(end, now))

    def cancel(self, reason: str, now: float) -> list[Outgoing]:
        return [*(self.said if self.quirks.late_deltas else []), *self.end(cancelled(reason), now)]

    def end(self, end: Json, now: float) -> list[Outgoing]:
        """End it now; what was on its way is not sent any more."""
        self.outbox.withdraw(self.id)
        return self._finish(end, now)

    def _plan(self, at: float, make: Callable[[float], list[Outgoing]]) -> None:
        self.outbox.plan(at, make, self.id)

    def _plan_speech(self, speech: Speech, at: float, *, closes: bool) -> float:
        """`closes`: its end is reached."""
        self._plan(at, lambda _: self._open_item(speech))
        if not speech.pcm:
            self._plan(at, lambda _: self._write(speech.text))
        at = self._plan_sound(speech, at)
        if closes:
            self._plan(at, lambda _: self._close_item("completed"))
        return at

    def _plan_sound(self, speech: Speech, at: float) -> float:
        size = self.pace.delta_ms * SERVICE_BYTES_PER_MS
        pieces = [speech.pcm[i : i + size] for i in range(0, len(speech.pcm), size)]
        places = {"audio": 0, "halfway": len(pieces) // 2}
        timed = words_of(speech) if self.times_words else []
        words = speech.text.split(" ")
        share = -(-len(words) // max(1, len(pieces) // 2))  # the words run ahead of the sound
        for number, piece in enumerate(pieces):
            text = " ".join(words[number * share : (number + 1) * share])
            if text and (number + 1) * share < len(words):
                text += " "
            moments = [name for name, at_number in places.items() if at_number == number]
            sounding = tuple(between(timed, number * self.pace.delta_ms, (number + 1) * self.pace.delta_ms))
            if sounding:
                self._plan(at, lambda _, t=sounding: self._time(t))  # type: ignore[misc]
            self._plan(at, lambda now, p=piece, t=text, m=moments: self._speak(p, t, m, now))  # type: ignore[misc]
            at += self.pace.step_s
        return at

    def _plan_call(self, call: Call, at: float) -> float:
        if self.mcp and (called := self.mcp.item_of(call, self.tools)):
            self._plan(at, lambda now: self._call_server(called, now))
            return at
        call_id = {"call_id": self.wire.id("call")} if self.quirks.call_ids else {}
        body = {"type": "function_call", "name": call.name, **call_id, "arguments": ""}
        item = Item(self.wire.id("item"), body, tokens=text_tokens(call.arguments) + 8)

        def make(_: float) -> list[Outgoing]:
            opened = self._announce(item)
            where = {**self._place(), "item_id": item.id, **call_id}
            item.body["arguments"] = call.arguments
            kind = "response.function_call_arguments"
            delta = self.wire.event(f"{kind}.delta", **where, delta=call.arguments)
            done = self.wire.event(f"{kind}.done", **where, arguments=call.arguments, name=call.name)
            return [*opened, delta, done, *self._close_item("completed")]

        self._plan(at, make)
        return at

    def _call_server(self, item: Item, now: float) -> list[Outgoing]:
        opened = self._announce(item)
        if item.body["type"] == "mcp_approval_request":
            return [*opened, *self._close_item("completed")]
        assert self.mcp
        where = self._place()
        arguments, kind = item.body["arguments"], "response.mcp_call_arguments"
        events = [
            self.wire.event(f"{kind}.delta", **where, item_id=item.id, delta=arguments),
            self.wire.event(f"{kind}.done", **where, item_id=item.id, arguments=arguments),
            self.wire.event(
                "response.mcp_call.in_progress", item_id=item.id, output_index=where["output_index"]
            ),
        ]
        self._open = None
        self.output.append(item.echo(object_name=self.wire.dialect.items_say_object, status="in_progress"))
        self.mcp.run(item, where, now)
        return [*opened, *events]

    # ---- items ----------------------------------------------------------
    def _announce(self, item: Item) -> list[Outgoing]:
        self._open, self._open_speech, self._transcript = item, False, ""
        self._before = self.items.insert(item, None) if self.in_conversation else None
        echo = item.echo(object_name=self.wire.dialect.items_say_object, status="in_progress")
        added = self.wire.event("response.output_item.added", **self._place(), item=echo)
        return [added, *(self.wire.item_added(echo, self._before) if self.in_conversation else [])]

    def _open_item(self, speech: Speech) -> list[Outgoing]:
        body: Json = {"type": "message", "role": "assistant", "content": []}
        opened = self._announce(Item(self.wire.id("item"), body))
        self._open_speech = bool(speech.pcm)
        part = {"type": "audio", "transcript": ""} if speech.pcm else {"type": "text", "text": ""}
        return [*opened, self.wire.event("response.content_part.added", **self._content(), part=part)]

    def _speak(self, pcm: bytes, text: str, moments: list[str], now: float) -> list[Outgoing]:
        assert self._open
        outputs: list[Outgoing] = []
        if text:
            self._transcript += text
            outputs.append(
                self.wire.event("response.output_audio_transcript.delta", **self._content(), delta=text)
            )
        sound = self.sound.encode(pcm)
        self._open.audio_ms += sound.ms
        self._open.spoken += pcm
        self.items.spoken |= self.in_conversation
        self.generated_ms += sound.ms
        delta = self.wire.event(
            "response.output_audio.delta", **self._content(), delta=b64encode(sound.data).decode()
        )
        self.said = [delta, delta]
        outputs.append(delta)
        for moment in moments:
            outputs += self.tell_moment(moment, now)
        return outputs

    def _time(self, words: Sequence[SpokenWord]) -> list[Outgoing]:
        kind = "response.audio_timestamp.delta"
        return [
            self.wire.event(
                kind,
                **self._content(),
                audio_offset_ms=word.offset_ms,
                audio_duration_ms=word.duration_ms,
                text=word.text,
                timestamp_type="word",
            )
            for word in words
        ]

    def _write(self, text: str) -> list[Outgoing]:
        self._transcript = text
        return [
            self.wire.event("response.output_text.delta", **self._content(), delta=text),
            self.wire.event("response.output_text.done", **self._content(), text=text),
        ]

    def _close_item(self, status: str) -> list[Outgoing]:
        item, self._open = self._open, None
        if item is None:
            return []
        outputs: list[Outgoing] = []
        if item.body["type"] == "message":
            place = {**self._place(), "item_id": item.id, "content_index": 0}
            if self._open_speech:
                text = self._transcript
                item.body["content"] = [self.wire.spoken(text)]
                part = {"type": "audio", "transcript": text}
                outputs.append(self.wire.event("response.output_audio.done", **place))
                if self.times_words:
                    outputs.append(self.wire.event("response.audio_timestamp.done", **place))
                outputs.append(
                    self.wire.event("response.output_audio_transcript.done", **place, transcript=text)
                )
            else:
                item.body["content"] = [self.wire.written(self._transcript)]
                part = {"type": "text", "text": self._transcript}
            outputs.append(self.wire.event("response.content_part.done", **place, part=part))
            item.tokens = item.audio_ms // MS_PER_SPOKEN_TOKEN + text_tokens(self._transcript)
        self._text_tokens += item.tokens - item.audio_ms // MS_PER_SPOKEN_TOKEN
        echo = item.echo(object_name=self.wire.dialect.items_say_object, status=status)
        self.output.append(echo)
        ends = [
            self.wire.item_done(echo, self._before) if self.in_conversation else [],
            [self.wire.event("response.output_item.done", **self._place(-1), item=echo)],
        ]
        for events in ends if self.quirks.items_first else reversed(ends):
            outputs.extend(events)
        return outputs

    # ---- end ------------------------------------------------------------
    def _complete(self, now: float) -> list[Outgoing]:
        return self._finish({"status": "completed"}, now) if self.quirks.says_done else []

    def _finish(self, end: Json, now: float) -> list[Outgoing]:
        status = end["status"]
        outputs = self._close_item("completed" if status == "completed" else "incomplete")
        self.ended(now)
        outputs.append(self.wire.event("response.done", response=self._echo(status, status_details(end))))
        if self.quirks.rate_limits:
            outputs.append(self.wire.event("rate_limits.updated", rate_limits=[self._rate_limit()]))
        return outputs + self.tell_moment("done", now)

    def _rate_limit(self) -> Json:
        spent = min(TOKENS_A_MINUTE, self.reading.text + self.reading.audio + self._said_tokens)
        left, reset_s = TOKENS_A_MINUTE - spent, spent * 60 / TOKENS_A_MINUTE
        return {"name": "tokens", "limit": TOKENS_A_MINUTE, "remaining": left, "reset_seconds": reset_s}

    @property
    def _said_tokens(self) -> int:
        return self._text_tokens + self.generated_ms // MS_PER_SPOKEN_TOKEN

    def _place(self, offset: int = 0) -> Json:
        return {"response_id": self.id, "output_index": len(self.output) + offset}

    def _content(self) -> Json:
        assert self._open
        return {**self._place(), "item_id": self._open.id, "content_index": 0}

    def _echo(self, status: str, details: Json | None = None) -> Json:
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": self.output if status != "in_progress" else [],
            "conversation_id": self.conversation_id if self.in_conversation else None,
            "metadata": self.metadata,
            "usage": None if status == "in_progress" else self._usage(),
            **self.base,
        }

    def _usage(self) -> Json | None:
        spoken = self.generated_ms // MS_PER_SPOKEN_TOKEN
        return usage_of(self.reading, self._text_tokens, spoken, self.quirks.usage)
