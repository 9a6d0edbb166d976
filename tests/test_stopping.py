"""The end of the daemon, as a process: whatever else is wished, and however the network is."""

from __future__ import annotations

import os
import pty
import signal
from pathlib import Path

import pytest

from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.server import SimulatedService

from .run_process import RunProcess
from .sound import tone
from .wish_storms import storm

pytestmark = pytest.mark.realtime


@pytest.mark.parametrize("seed", range(10))
async def test_nothing_outlives_the_wish_to_end(seed: int, tmp_path: Path) -> None:
    outcome = await storm(seed, tmp_path)
    assert outcome.code == 0, outcome


@pytest.mark.parametrize("order", ["hang up first", "terminate first"])
async def test_both_signals_at_once(order: str, tmp_path: Path) -> None:
    signals = [signal.SIGHUP, signal.SIGTERM]
    async with SimulatedService() as service, RunProcess(tmp_path, service.url) as device:
        for number in signals if order == "hang up first" else reversed(signals):
            device.send(number)
        code, _ = await device.ended()
        assert code == 0, device.log


async def test_the_end_of_its_terminal_is_its_own(tmp_path: Path) -> None:
    """It would hold the microphone, and nobody would see it."""
    try:
        parent, child = pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine gives no pseudo terminals ({error})")
    async with (
        SimulatedService() as service,
        RunProcess(tmp_path, service.url, terminal=child) as device,
    ):
        os.close(child)
        os.close(parent)
        device.send(signal.SIGHUP)  # as the kernel does for whoever leads the session
        code, _ = await device.ended()
        assert code == 0, device.log
        assert "reloaded" not in device.log


async def test_without_a_terminal_a_hang_up_is_a_reload(tmp_path: Path) -> None:
    async with SimulatedService() as service, RunProcess(tmp_path, service.url) as device:
        device.send(signal.SIGHUP)
        while "reloaded" not in device.log:
            assert await device.ask("status")
        device.send(signal.SIGTERM)
        assert (await device.ended())[0] == 0


async def test_a_restart_waits_for_the_end_of_the_answer_and_tells_the_service_manager(
    tmp_path: Path,
) -> None:
    answers = Script([Speech("Yes.", tone(24_000, 1500))])
    async with (
        SimulatedService(answers=lambda: answers) as service,
        RunProcess(tmp_path, service.url, notify=str(tmp_path / "notify")) as device,
    ):
        await device.ask("say", text="Are you there?")
        while (await device.ask("status"))["turn"] != "speaking":
            pass
        assert "turn" in await device.ask("restart")
        code, _ = await device.ended()
        assert code == 75, device.log
        assert "turn 1 answered" in device.log


async def test_a_restart_of_what_nobody_would_start_again_is_refused(tmp_path: Path) -> None:
    async with SimulatedService() as service, RunProcess(tmp_path, service.url) as device:
        assert "it does not run as a service of systemd" in (await device.ask("restart"))["error"]
        device.send(signal.SIGTERM)
        assert (await device.ended())[0] == 0
