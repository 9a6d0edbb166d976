"""What a session tells that listens while it speaks, where there are no turns and no responses. A part of `events`.
Pure."""

from __future__ import annotations

from dataclasses import field
from typing import Literal, TypeAlias

from .frozen import frozen
from .tool_events import FunctionCall
from .usage import Usage


@frozen
class WordsTranscribed:
    """More words of one side. `start_ms`, `end_ms`: of the sound of the item, which is what was said without a
    pause."""

    item_id: str
    role: Literal["user", "assistant"]
    text: str
    start_ms: int
    end_ms: int


@frozen
class SecondsBilled:
    """What a session has used up to now: as the service counts it, and by the clock of this device."""

    session_id: str
    total_s: float
    lasted_s: float


@frozen
class SessionEnded:
    """The service has ended it. `reason`: close_requested, expired, content, remote_hangup or connection_lost."""

    reason: str
    total_s: float


@frozen
class WorkAsked:
    """The model wants something done; it does not say what. `by_service`: another model does it, at the service."""

    delegation_id: str
    by_service: bool = False


@frozen
class WorkPaused:
    """The model that works has ended an answer. Without `calls` its work is over: the speaking one tells what came of
    it. `reason`: why it is not completed, a code. `usage`: of that answer."""

    delegation_id: str  # empty: the service does not say
    response_id: str
    status: Literal["completed", "failed", "incomplete"]
    reason: str = ""
    calls: tuple[FunctionCall, ...] = ()
    usage: Usage = field(default_factory=Usage)


LiveEvent: TypeAlias = WordsTranscribed | SecondsBilled | SessionEnded | WorkAsked | WorkPaused
