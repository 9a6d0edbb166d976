"""What a service may do about a question: the script of one response, well or badly meant, but always as the protocol
allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Literal

from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import SERVICE_BYTES_PER_MS

WORD_MS = 250  # of an answer, for each word of its transcript
_QUIET = b"\1\0" * (SERVICE_BYTES_PER_MS // 2 * 4000)

Kind = Literal[
    "well", "refused", "unannounced", "silent", "stalls", "failed", "incomplete", "nothing", "calls", "breaks"
]
BAD: tuple[Kind, ...] = (
    "refused",
    "unannounced",
    "silent",
    "stalls",
    "failed",
    "incomplete",
    "nothing",
    "breaks",
)


@dataclass
class Spoken:
    """An item of an answer: how much of its sound was sent, and what was said in it."""

    item_id: str
    length_ms: int
    sent_ms: int = 0
    finished: bool = False
    truncated_ms: int | None = None
    deleted: bool = False


@dataclass
class Response:
    response_id: str
    request_id: str | None
    kind: Kind
    known: frozenset[str]  # what the session knew when it began
    touched: frozenset[str]  # what it knew at least a part of
    newest: str  # of what the person said, as far as it is known there
    began_ms: int
    items: list[Spoken] = field(default_factory=list)
    calls: tuple[e.FunctionCall, ...] = ()
    started: bool = False
    over: bool = False
    status: e.ResponseStatus = "completed"


def choose(random: Random, badness: float, *, calls: float) -> Kind:
    if random.random() < badness:
        return random.choice(BAD)
    return "calls" if random.random() < calls else "well"


def script(response: Response, random: Random) -> list[tuple[int, e.ServiceEvent]]:
    """What is said in answer, and how long after what was said before. Not the end."""
    if response.kind in ("refused", "unannounced"):
        return []
    late_ms = random.choice((0, 5, 60, 300, 800))
    said: list[tuple[int, e.ServiceEvent]] = []
    request_id = response.request_id
    said.append((late_ms, e.ResponseStarted(response.response_id, request_id)))
    if response.kind == "nothing":
        if random.random() < 0.5:
            said.append((50, e.TranscriptDelta(response.response_id, f"{response.response_id}i0", "")))
            said.append((0, e.AudioDelta(response.response_id, f"{response.response_id}i0", b"")))
        return said
    many = random.choice((1, 1, 1, 2))
    if response.kind in ("calls", "failed", "incomplete", "stalls") and random.random() < 0.5:
        many = 0
    pace = random.choice((0.1, 0.3, 0.3, 1.3))  # of real time
    for number in range(many):
        item = Spoken(f"{response.response_id}i{number}", random.choice((60, 700, 1500, 3000, 6000)))
        response.items.append(item)
        said += _item(response, item, random, pace)
    if response.kind in ("failed", "incomplete", "stalls", "breaks") and said:
        said = said[: random.randint(1, len(said))]
    return said


def _item(response: Response, item: Spoken, random: Random, pace: float) -> list[tuple[int, e.ServiceEvent]]:
    said: list[tuple[int, e.ServiceEvent]] = []
    ahead = random.random() < 0.5
    words = [f"{item.item_id}.{number} " for number in range(max(1, item.length_ms // WORD_MS))]
    if ahead:
        said += [(0, e.TranscriptDelta(response.response_id, item.item_id, word)) for word in words]
    left_ms = item.length_ms
    while left_ms:
        size_ms = min(left_ms, random.choice((60, 400, 400, 900)))
        left_ms -= size_ms
        said.append((int(size_ms * pace), e.AudioDelta(response.response_id, item.item_id, quiet(size_ms))))
        if random.random() < 0.05:
            said.append((0, e.AudioDelta(response.response_id, item.item_id, b"")))
    said.append((0, e.AudioFinished(response.response_id, item.item_id)))
    if not ahead:
        said += [(0, e.TranscriptDelta(response.response_id, item.item_id, word)) for word in words]
    return said


def quiet(size_ms: int) -> bytes:
    """So much of an answer."""
    return _QUIET[: size_ms * SERVICE_BYTES_PER_MS]


def failure(random: Random) -> tuple[str, str]:
    """A code of the service, and its kind."""
    return random.choice(
        (
            ("server_error", "server_error"),
            ("inference_rate_limit_exceeded", "rate_limit_exceeded"),
            ("rate_limit_exceeded", "rate_limit_exceeded"),
            ("bad_response_create", "invalid_request_error"),
            ("insufficient_quota", "insufficient_quota"),
        )
    )
