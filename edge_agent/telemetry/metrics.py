"""The status as numbers for Prometheus: one row for each metric. Pure.

Names and units by https://prometheus.io/docs/practices/naming/. No words, no addresses and no keys are in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from ..vocabulary.frozen import frozen
from ..vocabulary.state import Mode

Report = Mapping[str, Any]
Labels = dict[str, str]
Sample = tuple[Labels, float]


@frozen
class Metric:
    """`samples`: of a report as `edge-agent status --json` shows it; none where it is not known."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    samples: Callable[[Report], list[Sample]]


def _one(*path: str, scale: float = 1.0) -> Callable[[Report], list[Sample]]:
    """What stands there in the report, if anything."""

    def samples(report: Report) -> list[Sample]:
        value: Any = report
        for key in path:
            value = value[key]
        return [] if value is None else [({}, float(value) * scale)]

    return samples


def _open(counter: str, scale: float = 1.0) -> Callable[[Report], list[Sample]]:
    """Of devices that are open; of others nothing is known."""
    known = _one("sound", "counters", counter, scale=scale)
    return lambda report: known(report) if report["sound"]["up"] else []


def _info(report: Report) -> list[Sample]:
    link = report["link"]
    labels = {name: str(link[name]) for name in ("provider", "deployment", "dialect")}
    return [({"version": str(report["version"]), **labels}, 1.0)]


def _model_end(report: Report) -> list[Sample]:
    link = report["link"]
    if not link["model_ends"]:
        return []
    day = datetime.fromisoformat(link["model_ends"]).replace(tzinfo=UTC)
    return [({"model": link["model"]}, day.timestamp())]


def _modes(report: Report) -> list[Sample]:
    return [({"mode": mode.value}, float(report["mode"] == mode.value)) for mode in Mode]


def _turns(report: Report) -> list[Sample]:
    return [({"outcome": outcome}, float(count)) for outcome, count in report["latency"]["today"].items()]


def _latencies(report: Report) -> list[Sample]:
    return [
        ({"step": name.removesuffix("_ms"), "percentile": percentile}, value / 1000)
        for percentile, key in (("50", "p50"), ("95", "p95"))
        for name, value in report["latency"][key].items()
    ]


def _findings(report: Report) -> list[Sample]:
    return [({"code": code}, 1.0) for code in sorted({finding["code"] for finding in report["findings"]})]


def _tool_runs(report: Report) -> list[Sample]:
    return [({"ending": ending}, float(count)) for ending, count in report["tools"]["ended"].items()]


def _calls(report: Report) -> list[Sample]:
    return [({"word": word}, float(count)) for word, count in report["wake"]["calls"].items()]


def _broker(key: str) -> Callable[[Report], list[Sample]]:
    """Where there is to be one."""
    known = _one("broker", key)
    return lambda report: known(report) if report["broker"]["address"] else []


def _processes(key: str) -> Callable[[Report], list[Sample]]:
    def samples(report: Report) -> list[Sample]:
        return [({"process": name}, float(used[key])) for name, used in report["processes"].items()]

    return samples


def _tokens(report: Report) -> list[Sample]:
    used = report["costs"]["since_start"]
    return [({"kind": kind}, float(used[kind])) for kind in used if kind.startswith(("text_", "audio_"))]


def _cost(since: str) -> Callable[[Report], list[Sample]]:
    def samples(report: Report) -> list[Sample]:
        costs = report["costs"]
        return [({"currency": costs["currency"]}, float(costs[since]["cost"]))]

    return samples


