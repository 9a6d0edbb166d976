"""The control socket and its client, over a real socket; the memory in a real file."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.billing.use import Use
from edge_agent.host import file_writer
from edge_agent.host.control import server
from edge_agent.host.control.client import Unreachable, request
from edge_agent.host.control.requests import LONGEST_TEXT, RequestRefused
from edge_agent.host.control.server import MOST_CLIENTS, Control
from edge_agent.host.state_file import Memory
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - of a socket there is nothing else to wait for
            await asyncio.sleep(0.005)


class Bench:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[dict[str, Any]] = []
        self.control = Control(path, self.do)

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        if request.get("do") == "fly":
            raise RequestRefused("no wings")
        self.asked.append(request)
        return {"mode": "idle", "size": "x" * request.get("size", 0)}

    async def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        return await asyncio.to_thread(request, do, sockets=[self.path], **arguments)

    async def raw(self, data: bytes) -> list[dict[str, Any]]:
        """All that is answered until the device hangs up."""
        reader, writer = await asyncio.open_unix_connection(self.path)
        writer.write(data)
        writer.write_eof()
        answers = (await reader.read()).splitlines()
        writer.close()
        return [json.loads(answer) for answer in answers]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path / "run" / "control.sock")
    await made.control.start()
    yield made
    await made.control.stop()


async def test_an_answer(bench: Bench) -> None:
    assert (await bench.ask("volume", percent=30))["mode"] == "idle"
    assert bench.asked == [{"do": "volume", "percent": 30}]
    assert await bench.ask("fly") == {"version": 1, "ok": False, "error": "no wings"}


async def test_the_longest_text_may_be_in_any_script(bench: Bench) -> None:
    for char in "a", "é", "あ", "🙂":
        assert (await bench.ask("say", text=char * LONGEST_TEXT))["ok"]
    assert [len(asked["text"]) for asked in bench.asked] == [LONGEST_TEXT] * 4


async def test_an_answer_of_some_megabytes(bench: Bench) -> None:
    assert len((await bench.ask("status", size=5_000_000))["size"]) == 5_000_000


async def test_several_in_one_connection(bench: Bench) -> None:
    answers = await bench.raw(b'{"do": "status"}\n{"do": "fly"}\nnonsense\n{"do": "mute"}')
    assert [answer["ok"] for answer in answers] == [True, False, False, True]


@pytest.mark.parametrize("data", [b"x" * 100_000, b'{"do": "status", ' + b" " * 40_000 + b"}\n" * 9])
async def test_a_wordy_client_is_told_so_and_cut_off(bench: Bench, data: bytes) -> None:
    (answer,) = await bench.raw(data)
    assert answer["error"] == "a request can have at most 32768 bytes"
    assert not bench.asked
    assert (await bench.ask("status"))["ok"]


async def test_an_answer_that_nobody_reads_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CLIENT_S", 0.05)
    _, writer = await asyncio.open_unix_connection(bench.path, limit=1)
    writer.write(b'{"do": "status", "size": 5000000}\n')
    await until(lambda: bench.control.clients == 1)
    await until(lambda: bench.control.clients == 0)
    writer.close()
    assert (await bench.ask("status"))["ok"]


async def test_the_oldest_client_makes_way(bench: Bench) -> None:
    held = [await asyncio.open_unix_connection(bench.path) for _ in range(3 * MOST_CLIENTS)]
    assert (await bench.ask("status"))["ok"]
    assert bench.control.clients <= MOST_CLIENTS
    assert [await reader.read() for reader, _ in held[:-MOST_CLIENTS]] == [b""] * 2 * MOST_CLIENTS
    for _, writer in held:
        writer.close()


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_get_an_error_line_each(tmp_path: Path, data: bytes) -> None:
    async def ask() -> None:
        bench = Bench(tmp_path / "fuzzed" / "control.sock")
        await bench.control.start()
        answers = await bench.raw(data)
        await bench.control.stop()
        whole, rest = data.count(b"\n"), not data.endswith(b"\n") and bool(data)
        assert len(answers) == whole + rest
        assert not bench.asked
        assert all(answer["error"] for answer in answers)

    asyncio.run(ask())


async def test_only_the_group_may_ask_and_only_one_device_listens(bench: Bench) -> None:
    assert stat.S_IMODE(bench.path.stat().st_mode) == 0o660
    with pytest.raises(FileExistsError, match="another edge-agent"):
        await Control(bench.path, bench.do).start()


async def test_a_socket_left_behind_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    first = Control(path, lambda _: {"volume": 1})
    await first.start()
    assert first._server
    first._server.close()  # as if killed: the file stays
    second = Control(path, lambda _: {"volume": 2})
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
    memory.flush(10)
    assert Memory(tmp_path / "state").volume(80) == 40


def test_who_muted_it_can_rely_on_it(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    assert not memory.muted
    memory.watch(e.MuteSwitched(True), State(muted=True))
    memory.flush(10)
    assert Memory(tmp_path).muted
    memory.watch(e.MuteSwitched(False), State())
    memory.flush(10)
    assert not Memory(tmp_path).muted


def test_costs_are_remembered_beside_a_volume_that_nobody_has_set(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state")
    assert memory.volume(80) == 80
    memory.keep_days({"2026-11-22": Use(1, audio_out=7)})
    memory.flush(10)
    again = Memory(tmp_path / "state")
    assert again.days() == {"2026-11-22": Use(1, audio_out=7)}
    assert again.volume(60) == 60
    again.watch(e.VolumeSet(40), State(volume=40))
    again.flush(10)
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


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, "\0", '{"muted": tr'])
def test_what_was_lost_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "remembered.json").write_text(text)
    assert Memory(tmp_path).lost.endswith("remembered.json: it is damaged")
    assert not Memory(tmp_path / "new").lost


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "remembered.json").mkdir()
    assert Memory(tmp_path).lost.endswith("remembered.json: Is a directory")


def test_it_is_known_from_the_start_whether_it_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    memory = Memory(tmp_path / "file" / "state")
    memory.begin()
    memory.flush(10)
    assert (memory.saved, "Not a directory" in memory.fault) == (False, True)


def test_what_could_not_be_written_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever muted it does nothing more."""
    (tmp_path / "file").touch()
    memory = Memory(tmp_path / "file" / "state")
    memory.watch(e.MuteSwitched(True), State(muted=True))
    memory.flush(10)
    (tmp_path / "file").unlink()
    memory.retry()  # too early
    assert memory.saved is False
    monkeypatch.setattr(file_writer, "RETRY_S", 0.0)
    memory.retry()
    memory.flush(10)
    assert memory.saved
    assert Memory(tmp_path / "file" / "state").muted


def test_a_memory_that_cannot_be_written_says_so_until_it_can(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    memory = Memory(tmp_path / "file" / "state")
    assert not memory.fault
    memory.watch(e.VolumeSet(10), State(volume=10))
    memory.flush(10)
    assert memory.fault.endswith("Not a directory")
    (tmp_path / "file").unlink()
    memory.watch(e.VolumeSet(20), State(volume=20))
    memory.flush(10)
    assert not memory.fault
    assert Memory(tmp_path / "file" / "state").volume(80) == 20
