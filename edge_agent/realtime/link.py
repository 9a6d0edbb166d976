"""Keeps a connection to the service: connects, waits, connects again, and carries commands out in order.

Everything tied to a connection dies with it: what waits to be sent, and what its events may still mean.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import monotonic

from ..commands import AppendAudio, ClearInput, CommitInput, ServiceCommand
from ..config import Config
from ..errors import LinkFailure, Next, what_next
from ..events import Connected, Disconnected, Event, LinkFailed
from .auth import Credential, wait_unless_changed
from .backoff import Backoff
from .connection import Connection
from .dialects import PROVIDERS
from .encode import encode
from .opening import open_session

log = logging.getLogger(__name__)

DRAIN_S = 0.5  # for what is still to be sent at the end


class Link:
    """`post` takes its events; `sent` is told of each command that is on the wire."""

    def __init__(
        self,
        config: Config,
        credential: Credential,
        post: Callable[[Event], None],
        sent: Callable[[ServiceCommand], None] = lambda _: None,
    ) -> None:
        self._config, self._credential = config, credential
        self._post, self._sent = post, sent
        self._dialect = PROVIDERS[config.service.provider].dialect
        self._backoff = Backoff()
        self._outbox: asyncio.Queue[ServiceCommand] | None = None  # None: offline
        self._up_since: float | None = None
        self.generation = 0

    def send(self, command: ServiceCommand) -> None:
        """Queue a command for the service; one without a connection to go to is dropped.

        What `ClearInput` takes back and is still here never leaves: on a slow link that can be seconds.
        """
        if self._outbox is None:
            return
        if isinstance(command, ClearInput):
            waiting = [self._outbox.get_nowait() for _ in range(self._outbox.qsize())]
            for kept in _without_input(waiting):
                self._outbox.put_nowait(kept)
            for _ in waiting:
                self._outbox.task_done()
        self._outbox.put_nowait(command)

    async def drain(self) -> None:
        """Wait until all that was queued is on the wire, or half a second."""
        if self._outbox is not None:
            try:
                async with asyncio.timeout(DRAIN_S):
                    await self._outbox.join()
            except TimeoutError:
                log.warning("%d messages to the service were not sent", self._outbox.qsize())

    async def run(self) -> None:
        """Until cancelled. Raises LinkFailure where only a change of the configuration can help."""
        try:
            while True:
                self._up_since = None
                try:
                    await self._live()
                except LinkFailure as failure:
                    await wait_unless_changed(self._credential, self._delay(failure))
        finally:
            await self._credential.close()

    async def _live(self) -> None:
        """One connection, from its beginning to its end; always raises LinkFailure."""
        try:
            connection = await open_session(self._config, self._credential)
        except Exception as error:
            failure = what_next(error)
            self._tell(failure)
            raise failure from error
        self.generation += 1
        self._up_since = monotonic()
        generation = self.generation
        log.info("session %s is up", connection.session_id or "(no id)")
        self._outbox = asyncio.Queue()
        writer = asyncio.create_task(self._write(connection, self._outbox))
        self._post(Connected(generation, connection.session_id))
        try:
            async for event in connection.events():
                self._post(event)
        except LinkFailure as failure:
            log.warning("the link is down: %s", failure)
            self._post(Disconnected(generation, failure.message))
            raise
        finally:
            self._outbox = None
            writer.cancel()
            await connection.close()
            if connection.ignored:
                log.info("events of the service that were passed over: %s", connection.ignored)

    async def _write(self, connection: Connection, outbox: asyncio.Queue[ServiceCommand]) -> None:
        while True:
            command = await outbox.get()
            try:
                await connection.send(encode(command, self._dialect, self._config.turns))
                self._sent(command)
            except LinkFailure:
                return  # the reader sees the same end, and tells
            except Exception as error:
                what = f"{type(command).__name__} cannot be sent ({type(error).__name__}: {error})"
                connection.abort(LinkFailure(Next.RETRY, "unexpected", what))
                return
            outbox.task_done()

    def _tell(self, failure: LinkFailure) -> None:
        log.warning("no link: %s", failure)
        self._post(LinkFailed(failure.code, failure.message, told=failure.next is not Next.RETRY))

    def _delay(self, failure: LinkFailure) -> float:
        """How long to wait; raises the failure where waiting is no use."""
        if failure.next is Next.RETRY:
            lasted_s = monotonic() - self._up_since if self._up_since else 0.0
            return max(failure.retry_after_s or 0.0, self._backoff.soon(lasted_s))
        if failure.next is Next.FIX and not self.generation:
            raise failure
        return self._backoff.later()


def _without_input(waiting: list[ServiceCommand]) -> list[ServiceCommand]:
    """What waits to be sent, without the sound that no `CommitInput` follows."""
    kept: list[ServiceCommand] = []
    committed = False
    for command in reversed(waiting):
        committed |= isinstance(command, CommitInput)
        if committed or not isinstance(command, AppendAudio):
            kept.append(command)
    return kept[::-1]
