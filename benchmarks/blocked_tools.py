"""Sound beside tools that mean ill: on a virtual card, through PortAudio and ALSA, answers that play all the time.

python -m benchmarks.blocked_tools [--quick]

In turns without tools and with them: programs that hang, fork, spin and print without end, a request that is never
answered, and an MCP server that floods. What counts is how often the speaker ran dry, or the microphone ran over.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from edge_agent.config import Config
from edge_agent.config.mcp_servers import McpServer
from edge_agent.config.own_tools import OwnTool
from edge_agent.tools.mcp.client import McpClient
from edge_agent.tools.own.definitions import own_tools
from edge_agent.tools.runner import ToolRunner
from edge_agent.tools.toolbox import Toolbox
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from tests.virtual_card import VirtualCard

from .sound import ANSWER, Bench

PROGRAMS = {
    "hangs": "import time; time.sleep(600)",
    "forks": "import os, time\nfor _ in range(6): os.fork()\ntime.sleep(600)",
    "prints": "print('x' * 100_000_000)",
    "prints for ever": "while True: print('x' * 1000)",
    "spins": "while True: pass",
}
FLOOD = "import json\nwhile True: print(json.dumps({'jsonrpc': '2.0', 'method': 'notifications/x'}))"
DEADLINE_S, PAUSE_S = 1.0, 0.5


class IllTools:
    """All of them, again and again. `came`: what of it."""

    def __init__(self, port: int) -> None:
        python = [
            OwnTool(name, "x", command=(sys.executable, "-c", code), timeout_s=DEADLINE_S)
            for name, code in PROGRAMS.items()
        ]
        never = OwnTool("never answers", "x", url=f"http://127.0.0.1:{port}", hosts=("127.0.0.1",))
        toolbox = Toolbox(own_tools(Config(tools=(*python, never))))
        self._names = list(toolbox.definitions)
        self._runner = ToolRunner(toolbox, print, print)
        server = McpServer("flood", (sys.executable, "-c", FLOOD), tools=("*",))
        self._mcp = McpClient([server], toolbox, lambda: None, self._find)
        self.came: Counter[str] = Counter()

    def _find(self, _: str, finding: object) -> None:
        self.came["the MCP server was ended"] += finding is not None

    async def run(self) -> None:
        """Until cancelled."""
        mcp = asyncio.create_task(self._mcp.run())
        try:
            while True:
                outcomes = await asyncio.gather(*(self._call(name) for name in self._names))
                self.came.update(outcomes)
                await asyncio.sleep(PAUSE_S)
        finally:
            mcp.cancel()
            await asyncio.wait({mcp})

    async def _call(self, name: str) -> str:
        try:
            async with asyncio.timeout(2 * DEADLINE_S):
                outcome = await self._runner.call(name, "{}")
        except TimeoutError:
            return f"{name}: given up"
        return f"{name}: {outcome.why.partition(' -c')[0]}"


async def playing(it: Bench, seconds: float) -> tuple[int, int, int]:
    """Underruns, overruns and frames while answers play."""
    counters = it.process.counters
    before = counters.underruns, counters.overruns, counters.frames
    ends = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < ends:
        seen = len(it.events)
        it.process.send(c.Play(f"item_{seen}", ANSWER[: 48_000 * 3]))
        it.process.send(c.FinishPlayback())
        await it.until(e.PlaybackDrained, after=seen)
    counters = it.process.counters
    return counters.underruns - before[0], counters.overruns - before[1], counters.frames - before[2]


async def measure(card: VirtualCard, rounds: int, seconds: float) -> None:
    it = Bench(card)
    await it.until(e.AudioStarted)
    silent = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    tools = IllTools(silent.sockets[0].getsockname()[1])
    found = {False: [0, 0, 0], True: [0, 0, 0]}
    for _ in range(rounds):
        for beside in (False, True):
            running = asyncio.create_task(tools.run()) if beside else None
            for index, count in enumerate(await playing(it, seconds)):
                found[beside][index] += count
            if running:
                running.cancel()
                await asyncio.wait({running})
    it.process.stop()
    silent.close()
    for beside, (underruns, overruns, frames) in found.items():
        label = "beside tools that mean ill" if beside else "without tools"
        print(f"{label}: {underruns} underruns, {overruns} overruns in {frames} frames of 20 ms")
    for outcome, count in sorted(tools.came.items()):
        print(f"  {count} x {outcome}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blocked_tools", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        card = VirtualCard(Path(folder))
        os.environ["ALSA_CONFIG_PATH"] = str(card.conf)
        asyncio.run(measure(card, rounds=2 if quick else 10, seconds=6 if quick else 15))


if __name__ == "__main__":
    main()
