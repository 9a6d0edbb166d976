"""The lines of `edge-agent status`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..telemetry.status import lasting

WAITS = (
    ("press_to_sent_ms", "on the wire after"),
    ("release_to_sound_ms", "first sound after"),
    ("commit_to_delta_ms", "service"),
)


def lines(status: Mapping[str, Any]) -> Iterator[str]:
    """For people."""
    link, sound = status["link"], status["sound"]
    mode, version = status["mode"], status["version"]
    yield f"{mode} for {lasting(status['mode_s'])}; edge-agent {version}, running for {lasting(status['up_s'])}"
    match link["state"]:
        case "up":
            shown = f"up for {lasting(link['up_s'])}; its session ends in {lasting(link['expires_s'])}"
        case "resting":
            shown = "closed while idle"
        case _:
            shown = "down"
    yield f"  link    {shown}; {link['reconnects']} reconnects; {status['turns']} turns"
    model = "" if link["model"] in ("", link["deployment"]) else f", model {link['model']}"
    yield f"          {link['deployment']} ({link['provider']}, the {link['dialect']} API){model}"
    if sound["up"]:
        yield f"  sound   {sound['devices']}"
        counted = sound["counters"]
        latency = f"; speaker {counted['latency_ms']} ms" if counted["latency_ms"] else ""
        lost = f"{counted['overruns']} overruns, {counted['underruns']} underruns"
        yield f"          {lost}; microphone {counted['level_db']:.0f} dBFS{latency}"
    else:
        yield "  sound   none" + (f": the {sound['missing']} is missing" if sound["missing"] else "")
    if sound["full_duplex"] is not None:
        duplex = (
            "can be interrupted by voice" if sound["full_duplex"] else "half-duplex: no interrupting by voice"
        )
        yield f"  echo    {sound['erle_db']} dB removed; {duplex}"
    yield from _broker(status.get("broker"))
    yield f"  volume  {status['volume']} %" + ("; muted" if status["muted"] else "")
    if costs := status.get("costs"):
        yield f"  cost    {spent(costs)}"
        if assumed := costs["assumed_responses"]:
            yield f"          {assumed} responses were billed without details: their tokens count as audio"
    yield from _turns(status["latency"])
    if status.get("reload_waits"):
        yield "  config  a new one waits until nobody talks"
    yield from _tools(status.get("tools"))
    yield from _wake(status.get("wake"))
    for note in sound["notes"]:
        yield f"  note    {note}"
    for finding in status["findings"]:
        yield f"  FINDING {finding['code']}: {finding['what']}"
        yield f"          {finding['todo']}"


def _turns(latency: dict[str, Any]) -> Iterator[str]:
    """The last turn, and the day's: what somebody waited for, and what of it was the service."""
    if last := latency["last"]:
        shown = [
            f"{last['outcome']}",
            *(f"{words} {last[name]} ms" for name, words in WAITS if last[name] is not None),
        ]
        yield f"  turn    {', '.join(shown)}"
    if latency["today"]:
        p50, p95 = latency["p50"], latency["p95"]
        counted = ", ".join(f"{count} {outcome}" for outcome, count in latency["today"].items())
        shown = [f"{words} {p50[name]} / {p95[name]} ms" for name, words in WAITS if name in p50]
        yield f"  today   {counted}" + (f"; median / p95: {', '.join(shown)}" if shown else "")


def _broker(broker: dict[str, Any] | None) -> Iterator[str]:
    if broker and broker["address"]:
        shown = f"up for {lasting(broker['up_s'])}" if broker["up"] else "away"
        yield f"  broker  {broker['address']}, {shown}; {broker['reconnects']} reconnects" + (
            f"; settles with group {group} who answers" if (group := broker.get("group")) else ""
        )


def _tools(tools: dict[str, Any] | None) -> Iterator[str]:
    """What ran last, and what is still to ring."""
    if tools and (tools["last"] or tools["timers"]):
        last = tools["last"]
        shown = [f"{last['name']} {last['ending']} after {last['took_ms']} ms"] if last else []
        shown += [f"{tools['timers']} set to ring"] * bool(tools["timers"])
        yield f"  tools   {', '.join(shown)}"


def _wake(wake: dict[str, Any] | None) -> Iterator[str]:
    """How often it was called, and how often that was perhaps no call."""
    if wake and any(wake[key] for key in ("calls", "stops", "own")):
        shown = [f"{word} {count} times" for word, count in wake["calls"].items()]
        shown += [f"nothing was said after {wake['nothing_said']}"] * bool(wake["nothing_said"])
        shown += [f"{wake['own']} said by the device itself"] * bool(wake["own"])
        shown += [f"stopped {wake['stops']} times"] * bool(wake["stops"])
        yield f"  called  {', '.join(shown)}"


def spent(costs: dict[str, Any]) -> str:
    """Money and tokens, of the day and since the start."""
    today, total, currency = costs["today"], costs["since_start"], costs["currency"]
    most = f" of {costs['daily_cost']:.9g}" if costs["daily_cost"] else ""
    return (
        f"{today['cost']:.4f}{most} {currency} today, {total['cost']:.4f} {currency} since the start"
        f" ({total['responses']} responses, {tokens(total)} tokens)"
    )


def tokens(use: dict[str, Any]) -> int:
    return sum(count for name, count in use.items() if name.startswith(("text_", "audio_")))
