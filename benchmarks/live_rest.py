"""What an open session costs in which nobody speaks: python -m benchmarks.live_rest [--rounds N] [--seconds N]

The whole daemon, hands-free, on a simulated card in a quiet room, over TLS: at rest with a session of the Realtime API,
and with one of GPT-Live, which sends and receives silence all the time. Measured from outside, in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from edge_agent.app.daemon import Daemon
from edge_agent.audio.cards.simulated import SimulatedCard
from edge_agent.config import load
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import MIC_RATE_HZ, SERVICE_RATE_HZ
from edge_agent.vocabulary.state import State, Turn

from . import measure
from .measure import Spent
from .secure import Answer, SecureService, secure_service

KINDS = {"realtime": "openai", "gpt-live": "openai-live"}
NOISE_RMS, NOISE_S, SETTLE_S = 12, 10, 2.0
AT_MOST = 1.5  # times the other


class Resting(Daemon):
    """Asks something as soon as it is there, and tells when that is over."""

    def _watch(self, event: e.Event, state: State) -> None:
        super()._watch(event, state)
        if isinstance(event, e.AudioStarted):
            self.device.post(e.TextEntered("Hello."))
        elif isinstance(event, e.PlaybackDrained) and state.turn is Turn.IDLE:
            print("rests", flush=True)


async def rest() -> None:
    """The program that is measured."""
    config, problems = load(None)
    assert not problems, problems
    noise = np.random.default_rng(1).normal(0, NOISE_RMS, MIC_RATE_HZ * NOISE_S).astype(np.int16).tobytes()
    card = SimulatedCard(Quiet(noise), rate_hz=MIC_RATE_HZ, out_rate_hz=SERVICE_RATE_HZ)
    await Resting(config, read=lambda: config, open_card=lambda _: card).run()


class Quiet:
    over = False

    def __init__(self, noise: bytes) -> None:
        self._noise, self._at = noise, 0

    def next(self, size: int) -> bytes:
        self._at = self._at if self._at + size <= len(self._noise) else 0
        self._at += size
        return self._noise[self._at - size : self._at]


async def spent(kind: str, seconds: float, service: SecureService) -> Spent:
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("EDGE_AGENT_")},
            "SSL_CERT_FILE": str(service.ca),
            "HOME": folder,
            "EDGE_AGENT_SERVICE_ENDPOINT": f"https://{service.address}",
            "OPENAI_API_KEY": "local",
            "EDGE_AGENT_SERVICE_PROVIDER": KINDS[kind],
            "EDGE_AGENT_PANEL_BACKEND": "none",
            "EDGE_AGENT_TURNS_MODE": "hands-free",
            "EDGE_AGENT_LIMITS_IDLE_CLOSE_S": "0",
            "RUNTIME_DIRECTORY": folder,
            "STATE_DIRECTORY": folder,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-m", "benchmarks.live_rest", "--rest",
            cwd=Path(__file__).parents[1], stdout=asyncio.subprocess.PIPE, env=environ,
        )  # fmt: skip
        assert process.stdout
        try:
            async with asyncio.timeout(60):
                assert await process.stdout.readline() == b"rests\n"
            await asyncio.sleep(SETTLE_S)
            before = measure.read(process.pid)
            await asyncio.sleep(seconds)
            return measure.read(process.pid) - before
        finally:
            process.kill()
            await process.wait()


async def compared(rounds: int, seconds: float) -> dict[str, list[Spent]]:
    found: dict[str, list[Spent]] = {kind: [] for kind in KINDS}
    async with secure_service(Answer.SHORT) as service:
        for _ in range(rounds):
            for kind, runs in found.items():
                runs.append(await spent(kind, seconds, service))
                print(f"{kind:9} {runs[-1].cpu_s_per_min:.3f} CPU s/min", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_rest", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=30.0, help="of rest, each")
    parser.add_argument("--rest", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rest:
        asyncio.run(rest())
        return
    found = asyncio.run(compared(options.rounds, options.seconds))
    cpu_s = {kind: median(run.cpu_s_per_min for run in runs) for kind, runs in found.items()}
    for kind, runs in found.items():
        wakeups = median(run.wakeups_per_s for run in runs)
        print(f"{kind:9} median {cpu_s[kind]:.3f} CPU s/min, {wakeups:.1f} wake-ups/s")
    print(f"{cpu_s['gpt-live'] / cpu_s['realtime']:.2f} times; at most {AT_MOST}")


if __name__ == "__main__":
    main()
