"""The status as numbers, and a real scrape of them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.addresses import host_and_port
from edge_agent.config.model import Config, MetricsSettings
from edge_agent.config.packages import to_install
from edge_agent.config.rules import check
from edge_agent.host.http import http_server
from edge_agent.host.http.exporter import Exporter
from edge_agent.host.http.pages import Page, Pages
from edge_agent.host.process_usage import usage
from edge_agent.host.surface import Find
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.server import SimulatedService
from edge_agent.telemetry.metrics import METRICS, families

from .ports import free_port
from .test_daemon import Running, changed, findings, running, until

__all__ = ["running"]

prometheus = pytest.importorskip("prometheus_client.parser")
MOVES = re.compile("_seconds|_level_|_memory_")  # from one moment to the next
DOCS = Path(__file__).parent.parent / "docs"

USED = {"cost": 0.5, "responses": 3, "text_in": 7, "text_cached": 0, "audio_out": 90, "transcribed_s": 1.5}
REPORT: dict[str, Any] = {
    "mode": "speaking",
    "version": "1.2",
    "up_s": 60.0,
    "turns": 6,
    "muted": False,
    "volume": 40,
    "saved": True,
    "reload_waits": False,
    "link": {
        "provider": "azure",
        "deployment": "kitchen",
        "model": "gpt-realtime",
        "model_ends": "2027-01-20",
        "dialect": "ga",
        "state": "up",
        "up": True,
        "up_s": 50.0,
        "expires_s": 1740,
        "reconnects": 2,
        "moves": 1,
    },
    "sound": {
        "up": True,
        "full_duplex": True,
        "erle_db": 38.0,
        "counters": {
            "overruns": 1,
            "underruns": 2,
            "latency_ms": 80,
            "level_db": -50.5,
            "noise_db": -62.0,
            "speaker_db": -20.0,
        },
    },
    "findings": [{"code": "panel", "what": "w", "todo": "t"}],
    "broker": {"address": "broker:1883", "up": True, "up_s": 5.0, "reconnects": 4, "group": ""},
    "costs": {"currency": "EUR", "today": USED, "since_start": USED},
    "processes": {
        "agent": {"memory_bytes": 4e7, "cpu_s": 2.5},
        "audio": {"memory_bytes": 6e7, "cpu_s": 9.0},
    },
    "tools": {"offered": 15, "ended": {"done": 7, "failed": 1}, "timers": 2, "last": None},
    "wake": {"calls": {"hey_jarvis": 3}, "stops": 0, "own": 1, "nothing_said": 1, "last_nothing_said": []},
    "latency": {
        "last": None,
        "today": {"answered": 4, "empty": 1},
        "p50": {"release_to_sound_ms": 640},
        "p95": {"release_to_sound_ms": 900, "commit_to_delta_ms": 700},
    },
}


def numbers(report: dict[str, Any]) -> dict[str, float]:
    return {
        metric.name + (json.dumps(labels, sort_keys=True) if labels else ""): value
        for metric, samples in families(report)
        for labels, value in samples
    }


def test_all_is_well() -> None:
    given = numbers(REPORT)
    assert given["edge_agent_volume_ratio"] == pytest.approx(0.4)
    assert given["edge_agent_speaker_latency_seconds"] == pytest.approx(0.08)
    wanted = {
        'edge_agent_mode{"mode": "speaking"}': 1,
        'edge_agent_mode{"mode": "idle"}': 0,
        'edge_agent_finding{"code": "panel"}': 1,
        "edge_agent_link_up": 1,
        "edge_agent_link_reconnects_total": 2,
        "edge_agent_broker_up": 1,
        "edge_agent_broker_reconnects_total": 4,
        "edge_agent_session_expires_seconds": 1740,
        'edge_agent_model_end_timestamp_seconds{"model": "gpt-realtime"}': 1_800_403_200,
        'edge_agent_turns_today{"outcome": "answered"}': 4,
        "edge_agent_turns_total": 6,
        'edge_agent_cpu_seconds_total{"process": "audio"}': 9,
        'edge_agent_latency_seconds{"percentile": "95", "step": "release_to_sound"}': 0.9,
        'edge_agent_tokens_total{"kind": "audio_out"}': 90,
        'edge_agent_cost_today{"currency": "EUR"}': 0.5,
    }
    assert wanted.items() <= given.items()
    assert not [name for name in given if "transcribed" in name]


def test_what_is_not_known_is_left_out() -> None:
    link = REPORT["link"] | {"up": False, "state": "down", "expires_s": None, "model_ends": None}
    sound = REPORT["sound"] | {"up": False, "full_duplex": None, "erle_db": None}
    broker = REPORT["broker"] | {"address": ""}
    given = numbers(REPORT | {"link": link, "sound": sound, "findings": [], "broker": broker})
    assert given["edge_agent_link_up"] == given["edge_agent_sound_up"] == 0
    unknown = (
        "model_end",
        "session_expires",
        "full_duplex",
        "erle",
        "finding",
        "microphone_level",
        "speaker_latency",
        "broker",
    )
    assert not [key for key in given for name in unknown if key.startswith(f"edge_agent_{name}")]
    assert given["edge_agent_underruns_total"] == 2


def test_a_code_is_told_once() -> None:
    """A page that names the same series twice is refused as a whole."""
    samples = [samples for metric, samples in families(REPORT | {"findings": 2 * REPORT["findings"]})]
    assert all(len({str(labels) for labels, _ in given}) == len(given) for given in samples)


@pytest.mark.parametrize("address", ["127.0.0.1:9464", "[::1]:9464", "localhost:1", ""])
def test_addresses(address: str) -> None:
    assert not list(check(replace(Config(), metrics=MetricsSettings(address))))


@pytest.mark.parametrize(
    "address", ["9464", "127.0.0.1", ":9464", "127.0.0.1:0", "a:b", "x@h:1", "h:70000", "h:1/x"]
)
def test_no_addresses(address: str) -> None:
    found = [words for _, words in check(replace(Config(), metrics=MetricsSettings(address)))]
    assert found == [f"{address!r} is not a valid address; use HOST:PORT, as in 127.0.0.1:9464"]
    with pytest.raises(ValueError, match=r".*"):
        host_and_port(address)


def test_what_a_process_takes() -> None:
    ours = usage(os.getpid())
    assert ours is not None
    assert ours["memory_bytes"] > 10e6
    assert ours["cpu_s"] > 0
    assert usage(2**22 + 1) is None  # more than the kernel gives


def scrape(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        sample.name + (json.dumps(sample.labels, sort_keys=True) if sample.labels else ""): sample.value
        for family in prometheus.text_string_to_metric_families(text)
        for sample in family.samples
    }


async def served(at: Running, address: str) -> None:
    before = at.daemon.device
    at.config = replace(at.config, metrics=MetricsSettings(address))
    await at.ask("reload")
    await changed(at, before)


def metrics_at(address: str) -> Config:
    return replace(Config(), metrics=MetricsSettings(address))


def told(said: list[str]) -> Find:
    """What is wrong with the metrics, each time that it is said; empty: nothing."""
    return lambda _, finding: said.append(finding.what if finding else "")


async def send(port: int, request: bytes) -> bytes:
    """All of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


