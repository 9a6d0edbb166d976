"""One connection to the broker, through aiomqtt."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ..config.mqtt_settings import MqttSettings
from ..host.rate import RateLimit
from ..host.threads import in_thread
from .commands import BrokerCommand
from .sign_in import password, tls_context
from .states import NewestMessages, TopicMessage
from .topics import Topics
from .troubles import BrokerRefusal, bad_setting, trouble

ANSWER_S = 10.0  # for the broker to answer, or to take what is sent
GOODBYE_S = 1.0
LARGEST_BYTES = 16 * 1024  # of a packet from the broker
FLOOD, FLOOD_EACH_S = 200, 0.02  # messages in a row, and the time that earns another
OFFLINE, ONLINE = "offline", "online"
UNSPECIFIED = 0x80  # the first of the reasons of a refusal, and of a disconnection
SILENT = 0x8D

log = logging.getLogger(f"{__name__}.library")
log.setLevel(logging.CRITICAL)  # what matters of it is raised


class Flooded(Exception):
    """More messages than anybody can mean, or a larger one."""


class BrokerSession:
    """`asked` takes commands, `listening` is called when they are heard, `home_started` when Home Assistant says so,
    `announced` when a fleet has news (None: nobody wants them), `told` what another device of the group tells.
    `keepalive_s`: after twice that of silence the broker is given up."""

    def __init__(
        self,
        settings: MqttSettings,
        topics: Topics,
        outbox: NewestMessages,
        *,
        asked: Callable[[BrokerCommand], None],
        listening: Callable[[], None],
        home_started: Callable[[], None],
        announced: Callable[[], None] | None,
        told: Callable[[str, bytes], None],
        keepalive_s: int,
    ) -> None:
        self._settings, self._topics, self._outbox = settings, topics, outbox
        self._asked, self._listening, self._home_started = asked, listening, home_started
        self._announced, self._told = announced, told
        self._filled = asyncio.Event()
        self._keepalive_s = keepalive_s

    def send(self, message: TopicMessage) -> None:
        self._outbox.put(message)
        self._filled.set()

    async def run(self, connected: Callable[[], None], listens_at: float) -> None:
        """Until it ends, which raises BrokerTrouble or Flooded. `connected` fills the outbox; commands are heard from
        `listens_at` on (monotonic, s)."""
        topics = self._topics
        will = aiomqtt.Will(topics.availability, OFFLINE, qos=1, retain=True)
        client = await client_for(self._settings, topics.client, self._keepalive_s, will)
        with troubles_of(self._settings):
            await enter(client, self._settings)
            try:
                connected()
                await self._converse(client, listens_at)
            finally:
                await self._leave(client)

    async def _converse(self, client: aiomqtt.Client, listens_at: float) -> None:
        """Until something of it ends."""
        parts = [
            asyncio.create_task(part, name="mqtt")
            for part in (self._send(client), self._subscribe(client, listens_at), self._receive(client))
        ]
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_EXCEPTION)
            for part in done:
                part.result()
        finally:
            await _end(parts)

    async def _send(self, client: aiomqtt.Client) -> None:
        """QoS 0: what is lost with the connection is sent again with the next, as it is then."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while message := self._outbox.take():
                await client.publish(message.topic, message.payload, retain=message.lasts)

    async def _subscribe(self, client: aiomqtt.Client, listens_at: float) -> None:
        await asyncio.sleep(max(0.0, listens_at - monotonic()))
        wanted = [self._topics.commands] if self._settings.allowed else []
        wanted += [self._topics.home_status] if self._topics.discovery else []
        wanted += [self._topics.fleet_news] if self._announced else []
        wanted += [self._topics.all_in_group] if self._topics.group else []
        for topic in wanted:
            if self._settings.protocol == "5":
                options = SubscribeOptions(
                    retainAsPublished=True, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND
                )
                codes = await client.subscribe(topic, options=options)
            else:
                codes = await client.subscribe(topic)
            if refuses(codes):
                what = f"the broker {self._settings.address} lets nobody read {topic}"
                raise bad_setting(f"{what}; allow it in the broker's list of rights (ACL)")
        self._listening()

    async def _receive(self, client: aiomqtt.Client) -> None:
        limit = RateLimit(FLOOD, FLOOD_EACH_S)
        async for message in _messages(client):
            if not limit.allows(monotonic()):
                raise Flooded
            topic, payload = message.topic.value, message.payload
            raw = payload if isinstance(payload, bytes) else b""
            if name := self._topics.asked(topic):
                self._asked(BrokerCommand(name, raw, kept=message.retain))
            elif topic == self._topics.home_status and raw == ONLINE.encode() and not message.retain:
                self._home_started()
            elif topic == self._topics.fleet_news and self._announced and not message.retain:
                self._announced()
            elif (device := self._topics.teller(topic)) and not message.retain:
                self._told(device, raw)

    async def _leave(self, client: aiomqtt.Client) -> None:
        """QoS 0, which goes out before the goodbye: after one of QoS 1 the broker may still send the will."""
        client.timeout = GOODBYE_S
        with suppress(aiomqtt.MqttError):
            await client.publish(self._topics.availability, OFFLINE, retain=True)
        await leave(client)


