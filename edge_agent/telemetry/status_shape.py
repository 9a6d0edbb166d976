"""All that `edge-agent status --json` prints, and what a report and the metrics are made of. Pure.

The control socket puts `ok` before it. Times are in s, None where there is nothing to tell.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypedDict

from ..billing.ledger import Costs
from ..vocabulary.notices import Outcome

LinkState: TypeAlias = Literal["up", "resting", "down"]  # resting: closed while nobody talks


class LinkStatus(TypedDict):
    """`model`: empty if nothing tells which it is. `model_ends`: the date, if one is announced.

    `reconnects`: sessions after the first. `moves`: to the next session before one ended."""

    provider: str
    deployment: str
    model: str
    model_ends: str | None
    dialect: str
    state: LinkState
    up: bool
    up_s: float | None
    expires_s: int | None
    reconnects: int
    moves: int


class SoundCounters(TypedDict):
    """Of the sound process since its start. `latency_ms`: what the speaker holds back. Levels relative to full scale:
    `level_db` of the microphone, `noise_db` of the room without a voice (None: not known), `speaker_db` of what is
    played."""

    overruns: int
    underruns: int
    latency_ms: int
    level_db: float
    noise_db: float | None
    speaker_db: float


class SoundStatus(TypedDict):
    """`devices`: empty unless `up`. `missing`: microphone, speaker, sound, or empty. `full_duplex`: whether voices can
    break in, with `erle_db` of echo taken away. `notes`: what a technician may want to know of the devices."""

    up: bool
    devices: str
    missing: str
    full_duplex: bool | None
    erle_db: float | None
    notes: list[str]
    counters: SoundCounters


class FindingStatus(TypedDict):
    """Something that is wrong now, as in docs/operations.md."""

    code: str
    what: str
    todo: str


class ProcessUse(TypedDict):
    """`memory_bytes`: resident, what is shared counted in full. `cpu_s`: since the process began."""

    memory_bytes: int
    cpu_s: float


class TurnLatencies(TypedDict):
    """`last`: the fields of the last turn's `TurnSummary`. Today's outcomes; percentiles in ms, by latency."""

    last: dict[str, Any] | None
    today: dict[Outcome, int]
    p50: dict[str, int]
    p95: dict[str, int]


class HourStatus(TypedDict):
    """An hour of today in which somebody talked, or something was paid for. From the end of a question to the answer:
    `p50_ms` and `p95_ms` of the `turns` that had one since the start. `cost`: in the currency of the prices."""

    hour: int
    turns: int
    p50_ms: int | None
    p95_ms: int | None
    cost: float


class ToolsStatus(TypedDict):
    """`offered`: how many the service may call. `ended`: runs since the start, by how. `timers`: how many are set.
    `last`: what ran last: name, ending, took_ms, why."""

    offered: int
    ended: dict[str, int]
    timers: int
    last: dict[str, Any] | None


class UnusedCall(TypedDict):
    """After which nothing was said. `score`: how sure the device was, 0 to 1."""

    word: str
    score: float
    ago_s: float


class WakeStatus(TypedDict):
    """Since the start. `calls`: by wake word. `own`: words that the device has said itself, and so ignored."""

    calls: dict[str, int]
    stops: int
    own: int
    nothing_said: int
    last_nothing_said: list[UnusedCall]


class BrokerStatus(TypedDict):
    """The connection to the MQTT broker. `address`: empty: there is to be none. `reconnects`: after the first.
    `group`: whose devices can be told which of them answers; empty: none can."""

    address: str
    up: bool
    up_s: float | None
    reconnects: int
    group: str


class DeviceStatus(TypedDict):
    """`mode`: what the light shows, for `mode_s` now. `turn`: whose it is. `volume` in %. `saved`: whether a restart
    would find mute, volume and costs as they are; None: on their way to the card. `reload_waits`: a new
    configuration is used once nobody talks. `turns`: since the start.
    `processes`: agent, and audio where it is one of its own."""

    mode: str
    mode_s: float
    turn: str
    muted: bool
    volume: int
    saved: bool | None
    reload_waits: bool
    up_s: float
    version: str
    link: LinkStatus
    sound: SoundStatus
    findings: list[FindingStatus]
    costs: Costs
    turns: int
    processes: dict[str, ProcessUse]
    latency: TurnLatencies
    hours: list[HourStatus]
    tools: ToolsStatus
    wake: WakeStatus
    broker: BrokerStatus
