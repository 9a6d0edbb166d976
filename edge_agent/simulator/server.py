"""The simulated service on a real WebSocket, on loopback."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from http import HTTPStatus
from random import Random
from typing import Any, Protocol
from uuid import uuid4

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from ..vocabulary.frozen import frozen
from .agent_door import SUBPROTOCOL, Agents, is_agent_path
from .answers import Answers
from .faults import Fault, FaultScript, parse_now
from .live.duplex_session import DuplexSession
from .live.live_door import LiveDoor
from .model_page import model_page
from .outbox import Close, Drop, Freeze, Outbox, Outgoing
from .profiles import Profile, profile_of
from .published import published
from .refusal import HttpRefusal, LateHttpRefusal
from .reply import Pace
from .session import SESSION_S, Session
from .speech import Bundled, bundled_agent, recognise

log = logging.getLogger(__name__)

LARGEST_FRAME = 24 * 2**20  # bytes; the largest append, 15 MiB of sound, is 20 MiB of base64

REFUSAL_CODES = {  # as Azure spells them
    HTTPStatus.BAD_REQUEST: "OpperationNotSupported",
    HTTPStatus.FORBIDDEN: "AuthenticationTypeDisabled",
    HTTPStatus.NOT_FOUND: "DeploymentNotFound",
}


@frozen
class WireRecord:
    """One line of the service's own record: what it saw, when, on which connection."""

    t: float  # CLOCK_MONOTONIC, s
    connection: int
    direction: str  # "in" or "out"
    event: dict[str, Any]


class ServedSession(Protocol):
    """What is said over a connection."""

    @property
    def outbox(self) -> Outbox: ...
    def open(self, now: float, lifetime_s: float) -> None: ...
    def receive(self, frame: str | bytes, now: float) -> None: ...
    def inject(self, fault: Fault, now: float) -> None: ...