async def listens(port: int, host: str = "127.0.0.1") -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def until_it(listens_at: int, *, wanted: bool) -> None:
    async with asyncio.timeout(10):
        while await listens(listens_at) is not wanted:  # noqa: ASYNC110 - of a socket there is nothing else to wait for
            await asyncio.sleep(0.005)


async def test_it_is_scraped_and_tells_what_status_tells(running: Running) -> None:
    port = free_port()
    await served(running, f"127.0.0.1:{port}")
    await until_it(port, wanted=True)
    given = await asyncio.to_thread(scrape, port)
    status = await running.ask("status")
    assert given.keys() == numbers(status).keys()
    assert all(given[name] == value for name, value in numbers(status).items() if not MOVES.search(name))
    assert given["edge_agent_link_up"] == 1
    assert given['edge_agent_mode{"mode": "idle"}'] == 1
    await served(running, "")
    assert not await listens(port)


async def test_the_address_may_change_and_is_taken_back_with_the_configuration(running: Running) -> None:
    port, other = free_port(), free_port()
    await served(running, f"127.0.0.1:{port}")
    await until_it(port, wanted=True)
    await served(running, f"0.0.0.0:{port}")
    await until_it(port, wanted=True)
    good, before = running.config, running.daemon.device
    async with SimulatedService(faults=FaultScript([parse("error:unknown_parameter@session.update")])) as bad:
        wrong = replace(good.service, endpoint=bad.url)
        running.config = replace(good, service=wrong, metrics=MetricsSettings(f"127.0.0.1:{other}"))
        await running.ask("reload")
        await until(lambda: findings(running) == ["configuration-refused"])
        await changed(running, before)
    await until_it(port, wanted=True)
    assert not await listens(other)


