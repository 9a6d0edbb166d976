"""What systemd is told, over a real datagram socket; and when the watchdog is fed."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.host.systemd.notify import Notifier
from edge_agent.host.systemd.watchdog import watch
from edge_agent.telemetry.liveness import MovingPart, Signs


class Systemd:
    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1))
        self._socket.setblocking(False)
        self.environ = {"NOTIFY_SOCKET": address}

    def told(self) -> list[str]:
        said = []
        try:
            while True:
                said.append(self._socket.recv(4096).decode())
        except BlockingIOError:
            return said

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["file", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    made = Systemd(str(tmp_path / "notify") if request.param == "file" else f"@edge-agent-{os.getpid()}")
    yield made
    made.close()


def test_what_is_said(systemd: Systemd) -> None:
    notifier = Notifier(systemd.environ)
    notifier.ready()
    for sentence in ("idle", "idle", "no microphone\n'XVF'"):
        notifier.status(sentence)
    notifier.alive()
    notifier.stopping()
    assert systemd.told() == [
        *("READY=1", "STATUS=idle", "STATUS=no microphone 'XVF'", "WATCHDOG=1", "STOPPING=1"),
    ]
    notifier.reloading()
    (said,) = systemd.told()
    assert said.startswith("RELOADING=1\nMONOTONIC_USEC=")


def test_nobody_listens(tmp_path: Path) -> None:
    Notifier({}).ready()
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "8000000"}, 8.0),
        ({"WATCHDOG_USEC": "8000000", "WATCHDOG_PID": str(os.getpid())}, 8.0),
        ({"WATCHDOG_USEC": "8000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_how_long_the_watchdog_waits(environ: dict[str, str], seconds: float) -> None:
    assert Notifier(environ).watchdog_s == seconds


async def test_the_watchdog_is_fed_while_all_moves(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    systemd = Systemd(str(tmp_path / "notify"))
    signs = [Signs(float(now), sounds=True, frames=min(now, 3)) for now in range(8)]  # stands from 3 on
    healed: list[MovingPart] = []
    done = asyncio.Event()

    def look() -> Signs:
        if len(signs) == 1:
            done.set()
        return signs.pop(0) if len(signs) > 1 else signs[0]

    watching = asyncio.create_task(
        watch(Notifier(systemd.environ | {"WATCHDOG_USEC": "40000"}), look, healed.append)
    )
    await done.wait()
    watching.cancel()
    assert systemd.told() == ["WATCHDOG=1"] * 5
    assert set(healed) == {MovingPart.SOUND}
    assert "the audio has stalled" in caplog.text
    systemd.close()


async def test_the_watchdog_outlives_a_look_that_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And does not feed meanwhile: if it lasts, systemd restarts what cannot be looked at."""
    systemd = Systemd(str(tmp_path / "notify"))
    looks = [1, 0, 0, 0, 1, 1, 1]  # and whether they succeed
    done = asyncio.Event()

    def look() -> Signs:
        if len(looks) == 1:
            done.set()
        if not looks.pop(0):
            raise ValueError("mmap closed or invalid")
        return Signs(0.0, sounds=False)

    watching = asyncio.create_task(
        watch(Notifier(systemd.environ | {"WATCHDOG_USEC": "40000"}), look, lambda _: None)
    )
    async with asyncio.timeout(5):
        await done.wait()
    watching.cancel()
    assert systemd.told() == ["WATCHDOG=1"] * 4
    assert caplog.text.count("cannot be looked after") == 1
    systemd.close()


def test_half_a_character_of_the_service_is_told_as_well(systemd: Systemd) -> None:
    Notifier(systemd.environ).status("link-closed: \ud800")
    assert systemd.told() == ["STATUS=link-closed: ?"]
