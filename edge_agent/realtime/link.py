"""Keeps a session with the service: connects, waits, connects again, and moves to the next before one expires.

Everything tied to a connection dies with it: what waits to be sent, and what its events may still mean.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from typing import TypedDict

from ..config import Config
from ..config.providers import PROVIDERS
from ..vocabulary.commands import (
    CancelResponse,
    ChoosePersona,
    CloseLink,
    DivideAnswer,
    LinkCommand,
    OfferTools,
    OpenLink,
    RenewLink,
    ServiceCommand,
    SwitchLink,
    UpdateTools,
    WithdrawQuestion,
)
from ..vocabulary.events import (
    Connected,
    Disconnected,
    Event,
    LinkFailed,
    LinkPrepared,
    LinkSwitched,
    ResponseBilled,
    ResponseDone,
    ResponseStarted,
    SecondsBilled,
    ServiceErred,
    ServiceEvent,
    ServiceNoted,
    SettingRefused,
    WorkPaused,
)
from ..vocabulary.journal import noted
from .auth import Credential
from .backoff import Backoff
from .connection import open_session
from .errors import LinkFailure, Next, what_next
from .retry_wait import RetryWait
from .session import LiveSession
from .wire import Json, PastWords
from .wire.encode import OFFER
from .wire.optional import accepted_tools, refused_tool

log = logging.getLogger(__name__)
MOST_NOTES = 32  # that are told


class InUse(TypedDict):
    """What is told of a session when it comes into use."""

    generation: int
    session_id: str
    lasts_s: float
    model: str


class Link:
    """`post` takes its events; `sent` is told of each command that is on the wire. `tools`: the functions that the
    next session may call; `history`: what it is told of what was said before, if it must be told at its start."""

    def __init__(
        self,
        config: Config,
        credential: Credential,
        post: Callable[[Event], None],
        sent: Callable[[ServiceCommand], None] = lambda _: None,
        tools: Callable[[], Sequence[Json]] = tuple,
        history: Callable[[], Sequence[PastWords]] = tuple,
    ) -> None:
        self._device, self._credential = config, credential
        self._config = config  # with whoever answers in the next session
        self._post, self._sent, self._tools, self._history = post, sent, tools, history
        self._backoff, self._patience = Backoff(), RetryWait(credential)
        self._line: LiveSession | None = None
        self._spare: LiveSession | None = None  # prepared, to move to
        provider = PROVIDERS[config.service.provider]
        self._is_duplex, self._is_agent = provider.is_duplex, provider.is_agent
        waits = config.turns.mode == "wake-word" or provider.is_duplex or provider.is_agent
        self._wanted, self._attended = not waits, False
        self._changed = asyncio.Event()  # what `run` waits for is not what it was
        self._closing: set[asyncio.Task[None]] = set()
        self._noted: set[str] = set()
        self._told = ""  # the last failure: the same again is not news for the journal
        # settings that were refused and are not needed: what was said of them
        self._left_out: dict[str, str] = {}
        self._told_left_out: set[str] = set()
        self.generation = 0

    def send(self, command: ServiceCommand | LinkCommand) -> None:
        """Carry out a command; one for the service is dropped where there is no connection to it."""
        match command:
            case OpenLink():
                self._wanted = True
                self._patience.hurry()
            case CloseLink():
                self._wanted = False
                self._leave("the conversation is idle")
            case RenewLink():
                self._leave("a new session is needed")
            case SwitchLink():
                if spare := self._take_spare():
                    self._retire(self._line)
                    self._post(LinkSwitched(**self._use(spare)))
                else:
                    self._leave("the next session has already ended")
            case UpdateTools():
                self._offer(self._line)
                return
            case DivideAnswer():
                if self._line:
                    self._line.connection.divide()
                return
            case ChoosePersona(word):
                self._config = self._device.answered_by(word)
                self._retire(self._spare)
                self._spare = None
            case WithdrawQuestion():
                if self._line and (withdrawn := self._line.withdraw()):
                    self._post(withdrawn)
                return
            case _ if self._line:
                self._line.send(command)
                return
        self._changed.set()

    def attend(self, in_turn: bool) -> None:
        """Whether somebody talks, and would notice if the service was gone."""
        self._attended = in_turn
        if self._line:
            self._line.connection.pulse.attend(in_turn)

    async def drain(self) -> None:
        """Wait until all that was queued is on the wire, or half a second."""
        if self._line:
            await self._line.drain()

    async def run(self) -> None:
        """Until cancelled. Raises LinkFailure if only a change of the configuration can help."""
        try:
            while True:
                self._changed.clear()
                if self._line:
                    await self._keep(self._line)
                elif self._wanted:
                    await self._connect()
                else:
                    await self._changed.wait()
        finally:
            self._retire(self._line)
            self._retire(self._spare)
            if self._closing:
                await asyncio.wait(self._closing)
            await self._credential.close()

    # ---- a connection ---------------------------------------------------
    async def _connect(self) -> None:
        """One attempt, and the wait after it if it was in vain."""
        config = self._config
        try:
            line = self._take_spare() or await self._open()
        except LinkFailure as failure:
            self._tell(failure)
            await self._wait(failure)
            return
        if not self._wanted or config is not self._config:
            self._retire(line)
            return
        self._post(Connected(**self._use(line)))

    def _use(self, line: LiveSession) -> InUse:
        """From now on this is the connection; what is told of it."""
        self._line = line
        self.generation += 1
        connection = line.connection
        connection.pulse.attend(self._attended)
        self._offer(line)  # it may have been prepared with others
        self._told = ""
        session = connection.session_id or "(no id)"
        log.info("session %s is up", session, extra=noted("link_up", generation=self.generation))
        return {
            "generation": self.generation,
            "session_id": connection.session_id,
            "lasts_s": connection.lifetime.lasts_s,
            "model": connection.model,
        }

    def _offer(self, line: LiveSession | None) -> None:
        """Tell a session which tools there are, where it was told otherwise."""
        tools = accepted_tools(self._offered(), self._left_out)
        if line and not self._is_duplex and tools != line.connection.offered:
            line.connection.offered = tools
            line.send(OfferTools(json.dumps(tools)))

    def _offered(self) -> Sequence[Json]:
        """An agent has tools of its own, at the service."""
        return () if self._is_agent else self._tools()

    def _refuse(self, line: LiveSession, error: ServiceErred) -> None:
        """A session does not take a tool: it is offered the others."""
        if tool := refused_tool(error.param, error.message, line.connection.offered):
            self._left_out[tool] = error.message
            self._tell_left_out()
            line.connection.offered = ()
            self._offer(line)

    def _tell_left_out(self) -> None:
        for setting in self._left_out.keys() - self._told_left_out:
            self._told_left_out.add(setting)
            self._post(SettingRefused(setting, self._left_out[setting]))

    async def _open(self) -> LiveSession:
        self._patience.begin()
        try:
            connection = await open_session(
                self._config,
                self._credential,
                self._take_note,
                self._left_out,
                self._offered(),
                self._history(),
            )
        except Exception as error:
            raise what_next(error) from error
        finally:
            self._tell_left_out()
        return LiveSession(connection, self._take, self._sent)

    def _take_note(self, note: ServiceNoted) -> None:
        """Each is told once, however many sessions bring it."""
        said = f"{note.message} ({note.code})"
        if said not in self._noted and len(self._noted) < MOST_NOTES:
            self._noted.add(said)
            log.info("the service notes: %s", said)
            self._post(note)

    def _take(self, line: LiveSession, event: ServiceEvent) -> None:
        if isinstance(event, ServiceErred) and event.request_id == OFFER:
            self._refuse(line, event)
        elif line is self._line or isinstance(event, SecondsBilled):
            self._post(event)
        elif isinstance(event, ResponseDone | WorkPaused):
            self._post(ResponseBilled(event.response_id, event.usage))
        elif isinstance(event, ResponseStarted) and line is self._spare:
            line.send(CancelResponse(event.response_id))  # nobody hears it

    async def _keep(self, line: LiveSession) -> None:
        """Until the connection ends, or is left."""
        preparing = asyncio.create_task(self._prepare(line))
        line.ended.add_done_callback(lambda _: self._changed.set())
        try:
            await self._changed.wait()
        finally:
            preparing.cancel()
            await asyncio.wait({preparing})
        if line is self._line and line.ended.done():
            failure = line.ended.result()
            self._leave(failure.message, logging.WARNING)
            self._backoff.lasted(line.lasted_s)
            if self._spare is None:
                if failure.next is not Next.RETRY:
                    self._tell(failure)
                await self._wait(failure)

    def _leave(self, reason: str, level: int = logging.INFO) -> None:
        """The connection is no longer used."""
        if self._line:
            extra = noted("link_down", generation=self.generation)
            log.log(level, "the link is down: %s", reason, extra=extra)
            self._retire(self._line)
            self._line = None
            self._post(Disconnected(self.generation, reason))
        if not self._wanted:
            self._retire(self._spare)
            self._spare = None

    def _retire(self, line: LiveSession | None) -> None:
        if line:
            task = asyncio.create_task(self._end(line))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _end(self, line: LiveSession) -> None:
        await line.close()
        if self._is_duplex and not line.is_over:
            self._post(line.used())  # it has lasted until now, for all that is known

    # ---- the next session -----------------------------------------------
    async def _prepare(self, line: LiveSession) -> None:
        """Open the next session in time, and say so; say it again when it must be moved to now."""
        lifetime = line.connection.lifetime
        await asyncio.sleep(lifetime.early_s - line.lasted_s)
        if self._is_duplex:  # the next one cannot wait: it is begun when this one is left
            self._post(LinkPrepared(urgent=False))
            await asyncio.sleep(lifetime.late_s - line.lasted_s)
            self._post(LinkPrepared(urgent=True))
            return
        while True:
            try:
                self._spare = self._take_spare() or await self._open()
            except LinkFailure as failure:
                log.warning("the next session cannot be prepared yet: %s", failure)
                await asyncio.sleep(self._backoff.soon())
                continue
            late_s = lifetime.late_s - line.lasted_s
            self._post(LinkPrepared(urgent=late_s <= 0))
            await asyncio.wait({self._spare.ended}, timeout=late_s if late_s > 0 else None)

    def _take_spare(self) -> LiveSession | None:
        """The prepared session, if there is one that has not ended."""
        spare, self._spare = self._spare, None
        if spare and spare.ended.done():
            self._retire(spare)
            return None
        return spare

    # ---- no connection --------------------------------------------------
    def _tell(self, failure: LinkFailure) -> None:
        level = logging.DEBUG if failure.code == self._told else logging.INFO
        log.log(level, "no link: %s", failure, extra=noted("link_failed", finding=f"link-{failure.code}"))
        self._told = failure.code
        too_long = (failure.retry_after_s or 0.0) > self._config.limits.offline_s  # for a question to wait
        told = (too_long or failure.next is not Next.RETRY) and not self._patience.hurried
        self._post(LinkFailed(failure.code, failure.message, told=told))

    async def _wait(self, failure: LinkFailure) -> None:
        """Until the next attempt; raises the failure where waiting does not help."""
        if failure.next is Next.FIX and not self.generation:
            raise failure
        if failure.next in (Next.WAIT, Next.FIX):
            wait_s = self._backoff.later()
        elif failure.unreached:
            wait_s = self._backoff.unreached()
        else:
            wait_s = self._backoff.soon()
        await self._patience.wait(max(failure.retry_after_s or 0.0, wait_s), failure)
