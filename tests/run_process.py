"""`edge-agent run` as a process of its own, with the simulated card, under a folder of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

from edge_agent.host.control.client import Unreachable, request

SETTINGS = """\
[service]
endpoint = "{endpoint}"
deployment = "simulated"
[assistant]
voice = "{voice}"
[audio]
backend = "simulated"
[panel]
backend = "none"
"""


class RunProcess:
    """`async with RunProcess(folder, service.url) as device:` is ready to be asked. `terminal`: that it is started
    in; None: in none. `more`: of its configuration. `spoken`: its microphone hears what it is told by `say`.
    `notify`: the socket of a service manager."""

    def __init__(
        self,
        folder: Path,
        endpoint: str,
        *,
        terminal: int | None = None,
        more: str = "",
        spoken: bool = False,
        notify: str = "",
    ) -> None:
        self._folder, self._terminal, self._more, self._spoken = folder, terminal, more, spoken
        self._service = {"NOTIFY_SOCKET": notify} if notify else {}
        self._config = folder / "edge-agent.toml"
        self._log = folder / "log"
        self._told_at = 0.0
        self._process: asyncio.subprocess.Process
        self._end: asyncio.Task[tuple[int, float]]
        self.configure(endpoint)

    def configure(self, endpoint: str, voice: str = "alloy") -> None:
        """The file; what runs goes on as it is."""
        self.write(SETTINGS.format(endpoint=endpoint, voice=voice))

    def write(self, text: str) -> None:
        self._config.write_text(text + self._more)

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    @property
    def pid(self) -> int:
        return self._process.pid

    async def __aenter__(self) -> RunProcess:
        folders = dict.fromkeys(("HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME"), str(self._folder))
        hidden = ("NOTIFY_SOCKET", "RUNTIME_DIRECTORY", "STATE_DIRECTORY")
        inherited = {name: value for name, value in os.environ.items() if name not in hidden}
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(
                    sys.executable,
                    "-m",
                    "tests.spoken_device" if self._spoken else "edge_agent",
                    "run",
                    "--config",
                    str(self._config),
                ),
                env={**inherited, **folders, **self._service, "AZURE_OPENAI_API_KEY": "key"},
                stdin=self._input,
                stdout=log,
                stderr=log,
            )
        self._end = asyncio.create_task(self._wait())
        async with asyncio.timeout(30):
            while not await self.ask("status"):  # noqa: ASYNC110 - as somebody would who looks
                await asyncio.sleep(0.02)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._signal(signal.SIGKILL)
        await self._end

    @property
    def _input(self) -> int:
        if self._spoken:
            return asyncio.subprocess.PIPE
        return asyncio.subprocess.DEVNULL if self._terminal is None else self._terminal

    def say(self, recording: Path) -> None:
        """Its microphone hears this from now on: 16 kHz, mono, s16."""
        assert self._process.stdin
        self._process.stdin.write(f"{recording}\n".encode())

    async def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Its answer; empty: nobody answers."""
        sockets = [self._folder / "edge-agent" / "control.sock"]
        with suppress(Unreachable):
            return await asyncio.to_thread(request, do, sockets=sockets, **arguments)
        return {}

    def send(self, number: signal.Signals) -> None:
        """To a process that is gone, nothing. The first that ends it starts the time of `ended`."""
        if not self._told_at and number is not signal.SIGHUP:
            self._told_at = monotonic()
        self._signal(number)

    async def ended(self, patience_s: float = 10.0) -> tuple[int | None, float]:
        """Its exit code, and how many seconds after it was told; None: it lives on."""
        await asyncio.wait({self._end}, timeout=patience_s)
        if not self._end.done():
            return None, monotonic() - self._told_at
        code, at = self._end.result()
        return code, at - self._told_at

    def _signal(self, number: signal.Signals) -> None:
        """Not by the methods of `asyncio`, which poll first, and take the exit code of a process that has just ended
        away from whoever waits for it (CPython 3.11: "Unknown child process pid")."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    async def _wait(self) -> tuple[int, float]:
        return await self._process.wait(), monotonic()