async def try_broker(settings: MqttSettings) -> None:
    """Connect, and leave again. Raises BrokerTrouble."""
    client = await client_for(settings, "edge-agent-doctor", round(ANSWER_S), None)
    with troubles_of(settings):
        await enter(client, settings)
        await leave(client)


async def client_for(
    settings: MqttSettings,
    identifier: str,
    keepalive_s: int,
    will: aiomqtt.Will | None,
    *,
    most_waiting: int = FLOOD,
) -> aiomqtt.Client:
    """`most_waiting`: messages that are kept until they are taken. Reading all that a system trusts takes a while.
    Raises BrokerTrouble."""
    context = await in_thread(lambda: tls_context(settings), "certificates") if settings.tls else None
    is_5 = settings.protocol == "5"
    connect = Properties(PacketTypes.CONNECT) if is_5 else None  # type: ignore[no-untyped-call]
    if connect:
        connect.MaximumPacketSize = LARGEST_BYTES
    client = aiomqtt.Client(
        settings.host,
        settings.used_port,
        username=settings.user or None,
        password=password(settings),
        logger=log,
        identifier=identifier,
        protocol=aiomqtt.ProtocolVersion.V5 if is_5 else aiomqtt.ProtocolVersion.V311,
        will=will,
        clean_session=None if is_5 else True,
        timeout=ANSWER_S,
        keepalive=keepalive_s,
        max_queued_incoming_messages=most_waiting,
        properties=connect,
        tls_context=context,
        socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
    )
    _limit(client)
    return client


def _limit(client: aiomqtt.Client) -> None:
    """No packet is read that is too large, whatever the broker was asked for: paho would keep up to 256 MiB of it."""
    read = client._client._sock_recv

    def limited(wanted: int) -> bytes:
        if wanted > LARGEST_BYTES:  # the rest of a packet
            raise Flooded
        return read(wanted)

    client._client._sock_recv = limited  # type: ignore[method-assign,assignment]


async def _end(parts: list[asyncio.Task[None]]) -> None:
    """`wait_for`, which the library uses, may lose a cancellation before Python 3.12: then it takes another."""
    ended = asyncio.gather(*parts, return_exceptions=True)
    while not ended.done():
        for part in parts:
            part.cancel()
        await asyncio.wait({ended}, timeout=0.1)


async def _messages(client: aiomqtt.Client) -> AsyncIterator[aiomqtt.Message]:
    try:
        async for message in client.messages:
            yield message
    except aiomqtt.MqttError as error:
        if isinstance(error.__cause__, Flooded):
            raise Flooded from None
        raise


def refuses(granted: Iterable[int | ReasonCode]) -> bool:
    """Whether one of the broker's answers to a SUBSCRIBE says so, in either version of MQTT."""
    return any(_number(code) >= UNSPECIFIED for code in granted)


def _number(code: int | ReasonCode) -> int:
    return code if isinstance(code, int) else code.value


@contextmanager
def troubles_of(settings: MqttSettings) -> Iterator[None]:
    """What the library raises, as BrokerTrouble."""
    try:
        yield
    except aiomqtt.MqttError as error:
        raise trouble(settings, _cause(error)) from None


async def enter(client: aiomqtt.Client, settings: MqttSettings) -> None:
    """It connects in a thread, which goes on when it is given up here: what comes of it is closed then."""
    entering = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(entering)
    except asyncio.CancelledError:
        if client._client.socket() is None:
            await asyncio.wait({entering}, timeout=GOODBYE_S)
        entering.add_done_callback(lambda done: _abandon(client, done))
        entering.cancel()
        raise
    except aiomqtt.MqttError:
        await leave(client)
        raise
    except ValueError as error:  # what the codec of names thinks of a host
        raise bad_setting(f"[mqtt] host {settings.host!r} is not a name ({error}); correct it") from None


def _abandon(client: aiomqtt.Client, entered: asyncio.Future[aiomqtt.Client]) -> None:
    if not entered.cancelled():
        entered.exception()
    client._client.disconnect()


async def leave(client: aiomqtt.Client) -> None:
    """Where the library has noticed the end itself, it leaves the socket open, and looks at it again and again."""
    client.timeout = GOODBYE_S
    with suppress(aiomqtt.MqttError):
        await client.__aexit__(None, None, None)
    client._client.disconnect()
    if client._disconnected.done() and not client._disconnected.cancelled():
        client._disconnected.exception()  # else asyncio tells the journal that nobody has asked for it


def _cause(error: aiomqtt.MqttError) -> BaseException | BrokerRefusal | None:
    """What is behind it: aiomqtt keeps only the words of what the system said."""
    if isinstance(error, aiomqtt.MqttCodeError) and error.rc is not None:
        code = _number(error.rc)
        return BrokerRefusal(code, str(error.rc)) if isinstance(error, MqttConnectError) else _ended(code)
    if isinstance(error.__cause__, aiomqtt.MqttError):
        return _cause(error.__cause__)
    known = error.__cause__ or error.__context__
    return known if isinstance(known, OSError) else None


def _ended(code: int) -> BaseException | BrokerRefusal | None:
    """Of a connection that stood: the broker's code, or what paho makes of its own observation."""
    if code == SILENT:
        return TimeoutError()
    return BrokerRefusal(code) if code > UNSPECIFIED else None
