"""A connection in use: what waits to be sent over it, and the tasks that read, write and watch it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from websockets.exceptions import ConnectionClosed

from ..vocabulary.commands import (
    AppendAudio,
    CancelResponse,
    ClearInput,
    CommitInput,
    CreateResponse,
    CreateUserText,
    MuteInput,
    ServiceCommand,
    Tell,
)
from ..vocabulary.events import (
    ResponseDone,
    ResponseStarted,
    SecondsBilled,
    ServiceEvent,
    SessionEnded,
    Withdrawn,
)
from .connection import Connection
from .errors import LinkFailure, Next
from .input_stream import InputStream
from .wire.live.live_texts import in_pieces

log = logging.getLogger(__name__)

DRAIN_S = 0.5  # for what is still to be sent at the end
BILL_S = 1.0  # for the end of an answer, when a session is left
ALIKE_S = 3.0  # the clock of the service goes on for as long after the sound
BEAT_S = 10.0  # at least so often it is told how long a session has lasted that costs by the minute
ASKING = (AppendAudio, CommitInput, CreateUserText, CreateResponse)


class LiveSession:
    """`take` gets what the service says, `sent` each command that is on the wire. `ended` tells why it ended.

    To be made when the connection is open.
    """

    def __init__(
        self,
        connection: Connection,
        take: Callable[[LiveSession, ServiceEvent], None],
        sent: Callable[[ServiceCommand], None],
    ) -> None:
        self.connection = connection
        self.began = monotonic()
        self.ended: asyncio.Future[LinkFailure] = asyncio.get_running_loop().create_future()
        self._take, self._sent = take, sent
        self._outbox: asyncio.Queue[ServiceCommand] = asyncio.Queue()
        self._answering: set[str] = set()  # responses
        self._billed = asyncio.Event()  # nothing is under way that costs
        self._billed.set()
        self._half_said = False  # sound has left, and no commit or clear behind it
        self._stream = InputStream(self.began) if connection.dialect.streams else None
        self._streams = asyncio.Event()  # there is more to send than silence
        self._told_at = self.began  # what it costs
        self._is_leaving = False  # from then on the service takes nothing
        works = [self._read, self._write, self._watch]
        if self._stream:
            self._billed.clear()  # until the session has ended
            works.append(self._feed)
        self.is_over = False  # the service has said so, and what it has used in all
        self._tasks = [asyncio.create_task(self._do(work)) for work in works]

    @property
    def lasted_s(self) -> float:
        return monotonic() - self.began

    def send(self, command: ServiceCommand) -> None:
        """Queue a command. What `ClearInput` takes back and is still here never leaves: on a slow link that can
        be seconds."""
        if self._stream and isinstance(command, AppendAudio):
            self._stream.add(command.pcm)
            self._streams.set()
            return
        if isinstance(command, ClearInput):
            self._keep(_without_input)
        if self._stream and isinstance(command, MuteInput):
            self._stream.drop()
            self._keep(lambda waiting: [one for one in waiting if not isinstance(one, AppendAudio)])
        for part in in_pieces(command) if isinstance(command, Tell) else (command,):
            self._outbox.put_nowait(part)

    def withdraw(self) -> Withdrawn | None:
        """Of a question that was given up nothing leaves that is still here. What that was; None: nothing."""
        waiting = self._keep(lambda waiting: [one for one in waiting if not isinstance(one, ASKING)])
        withdrawn = [command for command in waiting if isinstance(command, ASKING)]
        if not withdrawn:
            return None
        if self._half_said:
            self._outbox.put_nowait(ClearInput())  # the service has its beginning
        requests = tuple(command.request_id for command in withdrawn if isinstance(command, CreateResponse))
        return Withdrawn(sum(isinstance(command, CommitInput) for command in withdrawn), requests)

    def _keep(self, choose: Callable[[list[ServiceCommand]], list[ServiceCommand]]) -> list[ServiceCommand]:
        """Only what is chosen of what waits goes on waiting. All that waited."""
        waiting = [self._outbox.get_nowait() for _ in range(self._outbox.qsize())]
        for kept in choose(waiting):
            self._outbox.put_nowait(kept)
        for _ in waiting:
            self._outbox.task_done()
        return waiting

    async def drain(self) -> None:
        """Wait until all that was queued is on the wire, or half a second."""
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._outbox.join()
        except TimeoutError:
            log.warning("%d messages to the service were not sent", self._outbox.qsize())

    async def close(self) -> None:
        """Nothing more is wanted of it but the bill of what it is answering; then end it, politely."""
        await self._settle()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self.connection.close()
        if self.connection.ignored:
            log.info("ignored events from the service: %s", self.connection.ignored)

    async def _settle(self) -> None:
        """Wait for the end of responses that were begun: they are paid for, however little of them is heard."""
        self._keep(lambda waiting: [one for one in waiting if isinstance(one, CancelResponse)])
        self._is_leaving = True
        self._streams.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(BILL_S):
                await self.connection.take_leave()
                await self._billed.wait()

    async def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        """A task that fails ends the session: nobody would notice that it is deaf, or no longer watched."""
        try:
            await work()
        except Exception as error:
            log.exception("the session is given up")
            failure = LinkFailure(Next.RETRY, "unexpected", f"{type(error).__name__}: {error}")
            if not self.ended.done():
                self.ended.set_result(failure)
            self._billed.set()
            self.connection.abort(failure)

    async def _feed(self) -> None:
        """The clock of the session goes on: sound, or silence."""
        assert self._stream
        while not self._is_leaving:
            for piece in self._stream.due(monotonic()):
                self._outbox.put_nowait(piece)
            if monotonic() >= self._told_at + BEAT_S:  # whatever the service tells of it, or does not
                self._tell_use()
            self._streams.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._stream.next_at - monotonic())):
                    await self._streams.wait()

    def _tell_use(self, total_s: float = 0.0) -> None:
        self._told_at = monotonic()
        self._take(self, self.used(total_s))

    def used(self, total_s: float = 0.0) -> SecondsBilled:
        """What it has used up to now; `total_s`: as the service says."""
        return SecondsBilled(self.connection.session_id, total_s, self.lasted_s)

    async def _read(self) -> None:
        try:
            async for event in self.connection.events():
                self._count(event)
                if isinstance(event, SessionEnded) and abs(event.total_s - self.lasted_s) > ALIKE_S:
                    counted = "the service counts %.0f s of a session of %.0f s; the larger is booked"
                    log.warning(counted, event.total_s, self.lasted_s)
                if isinstance(event, SecondsBilled | SessionEnded):
                    self._tell_use(event.total_s)
                if not isinstance(event, SecondsBilled):
                    self._take(self, event)
        except LinkFailure as failure:
            self._billed.set()
            self.ended.set_result(failure)

    def _count(self, event: ServiceEvent) -> None:
        match event:
            case ResponseStarted(response_id):
                self._answering.add(response_id)
                self._billed.clear()
            case ResponseDone(response_id):
                self._answering.discard(response_id)
                if not (self._answering or self._stream):
                    self._billed.set()
            case SessionEnded():
                self.is_over = True
                self._billed.set()

    async def _write(self) -> None:
        while True:
            command = await self._outbox.get()
            try:
                self._half_said = _half_said(command, self._half_said)
                # what leaves alone may wake a peer on this machine, which then has the processor before us
                if not self._outbox.empty():
                    self.connection.hold_back(on=True)
                await self.connection.send(command)
                if self._outbox.empty():
                    self.connection.hold_back(on=False)
                self._sent(command)
            except LinkFailure:
                return  # the reader sees the same end, and tells
            except Exception as error:
                what = f"{type(command).__name__} cannot be sent ({type(error).__name__}: {error})"
                self.connection.abort(LinkFailure(Next.RETRY, "unexpected", what))
                return
            self._outbox.task_done()

    async def _watch(self) -> None:
        try:
            silent_s = await self.connection.pulse.watch()
        except ConnectionClosed:
            return  # the reader tells
        what = f"the service has not responded for {silent_s:.0f} s"
        self.connection.abort(LinkFailure(Next.RETRY, "silent", what))


def _half_said(command: ServiceCommand, before: bool) -> bool:
    """Whether the service has sound that is not an item yet, once this has left."""
    return isinstance(command, AppendAudio) or (before and not isinstance(command, CommitInput | ClearInput))


def _without_input(waiting: list[ServiceCommand]) -> list[ServiceCommand]:
    """What waits to be sent, without the sound that no `CommitInput` follows."""
    kept: list[ServiceCommand] = []
    committed = False
    for command in reversed(waiting):
        committed |= isinstance(command, CommitInput)
        if committed or not isinstance(command, AppendAudio):
            kept.append(command)
    return kept[::-1]
