"""The control socket and its client, over a real socket; the memory in a real file."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from edge_agent import events as e
from edge_agent.costs import Use
from edge_agent.service.client import Unreachable, request
from edge_agent.service.control import MOST_CLIENTS, Control
from edge_agent.service.memory import Memory
from edge_agent.state import State


class Bench:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.posted: list[e.Event] = []
        self.control = Control(path, post=self.posted.append, report=lambda: {"mode": "idle", "volume": 7})

    async def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        return await asyncio.to_thread(request, do, sockets=[self.path], **arguments)

    async def raw(self, data: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self.path)
        writer.write(data)
        answer = await reader.readline()
        writer.close()
        return answer


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path / "run" / "control.sock")
    await made.control.start()
    yield made
    await made.control.stop()


async def test_status_and_volume(bench: Bench) -> None:
    assert (await bench.ask("status")) == {"version": 1, "ok": True, "mode": "idle", "volume": 7}
    await bench.ask("volume", percent=30)
    await bench.ask("volume", steps=-1)
    assert bench.posted == [e.VolumeSet(30), e.VolumeStepped(-1)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"do": "volume", "percent": 300}', "0 to 100"),
        (b'{"do": "volume"}', "percent"),
        (b'{"do": "fly"}', "there are status"),
        (b"[1]", "JSON object"),
        (b"\xff\xfe", "JSON object"),
        (b"[" * 4000, "JSON object"),
    ],
)
async def test_a_bad_request_is_told_why(bench: Bench, line: bytes, words: str) -> None:
    answer = json.loads(await bench.raw(line + b"\n"))
    assert not answer["ok"]
    assert words in answer["error"]
    assert not bench.posted


async def test_a_wordy_client_is_cut_off(bench: Bench) -> None:
    assert await bench.raw(b"x" * 100_000) == b""
    assert (await bench.ask("status"))["ok"]


async def test_too_many_clients(bench: Bench) -> None:
    held = [await asyncio.open_unix_connection(bench.path) for _ in range(MOST_CLIENTS)]
    await asyncio.sleep(0)
    with suppress(ConnectionResetError):
        assert await bench.raw(b'{"do": "status"}\n') == b""
    for _, writer in held:
        writer.close()
        await writer.wait_closed()
    assert (await bench.ask("status"))["ok"]


async def test_only_the_group_may_ask_and_only_one_device_listens(bench: Bench) -> None:
    assert stat.S_IMODE(bench.path.stat().st_mode) == 0o660
    with pytest.raises(FileExistsError, match="another edge-agent"):
        await Control(bench.path, post=bench.posted.append, report=dict).start()


async def test_a_socket_left_behind_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    first = Control(path, post=lambda _: None, report=lambda: {"volume": 1})
    await first.start()
    assert first._server
    first._server.close()  # as if killed: the file stays
    second = Control(path, post=lambda _: None, report=lambda: {"volume": 2})
    await second.start()
    assert (await asyncio.to_thread(request, "status", sockets=[path]))["volume"] == 2
    await second.stop()
    assert not path.exists()


def test_nobody_is_there(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="systemctl start edge-agent"):
        request("status", sockets=[tmp_path / "none.sock"])


# ---- memory -----------------------------------------------------------------
def test_the_volume_is_remembered(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state")
    assert memory.volume(80) == 80
    memory.watch(e.VolumeSet(40), State(volume=40))
    assert Memory(tmp_path / "state").volume(80) == 40


def test_costs_are_remembered_beside_a_volume_that_nobody_has_set(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state")
    assert memory.volume(80) == 80
    memory.keep_days({"2026-11-22": Use(1, audio_out=7)})
    again = Memory(tmp_path / "state")
    assert again.days() == {"2026-11-22": Use(1, audio_out=7)}
    assert again.volume(60) == 60
    again.watch(e.VolumeSet(40), State(volume=40))
    again = Memory(tmp_path / "state")
    assert (again.volume(80), again.days()) == (40, {"2026-11-22": Use(1, audio_out=7)})
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["remembered.json"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "[" * 100_000, '{"volume": 900}', '{"volume": true}', "\0"),
        *('{"days": 5}', '{"days": {"2026-11-22": {"text_in": -1}}}', '{"days": {"2026-11-22": null}}'),
    ],
)
def test_a_broken_memory_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "remembered.json").write_text(text)
    memory = Memory(tmp_path)
    assert memory.volume(80) == 80
    assert memory.days() == {}


def test_a_memory_that_cannot_be_written_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    memory = Memory(tmp_path / "file" / "state")
    for volume in (10, 20):
        memory.watch(e.VolumeSet(volume), State(volume=volume))
    assert len(caplog.records) == 1
