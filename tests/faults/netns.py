"""The device and the service in two network namespaces, and a cable between them that loses packets when told to.

Nothing of it is seen by the rest of the machine, and nothing is left of it: each namespace has the number of the
process that made it in its name, and whoever comes next removes those of the dead.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import re
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any, Literal

from ..conftest import CA
from ..folders import folder

SERVICE, DEVICE = "10.77.0.1", "10.77.0.2"
ROOT = Path(__file__).parent.parent.parent
DROP = "table inet cut { chain arriving { type filter hook input priority 0; policy drop; }; }"
Lost = Literal["both", "up", "down"]  # up: to the service
_numbers = count(1)


def missing() -> str:
    """What this machine lacks; empty: nothing."""
    programs = [name for name in ("ip", "nft") if not shutil.which(name)]
    if programs:
        return f"not installed: {', '.join(programs)} (Debian: iproute2, nftables)"
    if os.geteuid() != 0:
        return "network namespaces can only be made by root"
    try:
        with Spaces() as spaces:
            spaces.partition()
    except subprocess.CalledProcessError as error:
        return f"{' '.join(error.cmd)}: {error.stderr.splitlines()[0]}"
    return ""


class Running:
    """A process in a namespace that writes a line of JSON for each thing that happens to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[dict[str, Any]] = []

    async def next(self, **fields: Any) -> dict[str, Any]:
        """The next thing with these fields. Raises EOFError when the process has ended."""
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            self.said.append(json.loads(line))
            if fields.items() <= self.said[-1].items():
                return self.said[-1]
        raise EOFError(f"it has ended with {await self._process.wait()}; it said {self.said}")

    def tell(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n".encode())

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()


class Spaces:
    """`async with Spaces() as spaces:`. Raises subprocess.CalledProcessError where `missing` has a reason."""

    def __init__(self) -> None:
        name = f"edge-agent-{os.getpid()}-{next(_numbers)}"
        self._service, self._device = f"{name}-service", f"{name}-device"
        self._running: list[Running] = []
        self._certificate = folder() / "service.pem"

    def __enter__(self) -> Spaces:
        _remove_those_of_the_dead()
        atexit.register(self._remove)
        try:
            for space in (self._service, self._device):
                _run("ip", "netns", "add", space)
            ends = ("wire", "netns", self._service), ("wire", "netns", self._device)
            _run("ip", "link", "add", *ends[0], "type", "veth", "peer", "name", *ends[1])
            for space, address in ((self._service, SERVICE), (self._device, DEVICE)):
                _run("ip", "-n", space, "address", "add", f"{address}/30", "dev", "wire")
                _run("ip", "-n", space, "link", "set", "wire", "up")
                _run("ip", "-n", space, "link", "set", "lo", "up")
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    async def __aenter__(self) -> Spaces:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        try:
            for running in self._running:
                await running.end()
        finally:
            self._remove()

    @property
    def device(self) -> str:
        """The name of the namespace where the device is."""
        return self._device

    # ---- what runs in them ----------------------------------------------
    async def serve(self, *faults: str) -> tuple[Running, str]:
        """The simulated service, as `tests.faults.serve`, and its endpoint, with TLS."""
        CA.issue_cert(SERVICE).private_key_and_cert_chain_pem.write_to_path(str(self._certificate))
        command = (sys.executable, "-m", "tests.faults.serve", SERVICE, str(self._certificate), *faults)
        running = await self._run_in(self._service, *command)
        return running, (await running.next(event="listening"))["url"]

    async def run(self, *command: str) -> Running:
        """Where the device is: no other network, and no name is found."""
        return await self._run_in(self._device, *command)

    async def _run_in(self, space: str, *command: str) -> Running:
        process = await asyncio.create_subprocess_exec(
            *("ip", "netns", "exec", space, *command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        )
        self._running.append(Running(process))
        return self._running[-1]

    # ---- the cable ------------------------------------------------------
    def partition(self, lost: Lost = "both") -> None:
        """Packets of both ways, or of one, are lost; nobody is told."""
        for space, way in ((self._service, "up"), (self._device, "down")):
            if lost in ("both", way):
                _run("ip", "netns", "exec", space, "nft", DROP)

    def heal(self) -> None:
        for space in (self._service, self._device):
            _run("ip", "netns", "exec", space, "nft", "flush ruleset")

    def _remove(self) -> None:
        for space in (self._service, self._device):
            subprocess.run(["ip", "netns", "delete", space], capture_output=True, check=False)
        atexit.unregister(self._remove)


def left() -> list[str]:
    """The namespaces of this kind that there are."""
    return re.findall(r"^edge-agent-[0-9]+-\S+", _run("ip", "netns", "list"), re.MULTILINE)


def _remove_those_of_the_dead() -> None:
    for space in left():
        if not Path(f"/proc/{space.split('-')[2]}").exists():
            subprocess.run(["ip", "netns", "delete", space], capture_output=True, check=False)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
