"""The page of scripts/bench, and what it is made from."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import plot
from benchmarks.jobs import Job
from benchmarks.moments import Run, Sound, When
from benchmarks.page import page
from benchmarks.quantiles import quantile
from edge_agent.telemetry.facts import VolumeChanged
from edge_agent.telemetry.records import Record
from tests.test_layering import imports, is_library, is_pure, ours

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"

MACHINE = {
    "date": "2026-01-02T03:04:05+00:00", "cpu": "a CPU", "cores": 4, "kernel": "6.1", "python": "3.11.2",
    "edge_agent": "1.0", "packages": {"numpy": "2.0"}, "load": 0.5,
}  # fmt: skip
LATENCY = {
    "machine": MACHINE,
    "limits": {"press": 60.0, "never seen": 1.0},
    "answers": {"at rest": 400, "under load": 0},
    "starved": {"at rest": 1, "under load": 0},
    "conditions": {"at rest": {"press": [10.0, 30.0, 20.0], "start": [500.0]}, "under load": {"press": []}},
}
ROWS = [
    {"name": "both, CPU s/min", "KEY": {"one": {"median": 1.0, "ratio": 1.0}, "two": {"median": 2.5, "ratio": None}}},
    {"name": "threads", "KEY": {"one": {"median": 3.0, "ratio": None}}},
]  # fmt: skip


def rows(key: str) -> list[dict[str, Any]]:
    return [{"name": row["name"], key: row["KEY"]} for row in ROWS]


SHARES = {"talking": {"gate": 0.25, "total": 1.0}, "answering": {"codec": 0.1, "total": 0.4}}
COST = {"machine": MACHINE, "rows": rows("cases"), "alone": {"echo, answering": 1.5}, "shares": SHARES}
PEERS = {"machine": MACHINE, "rows": rows("peers"), "versions": {"one": {"websockets": "15"}, "two": {}}}
POINT = {"cpu_s_per_min": 0.5, "pss_mib": 30.0}
SCALE = {
    "machine": MACHINE,
    "conversation": [{"minutes": at * 60.0, "cpu_s_per_min": 0.3, "rss_mib": 60.0} for at in (1, 4)],
    "messages": [{"delta_ms": 20, **POINT}],
    "lengths": [{"answer_s": 5.0, **POINT}],
    "devices": [{"devices": 16, "resting_cpu_s_per_min": 0.1, "ready_s": 1.0, **POINT}],
}
SOUND = {
    "machine": MACHINE,
    "rest": {"button": 1.52},
    "faults": {"count": 40, "in_time": 39, "noticed_ms": [100.0], "cured_ms": [200.0]},
    "late_ms": [22.0],
    "load": {"minutes": 10.0, "frames": 30_000, "underruns": 0, "overruns": 1, "lost": 0},
}
PRINTED = {"machine": MACHINE, "text": "a room   1.0"}
ALL: dict[str, dict[str, Any]] = {
    "latency": LATENCY, "cost": COST, "peers": PEERS, "scale": SCALE, "sound": SOUND,
    "tools": PRINTED, "blocked_tools": PRINTED, "gate": PRINTED, "echo": PRINTED,
}  # fmt: skip


def test_a_page_of_everything() -> None:
    text, pictures = page(ALL, "pictures", quick=False)
    assert "| press | 3 | 20 | 30 | 30 | 0 | - | - | - | 60 |" in text
    assert "| start | 1 | 500 | 500 | 500 | 0 | - | - | - |  |" in text
    words = " ".join(text.split())
    assert "Answers that ran dry at the card: 1 of 400 at rest, 0 of 0 under load." in words
    assert "| both, CPU s/min | 1.00 (1.00 x) | 2.50 |" in text
    assert "| threads | 3.00 | - |" in text
    assert "| gate | 0.250 (25%) | - |" in text
    assert "one: websockets 15" in words
    assert "| 240 | 0.300 | 60.0 |" in text
    assert "0 underruns, 1 overruns, sound lost 0 times, in 30000 frames. Of 40 random faults" in words
    assert "| fault to its notice | 1 | 100 | 100 | 100 |" in text
    assert text.count("```\na room   1.0\n```") == 4
    assert "CPU for 120 agents" in words
    assert "2026-01-02: 4 cores of a CPU, Linux 6.1, Python 3.11.2, edge-agent 1.0, numpy 2.0." in words
    assert "short run" not in text
    for name, svg in pictures.items():
        assert f"](pictures/{name})" in text
        ET.fromstring(svg)  # noqa: S314 - ours
    assert "PICTURES" not in text
    assert len(pictures) == 6


def test_what_failed_is_a_line_and_the_rest_is_there() -> None:
    failed = {name: {"failed": f"no {name} today"} for name in ALL}
    text, pictures = page(failed | {"cost": COST | {"shares": {}}}, "pictures", quick=True)
    assert "- `benchmarks.latency`: no latency today" in text
    assert "| threads | 3.00 | - |" in text
    assert "short run" in text
    assert not pictures


def test_quantiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert [quantile(values, at) for at in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert quantile([7.0], 0.5) == 7


def test_plots() -> None:
    assert plot.cumulative([3, 1]) == [(1, 0), (1, 50), (3, 50), (3, 100)]
    assert plot.ticks(0)[0] == 0
    assert plot.ticks(230) == [0, 50, 100, 150, 200, 250]
    assert plot.ticks(0.9) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    drawn = ET.fromstring(  # noqa: S314 - ours
        plot.lines("<t>", {"a": [(0, 0), (1, 2), (2, 1)], "b": [(0, 1)]}, x="s", y="%")
    )
    strokes = [line for line in drawn.iter("{http://www.w3.org/2000/svg}line") if line.get("stroke-width")]
    assert len(strokes) == 2
    assert ">2 s</text>" in plot.bars("bars", {"one": 2.0, "none": 0.0}, unit="s")


# ---- latencies: a card that began at 100 s -----------------------------------------
TONE = np.array([0] * 24 + [9000] * 24, np.int16)


def sound(*loud_ms: int, written: list[tuple[int, int, float]] | None = None) -> Sound:
    return Sound(100.0, np.array(loud_ms, np.intp), written or [])


def run(speaker: Sound, *, timeline: Any = (), service: Any = ()) -> Run:
    return Run(When(timeline), When(service), speaker, speaker, fade_ms=2)


def test_what_was_loud() -> None:
    heard = Sound.of(TONE.tobytes() + b"\0", 48, level=300, began_at=100.0)
    assert list(heard.loud) == [1]
    assert heard.at_s(1) == pytest.approx(100.001)


def test_what_was_written_late_sounded_late_but_not_what_was_past() -> None:
    heard = sound(written=[(0, 0, 99.0), (20, 80, 100.081), (100, 100, 100.1)])
    assert heard.at_s(5) == pytest.approx(100.005)
    assert heard.at_s(80) == pytest.approx(100.081)
    assert heard.at_s(110) == pytest.approx(100.110)


def test_a_turn_by_button() -> None:
    it = run(
        sound(*range(600, 700), *range(701, 900)),  # it ran dry for a moment
        timeline=[
            (100.02, "audio_first_sent", 0),
            (100.52, "commit_sent", 0),
            (100.59, "first_delta", 0),
            (100.895, "interrupted", 298),
        ],
        service=[
            (100.03, "first_append", 0),
            (100.53, "commit", 400),
            (100.585, "first_delta", 0),
            (100.9, "truncate", 297),
        ],
    )
    it.pressed("press", 100.0)
    it.released(100.5)
    sounded_at = it.asked(100.5)
    assert sounded_at == pytest.approx(100.6)
    it.interrupted("button", 100.88, 100.6, since=100.88)
    assert {name: [round(value) for value in values] for name, values in it.found.items()} == {
        "press to first audio sent": [20],
        "press to first audio at the service": [30],
        "release to commit sent": [20],
        "release to commit at the service": [30],
        "first delta to first sample": [10],
        "button to lowered speaker": [20],
        "button to silent speaker": [20],
        "button to truncate sent": [15],
        "button to truncate at the service": [20],
        "truncate, error": [0],  # 297 ms sounded, and then the fade
    }


def test_the_hangover_is_told_apart() -> None:
    it = run(sound(), service=[(100.65, "commit", 0)])
    it.spoken(100.0, 600)
    assert [[round(value) for value in values] for values in it.found.values()] == [[650], [50]]


def test_what_did_not_happen_is_no_figure() -> None:
    it = run(sound(*range(5000)), service=[(103.0, "commit", 0), (109.0, "first_delta", 0)])
    it.pressed("press", 100.0)
    it.released(100.0)  # the commit comes too late to be of this turn
    assert it.asked(100.0) is None
    it.interrupted("voice", 101.0, 100.0, since=101.0)  # and the answer went on
    untold = Run(
        When.of_timeline([Record(100.5, VolumeChanged(40))]), When([]), sound(*range(100)), sound(), 2
    )
    untold.interrupted(
        "voice", 100.08, 100.0, since=100.08
    )  # an answer that had been lowered before; no truncation came
    assert {name: round(values[0]) for name, values in untold.found.items()} == {
        "voice to silent speaker": 20
    }
    silent = run(sound(), service=[(100.1, "first_delta", 0)], timeline=[(100.1, "first_delta", 0)])
    assert silent.asked(100.0) is None
    assert not it.found
    assert not silent.found


PURE = ["moments", "page", "plot", "quantiles", "sections"]


@pytest.mark.parametrize("name", PURE)
def test_what_makes_the_page_is_pure(name: str) -> None:
    allowed = tuple(f"benchmarks.{other}" for other in PURE)
    assert [
        module
        for module in imports(BENCHMARKS / f"{name}.py")
        if not (is_library(module) or module.startswith(allowed) or is_pure(ours(module)))
    ] == []


# ---- running them -----------------------------------------------------------------
def test_a_benchmark_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Job("quantiles", ("no", "such")).run(tmp_path, quick=False)  # ends well, and hands over nothing
    assert Job("quantiles").load(tmp_path) == {"failed": "it ended without a result"}
    monkeypatch.chdir(tmp_path)  # from anywhere
    Job("quantiles", limit_s=0.001).run(tmp_path, quick=False)
    assert Job("quantiles").load(tmp_path) == {"failed": "it took longer than 0 s"}
    Job("nothing").run(tmp_path, quick=True)
    assert "No module named" in Job("nothing").load(tmp_path)["failed"]
    assert Job("other").load(tmp_path) == {"failed": "it was not run"}
    (tmp_path / "other.json").write_text(json.dumps(LATENCY))
    assert Job("other").load(tmp_path) == LATENCY