async def test_an_address_that_is_taken_is_a_finding_until_it_is_free(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "AGAIN_S", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        await served(running, address)
        await until(lambda: findings(running) == ["metrics"])
        assert f"cannot serve metrics at {address} (Address already in use)" in running.daemon.sentence
    await until(lambda: findings(running) == [])


async def test_a_name_that_is_not_found_is_a_finding() -> None:
    said: list[str] = []
    made = Exporter(lambda: REPORT, told(said))
    made.changed(metrics_at("nowhere.invalid:9464"))
    await until(lambda: bool(said[-1]))
    await made.stop()
    assert re.fullmatch(r"cannot serve metrics at nowhere.invalid:9464 \(.+\)", said[1])


async def test_a_name_that_no_host_can_have_is_a_finding_too() -> None:
    address = f"{'a' * 64}.example:9464"
    said: list[str] = []
    made = Exporter(lambda: REPORT, told(said))
    made.changed(metrics_at(address))
    await until(lambda: bool(said[-1]))
    await made.stop()
    assert said[1] == f"cannot serve metrics at {address} (this cannot be the name of a host)"


async def test_a_library_that_is_damaged_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = ModuleType("prometheus_client")
    damaged.__getattr__ = lambda _: 1 // 0  # type: ignore[method-assign]
    monkeypatch.setitem(sys.modules, "prometheus_client", damaged)
    monkeypatch.delitem(sys.modules, "edge_agent.host.http.exposition", raising=False)
    said: list[str] = []
    made = Exporter(lambda: REPORT, told(said))
    made.changed(metrics_at("127.0.0.1:9464"))
    await until(lambda: bool(said[-1]))
    await made.stop()
    assert said[1].startswith("cannot serve metrics (ZeroDivisionError: ")


async def test_without_prometheus_client_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "edge_agent.host.http.exposition", raising=False)
    said: list[str] = []
    made = Exporter(lambda: REPORT, told(said))
    made.changed(metrics_at("127.0.0.1:9464"))
    await until(lambda: bool(said[-1]))
    assert said[-1] == f"metrics need prometheus-client; {to_install('prometheus-client')}"
    await made.stop()


