"""The program of benchmarks.secure: a simulated service over TLS that tells what it sees.

python -m benchmarks.witness FOLDER [--answer NAME] [--times N] [--delta-ms N] [--think-ms N]

Writes FOLDER/ca.pem, which its clients must trust; says its port, and then what it sees, one JSON object a line (the
fields of Seen). A line that it is given is a fault to inject. Ends with its input.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import sys
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

import trustme

from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.reply import Pace
from edge_agent.simulator.server import SimulatedService, WireRecord
from edge_agent.vocabulary.sound import SERVICE_BYTES_PER_MS

from .secure import HOST, Answer, Seen


class Witness:
    """Tells what a benchmark wants to know of what crosses the wire."""

    def __init__(self) -> None:
        self._characters: defaultdict[int, int] = defaultdict(int)  # of sound, of an utterance, by connection
        self._begun: defaultdict[int, str] = defaultdict(str)  # the last answer of which sound went out

    def note(self, entry: WireRecord) -> None:
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
    def _tell(entry: WireRecord, kind: str, ms: int = 0) -> None:
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
