"""The simulated service over TLS, as in life, in a process of its own.

python -m benchmarks.secure FOLDER [--answer NAME] [--times N] [--delta-ms N] [--think-ms N]

Writes FOLDER/ca.pem, which its clients must trust; says its port, and then what it sees, one JSON object a line (the
fields of Seen). A line that it is given is a fault to inject. Ends with its input.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path

import trustme

from edge_agent.audio.formats import SERVICE_BYTES_PER_MS, SERVICE_RATE_HZ, service_ms
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.reply import Pace
from edge_agent.simulator.server import Entry, SimulatedService
from edge_agent.sounds import Clip, spoken_answers
from tests.sound import tone

HOST = "127.0.0.1"
TONE_MS, TONE_HZ = 10_000, 1000


class Answer(Enum):
    """What it answers to everything: which of the bundled ones, or a tone without a pause."""

    SHORT = 4
    LONG = 2
    TONE = -1

    @property
    def clip(self) -> Clip:
        if self is Answer.TONE:
            return Clip("tone", "A tone.", tone(SERVICE_RATE_HZ, TONE_MS, TONE_HZ))
        number: int = self.value
        return spoken_answers()[number]

    @property
    def lasts_s(self) -> float:
        return service_ms(self.clip.pcm) / 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """The service's own record. `t`: CLOCK_MONOTONIC in s, which all processes share. `ms`: of an utterance, how much
    of it was sent; of a truncation, what is left."""

    t: float
    kind: str  # first_append, commit or truncate that came; updated (the session is) or first_delta that went
    ms: int = 0


@dataclass(slots=True)
class SecureService:
    """`ca`: the certificate to trust."""

    address: str  # host:port
    ca: Path
    _input: asyncio.StreamWriter
    seen: list[Seen] = field(default_factory=list)
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def heard_ms(self) -> list[int]:
        """What it was sent, by utterance."""
        return [one.ms for one in self.seen if one.kind == "commit"]

    @property
    def opened(self) -> list[float]:
        """When each session was ready."""
        return [one.t for one in self.seen if one.kind == "updated"]

    async def next_opened(self, already: int) -> float:
        """When the session after so many was ready."""
        while len(self.opened) <= already:
            self._told.clear()
            await self._told.wait()
        return self.opened[already]

    def inject(self, fault: str) -> None:
        self._input.write(f"{fault}\n".encode())

    async def follow(self, output: asyncio.StreamReader) -> None:
        while line := await output.readline():
            self.seen.append(Seen(**json.loads(line)))
            self._told.set()


@asynccontextmanager
async def secure_service(
    answer: Answer = Answer.LONG, *, times: int = 1, pace: Pace | None = None
) -> AsyncIterator[SecureService]:
    """`times`: so often over is each answer said."""
    pace = pace or Pace()
    options = {
        "--answer": answer.name,
        "--times": times,
        "--delta-ms": pace.delta_ms,
        "--think-ms": pace.think_ms,
    }
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.secure", folder,
            *(str(part) for option in options.items() for part in option),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin
        assert process.stdout
        try:
            port = int(await process.stdout.readline())
            service = SecureService(f"{HOST}:{port}", Path(folder) / "ca.pem", process.stdin)
            following = asyncio.create_task(service.follow(process.stdout))
            yield service
            following.cancel()
        finally:
            process.stdin.close()
            await process.wait()


class Witness:
    """Tells what a benchmark wants to know of what crosses the wire."""

    def __init__(self) -> None:
        self._characters: defaultdict[int, int] = defaultdict(int)  # of sound, of an utterance, by connection
        self._begun: defaultdict[int, str] = defaultdict(str)  # the last answer of which sound went out

    def note(self, entry: Entry) -> None:
        event, connection = entry.event, entry.connection
        match event["type"]:
            case "input_audio_buffer.append":
                if not self._characters[connection]:
                    self._tell(entry, "first_append")
                self._characters[connection] += len(event["audio"])
            case "input_audio_buffer.clear":
                self._characters[connection] = 0
            case "input_audio_buffer.commit":
                sent = self._characters.pop(connection, 0) * 3 // 4 // SERVICE_BYTES_PER_MS
                self._tell(entry, "commit", sent)
            case "session.updated":
                self._tell(entry, "updated")
            case "conversation.item.truncate":
                self._tell(entry, "truncate", event["audio_end_ms"])
            case "response.output_audio.delta" if self._begun[connection] != event["response_id"]:
                self._begun[connection] = event["response_id"]
                self._tell(entry, "first_delta")

    @staticmethod
    def _tell(entry: Entry, kind: str, ms: int = 0) -> None:
        print(json.dumps(asdict(Seen(entry.t, kind, ms))), flush=True)


async def main(folder: Path, answer: Speech, pace: Pace) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(HOST).configure_cert(tls)
    async with SimulatedService(
        tls=tls, answers=lambda: Script([answer]), pace=pace, record=Witness().note
    ) as service:
        print(service.url.rsplit(":", 1)[1], flush=True)
        while fault := (await asyncio.to_thread(sys.stdin.readline)).strip():
            service.inject(fault)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.secure", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--answer", choices=Answer.__members__, default=Answer.LONG.name)
    parser.add_argument("--times", type=int, default=1, help="that each answer is said")
    parser.add_argument("--delta-ms", type=int, default=Pace().delta_ms, help="of sound in a message")
    parser.add_argument("--think-ms", type=int, default=Pace().think_ms, help="before an answer begins")
    args = parser.parse_args()
    clip = Answer[args.answer].clip
    speech = Speech(" ".join([clip.text] * args.times), clip.pcm * args.times)
    asyncio.run(main(args.folder, speech, Pace(args.think_ms, args.delta_ms)))
