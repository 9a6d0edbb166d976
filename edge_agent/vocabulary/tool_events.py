"""Functions that the service calls, and the tools of this device that carry them out. A part of `events`. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .frozen import frozen
from .sound import ServicePcm

CallKind: TypeAlias = Literal["function", "service", "approval"]
RingKind: TypeAlias = Literal["timer", "alarm", "reminder"]


@frozen
class FunctionCall:
    """`fingerprint`: the same for the same arguments, however they are written, until the device is started again.

    `kind`: who carries it out: this device, the service by itself, or the service once this device approves. Of the
    service, `call_id` is that of the item, and `ended`: it has already.
    """

    call_id: str
    name: str
    arguments: str
    fingerprint: int = 0
    kind: CallKind = "function"
    ended: bool = False


@frozen
class Tool:
    """What decides how a tool is called.

    `deadline_s`: how long an answer waits for it; then it is cancelled, or goes on in the `background`. `once`: the
    same arguments within a minute run it once. `confirm`: it runs when the button is pressed, and only then. `quiet`:
    it does nothing, and no answer follows. `undoes`: what ran once may run again after it.
    """

    name: str = ""
    deadline_s: float = 10.0
    background: bool = False
    once: bool = False
    confirm: bool = False
    quiet: bool = False
    undoes: bool = False


@frozen
class ToolsListed:
    """All the tools that a service may call, from now on."""

    tools: tuple[Tool, ...]


@frozen
class ToolReturned:
    """A run of a tool has ended. `output`: what the model is told of it. `failed`: it did not do what it was asked,
    and `why`, in a sentence without words of people."""

    run: int
    output: str
    failed: bool = False
    name: str = ""
    took_ms: int = 0
    why: str = ""


@frozen
class ServiceCallEnded:
    """The service has called a tool of an MCP server by itself, and has its result."""

    item_id: str
    failed: bool = False


@frozen
class TimeReached:
    """A timer, an alarm or a reminder is due. `text`: what the user is told. `pcm`: the same, spoken on this device;
    empty: a message stands for it."""

    ring: int
    kind: RingKind
    text: str
    pcm: ServicePcm = b""


@frozen
class RingMissed:
    """It was due while the device was off. `text`: what the user is told."""

    text: str


@frozen
class RestRequested:
    """The user has said goodbye: the visit ends with the answer that follows."""


@frozen
class MuteRequested:
    """Once the answer that follows is over, and for so long."""

    lasts_s: float


ToolEvent: TypeAlias = ToolsListed | ToolReturned | TimeReached | RingMissed | RestRequested | MuteRequested
