"""What can go wrong, and when: the words that a fault is written in."""

from __future__ import annotations

import re
from http import HTTPStatus

WHATS = {
    "refuse": "refuse the upgrade with an HTTP status, and if given Retry-After and the code of the error, or the whole"
    " body (refuse:401, refuse:429:7, refuse:429::insufficient_quota, refuse:502::<html>)",
    "drop": "cut the connection without a close frame",
    "reset": "like drop, but with a TCP reset: data in flight is lost",
    "close": "close with a code, and a reason (close:1011, close:4000:server_error, close:1008:token expired)",
    "expire": "session_expired, then close 1001",
    "expires-in": "session.created gives a lifetime in seconds (expires-in:60; expires-in:-1: already over)",
    "no-expiry": "session.created does not say when it ends",
    "closes": "GPT-Live: session.closed with this reason (closes:content, closes:connection_lost)",
    "bunch": "GPT-Live: nothing is said for so many ms, and then all of it (bunch:1500)",
    "freeze": "send nothing from now on, not even a pong",
    "error": "refuse the event with an error of this code, type and param, and the event's id"
    " (error:server_error, error:quota_exceeded:insufficient_quota,"
    " error:invalid_value:invalid_request_error:session.audio.input; error::server_error has no code)",
    "anonymous-error": "like error, without the event's id",
    "fatal": "an error event with this code and type, then a close with this code; if not given 4000, or 3000 for"
    " invalid_api_key (fatal:invalid_api_key, fatal:server_error:server_error:1011)",
    "never-updated": "session.updated never comes",
    "late-updated": "session.updated comes this many ms late (late-updated:2000)",
    "fail": "the response fails with this code and type"
    " (fail:server_error, fail:rate_limit_exceeded, fail:credit_balance_exhausted:insufficient_quota)",
    "fail-early": "like fail, without response.created",
    "incomplete": "the response ends early (incomplete:content_filter, incomplete:max_output_tokens)",
    "ends": "the response ends with this status and reason (ends:cancelled:turn_detected, ends:completed)",
    "stall": "the response stops in the middle and never ends",
    "stuck": "the response ends, but for the service it is active for ever: the next ones are refused",
    "no-done": "the response is spoken to its end, but response.done never comes",
    "slow": "from now on, answers arrive at this percentage of real time (slow:30)",
    "soundless": "the answer has no sound: words only, no item, or digital silence"
    " (soundless:text, soundless:nothing, soundless:zeros)",
    "two-items": "the answer is two items with sound",
    "no-call-id": "the function call of the response has no call_id",
    "usage": "the usage of the response without details, or null (usage:totals, usage:null)",
    "no-transcript": "the transcription of what the user said fails, with this code"
    " (no-transcript, no-transcript:audio_unintelligible)",
    "late-deltas": "audio continues for a while after a cancel",
    "no-rate-limits": "rate_limits.updated is left out",
    "items-first": "conversation.item.done before response.output_item.done",
    "duplicate": "from now on, every event is sent twice",
    "reorder": "from now on, neighbouring events are swapped",
    "unknown": "an unknown event and an unknown field",
    "big": "a frame of this many bytes (big:2097152)",
    "binary": "a binary frame",
    "bad-json": "a frame that is not JSON",
}
TAKE_ARGUMENT = frozenset(what for what, meaning in WHATS.items() if re.search(rf"\b{what}:\S", meaning)) | {
    "anonymous-error",
    "fail-early",
}
MOMENTS = {
    "connect": "the upgrade is requested",
    "accept": "the upgrade is done; session.created comes next",
    "session.update": "session.update, or session.start",
    "session": "the session is configured",
    "append": "input_audio_buffer.append, or session.input_audio.append",
    "commit": "input_audio_buffer.commit, or the service detects the end of an utterance",
    "speech": "the service hears speech",
    "item": "conversation.item.create, or a text for GPT-Live",
    "response": "response.create, or the service answers by itself",
    "work": "GPT-Live: the model that works begins an answer (it can fail, be incomplete, or stall)",
    "audio": "the first sound of an answer was sent",
    "halfway": "half of its sound was sent",
    "done": "response.done was sent",
    "cancel": "response.cancel",
    "truncate": "conversation.item.truncate",
}
ONLY = {  # faults that can only happen at some moment
    "refuse": ("connect",),
    "expires-in": ("accept",),
    "no-expiry": ("accept",),
    "never-updated": ("session.update",),
    "late-updated": ("session.update",),
    "no-transcript": ("commit",),
    "late-deltas": ("cancel",),
    "no-rate-limits": ("response",),
    "items-first": ("response",),
    "soundless": ("response",),
    "two-items": ("response",),
    "no-call-id": ("response",),
    "usage": ("response",),
}
AT_CONNECT = ("refuse", "drop", "reset", "freeze")
STATUSES = [status.value for status in HTTPStatus if status >= 200]
CLOSE_CODES = [*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)]  # that a close frame may carry
LONGEST_REASON = 123  # bytes, of a close frame
NUMBERS = {  # an example, and what is allowed
    "refuse": (429, STATUSES),
    "close": (1011, CLOSE_CODES),
    "expires-in": (60, range(-(2**40), 2**40)),
    "late-updated": (2000, range(2**40)),
    "slow": (30, range(1, 2**40)),
    "big": (2097152, range(2**28)),
    "bunch": (1500, range(2**40)),
}
MORE_THAN_A_NUMBER = ("refuse", "close")
STATUS_WORDS = ("completed", "cancelled", "failed", "incomplete", "in_progress")
CLOSE_REASONS = ("close_requested", "expired", "content", "remote_hangup", "connection_lost")
CHOICES = {
    "closes": CLOSE_REASONS,
    "soundless": ("text", "nothing", "zeros"),
    "usage": ("totals", "null"),
    "ends": STATUS_WORDS,
}
