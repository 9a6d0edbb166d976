"""Wire events to the agent's vocabulary. Pure, and strict only about what it uses.

Events and fields that a voice device has no use for are ignored and counted, whatever they hold. What a service writes
is made harmless here, and cut, so that everybody behind it may show it, log it and keep it. Ids go back to the service,
so they are never changed: an event with an id that cannot be real is a bad frame.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar, cast, get_args

from ...vocabulary import events as e
from ...vocabulary.account import account_code
from ...vocabulary.frozen import frozen
from ...vocabulary.sound import is_silent
from ...vocabulary.text import LONGEST_CODE, LONGEST_ITEM, harmless
from . import Json
from .allowance import MOST_ITEMS, Allowance
from .waits import wait_of

T = TypeVar("T")
REMEMBERED = 16  # ids of events, to tell one that comes twice
LARGEST_NUMBER = 2**53  # what every JSON reader can count to
MOST_NAMES, LONGEST_NAME = 64, 80  # of events that are passed over
MOST_CALLS = 32  # in one answer
LONGEST_ARGUMENTS = 64 * 1024  # characters, of a function call


class BadFrame(Exception):
    """A frame that breaks the protocol. The session goes on without it."""


@frozen
class SessionCreated:
    session_id: str
    expires_at: float | None  # Unix seconds
    model: str = ""


@frozen
class SessionUpdated:
    expires_at: float | None
    model: str = ""


WireEvent: TypeAlias = e.ServiceEvent | SessionCreated | SessionUpdated
Reader: TypeAlias = Callable[[Json], WireEvent | None]


class Decoder:
    """One per connection. `names`: GA names of the events that this dialect calls otherwise. `ignored` counts the
    events that were skipped, by their GA names. `readers`: of the events that matter; None: those of GA."""

    def __init__(self, names: Mapping[str, str], readers: Mapping[str, Reader] | None = None) -> None:
        self._names, self._readers = names, READERS if readers is None else readers
        self.ignored: Counter[str] = Counter()
        self._seen: deque[str] = deque(maxlen=REMEMBERED)
        self.allowance = Allowance()

    def decode(self, frame: str | bytes) -> WireEvent | None:
        """The event in a frame; None: one that does not matter. Raises BadFrame."""
        if isinstance(frame, bytes):
            raise BadFrame(f"a binary frame of {len(frame)} bytes; the protocol allows only text")
        try:
            event = json.loads(frame)
            if "\\ud" in frame or "\\uD" in frame:  # half a character cannot be sent, or printed, again
                event = json.loads(_whole_characters(json.dumps(event, ensure_ascii=False)))
        except (ValueError, RecursionError) as error:
            raise BadFrame(
                f"malformed JSON ({error}) in {len(frame)} characters"
            ) from None  # they may be words
        if not isinstance(event, dict):
            raise BadFrame(f"a JSON {type(event).__name__} instead of an event")
        kind = member(event, "type", str)
        kind = self._names.get(kind, kind)
        if event_id := _id(event, "event_id"):
            if event_id in self._seen:
                self.ignored["(repeated)"] += 1
                return None
            self._seen.append(event_id)
        read = self._readers.get(kind)
        if read is None:
            self.ignored[self._counted(kind)] += 1
            return None
        known = read(event)
        if known is None or isinstance(known, SessionCreated | SessionUpdated):
            return known
        admitted = self.allowance.admit(known)
        if admitted is None:
            self.ignored["(too much)"] += 1
        return admitted

    def divide(self) -> None:
        """What comes from now on is another answer. Most services say themselves which one it is."""

    def _counted(self, kind: str) -> str:
        """Under what name to count: there is no end to the names that a service may make up."""
        kind = harmless(kind, LONGEST_NAME)
        return kind if kind in self.ignored or len(self.ignored) < MOST_NAMES else "(others)"


def _whole_characters(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _name(obj: Json) -> str:
    """What to call it in a line for the log."""
    kind = _text(obj, "type")
    return ascii(kind[:LONGEST_NAME])[1:-1] if kind else "an event"


def member(obj: Json, key: str, kind: type[T]) -> T:
    value = obj.get(key)
    if not isinstance(value, kind):
        found = "nothing" if value is None else type(value).__name__
        raise BadFrame(f"{_name(obj)}: {key!r} must be {kind.__name__}, found {found}")
    return value


def _text(obj: Any, key: str) -> str:
    value = obj.get(key) if isinstance(obj, dict) else None
    return value if isinstance(value, str) else ""


def _line(obj: Any, key: str) -> str:
    return harmless(_text(obj, key))


def code_at(obj: Any, key: str) -> str:
    return harmless(_text(obj, key), LONGEST_CODE)


def _id(obj: Any, key: str) -> str:
    """Empty where there is none."""
    return _valid_id(obj, key, _text(obj, key))


def id_at(obj: Json, key: str) -> str:
    return _valid_id(obj, key, member(obj, key, str))


def _valid_id(obj: Any, key: str, found: str) -> str:
    if len(found) > LONGEST_CODE or not found.isascii() or not found.isprintable():
        raise BadFrame(f"{_name(obj)}: {key!r} is not a valid id ({len(found)} characters)")
    return found


def _number(obj: Any, *keys: str) -> int:
    return int(amount_of(obj, *keys))


def amount_of(obj: Any, *keys: str) -> float:
    for key in keys:
        obj = obj.get(key) if isinstance(obj, dict) else None
    return obj if type(obj) in (int, float) and 0 <= obj < LARGEST_NUMBER else 0


def _expiry(event: Json) -> float | None:
    return _number(event, "session", "expires_at") or None


def _session_created(event: Json) -> WireEvent:
    session = event.get("session")
    return SessionCreated(code_at(session, "id"), _expiry(event), code_at(session, "model"))


def audio_of(event: Json) -> bytes:
    try:
        return b64decode(member(event, "delta", str), validate=True)
    except ValueError as error:  # binascii.Error is one, and so is a character beyond ASCII
        raise BadFrame(f"{_name(event)}: 'delta' is not base64 ({error})") from None


def _audio_delta(event: Json) -> WireEvent:
    pcm = audio_of(event)
    return e.AudioDelta(*_place(event), pcm, is_silent(pcm))


def _audio_finished(event: Json) -> WireEvent:
    return e.AudioFinished(*_place(event))


def _transcript_delta(event: Json) -> WireEvent:
    return e.TranscriptDelta(*_place(event), harmless(member(event, "delta", str), LONGEST_ITEM))


def _place(event: Json) -> tuple[str, str]:
    """Of which response, and of which of its items."""
    return id_at(event, "response_id"), id_at(event, "item_id")


def _word_timed(event: Json) -> WireEvent:
    end_ms = _number(event, "audio_offset_ms") + _number(event, "audio_duration_ms")
    return e.WordTimed(*_place(event), code_at(event, "text"), end_ms)


def _noted(event: Json) -> WireEvent:
    warning = member(event, "warning", dict)
    return e.ServiceNoted(code_at(warning, "code") or "warning", _line(warning, "message"))


def _response_started(event: Json) -> WireEvent:
    response = member(event, "response", dict)
    request_id = _id(response.get("metadata"), "request") or None
    return e.ResponseStarted(id_at(response, "id"), request_id)


def _response_done(event: Json) -> WireEvent:
    response = member(event, "response", dict)
    status = _text(response, "status")
    details = response.get("status_details")
    error = details.get("error") if isinstance(details, dict) else None
    output = response.get("output")
    items = [item for item in output if isinstance(item, dict)] if isinstance(output, list) else []
    messages = [item for item in items if item.get("type") == "message"]
    return e.ResponseDone(
        _id(response, "id"),
        cast("e.ResponseStatus", status) if status in get_args(e.ResponseStatus) else "failed",
        code_of(error) or code_at(details, "reason"),
        _line(error, "message"),
        tuple(_id(item, "id") for item in messages[:MOST_ITEMS]),
        _calls(items),
        _usage(response.get("usage")),
        wait_of(_line(error, "message")),
    )


def _calls(items: list[Json]) -> tuple[e.FunctionCall, ...]:
    """Without an id it cannot be answered; the response has ended all the same."""
    calls: list[e.FunctionCall] = []
    for item in items:
        match item.get("type"):
            case "function_call" if item.get("status") != "incomplete" and _text(item, "call_id"):
                calls.append(call_of(item, "call_id"))
            case "mcp_approval_request" if _text(item, "id"):
                calls.append(call_of(item, "id", "approval"))
            case "mcp_call" if _text(item, "id"):
                has_ended = item.get("output") is not None or item.get("error") is not None
                calls.append(replace(call_of(item, "id", "service"), ended=has_ended))
            case "message":  # what has ended before it is answered by it
                calls = [call for call in calls if not call.ended]
    return tuple(calls[:MOST_CALLS])


def call_of(item: Json, key: str, kind: e.CallKind = "function") -> e.FunctionCall:
    """Arguments are a JSON object; cut, they are left out, so that no function can mistake them."""
    arguments = harmless(_text(item, "arguments"), LONGEST_ARGUMENTS)
    server = "" if kind == "function" else f"{code_at(item, 'server_label')}."
    return e.FunctionCall(
        _id(item, key), server + code_at(item, "name"), arguments, _fingerprint(arguments), kind
    )


def _list_failed(event: Json) -> WireEvent:
    id_at(event, "item_id")
    what = "the service cannot list the tools of an MCP server"
    todo = 'check url, headers and tools of [[mcp]] with caller = "service"'
    return e.ServiceNoted("mcp_list_tools_failed", f"{what}; {todo}")


def _fingerprint(arguments: str) -> int:
    """Of what they mean. Python's own hash differs from start to start: in a record it tells nothing of the words."""
    with suppress(ValueError, RecursionError):
        arguments = json.dumps(json.loads(arguments), sort_keys=True)
    return hash(arguments) % LARGEST_NUMBER


