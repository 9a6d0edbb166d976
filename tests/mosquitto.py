"""A real broker: Debian's mosquitto on loopback, started and stopped by the tests; and somebody who watches it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import aiomqtt
import pytest

from .ports import free_port

PROGRAM = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PATIENCE_S = 30.0


class Mosquitto:
    """`async with Mosquitto(folder) as broker:` listens at `broker.port`. `settings`: more lines for its file."""

    def __init__(self, folder: Path, *settings: str, anonymous: bool = True, log: str = "all") -> None:
        if PROGRAM is None:
            pytest.skip("mosquitto is not installed")
        self.port = free_port()
        self._file = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {str(anonymous).lower()}",
            f"log_type {log}",
            "user root" if os.geteuid() == 0 else "",
            *settings,
        ]
        self._file.write_text("\n".join(lines))
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Mosquitto:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    async def start(self) -> None:
        with self._log.open("ab") as log:
            command = [str(PROGRAM), "-c", str(self._file)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: ASYNC220
        async with asyncio.timeout(PATIENCE_S):
            while not await self._listens():
                assert self._process.poll() is None, self.log
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        if process := self._process:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            await asyncio.to_thread(process.wait)
            self._process = None

    def send(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


class Watcher:
    """Reads topics of a broker, and can publish. `now`: what was said last, by topic; `told`: all of it, in order, and
    `told_at`: when (CLOCK_MONOTONIC, s)."""

    def __init__(
        self, port: int, *, tls: ssl.SSLContext | None = None, topic: str = "#", **client: Any
    ) -> None:
        self._client = aiomqtt.Client("127.0.0.1", port, tls_context=tls, **client)
        self._topic = topic
        self.now: dict[str, str] = {}
        self.told: list[tuple[str, str]] = []
        self.told_at: list[float] = []
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None]

    async def __aenter__(self) -> Watcher:
        await self._client.__aenter__()
        await self._client.subscribe(self._topic)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._client.__aexit__(None, None, None)

    async def publish(self, topic: str, payload: str | bytes, **options: Any) -> None:
        await self._client.publish(topic, payload, **options)

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def has(self, topic: str, payload: str) -> None:
        await self.until(lambda: self.now.get(topic) == payload)

    async def _read(self) -> None:
        async for message in self._client.messages:
            text = message.payload.decode() if isinstance(message.payload, bytes) else ""
            self.now[message.topic.value] = text
            self.told.append((message.topic.value, text))
            self.told_at.append(monotonic())
            self._news.set()
