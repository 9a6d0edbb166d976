"""Devices, most of them in a group, and somebody whom all of them hear."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np

from .run_process import RunProcess
from .world import CALL, LINES

SETTINGS = """\
[gate]
confirm = "off"
[turns]
mode = "{mode}"
follow_up_s = 0
{word}
[mqtt]
host = "127.0.0.1"
port = {port}
device = "{name}"
group = "{group}"
"""
WORD = '[[wake]]\nword = "hey_jarvis"\n'
LINE = LINES[1][: 32 * 1200]
PATIENCE_S = 30.0


class GroupOfDevices:
    """`groups`: of each device, by its name; empty: it is in none. `port`: of the broker. `pause_ms`: before what is
    said. `async with` starts them."""

    def __init__(
        self,
        folder: Path,
        endpoint: str,
        port: int,
        mode: str,
        groups: Mapping[str, str],
        *,
        pause_ms: int,
        more: str = "",
    ) -> None:
        self._folder, self._groups = folder, groups
        word = WORD if mode == "wake-word" else ""
        self._words = np.frombuffer(bytes(32 * pause_ms) + (CALL if word else b"") + LINE, np.int16)
        self.devices: dict[str, RunProcess] = {}
        for name, group in groups.items():
            (place := folder / name).mkdir()
            settings = SETTINGS.format(mode=mode, word=word, port=port, name=name, group=group)
            self.devices[name] = RunProcess(place, endpoint, more=more + settings, spoken=True)

    async def __aenter__(self) -> GroupOfDevices:
        async with AsyncExitStack() as stack:
            await asyncio.gather(*map(stack.enter_async_context, self.devices.values()))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def in_touch(self) -> None:
        """All of them have reached their groups."""
        await self._until(self._groups)

    async def out_of_touch(self) -> None:
        await self._until(dict.fromkeys(self._groups, ""))

    async def _until(self, groups: Mapping[str, str]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            for name, device in self.devices.items():
                while (await device.ask("status"))["broker"]["group"] != groups[name]:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

    def say(self, gains: Mapping[str, float]) -> None:
        """All of them hear it at the same moment, each as loud as `gains` says."""
        for name, gain in gains.items():
            (self._folder / f"{name}.pcm").write_bytes((self._words * gain).astype(np.int16).tobytes())
        for name in gains:
            self.devices[name].say(self._folder / f"{name}.pcm")
