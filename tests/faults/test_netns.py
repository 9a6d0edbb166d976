"""A network that loses every packet, and when that is noticed."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest

from .netns import Lost, Running, Spaces, left, missing

pytestmark = pytest.mark.realtime


@pytest.fixture
async def spaces() -> AsyncIterator[Spaces]:
    if reason := missing():
        pytest.skip(reason)
    async with Spaces() as made:
        yield made
    assert not [name for name in left() if name.startswith(f"edge-agent-{os.getpid()}-")]


async def linked(spaces: Spaces) -> tuple[Running, Running]:
    service, url = await spaces.serve()
    device = await spaces.run(sys.executable, "-m", "tests.faults.link_alone", url)
    await device.next(event="Connected")
    return service, device


@pytest.mark.parametrize(("doing", "lost"), [("rest", "both"), ("attend", "up"), ("talk", "down")])
async def test_a_partition_is_noticed_and_healed(spaces: Spaces, doing: str, lost: Lost) -> None:
    service, device = await linked(spaces)
    if doing == "talk":
        device.tell("attend")
    device.tell(doing)
    cut_at = (await device.next(event=doing))["t"]
    spaces.partition(lost)
    async with asyncio.timeout(60):
        noticed_at = (await device.next(event="Disconnected"))["t"]
        failed = await device.next(event="LinkFailed")
        spaces.heal()
        service.tell("unknown")
        healed_at = (await service.next(event="unknown"))["t"]
        up_at = (await device.next(event="Connected"))["t"]
    print(
        f"\n{doing}, {lost} lost: noticed after {noticed_at - cut_at:.1f} s, up {up_at - healed_at:.1f} s after"
    )
    assert "timeout" in failed["what"] or "unreachable" in failed["what"]


async def test_no_name_is_found_there(spaces: Spaces) -> None:
    device = await spaces.run(sys.executable, "-m", "tests.faults.link_alone", "https://voice.example.com")
    assert "dns" in (await device.next(event="LinkFailed"))["what"]


async def test_nothing_is_left_of_one_that_was_killed(spaces: Spaces) -> None:
    code = "from tests.faults.netns import Spaces; Spaces().__enter__(); import os; os.kill(os.getpid(), 9)"
    died = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await died.wait() == -9
    assert [name for name in left() if f"-{died.pid}-" in name]
    with Spaces():
        assert not [name for name in left() if f"-{died.pid}-" in name]
