"""The status as numbers, and a real scrape of them."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_agent.config.model import Config, Metrics
from edge_agent.config.rules import check, host_and_port
from edge_agent.metrics import METRICS, families

from .test_daemon import Running, changed, findings, running, until

__all__ = ["running"]

prometheus = pytest.importorskip("prometheus_client.parser")
DOCS = Path(__file__).parent.parent / "docs"

USED = {"cost": 0.5, "responses": 3, "text_in": 7, "text_cached": 0, "audio_out": 90, "transcribed_s": 1.5}
REPORT: dict[str, Any] = {
    "mode": "speaking",
    "version": "1.2",
    "up_s": 60.0,
    "muted": False,
    "volume": 40,
    "link": {
        "provider": "azure",
        "deployment": "gpt-realtime",
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
        "counters": {"overruns": 1, "underruns": 2, "latency_ms": 80, "level_db": -50.5},
    },
    "findings": [{"code": "panel", "what": "w", "todo": "t"}],
    "costs": {"currency": "EUR", "today": USED, "since_start": USED},
    "latency": {
        "last": None,
        "today": {"answered": 4, "empty": 1},
        "p50": {"release_to_sound_ms": 640},
        "p95": {"release_to_sound_ms": 900},
    },
}


def numbers(report: dict[str, Any]) -> dict[str, float]:
    return {
        metric.name + (json.dumps(labels) if labels else ""): value
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
        "edge_agent_session_expires_seconds": 1740,
        'edge_agent_turns_today{"outcome": "answered"}': 4,
        'edge_agent_latency_seconds{"step": "release_to_sound", "quantile": "0.95"}': 0.9,
        'edge_agent_tokens_total{"kind": "audio_out"}': 90,
        'edge_agent_cost_today{"currency": "EUR"}': 0.5,
    }
    assert wanted.items() <= given.items()
    assert not [name for name in given if "transcribed" in name]


def test_what_is_not_known_is_left_out() -> None:
    link = REPORT["link"] | {"up": False, "state": "down", "expires_s": None}
    sound = REPORT["sound"] | {"up": False, "full_duplex": None, "erle_db": None}
    given = numbers(REPORT | {"link": link, "sound": sound, "findings": []})
    assert given["edge_agent_link_up"] == given["edge_agent_sound_up"] == 0
    for name in ("session_expires_seconds", "full_duplex", "erle_decibels", "finding"):
        assert not [key for key in given if key.startswith(f"edge_agent_{name}")]


@pytest.mark.parametrize("address", ["127.0.0.1:9464", "[::1]:9464", "localhost:1", ""])
def test_addresses(address: str) -> None:
    assert not list(check(replace(Config(), metrics=Metrics(address))))


@pytest.mark.parametrize(
    "address", ["9464", "127.0.0.1", ":9464", "127.0.0.1:0", "a:b", "x@h:1", "h:70000", "h:1/x"]
)
def test_no_addresses(address: str) -> None:
    found = [words for _, words in check(replace(Config(), metrics=Metrics(address)))]
    assert found == [f"{address!r} is no address to serve at; give HOST:PORT, as in 127.0.0.1:9464"]
    with pytest.raises(ValueError, match=r".*"):
        host_and_port(address)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def scrape(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        f"{sample.name}{sample.labels or ''}": sample.value
        for family in prometheus.text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_it_is_scraped_and_tells_what_status_tells(running: Running) -> None:
    before, port = running.daemon.device, free_port()
    running.config = replace(running.config, metrics=Metrics(f"127.0.0.1:{port}"))
    await running.ask("reload")
    await changed(running, before)
    given = await asyncio.to_thread(scrape, port)
    status = await running.ask("status")
    assert given["edge_agent_link_up"] == status["link"]["up"]
    assert given["edge_agent_mode{'mode': 'idle'}"] == 1
    assert len([name for name in given if name.startswith("edge_agent_")]) > 20
    many = await asyncio.gather(*(asyncio.to_thread(scrape, port) for _ in range(20)))
    assert len(many) == 20

    running.config, before = replace(running.config, metrics=Metrics()), running.daemon.device
    await running.ask("reload")
    await changed(running, before)
    with pytest.raises(OSError, match=r"refused|reset"):
        await asyncio.to_thread(scrape, port)


async def test_an_address_that_is_taken_is_a_finding(running: Running) -> None:
    before = running.daemon.device
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        running.config = replace(running.config, metrics=Metrics(address))
        await running.ask("reload")
        await until(lambda: findings(running) == ["metrics"])
        assert f"metrics cannot be served at {address} (Address already in use)" in running.daemon.sentence
        await changed(running, before)


def test_the_page_and_the_dashboard_know_what_there_is() -> None:
    page = (DOCS / "metrics.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \|$", page, re.MULTILINE)
    assert rows == [(metric.name, metric.kind, metric.help) for metric in METRICS]
    dashboard = json.loads((DOCS / "grafana" / "edge-agent.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert len(asked) >= 10
    names = {metric.name for metric in METRICS}
    assert {name for query in asked for name in re.findall(r"edge_agent_\w+", query)} <= names