def _usage(usage: Any) -> e.Usage:
    cached = "input_token_details", "cached_tokens_details"
    went_in, came_out = _number(usage, "input_tokens"), _number(usage, "output_tokens")
    return e.Usage(
        input_text=_number(usage, "input_token_details", "text_tokens"),
        input_audio=_number(usage, "input_token_details", "audio_tokens"),
        cached_text=_number(usage, *cached, "text_tokens"),
        cached_audio=_number(usage, *cached, "audio_tokens"),
        output_text=_number(usage, "output_token_details", "text_tokens"),
        output_audio=_number(usage, "output_token_details", "audio_tokens"),
        total=_number(usage, "total_tokens") or went_in + came_out,
        input=went_in,
        output=came_out,
        cached=_number(usage, "input_token_details", "cached_tokens"),
        reasoning=_number(usage, "output_token_details", "reasoning_tokens"),
    )


def _transcribed(event: Json) -> WireEvent | None:
    usage = event.get("usage")  # seconds, or tokens of which 10 are a second of speech
    details = "input_token_details", "audio_tokens"
    tokens = (
        amount_of(usage, *details) or amount_of(usage, "input_tokens") or amount_of(usage, "total_tokens")
    )
    seconds = amount_of(usage, "seconds") or tokens / 10
    words, item_id = harmless(_text(event, "transcript").strip(), LONGEST_ITEM), id_at(event, "item_id")
    if not (words or seconds):  # Voice Live says it again with the next one, without the words
        return None
    return e.UserTranscribed(item_id, words, seconds)