class SimulatedService:
    """`async with SimulatedService() as service:` listens on `service.url`."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        key: str | None = None,
        answers: Callable[[], Answers] = Bundled,
        faults: FaultScript | None = None,
        pace: Pace | None = None,
        lifetime_s: float = SESSION_S,
        tls: ssl.SSLContext | None = None,
        record: Callable[[WireRecord], None] | None = None,
        random: Random | None = None,
        models: Mapping[str, str] | None = None,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
        agents: Agents = bundled_agent,
    ) -> None:
        """`models`: of deployments whose name is not that of their model. `today`: by which models end. `agents`:
        that there are."""
        self._agents = agents
        self._models, self._today = models or {}, today
        self._host, self._port, self._key, self._tls = host, port, key, tls
        self._answers = answers
        self._pace, self._lifetime_s = pace, lifetime_s
        self._record, self._random = record, random or Random()
        self._server: Server
        self._open: list[_Conversation] = []
        self._at_the_door: list[ServerConnection] = []  # frozen
        self.faults = faults or FaultScript()
        self.attempts: list[float] = []  # CLOCK_MONOTONIC, s, of each upgrade that was asked for
        self.connections = 0  # of those, how many were let in

    @property
    def url(self) -> str:
        """The endpoint to configure."""
        port = self._server.sockets[0].getsockname()[1]
        return f"{'https' if self._tls else 'http'}://{self._host}:{port}"

    async def __aenter__(self) -> SimulatedService:
        """Raises OSError where the port cannot be had."""
        self._server = await serve(
            self._converse,
            self._host,
            self._port,
            ssl=self._tls,
            process_request=self._admit,
            select_subprotocol=_subprotocol,
            max_size=LARGEST_FRAME,
            compression=None,
            open_timeout=60,  # some are frozen at the door
            ping_interval=20,
            close_timeout=1,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._at_the_door:
            connection.transport.abort()
        for conversation in self._open:
            conversation.leave()
        self._server.close()
        await self._server.wait_closed()

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._open)

    def inject(self, text: str) -> int:
        """WHAT[:ARGUMENT] goes wrong now, on all open connections: on how many. Raises ValueError."""
        fault = parse_now(text)
        for conversation in self._open:
            conversation.inject(fault)
        return len(self._open)

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if page := model_page(request.path, self._today()):
            status, document = page
            return _document(connection, status, json.dumps(document))
        self.attempts.append(time.monotonic())
        for fault in self.faults.at("connect"):
            if fault.what == "refuse":
                return _refuse(connection, _scripted(fault), retry_after=fault.part(1))
            if fault.what == "freeze":
                self._at_the_door.append(connection)
                await connection.wait_closed()
            else:
                _cut(connection, reset=fault.what == "reset")
        admitted = profile_of(request.path, request.headers, self._key, self._agents)
        return _refuse(connection, admitted) if isinstance(admitted, HttpRefusal) else None

    async def _converse(self, connection: ServerConnection) -> None:
        assert connection.request
        self.connections += 1
        number = self.connections
        admitted = profile_of(connection.request.path, connection.request.headers, self._key, self._agents)
        if isinstance(admitted, LateHttpRefusal):
            error = {"type": "invalid_request_error", "code": admitted.code, "message": admitted.message}
            await connection.send(json.dumps({"type": "error", "event_id": "event_refused", "error": error}))
            await connection.close(admitted.close, f"invalid_request_error.{admitted.code}")
            return
        assert isinstance(admitted, Profile | LiveDoor)
        session = self._session(admitted)
        conversation = _Conversation(connection, session, number, self._record)
        self._open.append(conversation)
        try:
            await conversation.run(self._lifetime_s)
        finally:
            self._open.remove(conversation)

    def _session(self, admitted: Profile | LiveDoor) -> ServedSession:
        ends_at = time.time() + self._lifetime_s
        random = Random(self._random.random())
        if isinstance(admitted, LiveDoor):
            return DuplexSession(
                admitted,
                schema=published("live"),
                answers=self._answers(),
                recognise=recognise,
                faults=self.faults,
                random=random,
                expires_at=ends_at,
            )
        return Session(
            admitted.dialect,
            schema=published(admitted.dialect.name),
            answers=self._answers(),
            recognise=recognise,
            model=self._models.get(admitted.model, admitted.model),
            transcribers=admitted.transcribers,
            faults=self.faults,
            pace=self._pace,
            random=random,
            expires_at=ends_at if admitted.tells_expiry else None,
            agent=admitted.agent,
        )


class _Conversation:
    """Moves frames between a socket and a session."""

    def __init__(
        self,
        connection: ServerConnection,
        session: ServedSession,
        number: int,
        record: Callable[[WireRecord], None] | None,
    ) -> None:
        self._connection, self._session = connection, session
        self._number, self._record = number, record
        self._changed = asyncio.Event()
        self._frozen = False

    def inject(self, fault: Fault) -> None:
        if fault.what in ("drop", "reset"):  # whatever waits to be sent
            _cut(self._connection, reset=fault.what == "reset")
            return
        self._session.inject(fault, time.monotonic())
        self._changed.set()

    def leave(self) -> None:
        """The service ends; what is frozen is not waited for."""
        if self._frozen:
            self._connection.transport.abort()

    async def run(self, lifetime_s: float) -> None:
        self._session.open(time.monotonic(), lifetime_s)
        sender = asyncio.create_task(self._send())
        try:
            async for frame in self._connection:
                now = time.monotonic()
                self._note("in", frame, now)
                self._session.receive(frame, now)
                self._changed.set()
        except ConnectionClosed:
            pass  # the device is gone: that is how sessions end
        finally:
            sender.cancel()

    async def _send(self) -> None:
        outbox = self._session.outbox
        while True:
            for output in outbox.due(time.monotonic()):
                if not await self._put(output):
                    return
            self._changed.clear()
            next_at = outbox.next_at
            try:
                async with asyncio.timeout(None if next_at is None else max(0, next_at - time.monotonic())):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _put(self, output: Outgoing) -> bool:
        """Sends one output; False: it was the last."""
        try:
            match output:
                case Drop(reset):
                    _cut(self._connection, reset=reset)
                    return False
                case Close(code, reason):
                    await self._connection.close(code, reason)
                    return False
                case Freeze():
                    self._frozen = True
                    self._connection.transport.pause_reading()
                    if self._connection.keepalive_task:
                        self._connection.keepalive_task.cancel()
                    return False
                case dict():
                    frame = json.dumps(output)
                    await self._connection.send(frame)
                    self._note("out", frame, time.monotonic())
                case _:
                    await self._connection.send(output)
        except ConnectionClosed:
            return False
        return True

    def _note(self, direction: str, frame: str | bytes, now: float) -> None:
        if self._record is None:
            return
        try:
            event = json.loads(frame)
        except (ValueError, RecursionError):
            event = {"type": "(no JSON)"}
        if isinstance(event, dict):
            self._record(WireRecord(now, self._number, direction, event))


def _cut(connection: ServerConnection, *, reset: bool) -> None:
    """End it without a close frame; `reset`: without even the end that TCP has."""
    if reset:
        sock: socket.socket = connection.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()


def _subprotocol(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Only voice agents speak one."""
    assert connection.request
    spoken = Subprotocol(SUBPROTOCOL)
    return spoken if spoken in offered and is_agent_path(connection.request.path) else None


def _scripted(fault: Fault) -> HttpRefusal:
    status, said = HTTPStatus(fault.number), fault.part(2)
    code = said if said.isidentifier() else REFUSAL_CODES.get(status, str(fault.number))
    written = None if said in ("", code) else said
    return HttpRefusal(status, code, f"Scripted: {status.phrase}.", written)


def _refuse(connection: ServerConnection, refusal: HttpRefusal, retry_after: str = "") -> Response:
    response = _document(connection, refusal.status, refusal.body, refusal.content_type)
    response.headers["apim-request-id"] = str(uuid4())
    response.headers["x-ms-region"] = "Simulated"
    if refusal.location:
        response.headers["Location"] = refusal.location
    if retry_after:
        response.headers["Retry-After"] = retry_after
    return response


def _document(
    connection: ServerConnection, status: HTTPStatus, body: str, kind: str = "application/json"
) -> Response:
    """An answer instead of the upgrade."""
    response = connection.respond(status, body)
    headers = Headers(response.headers)
    del headers["Content-Type"]
    headers["Content-Type"] = kind
    response.headers = headers
    return response
