"""What can go wrong with the service and on the way to it, each as something that a rig can go through."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from edge_agent.commands import Cue
from edge_agent.config import Config
from edge_agent.simulator.faults import parse

from ..conftest import CA, server_tls
from .rig import Rig

State = Literal["idle", "listening", "thinking", "before first audio", "speaking", "interrupted"]
STATES: tuple[State, ...] = ("idle", "listening", "thinking", "before first audio", "speaking", "interrupted")
UNANSWERED: tuple[State, ...] = ("listening", "thinking", "before first audio", "interrupted")

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

    @asynccontextmanager
    async def rig(self) -> AsyncIterator[Rig]:
        async with Rig() as rig:
            yield rig

    async def befall(self, rig: Rig) -> None:
        """Begins; it is over when it returns, or has been sent on its way."""
        for text in self.then:
            rig.script.add(parse(text))
        lasting = parse(f"{self.lasting}#*") if self.lasting else None
        if lasting:
            rig.script.add(lasting)
        self.break_environment(rig)
        for text in self.now:
            rig.inject(text)
        if lasting or self.breaks_environment:
            await asyncio.sleep(self.lasts_s)
            self.mend_environment(rig)
        if lasting:
            rig.script.remove(lasting)

    @property
    def is_noticed_at_rest(self) -> bool:
        """Whether the link goes down at once."""
        return bool(self.now) and not self.survives and self.now != ("freeze",)

    breaks_environment = False

    def break_environment(self, rig: Rig) -> None: ...

    def mend_environment(self, rig: Rig) -> None: ...


@dataclass(frozen=True)
class OnResponse(Trouble):
    """Befalls the response under way, or the next one."""

    what: str = ""

    async def befall(self, rig: Rig) -> None:
        if rig.answering:
            rig.inject(self.what)
        else:
            rig.script.add(parse(f"{self.what}@response"))


@dataclass(frozen=True)
class NoToken(Trouble):
    """The program that gives out tokens cannot reach its broker."""

    breaks_environment = True

    @asynccontextmanager
    async def rig(self) -> AsyncIterator[Rig]:
        with _folder() as folder:
            service = replace(
                Config().service,
                credential="command",
                credential_command=f"sh -c 'test ! -e {folder}/down && echo token'",
            )
            async with Rig(config=Config(service=service)) as rig:
                rig.folder = folder
                yield rig

    def break_environment(self, rig: Rig) -> None:
        (rig.folder / "down").touch()

    def mend_environment(self, rig: Rig) -> None:
        (rig.folder / "down").unlink()


@dataclass(frozen=True)
class WrongClock(Trouble):
    """The certificate of the service is not valid yet: by the clock of this machine."""

    breaks_environment = True

    @asynccontextmanager
    async def rig(self) -> AsyncIterator[Rig]:
        tls = server_tls()
        async with Rig(tls=tls) as rig:
            rig.tls = tls
            yield rig

    def break_environment(self, rig: Rig) -> None:
        tomorrow = datetime.now(UTC) + timedelta(1)
        _certify(rig.tls, not_before=tomorrow, not_after=tomorrow + timedelta(1))

    def mend_environment(self, rig: Rig) -> None:
        _certify(rig.tls)


@dataclass(frozen=True)
class NoName(Trouble):
    """The resolver does not find the service."""

    breaks_environment = True

    @asynccontextmanager
    async def rig(self) -> AsyncIterator[Rig]:
        service = replace(Config().service, credential="command", credential_command="echo token")
        async with Rig(name="voice.test", config=Config(service=service)) as rig:
            yield rig

    def break_environment(self, rig: Rig) -> None:
        rig.names.clear()

    def mend_environment(self, rig: Rig) -> None:
        rig.names["voice.test"] = "127.0.0.1"


def _certify(context: ssl.SSLContext, **valid: Any) -> None:
    """New handshakes show this certificate."""
    CA.issue_cert("127.0.0.1", **valid).configure_cert(context)


@contextmanager
def _folder() -> Iterator[Path]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="edge-agent-faults-") as folder:
        yield Path(folder)


def refusal(status: int, told: Cue | None, attempts: int = 4) -> Trouble:
    then = (f"refuse:{status}@connect",)
    return Trouble(f"refused with HTTP {status}", now=("drop",), then=then, told=told, attempts=attempts)


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
    Trouble("session.updated comes late", now=("drop",), then=("late-updated:1000@session.update",)),
    Trouble("session.updated never comes", now=("drop",), then=("never-updated@session.update",)),
    Trouble("malformed JSON", now=("bad-json",), survives=True),
    Trouble("a binary frame", now=("binary",), survives=True),
    Trouble("an unknown event", now=("unknown",), survives=True),
    Trouble("a frame of 2 MiB", now=("big:2097152",), survives=True),
    Trouble("everything twice", now=("duplicate",), survives=True),
    Trouble("neighbours change places", now=("reorder",), survives=True),
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
    OnResponse("the answer stalls", what="stall", attempts=4),
    OnResponse("the answer drips", what="slow:60", survives=True),
    NoToken("no token to be had", now=("drop",), attempts=4),
    NoName("no name found (DNS)", now=("drop",), attempts=4),
    WrongClock("the clock is wrong", now=("drop",), told=Cue.CLOCK_NOT_SET, attempts=6),
)
