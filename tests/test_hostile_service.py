"""A service that wants to control the terminal, forge lines of the log, or hold the device up."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
import subprocess
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from time import thread_time
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_async
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection as SyncConnection
from websockets.sync.server import serve

from edge_agent.realtime.sliced import SLICE_BYTES
from edge_agent.vocabulary import events as e

from .conftest import server_tls
from .test_cli import edge_agent, running
from .test_link import config_for, linked

pytestmark = pytest.mark.realtime

EVIL = "evil \x1b]0;title\x07\r\n12:00:00 INFO    forged\x85forged\u2028forged\x9b2J\u202e"
LINE = re.compile(r"\d\d:\d\d:\d\d (DEBUG|INFO|WARNING|ERROR) ")


def error(kind: str = "invalid_request_error", **more: Any) -> dict[str, Any]:
    fields = {"type": kind, "code": EVIL, "message": EVIL, "param": EVIL}
    return {"type": "error", "error": fields | more}


def conversation() -> Iterator[dict[str, Any]]:
    """All that has words or codes in it."""
    yield error()
    transcription = "conversation.item.input_audio_transcription"
    yield {"type": f"{transcription}.completed", "item_id": "i0", "transcript": EVIL}
    yield {"type": f"{transcription}.failed", "item_id": "i0", "error": {"message": EVIL}}
    yield {"type": EVIL}
    yield {"type": "response.output_audio.delta", "response_id": EVIL, "item_id": EVIL, "delta": EVIL}
    yield {"type": "response.output_audio.done", "response_id": "r", "item_id": EVIL}


def answer(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    metadata = request.get("response", {}).get("metadata")
    yield {"type": "response.created", "response": {"id": "r", "metadata": metadata}}
    place = {"response_id": "r", "item_id": "i"}
    yield {"type": "response.output_audio_transcript.delta", **place, "delta": EVIL}
    details = {"error": {"code": EVIL, "message": EVIL}}
    yield {"type": "response.done", "response": {"id": "r", "status": "failed", "status_details": details}}


class Hostile:
    """Refuses the first connection; `lives` are the next ones, the last of them again and again."""

    def __init__(self, *lives: Callable[[SyncConnection], None]) -> None:
        self._lives = list(lives)
        self._refused = False

    def refuse(self, connection: SyncConnection, _: Request) -> Response | None:
        if self._refused:
            return None
        self._refused = True
        return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, json.dumps({"message": EVIL}))

    def converse(self, connection: SyncConnection) -> None:
        (self._lives.pop(0) if len(self._lives) > 1 else self._lives[0])(connection)

    @contextmanager
    def served(self) -> Iterator[str]:
        with serve(self.converse, "127.0.0.1", 0, process_request=self.refuse, close_timeout=0.1) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
            finally:
                server.shutdown()
                thread.join()


def send(connection: SyncConnection, *events: dict[str, Any]) -> None:
    for event in events:
        connection.send(json.dumps(event))


def refuses_the_session(connection: SyncConnection) -> None:
    send(connection, error("server_error", code="server_error"))


def talks(connection: SyncConnection) -> None:
    send(connection, {"type": "session.created", "session": {"id": EVIL}})
    connection.recv()
    send(connection, {"type": "session.updated"}, *conversation())
    for frame in connection:
        if (said := json.loads(frame))["type"] == "response.create":
            send(connection, *answer(said))
        elif said["type"] == "conversation.item.create" and "goodbye" in str(said):
            connection.close(4000, EVIL)
            return


def told(process: subprocess.Popen[str], words: str) -> str:
    """All that a process says until it says this."""
    assert process.stderr
    watchdog = threading.Timer(30, process.kill)
    watchdog.start()
    said = ""
    try:
        while words not in said and (line := process.stderr.readline()):
            said += line
    finally:
        watchdog.cancel()
    assert words in said
    return said


def test_it_neither_controls_the_terminal_nor_forges_a_line(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[log]\ntranscripts = true\n[audio]\nmessages = false\n")
    report = tmp_path / "report.json"
    service = Hostile(refuses_the_session, talks)
    with (
        service.served() as url,
        running("run", "-v", "--config", tmp_path / "c.toml", errors=True, AZURE_OPENAI_ENDPOINT=url) as run,
    ):
        log = told(run, "HTTP 503") + told(run, "has a problem (evil") + told(run, "user: evil")
        shown = edge_agent("say", "hello").stdout
        log += told(run, "agent: evil")
        edge_agent("say", "goodbye")
        log += told(run, "closed the session: 4000 evil")
        shown += edge_agent("status").stdout + edge_agent("status", "--json").stdout
        edge_agent("report", "--with-transcript", "--out", report)
        run.terminate()
        log += run.communicate(timeout=10)[1]
    for text in (log, shown, report.read_text()):
        assert "evil" in text
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]|u001b|u0085|u202e", text)
    assert [line for line in log.splitlines() if not LINE.match(line)] == []
    assert max(map(len, log.splitlines())) < 1000


def test_a_conversation_on_a_terminal_is_only_text() -> None:
    with Hostile(talks).served() as url:
        asked = edge_agent("ask", "hello", AZURE_OPENAI_ENDPOINT=url)
        again = edge_agent("ask", "hello", AZURE_OPENAI_ENDPOINT=url)
    for done in (asked, again):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", done.stdout + done.stderr)
        assert "\n12:00:00" not in done.stdout + done.stderr
    assert "evil" in again.stdout + again.stderr


# ---- floods -----------------------------------------------------------------------
class Flood:
    """A session, then `frames` as fast as they are taken, and a last event."""

    def __init__(self, *frames: bytes, times: int) -> None:
        self._data = b"".join(b"\x81" + bytes([len(frame)]) + frame for frame in frames)
        self._times = times

    async def converse(self, connection: ServerConnection) -> None:
        await connection.send('{"type": "session.created"}')
        await connection.recv()
        await connection.send('{"type": "session.updated"}')
        try:
            for _ in range(self._times):
                connection.transport.write(self._data)
                await connection.drain()
            await connection.send('{"type": "input_audio_buffer.committed", "item_id": "last"}')
            await connection.wait_closed()
        except ConnectionClosed:
            pass


@pytest.mark.parametrize("tls", [None, server_tls()], ids=["plain", "tls"])
@pytest.mark.parametrize("frame", [b"x", b"{}", b"\xc3\xa9", b'{"type":"moon"}'])
async def test_a_flood_of_tiny_frames_holds_nobody_up(
    frame: bytes, tls: ssl.SSLContext | None, caplog: pytest.LogCaptureFixture
) -> None:
    """The longest time of this thread between two turns of the event loop: it was a second and more."""
    flood = Flood(frame, times=60_000)
    longest_s, was, waiting, began = 0.0, thread_time(), 0, 0.0

    async def look(unread: Collection[bytes]) -> None:
        nonlocal longest_s, was, waiting
        while True:
            await asyncio.sleep(0)
            now = thread_time()
            longest_s, was = max(longest_s, now - was), now
            waiting = max(waiting, len(unread))

    async with serve_async(flood.converse, "127.0.0.1", 0, compression=None, ssl=tls) as server:
        url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with linked(config_for(url)) as watched:
            await watched.until(lambda: watched.of(e.Connected))
            longest_s, was = 0.0, thread_time()
            began = was
            assert watched.link._line
            looking = asyncio.create_task(look(watched.link._line.connection._socket._unread))
            await watched.until(lambda: watched.of(e.InputCommitted))
            looking.cancel()
            took_s = thread_time() - began
    assert longest_s < 0.6 * took_s  # in one turn it would be nearly all of it
    assert waiting * SLICE_BYTES <= 2**18  # what the system hands over together
    bad = [it.getMessage() for it in caplog.records if "bad frame" in it.getMessage()]
    assert all(it.levelno == logging.WARNING for it in caplog.records if "bad frame" in it.getMessage())
    if frame != b'{"type":"moon"}':
        assert len(bad) == 2
        assert bad[1] == "ignored 59999 more bad frames from the service"
