"""The page that talks, as `edge-agent simulate --web` serves it: to whom, and what those get who mean ill."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from edge_agent.cli import main
from edge_agent.files.whole import contents
from edge_agent.simulator.server import SimulatedService
from edge_agent.web.attendance import POLICY_VIOLATION

from ..ports import free_port
from .talk_client import BLOCK_BYTES, FIELDS, RATE_HZ, hearing, page_at
from .talking import simulation

pytestmark = pytest.mark.realtime


async def test_one_page_talks_at_a_time_and_finds_its_conversation_again(tmp_path: Path) -> None:
    async with simulation(tmp_path) as port:
        async with page_at(port) as first, page_at(port) as second, hearing(first):
            name = (await first.ask("start", **FIELDS))["name"]
            await first.until("session")
            assert "another page" in (await second.ask("start", **FIELDS))["error"]
            assert "another page" in (await second.ask("stop"))["error"]
            assert "another page" in (await second.ask("resume", name=name))["error"]
        async with page_at(port) as third, page_at(port) as fourth:
            assert not (await third.ask("resume", name="guessed"))["ok"]
            assert (await third.ask("resume", name=name))["ok"]
            async with hearing(third):
                await third.until("light")
                assert "another page" in (await fourth.ask("start", **FIELDS))["error"]
            assert (await third.ask("stop"))["ok"]
            assert not (await third.ask("resume", name=name))["ok"]
            assert (await fourth.ask("start", **FIELDS))["ok"]


async def test_what_is_wrong_is_said_at_the_field(tmp_path: Path) -> None:
    async with simulation(tmp_path) as port, page_at(port) as page:
        for fields, key, told in (
            ({"[turns] silence_duration_ms": 5}, "", "5 is out of range: 100 to 10000 ms"),
            ({"[turns] threshold": None}, "", "None must be a number"),
            (
                {"[assistant] voice": "cedar", "[service] provider": "azure-preview"},
                "",
                "'cedar' is not available",
            ),
            ({}, "s3cret", "a key needs the address of its service"),
            ({"[service] provider": "openai"}, "your-key-here", "only a placeholder"),
        ):
            answer = await page.ask("start", rate_hz=RATE_HZ, fields=fields, key=key)
            assert not answer["ok"]
            (what,) = answer["problems"].values()
            assert told in what
            assert "s3cret" not in str(answer)
        assert (
            "reload"
            in (await page.ask("start", rate_hz=RATE_HZ, fields={"[web] address": "on"}, key=""))["error"]
        )
        for rate_hz in (0, 44_101, 10**9, "24000", None):
            assert "sample rate" in (await page.ask("start", rate_hz=rate_hz, fields={}, key=""))["error"]


async def test_the_key_is_for_its_service_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with SimulatedService(key="s3cret") as service, simulation(tmp_path) as port:
        fields = {"[service] endpoint": service.url}
        async with page_at(port) as page:
            assert not (await page.until("about"))["about"]["fields"][1]["value"]
            assert (await page.ask("start", rate_hz=RATE_HZ, fields=fields, key="wr0ng"))["ok"]
            async with hearing(page):
                assert "401" in (await page.until("trouble"))["trouble"]
            assert (await page.ask("start", rate_hz=RATE_HZ, fields=fields, key="s3cret"))["ok"]
            async with hearing(page):
                await page.until("session")
        async with page_at(port) as other:
            assert "s3cret" not in str(await other.until("about"))
    output = capfd.readouterr()
    assert "link  up: sess_" in output.out
    assert "s3cret" not in output.out + output.err
    assert "s3cret" not in written_in(tmp_path)


def written_in(folder: Path) -> str:
    return "".join(map(contents, folder.iterdir()))


async def test_who_means_ill_is_closed_and_the_next_page_talks(tmp_path: Path) -> None:
    async with simulation(tmp_path) as port:
        with pytest.raises(InvalidStatus, match="403"):
            async with page_at(port, origin="http://evil.example"):
                raise AssertionError
        for size in (0, 3, 4, 3 + BLOCK_BYTES, 6 + BLOCK_BYTES):
            async with page_at(port) as page:
                assert (await page.ask("start", **FIELDS))["ok"]
                await page.send_raw(bytes(size))
                assert await page.closed() == POLICY_VIOLATION
        async with page_at(port) as page:
            assert (await page.ask("start", **FIELDS))["ok"]
            with pytest.raises(ConnectionClosed):
                await page.flood()
        async with page_at(port) as page:
            assert (await page.ask("start", **FIELDS))["ok"]
            async with hearing(page):
                await page.until("session")


def test_what_does_not_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    for options, told in (
        (["--mic", "x.wav"], "--web takes its sound from the browser; remove --mic"),
        (["--mode", "button"], "--web needs no button; use --mode hands-free or wake-word"),
    ):
        assert main(["simulate", *options, "--web"]) == 2
        assert told in capsys.readouterr().err
    assert main(["simulate", "--web", "99999"]) == 2
    assert "not a valid port; use 1 to 65535" in capsys.readouterr().err


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        assert main(["simulate", "--web", str(port)]) == 1
    assert f"at 127.0.0.1:{port} (Address already in use); choose another port with --web PORT" in (
        capsys.readouterr().err
    )
