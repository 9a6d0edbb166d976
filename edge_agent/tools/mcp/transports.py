"""Connections with MCP servers, as the SDK wants them: bounded, and with nothing left behind."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import anyio
import httpx2
from mcp.client._transport import ReadStream, TransportStreams
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from ...config.mcp_servers import McpServer
from ..secret_files import read_secret
from .supervised import Supervised
from .watch import LONGEST_MESSAGE, Watch

KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TZ")  # others may be secrets
CONNECT_S, READ_S = 10.0, 300.0
LEAVES_S = 1.0  # for a program to end by itself, once its input has
TOO_LONG = f"it sends a message of more than {LONGEST_MESSAGE} bytes"
ENDED = "its program has ended"
Incoming = SessionMessage | Exception


def transport(server: McpServer, watch: Watch) -> AbstractAsyncContextManager[TransportStreams]:
    """Raises ToolFailed where a secret cannot be read, OSError where a program cannot be started."""
    return _program(server, watch) if server.command else _address(server, watch)


def _secrets(files: Mapping[str, str], setting: str) -> dict[str, str]:
    return {name: read_secret(Path(file), f"{setting} {name}") for name, file in files.items()}


# ---- a program --------------------------------------------------------------
@asynccontextmanager
async def _program(server: McpServer, watch: Watch) -> AsyncIterator[TransportStreams]:
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    environment |= server.environment | _secrets(server.secret_environment, "secret_environment")
    program = Supervised(server.command, LONGEST_MESSAGE, environment)
    try:
        await program.start()
        incoming, heard = anyio.create_memory_object_stream[Incoming](0)
        outgoing, to_write = anyio.create_memory_object_stream[SessionMessage](0)
        async with heard, outgoing, anyio.create_task_group() as tasks:
            tasks.start_soon(_read, program.output, incoming, watch)
            tasks.start_soon(_write, program.input, to_write)
            try:
                yield heard, outgoing
            finally:
                tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            how = await program.end(LEAVES_S)
        if watch.why == ENDED:
            watch.why = f"its program {how}"


async def _read(
    output: asyncio.StreamReader,
    incoming: anyio.streams.memory.MemoryObjectSendStream[Incoming],
    watch: Watch,
) -> None:
    async with incoming:
        while True:
            try:
                line = await output.readline()
            except ValueError:
                watch.end(TOO_LONG)
                return
            if not line:
                watch.end(ENDED)
                return
            try:
                message = jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValueError:
                if line.strip() and not watch.noise():
                    return
                continue
            if not watch.message():
                return
            try:
                await incoming.send(SessionMessage(message))
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return


async def _write(
    given: asyncio.StreamWriter, to_write: anyio.streams.memory.MemoryObjectReceiveStream[SessionMessage]
) -> None:
    async with to_write:
        with suppress(ConnectionError):
            async for message in to_write:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                given.write(text.encode() + b"\n")
                await given.drain()


# ---- an address -------------------------------------------------------------
class _Bounded(httpx2.AsyncHTTPTransport):
    """An answer that is too long ends the connection. The events of a stream are bounded by the SDK, each by itself."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(verify=ssl.create_default_context())
        self._watch = watch

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if "text/event-stream" not in response.headers.get("content-type", ""):
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _BoundedStream(response.stream, self._watch)
        return response


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, watch: Watch) -> None:
        self._stream, self._watch = stream, watch

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        async for piece in self._stream:
            length += len(piece)
            if length > LONGEST_MESSAGE:
                self._watch.end(TOO_LONG)
                raise httpx2.ReadError(TOO_LONG)
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


@asynccontextmanager
async def _address(server: McpServer, watch: Watch) -> AsyncIterator[TransportStreams]:
    headers = server.headers | _secrets(server.secret_headers, "secret_headers")
    patience = httpx2.Timeout(CONNECT_S, read=READ_S)
    async with (
        httpx2.AsyncClient(
            headers=headers, transport=_Bounded(watch), timeout=patience, trust_env=False
        ) as client,
        streamable_http_client(server.url, http_client=client, max_sse_event_size=LONGEST_MESSAGE) as (
            read,
            write,
        ),
        anyio.create_task_group() as tasks,
    ):
        incoming, heard = anyio.create_memory_object_stream[Incoming](0)
        tasks.start_soon(_pass_on, read, incoming, watch)
        async with heard:
            yield heard, write
        tasks.cancel_scope.cancel()


async def _pass_on(
    read: ReadStream[Incoming],
    incoming: anyio.streams.memory.MemoryObjectSendStream[Incoming],
    watch: Watch,
) -> None:
    async with incoming:
        async for message in read:
            if not watch.message():
                return
            try:
                await incoming.send(message)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return
    watch.end("it has ended the connection")
