"""What can go wrong with the service and on the way to it, each as something that a rig can go through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args

import pytest

from edge_agent.config import Config
from edge_agent.simulator.faults import parse
from edge_agent.vocabulary.commands import Cue

from ..token_endpoint import SECRET
from .environment import DatedTls, Names, SignIn
from .rig import Rig

State = Literal[
    "idle", "listening", "thinking", "while a tool runs", "before first audio", "speaking", "interrupted"
]
STATES: tuple[State, ...] = get_args(State)
UNANSWERED: tuple[State, ...] = (
    "listening",
    "thinking",
    "while a tool runs",
    "before first audio",
    "interrupted",
)

BEFORE_ASKED: tuple[State, ...] = ("listening", "interrupted")
UNBEGUN: tuple[State, ...] = ("before first audio",)


@dataclass(frozen=True)
class Trouble:
    """`now` happens at once, `then` at the next of its moments, `lasting` at each of them for `lasts_s`.

    `told`: the spoken reason for which a question that it meets is given up; None: it is answered.
    `attempts`: connections that may be tried, the first one included.
    """

    name: str
    now: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    lasting: str = ""
    lasts_s: float = 1.5
    told: Cue | None = None
    told_in: tuple[State, ...] = UNANSWERED
    states: tuple[State, ...] = STATES
    attempts: int = 4
    survives: bool = False  # the link does
    at_once: bool = True  # all states side by side

    around: Callable[[], AbstractAsyncContextManager[Rig]] = Rig  # what can break besides: `rig.breaks`

    async def befall(self, rig: Rig) -> None:
        """Begins; it is over when it returns, or has been sent on its way."""
        for text in self.then:
            rig.script.add(parse(text))
        lasting = parse(f"{self.lasting}#*") if self.lasting else None
        if lasting:
            rig.script.add(lasting)
        rig.breaks()
        for text in self.now:
            rig.inject(text)
        if lasting or self.around is not Rig:
            await asyncio.sleep(self.lasts_s)
            rig.mends()
        if lasting:
            rig.script.remove(lasting)

    @property
    def is_noticed_at_rest(self) -> bool:
        """Whether the link goes down at once."""
        return bool(self.now) and not self.survives and self.now != ("freeze",)


@dataclass(frozen=True)
class OnResponse(Trouble):
    """Befalls the response under way, or the next one."""

    what: str = ""

    async def befall(self, rig: Rig) -> None:
        if rig.answering:
            rig.inject(self.what)
        else:
            rig.script.add(parse(f"{self.what}@response"))


def proving(credential: Any, **service: Any) -> Config:
    return Config(service=replace(Config().service, credential=credential, **service))


@asynccontextmanager
async def without_tokens() -> AsyncIterator[Rig]:
    """The program that prints tokens cannot reach its broker."""
    with TemporaryDirectory(prefix="edge-agent-faults-") as folder:
        down = Path(folder) / "down"
        program = f"sh -c 'test ! -e {down} && echo token'"
        async with Rig(config=proving("command", credential_command=program)) as rig:
            rig.breaks, rig.mends = down.touch, down.unlink
            yield rig


@asynccontextmanager
async def without_sign_in() -> AsyncIterator[Rig]:
    """Microsoft Entra ID has a problem; the tokens that it gives are old at once."""
    sign_in = SignIn(lives_s=1)
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name, value in SECRET.items():
            monkeypatch.setenv(name, value)
        async with sign_in.use(monkeypatch), Rig(config=proving("client-secret")) as rig:
            rig.breaks, rig.mends = partial(sign_in.fails, 500), sign_in.works
            yield rig


@asynccontextmanager
async def with_a_wrong_clock() -> AsyncIterator[Rig]:
    """The certificate of the service is not valid yet, by the clock of this machine."""
    tls = DatedTls()
    async with Rig(tls=tls.context) as rig:
        rig.breaks, rig.mends = tls.not_yet_valid, tls.valid
        yield rig


@asynccontextmanager
async def without_names() -> AsyncIterator[Rig]:
    """The resolver does not find the service."""
    name = f"voice{next(NUMBERS)}.test"
    find = partial(names().__setitem__, name, "127.0.0.1")
    find()
    async with Rig(name=name, config=proving("command", credential_command="echo token")) as rig:
        rig.breaks, rig.mends = partial(names().__delitem__, name), find
        yield rig


NUMBERS = count(1)
PREAMBLE_MS = 600


@cache
def names() -> dict[str, str]:
    """What the resolver of this process finds, of all that ends in .test, from now on."""
    found: dict[str, str] = {}
    Names(found).__enter__()
    return found


def refusal(status: int, told: Cue | None, attempts: int = 4) -> Trouble:
    then = (f"refuse:{status}@connect",)
    return Trouble(f"refused with HTTP {status}", now=("drop",), then=then, told=told, attempts=attempts)


def passing(status: int) -> Trouble:
    """One attempt is refused, and the next one is not."""
    return Trouble(f"refused with HTTP {status}", now=("drop",), then=(f"refuse:{status}@connect",))


TROUBLES: tuple[Trouble, ...] = (
    Trouble("closed (1000)", now=("close:1000",)),
    Trouble("cut without a close frame", now=("drop",)),
    Trouble("TCP reset", now=("reset",)),
    Trouble("silence, not even a pong", now=("freeze",)),
    Trouble("closed (1011)", now=("close:1011",)),
    Trouble("session expired (1001)", now=("expire",)),
    refusal(400, Cue.SERVICE_PROBLEM),
    refusal(401, Cue.CANNOT_SIGN_IN),
    refusal(403, Cue.CANNOT_SIGN_IN),
    refusal(404, Cue.CANNOT_SIGN_IN),
    refusal(429, None),
    refusal(500, None),
    refusal(502, None),
    refusal(503, None),
    refusal(504, None),
    Trouble("refused with HTTP 429 and Retry-After", now=("drop",), then=("refuse:429:1@connect",)),
    Trouble("key refused (3000)", now=("fatal:invalid_api_key",), told=Cue.CANNOT_SIGN_IN),
    Trouble("no quota left (4000)", now=("fatal:insufficient_quota",), told=Cue.SERVICE_PROBLEM),
    Trouble("accepts and closes for ever", now=("drop",), lasting="close:1011@session", attempts=12),
    *(passing(status) for status in (408, 409, 421, 424, 425)),
    Trouble("closed (4000, server_error)", now=("close:4000:server_error",)),
    Trouble("closed (4008)", now=("close:4008",)),
    Trouble("closed (4029)", now=("close:4029",)),
    Trouble("closed (1008, token expired)", now=("close:1008:token expired",)),
    Trouble(
        "an unknown error while a session is set up",
        now=("drop",),
        then=("error:unheard_of:internal_error@session.update",),
    ),
    Trouble("session.updated comes late", now=("drop",), then=("late-updated:1000@session.update",)),
    Trouble("session.updated never comes", now=("drop",), then=("never-updated@session.update",)),
    Trouble("malformed JSON", now=("bad-json",), survives=True),
    Trouble("a binary frame", now=("binary",), survives=True),
    Trouble("an unknown event", now=("unknown",), survives=True),
    Trouble("a frame of 2 MiB", now=("big:2097152",), survives=True),
    Trouble("everything twice", now=("duplicate",), survives=True),
    Trouble("neighbours change places", now=("reorder",), survives=True),
    Trouble(
        "a preamble before the answer: two items",
        around=partial(Rig, preamble_ms=PREAMBLE_MS),
        lasts_s=0.0,
        survives=True,
    ),
    OnResponse("the answer fails: server_error", what="fail:server_error", survives=True),
    OnResponse("the answer fails: rate limit", what="fail:rate_limit_exceeded", survives=True),
    OnResponse("the answer fails before it was announced", what="fail-early:server_error", survives=True),
    OnResponse(
        "the answer is cut: content filter",
        what="incomplete:content_filter",
        survives=True,
        told=Cue.GAVE_UP,
        told_in=UNBEGUN,
    ),
    OnResponse(
        "the answer is cut: longest",
        what="incomplete:max_output_tokens",
        survives=True,
        told=Cue.GAVE_UP,
        told_in=UNBEGUN,
    ),
    OnResponse("the answer has words and no sound", what="soundless:text", states=BEFORE_ASKED, attempts=2),
    OnResponse("the answer is digital silence", what="soundless:zeros", states=BEFORE_ASKED, attempts=2),
    OnResponse("the answer is two items", what="two-items", states=BEFORE_ASKED, survives=True),
    OnResponse("the bill has totals only", what="usage:totals", states=BEFORE_ASKED, survives=True),
    OnResponse("the answer stalls", what="stall", attempts=4),
    OnResponse("the answer drips", what="slow:60", survives=True),
    Trouble("no token to be had (command)", now=("drop",), around=without_tokens),
    Trouble("no sign-in (Entra ID)", now=("drop",), around=without_sign_in, at_once=False),
    Trouble("no name found (DNS)", now=("drop",), around=without_names),
    Trouble(
        "the clock is wrong",
        now=("drop",),
        told=Cue.CLOCK_NOT_SET,
        attempts=6,
        around=with_a_wrong_clock,
    ),
)
