"""The simulated service over TLS, as in life, in a process of its own.

python -m benchmarks.secure FOLDER SHORT|LONG

Writes FOLDER/ca.pem, which its clients must trust; says its port, and of each utterance how many ms it was sent.
Ends with its input.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import trustme

from edge_agent.audio.formats import SERVICE_BYTES_PER_MS, service_ms
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.server import Entry, SimulatedService
from edge_agent.sounds import Clip, spoken_answers

HOST = "127.0.0.1"


class Answer(Enum):
    """What it answers to everything: which of the bundled ones."""

    SHORT = 4
    LONG = 2

    @property
    def clip(self) -> Clip:
        return spoken_answers()[self.value]

    @property
    def lasts_s(self) -> float:
        return service_ms(self.clip.pcm) / 1000


@dataclass(slots=True)
class SecureService:
    """`ca`: the certificate to trust. `heard_ms`: what it was sent, by utterance."""

    address: str  # host:port
    ca: Path
    heard_ms: list[int] = field(default_factory=list)

    async def follow(self, output: asyncio.StreamReader) -> None:
        while line := await output.readline():
            self.heard_ms.append(int(line))


@asynccontextmanager
async def secure_service(answer: Answer = Answer.LONG) -> AsyncIterator[SecureService]:
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.secure", folder, answer.name,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin
        assert process.stdout
        try:
            port = int(await process.stdout.readline())
            service = SecureService(f"{HOST}:{port}", Path(folder) / "ca.pem")
            following = asyncio.create_task(service.follow(process.stdout))
            yield service
            following.cancel()
        finally:
            process.stdin.close()
            await process.wait()


class Counter:
    """How much sound came before each commit, by connection."""

    def __init__(self) -> None:
        self._characters: defaultdict[int, int] = defaultdict(int)

    def note(self, entry: Entry) -> None:
        match entry.event["type"]:
            case "input_audio_buffer.append":
                self._characters[entry.connection] += len(entry.event["audio"])
            case "input_audio_buffer.clear":
                self._characters[entry.connection] = 0
            case "input_audio_buffer.commit":
                print(self._characters.pop(entry.connection, 0) * 3 // 4 // SERVICE_BYTES_PER_MS, flush=True)


async def main(folder: Path, clip: Clip) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(HOST).configure_cert(tls)
    answer = Speech(clip.text, clip.pcm)
    async with SimulatedService(tls=tls, answers=lambda: Script([answer]), record=Counter().note) as service:
        print(service.url.rsplit(":", 1)[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Answer[sys.argv[2]].clip))
