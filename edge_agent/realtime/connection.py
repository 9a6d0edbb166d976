"""One WebSocket's life: from the upgrade to `session.updated`, and until it ends."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import suppress
from time import monotonic, time
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidMessage
from websockets.typing import Subprotocol

from .. import __version__
from ..config import Config
from ..config.addresses import SCHEMES, is_name, path_before
from ..config.fitting import fit
from ..config.providers import PROVIDERS
from ..vocabulary.commands import DetectTurns, ServiceCommand
from ..vocabulary.events import ServiceErred, ServiceEvent, ServiceNoted
from . import tcp
from .agent_query import agent_query
from .auth import Credential
from .bad_frames import BadFrames
from .errors import BENIGN_CODES, LinkFailure, Next, fatal, refused, session_refused, what_next
from .expiry import Lifetime
from .extra_headers import extra_headers
from .handshake import Handshake
from .keepalive import Keepalive
from .proxy import on_the_way, proxy_to, unusable
from .sliced import BUSY_S
from .trust import trust_complaint
from .wire import Json, PastWords
from .wire.decode import SessionCreated, SessionUpdated, WireEvent
from .wire.dialects import dialect_of
from .wire.optional import accepted_tools, refused_tool, without

log = logging.getLogger(__name__)
wire_log = logging.getLogger(f"{__name__}.wire")
wire_log.setLevel(logging.INFO)  # below, websockets writes down the key, and what is said

LARGEST_FRAME = 4 * 2**20  # bytes; parsed, some JSON takes 25 times as much
UNSENT_BYTES = 4096  # between the outbox and the system: sound that is there cannot be taken back any more
NEXT_ADDRESS_S = 0.25  # RFC 8305, section 8: when the next address of a name is tried beside the first
CLOSE_S = 1.5  # for all of the closing handshake, with what is still to be sent before it
MOST_EARLY = 500  # events before the session stands: an agent may greet at once
FATAL_S = 3.0  # how soon the close follows the `error` event that gives its reason


def session_url(config: Config) -> str:
    """The address of the session; it holds no secrets."""
    service = config.service
    provider = PROVIDERS[service.provider]
    parts = urlsplit(service.endpoint or provider.endpoint)
    query = provider.query.format(
        deployment=quote(service.deployed, safe=""),
        api_version=quote(service.api_version or provider.api_version, safe=""),
    )
    if config.sends_reference:
        query += provider.client_echo_query
    if provider.is_agent:
        query += agent_query(service)
    path = provider.path.format(project=quote(service.project, safe=""), agent=quote(service.agent, safe=""))
    address = f"{SCHEMES[parts.scheme]}://{parts.netloc}{path_before(parts.path)}{path}"
    return f"{address}?{query}" if query else address


Note: TypeAlias = Callable[[ServiceNoted], None]


async def open_session(
    config: Config,
    credential: Credential,
    note: Note = lambda _: None,
    left_out: dict[str, str] | None = None,
    tools: Sequence[Json] = (),
    history: Sequence[PastWords] = (),
) -> Connection:
    """A configured session; if the first credential is refused, with the next one. `note` takes warnings. `tools`: the
    functions that it may call. `history`: what was said before, for services that must be told it at the start.

    `left_out`: settings that were refused and that the answer does not need, with what was said of them; it grows.
    Raises LinkFailure of the last attempt.
    """
    left_out = {} if left_out is None else left_out
    while True:
        offered = accepted_tools(tools, left_out)
        connection = Connection(config, note, left_out=left_out, tools=offered, history=history)
        try:
            await connection.open(await credential.headers())
        except LinkFailure as failure:
            if failure.leave_out and failure.leave_out not in left_out:
                left_out[failure.leave_out] = failure.message
                log.warning("%s", failure.message)
            elif not credential.refused(failure):
                raise
        else:
            credential.accepted()
            return connection


class Unredirected(connect):
    """Follows no redirects, which would send the key to another host."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class Connection:
    """A configured session. `events` ends by raising LinkFailure."""

    def __init__(
        self,
        config: Config,
        note: Note = lambda _: None,
        *,
        clock: Callable[[], float] = monotonic,
        left_out: Collection[str] = (),
        tools: Sequence[Json] = (),
        history: Sequence[PastWords] = (),
    ) -> None:
        self.offered = tuple(tools)  # as the session was told of them
        self._history = history
        self._config, self._take_note, self._clock, self._left_out = config, note, clock, left_out
        self.dialect = dialect_of(config.service.provider)
        self._decoder, self._encoder = self.dialect.decoder(), self.dialect.encoder
        self._provider = PROVIDERS[config.service.provider]
        self._turns = config.turns
        self._socket: Handshake
        self._upgrading: Handshake | None = None
        self.pulse: Keepalive
        self.lifetime = Lifetime.of(None, 0.0, self._provider.session_s)
        self._held_back = False
        self._fatal: LinkFailure | None = None  # said in an `error` event before the close
        self._fatal_at = 0.0
        self.session_id = self.model = ""  # as the service calls them
        self._early: deque[WireEvent] = deque(maxlen=MOST_EARLY)
        self._bad_frames = BadFrames()
        self._others_at = clock()  # when everybody else had a turn

    def divide(self) -> None:
        """What comes from now on is another answer."""
        self._decoder.divide()

    @property
    def ignored(self) -> dict[str, int]:
        """How many events of each type were ignored."""
        return dict(self._decoder.ignored)

    async def open(self, headers: dict[str, str]) -> None:
        """Connect and configure. Raises LinkFailure; the socket is then closed."""
        headers = {**self._provider.headers, **extra_headers(self._config.service.headers), **headers}
        proxy = self._proxy()
        if unfit := unusable(proxy):
            raise unfit
        try:
            async with asyncio.timeout(self._config.service.connect_timeout_s):
                opened = await Unredirected(
                    session_url(self._config),
                    additional_headers=headers,
                    subprotocols=self._subprotocols,
                    user_agent_header=f"edge-agent/{__version__}",
                    proxy=proxy,
                    create_connection=self._begin,  # type: ignore[arg-type]
                    happy_eyeballs_delay=self._next_address_s,
                    logger=wire_log,
                    compression=None,  # base64 of noise does not compress
                    max_size=LARGEST_FRAME,
                    write_limit=UNSENT_BYTES,
                    open_timeout=None,
                    ping_interval=None,  # `keepalive` does it
                    close_timeout=1,
                )
                assert isinstance(opened, Handshake)
                self._socket = opened
                tcp.tune(self._socket.transport)
                self.pulse = Keepalive(self._socket)
                try:
                    await self._configure()
                except BaseException:
                    await self.close()
                    raise
        except TimeoutError:
            raise self._refused() or self._late() from None
        except LinkFailure:
            raise
        except Exception as error:
            lost = self._refused() if isinstance(error, InvalidMessage) else None
            failure = lost or what_next(error, self._provider, self._host)
            if failure.code == "certificate" and (complaint := trust_complaint()):
                failure = LinkFailure(failure.next, "certificate", f"{failure.message}; {complaint}")
            if not self._upgrading:
                failure = on_the_way(failure, proxy, self._config.service.proxy)
            raise failure from error

    async def events(self) -> AsyncIterator[ServiceEvent]:
        """The events of the service; raises LinkFailure when the connection ends."""
        while True:
            event = self._early.popleft() if self._early else await self._receive()
            if not isinstance(event, SessionCreated | SessionUpdated):
                self._note(event)
                yield event

    async def send(self, command: ServiceCommand) -> None:
        """Raises LinkFailure when the connection has ended."""
        try:
            frame = self._encoder.encode(command, self._turns)
            if isinstance(command, DetectTurns):
                frame = without(frame, self._left_out)
            await self._socket.send(frame)
        except ConnectionClosed as error:
            raise self._why(error) from None

    async def take_leave(self) -> None:
        """Say that nothing more is wanted, where that is said."""
        if self.dialect.farewell:
            with suppress(ConnectionClosed):
                await self._socket.send(self.dialect.farewell)

    def hold_back(self, *, on: bool) -> None:
        """Whether more is about to be sent: it leaves together."""
        if on is not self._held_back:
            self._held_back = on
            tcp.hold_back(self._socket.transport, on=on)

    async def close(self) -> None:
        """Politely; a peer that takes nothing any more is cut off, since websockets would wait for it."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._socket.close()
        except TimeoutError:
            self._cut()
        self._bad_frames.close()

    def abort(self, failure: LinkFailure) -> None:
        """Cut it, for this reason: `events` raises it. What the system still holds does not leave any more."""
        self._fatal, self._fatal_at = failure, self._clock()
        self._cut()

    def _cut(self) -> None:
        tcp.drop_unsent(self._socket.transport)
        self._socket.transport.abort()

    def _begin(self, *arguments: Any, **options: Any) -> Handshake:
        self._upgrading = Handshake(*arguments, **options)
        return self._upgrading

    def _refused(self) -> LinkFailure | None:
        """What the answer to the upgrade says, where the rest of it could not be read."""
        head = self._upgrading.head if self._upgrading else None
        if head is None or head.refusal is None:
            return None
        status, wait = head.refusal
        return refused(status, retry_after=wait, provider=self._provider, host=self._host)

    def _late(self) -> LinkFailure:
        """Who it was that did not answer in time."""
        if self._upgrading:
            what = "the service did not answer in time while the session was set up"
        elif self._proxy():
            what = "the proxy made no connection in time; check the proxy and its own way out"
        else:
            what = "no connection to the service in time; check the network and the firewall (TCP 443 out)"
        return LinkFailure(Next.RETRY, "timeout", what)

    async def _configure(self) -> None:
        expires_at = await self._created() if self.dialect.greets else None
        fitted = fit(self._config, self.model).config
        self._turns = fitted.turns
        session = self._encoder.encode_session(fitted, self.offered, self._history)
        await self._socket.send(without(session, self._left_out))
        if self.dialect.greets:
            while not isinstance(event := await self._receive(), SessionUpdated):
                self._refuse_on(event)
                self._early.append(event)
            self.model = event.model or self.model
            expires_at = event.expires_at or expires_at
        else:
            expires_at = await self._created()
        self.lifetime = Lifetime.of(expires_at, time(), self._provider.session_s)

    async def _created(self) -> float | None:
        """When the session expires, in Unix seconds, if the service says so."""
        while not isinstance(event := await self._receive(), SessionCreated):
            self._refuse_on(event)
        self.session_id, self.model = event.session_id, event.model
        return event.expires_at

    def _refuse_on(self, event: WireEvent) -> None:
        """An error before the session stands: without our instructions there must be no conversation."""
        if isinstance(event, ServiceErred):
            if tool := refused_tool(event.param, event.message, self.offered):
                what = f"the service refused {tool!r}: {event.message or event.code}; the session goes on without it"
                raise LinkFailure(Next.RETRY, "session-refused", what, leave_out=tool)
            transcribes = bool(self.session_id and self._config.assistant.transcription)
            said = event.code, event.message, event.kind, event.param
            backend = self._config.assistant.backend if self.offered else ""
            raise session_refused(*said, transcribes=transcribes, backend=backend)

    async def _receive(self) -> WireEvent:
        while True:
            frame = await self._next_frame()
            self.pulse.heard()
            try:
                event = self._decoder.decode(frame)
            except Exception as error:  # BadFrame, or an oddity that nobody thought of: the session goes on
                self._bad_frames.note(error, self._clock())
                continue
            if isinstance(event, ServiceNoted):
                self._take_note(event)
            elif event:
                return event

    async def _next_frame(self) -> str | bytes:
        """Where frames are waiting, `recv` returns immediately: a flood of them would hold up everything."""
        asked_at = self._clock()
        if asked_at - self._others_at >= BUSY_S:
            await asyncio.sleep(0)
            asked_at = self._others_at = self._clock()
        try:
            frame = await self._socket.recv()
        except ConnectionClosed as error:
            raise self._why(error) from None
        if (now := self._clock()) - asked_at >= BUSY_S:  # it had to be waited for
            self._others_at = now
        return frame

    def _note(self, event: ServiceEvent) -> None:
        if not isinstance(event, ServiceErred):
            return
        if failure := fatal(event.code, event.message, event.kind):
            self._fatal, self._fatal_at = failure, self._clock()
        harmless = event.code in BENIGN_CODES
        log.log(
            logging.INFO if harmless else logging.WARNING,
            "the service says: %s (%s)",
            event.message,
            event.code,
        )

    def _why(self, error: ConnectionClosed) -> LinkFailure:
        """Why the connection ended: what was said just before, or what the end itself says."""
        if self._fatal and self._clock() - self._fatal_at <= FATAL_S:
            return self._fatal
        return what_next(error)

    @property
    def _subprotocols(self) -> list[Subprotocol] | None:
        return [Subprotocol(self._provider.subprotocol)] if self._provider.subprotocol else None

    @property
    def _next_address_s(self) -> float | None:
        """None where there is nothing to race: asyncio 3.11 may leave the socket of a race open that is cancelled."""
        return NEXT_ADDRESS_S if is_name(self._host) else None

    @property
    def _host(self) -> str:
        return urlsplit(session_url(self._config)).hostname or ""

    def _proxy(self) -> str | None:
        return proxy_to(session_url(self._config), self._config.service.proxy)
