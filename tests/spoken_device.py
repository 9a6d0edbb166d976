"""`edge-agent run` whose simulated microphone hears what it is told to: python -m tests.spoken_device run --config FILE

Each line of standard input is the path of a file with 16 kHz, mono, s16: it is said from that moment on. What a device
is told, it hears within a block of the card, so that several devices can hear the same at the same time.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from functools import partial
from pathlib import Path
from threading import Thread

from edge_agent.app.daemon import Daemon
from edge_agent.audio.cards.simulated import SimulatedCard, SpokenSource
from edge_agent.cli.run import read
from edge_agent.host.journal.handler import open_log


def hear(source: SpokenSource) -> None:
    for line in sys.stdin:
        source.say(Path(line.strip()).read_bytes())


async def run(path: str) -> None:
    source = SpokenSource()
    card = SimulatedCard(source, rate_hz=16_000, channels=1)
    read_config = partial(read, path)
    daemon = Daemon(read_config(), read=read_config, open_card=lambda _: card)
    Thread(target=hear, args=(source,), daemon=True).start()
    await daemon.run()


if __name__ == "__main__":
    open_log(logging.INFO)
    asyncio.run(run(sys.argv[-1]))
