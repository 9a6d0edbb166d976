"""What each part of the agent costs alone, on the same sound as in a conversation.

Each is called as the agent calls it: in its rhythm, after a sleep, with cold caches, which cost a multiple of warm
ones. What they leave of the whole is the rest of the sound's thread, and the event loop with the turn machine, the
timeline and who watches.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, process_time, sleep, thread_time
from typing import TypeVar

import numpy as np
import trustme
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from edge_agent.audio.build import PIECE_MS, build_confirmer
from edge_agent.audio.convert import convert
from edge_agent.audio.echo.aec3 import Aec3, EchoUnavailable
from edge_agent.audio.echo.duplex import Duplex
from edge_agent.audio.echo.meter import EchoMeter
from edge_agent.audio.engine import RECORDING, SOUNDING
from edge_agent.audio.gate import TOGETHER, Gate, webrtc_detector
from edge_agent.audio.resample import Resampler
from edge_agent.audio.sounds import spoken_answers, spoken_lines
from edge_agent.config import Config
from edge_agent.config.model import TurnTaking
from edge_agent.realtime.wire.dialects import GA
from edge_agent.simulator.reply import Pace
from edge_agent.vocabulary.commands import AppendAudio
from edge_agent.vocabulary.sound import (
    FRAME_MS,
    MIC_FRAME_BYTES,
    MIC_RATE_HZ,
    SERVICE_FRAME_BYTES,
    SERVICE_RATE_HZ,
)

from .secure import HOST

LONGEST_S = 3.0  # that each is watched
SERVICE_PCM = spoken_answers()[1].pcm
MIC_PCM = convert(b"".join(line.pcm for line in spoken_lines()), SERVICE_RATE_HZ, MIC_RATE_HZ)
NOISE = np.random.default_rng(1).normal(0, 12, MIC_RATE_HZ * 20).astype(np.int16).tobytes()

T = TypeVar("T")
SOUND = ("gate", "echo", "resampling")  # parts in the sound's thread; the others are in the event loop's
Parts = dict[str, float]  # CPU s a minute


def talking() -> Parts:
    """Of a minute of talk with the button held."""
    frames = _cut(MIC_PCM, MIC_FRAME_BYTES)
    pieces = _cut(MIC_PCM, PIECE_MS * MIC_FRAME_BYTES // FRAME_MS)
    resampler = Resampler(MIC_RATE_HZ, SERVICE_RATE_HZ)
    gate = Gate(webrtc_detector(Config().gate.aggressiveness), start_ms=80, hangover_ms=600)
    sent = [AppendAudio(resampler.process(piece)) for piece in pieces]
    texts = [GA.encoder.encode(command, TurnTaking()) for command in sent]
    frames_out = [_frame(text) for text in texts]
    return {
        "gate": _each(
            lambda batch: list(map(gate.feed, batch)), _batches(frames, RECORDING), RECORDING * FRAME_MS
        ),
        "echo": _echo(frames, [bytes(SERVICE_FRAME_BYTES)] * len(frames), RECORDING),
        "resampling": _each(resampler.process, pieces, PIECE_MS),
        "codec": _each(lambda command: GA.encoder.encode(command, TurnTaking()), sent, PIECE_MS),
        "frames": _each(_frame, texts, PIECE_MS),
        "TLS": _encrypting(frames_out, PIECE_MS),
        "socket": _sending(frames_out, PIECE_MS),
    }


def answering() -> Parts:
    """Of a minute of an answer, of which the deltas come as from the simulated service."""
    delta_ms = Pace().delta_ms
    deltas = _cut(SERVICE_PCM, delta_ms * SERVICE_FRAME_BYTES // FRAME_MS)
    played = _cut(SERVICE_PCM, SERVICE_FRAME_BYTES)
    texts = [_delta(number, pcm) for number, pcm in enumerate(deltas)]
    received = [Frame(Opcode.TEXT, text.encode()).serialize(mask=False) for text in texts]
    return {
        "echo": _echo(_cut(NOISE, MIC_FRAME_BYTES)[: len(played)], played, SOUNDING, listening=False),
        "codec": _each(lambda text: GA.decoder().decode(text), texts, delta_ms),
        "frames": _each(_parse, received, delta_ms),
        "TLS": _decrypting(received, delta_ms),
        "socket": _receiving(received, delta_ms),
    }


def hands_free() -> Parts:
    """Of what a device without a button does as well: of a minute of talk, and of an answer over which it listens."""
    played = _cut(SERVICE_PCM, SERVICE_FRAME_BYTES)
    found = {"echo, answering": _echo(_cut(NOISE, MIC_FRAME_BYTES)[: len(played)], played, SOUNDING)}
    silero = _gate_with_silero()
    return found if silero is None else found | {"gate with Silero, talking": silero}


def _gate_with_silero() -> float | None:
    """None: it is not installed."""
    config = Config(turns=TurnTaking(mode="hands-free"))
    confirmer = build_confirmer(config)
    if confirmer is None:
        return None
    gate = Gate(webrtc_detector(config.gate.aggressiveness), confirmer, start_ms=80, hangover_ms=600)
    frames = _cut(MIC_PCM, MIC_FRAME_BYTES)
    return _each(
        lambda batch: [gate.feed(frame, patient=True) for frame in batch],
        _batches(frames, TOGETHER),
        TOGETHER * FRAME_MS,
    )


def wakeup_us(pause_s: float = 0.02, times: int = 150) -> float:
    """What it costs a thread with nothing to do to wake up, beside one that waits: CPU, without the work."""
    spent: list[float] = []

    def run() -> None:
        began, before = monotonic(), process_time()
        for number in range(times):
            sleep(max(0.0, began + (number + 1) * pause_s - monotonic()))
        spent.append((process_time() - before) / times * 1e6)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return spent[0]


def _each(work: Callable[[T], object], inputs: list[T], input_ms: int) -> float:
    """CPU s for a minute of inputs, one every `input_ms`, without what looking at the clock costs."""
    taken = inputs[: int(LONGEST_S * 1000 / input_ms)]
    spent, began = 0.0, monotonic()
    for number, item in enumerate(taken):
        sleep(max(0.0, began + number * input_ms / 1000 - monotonic()))
        empty = thread_time()
        before = thread_time()
        work(item)
        spent += thread_time() - before - (before - empty)
    return spent * 60_000 / (len(taken) * input_ms)


def _cut(pcm: bytes, size: int) -> list[bytes]:
    """Whole pieces."""
    return [pcm[at : at + size] for at in range(0, len(pcm) - size + 1, size)]


def _batches(items: list[T], size: int) -> list[list[T]]:
    """As the engine takes them."""
    return [items[at : at + size] for at in range(0, len(items) - size + 1, size)]


def _echo(heard: list[bytes], played: list[bytes], at_once: int, *, listening: bool = True) -> float:
    """Of a device that has learned its room."""
    try:
        duplex = Duplex(EchoMeter(full_duplex=True), Aec3())
    except EchoUnavailable:
        duplex = Duplex(EchoMeter(full_duplex=True))

    def step(batch: list[tuple[bytes, bytes]]) -> None:
        for mic, _ in batch:
            duplex.hear(mic, measured=listening, listening=listening)
        duplex.played(b"".join(played for _, played in batch[-SOUNDING:]))

    pairs = list(zip(heard, played, strict=False))
    return _each(step, _batches(pairs, at_once), at_once * FRAME_MS)


def _delta(number: int, pcm: bytes) -> str:
    event = {
        "type": "response.output_audio.delta", "event_id": f"event_{number}", "response_id": "resp_1",
        "item_id": "item_1", "output_index": 0, "content_index": 0, "delta": b64encode(pcm).decode(),
    }  # fmt: skip
    return json.dumps(event)


def _frame(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=True)


def _parse(data: bytes) -> None:
    reader = StreamReader()
    reader.feed_data(data)
    parsing = Frame.parse(reader.read_exact, mask=False)
    try:
        next(parsing)
    except StopIteration as parsed:
        bytes(parsed.value.data).decode()


class _Tls:
    """Both ends of a connection, in memory."""

    def __init__(self) -> None:
        ca = trustme.CA()
        server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
        ca.issue_cert(HOST).configure_cert(server)
        ca.configure_trust(client)
        self.to_server, self.to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client.wrap_bio(self.to_client, self.to_server, server_hostname=HOST)
        self.server = server.wrap_bio(self.to_server, self.to_client, server_side=True)
        for end in (self.client, self.server, self.client, self.server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
        self.receive()

    def send(self, data: bytes) -> bytes:
        self.client.write(data)
        return self.to_server.read()

    def receive(self) -> None:
        try:
            while self.client.read(256 * 1024):
                pass
        except ssl.SSLWantReadError:
            pass


def _encrypting(messages: list[bytes], message_ms: int) -> float:
    return _each(_Tls().send, messages, message_ms)


def _decrypting(messages: list[bytes], message_ms: int) -> float:
    tls = _Tls()
    records: list[bytes] = []
    for message in messages:
        tls.server.write(message)
        records.append(tls.to_client.read())
    waiting = iter(records)

    def receive(_: bytes) -> None:
        tls.to_client.write(next(waiting))
        tls.receive()

    return _each(receive, messages, message_ms)


def _sending(messages: list[bytes], message_ms: int) -> float:
    with _connected() as (ours, _):  # the system keeps what nobody reads: it is a fraction of a MiB
        return _each(ours.sendall, messages, message_ms)


def _receiving(messages: list[bytes], message_ms: int) -> float:
    with _connected() as (ours, theirs):
        theirs.sendall(b"".join(messages[: int(LONGEST_S * 1000 / message_ms)]))
        return _each(lambda data: ours.recv(len(data), socket.MSG_WAITALL), messages, message_ms)


@contextmanager
def _connected() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server((HOST, 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    with ours, theirs:
        yield ours, theirs
