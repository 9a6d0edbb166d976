"""What it costs: start to ready, memory, and CPU of a conversation beside a bare client in the same run.

python -m benchmarks.cost [TURNS]
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from statistics import median

from .bench import service

TALK_S = 8.0
STARTS = 7


def cpu_s(pid: int) -> float:
    """Time that all threads of a process were on a CPU so far, exact to the ns: the clock ticks of
    /proc/PID/stat favour who sleeps between them."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def rss_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def line_with(process: Process, words: str) -> None:
    stream = process.stdout or process.stderr
    assert stream
    while words not in (await stream.readline()).decode():
        pass


async def start(*args: str, url: str = "") -> tuple[Process, float]:
    """A process of ours, and when it was begun."""
    began = time.monotonic()
    environ = {**os.environ, "AZURE_OPENAI_ENDPOINT": url, "AZURE_OPENAI_API_KEY": "local"}
    pipe = {"stderr": PIPE} if args[0] == "edge_agent" else {"stdout": PIPE}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *args, env=environ, **pipe)  # type: ignore[arg-type]
    return process, began


async def end(process: Process) -> None:
    process.terminate()
    await process.wait()


async def talked(module: str, url: str, turns: int) -> tuple[float, float]:
    """(CPU seconds a minute, RSS in MiB) of a conversation."""
    process, _ = await start(f"benchmarks.{module}", url, str(turns), str(TALK_S))
    await line_with(process, "ready")
    before, began = cpu_s(process.pid), time.monotonic()
    await line_with(process, "over")
    spent, lasted = cpu_s(process.pid) - before, time.monotonic() - began
    memory = rss_mib(process.pid)
    await end(process)
    return spent * 60 / lasted, memory


async def started(url: str) -> tuple[float, float]:
    """(seconds from the start to ready, RSS in MiB once the link is up)."""
    process, began = await start("edge_agent", "run", url=url)
    await line_with(process, "ready")
    ready_s = time.monotonic() - began
    await line_with(process, "light: idle")
    memory = rss_mib(process.pid)
    await end(process)
    return ready_s, memory


async def main(turns: int) -> None:
    async with service() as url:
        await started(url)  # warms the disk
        starts = [await started(url) for _ in range(STARTS)]
        bare, bare_memory = await talked("bare", url, turns)
        agent, agent_memory = await talked("talker", url, turns)
    print(f"start to ready                       {median(s for s, _ in starts):6.2f} s      limit 1 s")
    print(f"memory, link up, api key             {median(m for _, m in starts):6.1f} MiB    limit 60 MiB")
    print(
        f"memory after a conversation          {agent_memory:6.1f} MiB    limit 60 MiB; bare client {bare_memory:.1f}"
    )
    print(f"CPU a minute of conversation         {agent:6.2f} s      bare client {bare:.2f}")
    print(f"beside the bare client               {agent / bare:6.2f} x      limit 1 x")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4))