def read_error(event: Json) -> WireEvent:
    error = member(event, "error", dict)
    return e.ServiceErred(
        _error_code(error),
        _line(error, "message"),
        _id(error, "event_id") or None,
        code_at(error, "param") or None,
        code_at(error, "type"),
        wait_of(_line(error, "message")),
    )


# Older services send no code; the words are all there is to tell by.
_WORDS = {
    "already has an active response": "conversation_already_has_active_response",
    "no active response": "response_cancel_not_active",
    "buffer too small": "input_audio_buffer_commit_empty",
    "maximum duration": "session_expired",
    "already shorter than": "item_truncate_too_long",
    "only model output audio": "item_truncate_no_audio",
    "beta api is no longer supported": "beta_api_shape_disabled",
}


def _error_code(error: Json) -> str:
    message = _line(error, "message").lower()
    for words, code in _WORDS.items():
        if words in message:
            return code
    return code_of(error) or "unknown_error"


def code_of(error: Any) -> str:
    """error.code; error.type, or what the words tell, where that says more: services spell the code differently."""
    code, kind = code_at(error, "code"), code_at(error, "type")
    return account_code(code, kind, _line(error, "message")) or code or kind


READERS: dict[str, Reader] = {
    "session.created": _session_created,
    "session.updated": lambda event: SessionUpdated(_expiry(event), code_at(event.get("session"), "model")),
    "error": read_error,
    "warning": _noted,
    "input_audio_buffer.speech_started": lambda event: e.ServiceSpeechStarted(
        _id(event, "item_id"), _number(event, "audio_start_ms")
    ),
    "input_audio_buffer.speech_stopped": lambda event: e.ServiceSpeechStopped(
        _id(event, "item_id"), _number(event, "audio_end_ms")
    ),
    "input_audio_buffer.committed": lambda event: e.InputCommitted(id_at(event, "item_id")),
    "input_audio_buffer.timeout_triggered": lambda event: e.SilenceTimedOut(_id(event, "item_id")),
    "conversation.item.input_audio_transcription.completed": _transcribed,
    "conversation.item.input_audio_transcription.failed": lambda event: e.TranscriptionFailed(
        _id(event, "item_id"), _line(event.get("error"), "message")
    ),
    "response.created": _response_started,
    "response.output_audio.delta": _audio_delta,
    "response.output_audio.done": _audio_finished,
    "response.output_audio_transcript.delta": _transcript_delta,
    "response.output_text.delta": _transcript_delta,
    "response.audio_timestamp.delta": _word_timed,
    "response.mcp_call.completed": lambda event: e.ServiceCallEnded(id_at(event, "item_id")),
    "response.mcp_call.failed": lambda event: e.ServiceCallEnded(id_at(event, "item_id"), failed=True),
    "mcp_list_tools.failed": _list_failed,
    "response.done": _response_done,
}