@pytest.fixture
async def exported(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The port of an exporter that nothing else is around."""
    monkeypatch.setattr(http_server, "PACE_S", 0)
    port = free_port()
    made = Exporter(lambda: REPORT, told([]))
    made.changed(metrics_at(f"[::]:{port}"))
    await until_it(port, wanted=True)
    yield port
    await made.stop()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /metrics?x=1 HTTP/1.1\r\nAccept: */*\r\n\r\n", b"200 OK"),
        (b"GET / HTTP/1.1\r\n\r\n", b"404 Not Found"),
        (b"GET /metric HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", b"404 Not Found"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", b"405 Method Not Allowed"),
        (b"POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", b"405 Method Not Allowed"),
        (b"HEAD /metrics HTTP/1.1\r\n\r\n", b"405 Method Not Allowed"),
        (b"\x16\x03\xff\r\n\r\n", b"400 Bad Request"),
        (b"GET /metrics\r\n\r\n", b"400 Bad Request"),
        (b"GET /metrics HTTP/1.1\r\nno field\r\n\r\n", b"400 Bad Request"),
        (b"GET /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400 Bad Request"),
        (b"GET /metrics HTTP/9\r\n\r\n", b"400 Bad Request"),
        (b"x" * 9000 + b"\r\n\r\n", b""),
    ],
)
async def test_what_it_answers(exported: int, request_: bytes, status: bytes) -> None:
    answer = await send(exported, request_)
    assert answer.startswith(b"HTTP/1.1 " + status if status else b"")
    assert bool(answer) is bool(status)


async def test_who_says_no_more_is_answered_nonetheless(exported: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", exported)
    writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
    writer.write_eof()
    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
    writer.close()


async def test_who_is_slow_is_cut_off(monkeypatch: pytest.MonkeyPatch, exported: int) -> None:
    monkeypatch.setattr(http_server, "CLIENT_S", 0.05)
    assert await send(exported, b"GET /metrics HTT") == b""
    assert (await asyncio.to_thread(scrape, exported))["edge_agent_link_up"] == 1


@given(
    st.binary(max_size=300)
    | st.from_regex(rb"[A-Z]{1,4} /(page|[^ ]{0,9}) HTTP/1\.[01]\r\n.{0,40}", fullmatch=True)
)
def test_any_bytes_get_an_answer(head: bytes) -> None:
    pages = Pages({"/page": Page("text/plain", lambda: b"here")})
    status, _, rest = pages.answer(head + b"\r\n\r\n").partition(b"\r\n")
    fields, _, body = rest.partition(b"\r\n\r\n")
    assert status.split(b" ")[1] in (b"200", b"400", b"404", b"405")
    assert (status == b"HTTP/1.1 200 OK") is (body == b"here")
    assert b"Content-Length: %d\r\n" % len(body) in fields + b"\r\n"
    assert b"Connection: close\r\n" in fields + b"\r\n"


def test_nothing_of_it_is_loaded_where_it_is_off() -> None:
    names = "edge_agent.host.http.http_server edge_agent.host.http.pages websockets.server prometheus_client"
    code = f"import sys, edge_agent.cli.run; print([name for name in {names.split()} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


async def test_many_who_are_silent_or_gone_keep_nobody_out(
    exported: int, caplog: pytest.LogCaptureFixture
) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", exported) for _ in range(60)]
    for _, writer in silent[::2]:
        writer.transport.abort()
    assert (await asyncio.to_thread(scrape, exported))["edge_agent_link_up"] == 1
    assert await silent[1][0].read() == b""  # the oldest had to go
    assert threading.active_count() < 20
    assert await listens(exported, "::1")
    for _, writer in silent:
        writer.close()
    assert not caplog.records


def test_the_page_and_the_dashboard_know_what_there_is() -> None:
    page = (DOCS / "metrics.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(metric.name, metric.kind, metric.help) for metric in METRICS]
    dashboard = json.loads((DOCS / "grafana" / "edge-agent.json").read_text("utf-8"))
    asked = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    names = re.findall(r"edge_agent_\w+", asked)
    assert len(names) >= 20
    assert set(names) <= {metric.name for metric in METRICS}
    labels = {pair for _, samples in families(REPORT) for given, _ in samples for pair in given.items()}
    assert set(re.findall(r'(\w+)="([^"$]+)"', asked)) <= labels
    asked_by = set(re.findall(r"by \(([^)]+)\)", asked) + re.findall(r"{{(\w+)}}", json.dumps(dashboard)))
    assert {name for names in asked_by for name in names.split(", ")} <= {name for name, _ in labels} | {
        "instance"
    }


def test_the_dashboard_has_a_place_for_each_panel() -> None:
    panels = json.loads((DOCS / "grafana" / "edge-agent.json").read_text("utf-8"))["panels"]
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    assert len({panel["id"] for panel in panels}) == len(panels)