METRICS = (
    Metric("edge_agent_info", "gauge", "Always 1; what runs here is in the labels.", _info),
    Metric("edge_agent_uptime_seconds", "gauge", "Time since the start.", _one("up_s")),
    Metric("edge_agent_mode", "gauge", "1 for the mode that the light shows.", _modes),
    Metric("edge_agent_muted", "gauge", "1 if muted: no speech leaves the device.", _one("muted")),
    Metric("edge_agent_volume_ratio", "gauge", "Volume, 0 to 1.", _one("volume", scale=0.01)),
    Metric("edge_agent_finding", "gauge", "1 for each problem that exists now.", _findings),
    Metric("edge_agent_link_up", "gauge", "1 if there is a session with the service.", _one("link", "up")),
    Metric(
        "edge_agent_link_resting",
        "gauge",
        "1 if there is no session because the conversation is idle.",
        lambda report: [({}, float(report["link"]["state"] == "resting"))],
    ),
    Metric(
        "edge_agent_link_reconnects_total",
        "counter",
        "Connections after the first.",
        _one("link", "reconnects"),
    ),
    Metric(
        "edge_agent_session_moves_total",
        "counter",
        "Switches to the next session before one ended.",
        _one("link", "moves"),
    ),
    Metric(
        "edge_agent_model_end_timestamp_seconds",
        "gauge",
        "When the model ends, as announced: Unix time of that day.",
        _model_end,
    ),
    Metric(
        "edge_agent_session_expires_seconds",
        "gauge",
        "Time until the session ends.",
        _one("link", "expires_s"),
    ),
    Metric("edge_agent_sound_up", "gauge", "1 if microphone and speaker are open.", _one("sound", "up")),
    Metric(
        "edge_agent_underruns_total",
        "counter",
        "Times the speaker ran out of audio.",
        _one("sound", "counters", "underruns"),
    ),
    Metric(
        "edge_agent_overruns_total",
        "counter",
        "Times microphone audio was lost.",
        _one("sound", "counters", "overruns"),
    ),
    Metric(
        "edge_agent_speaker_latency_seconds",
        "gauge",
        "Audio buffered for the speaker.",
        _open("latency_ms", 0.001),
    ),
    Metric(
        "edge_agent_microphone_level_decibels",
        "gauge",
        "Microphone level relative to full scale.",
        _open("level_db"),
    ),
    Metric(
        "edge_agent_noise_level_decibels",
        "gauge",
        "Level of the room without a voice, relative to full scale.",
        _open("noise_db"),
    ),
    Metric(
        "edge_agent_speaker_level_decibels",
        "gauge",
        "Level of what is played, relative to full scale.",
        _open("speaker_db"),
    ),
    Metric(
        "edge_agent_erle_decibels",
        "gauge",
        "Echo removed.",
        _one("sound", "erle_db"),
    ),
    Metric(
        "edge_agent_full_duplex",
        "gauge",
        "1 if a voice can interrupt an answer.",
        _one("sound", "full_duplex"),
    ),
    Metric("edge_agent_turns_total", "counter", "Time since the start.", _one("turns")),
    Metric("edge_agent_turns_today", "gauge", "Turns by outcome, since midnight.", _turns),
    Metric("edge_agent_latency_seconds", "gauge", "Percentiles of today's turns.", _latencies),
    Metric(
        "edge_agent_tool_runs_total",
        "counter",
        "Runs of tools since the start, by how they ended.",
        _tool_runs,
    ),
    Metric(
        "edge_agent_timers", "gauge", "Timers, alarms and reminders that are set.", _one("tools", "timers")
    ),
    Metric("edge_agent_wake_calls_total", "counter", "Wake words heard since the start.", _calls),
    Metric(
        "edge_agent_wake_nothing_said_total",
        "counter",
        "Of them, those after which nothing was said: perhaps nobody called.",
        _one("wake", "nothing_said"),
    ),
    Metric(
        "edge_agent_wake_own_total",
        "counter",
        "Wake words that the device said itself, and ignored.",
        _one("wake", "own"),
    ),
    Metric("edge_agent_broker_up", "gauge", "1 if the MQTT broker is connected.", _broker("up")),
    Metric(
        "edge_agent_broker_reconnects_total",
        "counter",
        "Connections to the MQTT broker after the first.",
        _broker("reconnects"),
    ),
    Metric("edge_agent_tokens_total", "counter", "Tokens billed by the service since the start.", _tokens),
    Metric("edge_agent_cost_today", "gauge", "Cost in the currency of [prices].", _cost("today")),
    Metric("edge_agent_cost_total", "counter", "Time since the start.", _cost("since_start")),
    Metric(
        "edge_agent_memory_bytes",
        "gauge",
        "Resident memory, including shared pages in full.",
        _processes("memory_bytes"),
    ),
    Metric(
        "edge_agent_cpu_seconds_total", "counter", "CPU time since the process started.", _processes("cpu_s")
    ),
)


def families(report: Report) -> Iterator[tuple[Metric, list[Sample]]]:
    """All that is known."""
    for metric in METRICS:
        if samples := metric.samples(report):
            yield metric, samples
