"""A peer that stops reading while somebody talks, and a device that is told to stop then, or to change its
configuration: what waits to be sent holds up neither."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from time import monotonic

import pytest

from edge_agent.app.device import STOP_S
from edge_agent.simulator.server import SimulatedService

from ..run_process import RunProcess
from .proxy import Proxy
from .rig import HELD_BYTES, Rig

pytestmark = pytest.mark.realtime
FULL_S = 1.0  # without a byte more in the system, though somebody talks: there is no room for more


async def test_a_device_is_gone_in_time_and_without_a_complaint() -> None:
    async with Rig(proxied=True) as rig:
        await rig.begin()
        await rig.hear(200, 1)
        rig.proxy.freeze()
        await rig.hear(8000, 1)  # ten times what fits between here and there
        told_at = monotonic()
        rig.device.stop()
        await asyncio.wait({rig._run}, timeout=10)
        assert rig._run.done()
        assert rig._run.exception() is None
        assert monotonic() - told_at < STOP_S


def unsent_bytes(port: int) -> int:
    """What the system holds of connections to a port of this machine: tx_queue of proc(5)."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[4].partition(":")[0], 16) for row in rows if row[2].endswith(f":{port:04X}"))


async def is_talking(device: RunProcess) -> bool:
    up = (await device.ask("press"))["link"]["up"]
    return bool(up) and (await device.ask("status"))["turn"] == "listening"


async def congest(device: RunProcess, proxy: Proxy) -> None:
    async with asyncio.timeout(20):
        # the link may be there before the sound is, which ends what was begun without it
        while not await is_talking(device):
            await device.ask("interrupt")
        proxy.freeze()
        most, at = 0, monotonic()
        while monotonic() - at < FULL_S:
            await asyncio.sleep(0.05)
            if (unsent := unsent_bytes(proxy.port)) > most:
                most, at = unsent, monotonic()


async def test_a_daemon_ends_well(tmp_path: Path) -> None:
    async with (
        SimulatedService() as service,
        Proxy(service.url, holds=HELD_BYTES) as proxy,
        RunProcess(tmp_path, proxy.url) as device,
    ):
        await congest(device, proxy)
        device.send(signal.SIGTERM)
        code, took_s = await device.ended()
        assert (code, took_s < STOP_S) == (0, True), device.log


async def test_a_daemon_goes_on_with_another_configuration_and_can_end(tmp_path: Path) -> None:
    async with (
        SimulatedService() as service,
        SimulatedService() as other,
        Proxy(service.url, holds=HELD_BYTES) as proxy,
        RunProcess(tmp_path, proxy.url) as device,
    ):
        await congest(device, proxy)
        device.configure(other.url)
        assert (await device.ask("reload"))["ok"]
        assert (await device.ask("interrupt"))["ok"]
        async with asyncio.timeout(5):
            while not other.connections:  # noqa: ASYNC110 - as somebody would who looks
                await asyncio.sleep(0.02)
        device.send(signal.SIGTERM)
        code, took_s = await device.ended()
        assert (code, took_s < STOP_S) == (0, True), device.log
        assert "Traceback" not in device.log
