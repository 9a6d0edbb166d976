"""The probes in their order, within bounds of time and money. Pure: whoever gives the lab has clock and sockets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from ..realtime.wire import Json
from ..vocabulary.frozen import frozen
from . import clock_probes, speech_probes, start_probes
from .questions import Lesson
from .session_record import SessionRecord
from .talk import Lab, Unanswerable, Wire

LONGEST_S, MOST_COST = 300.0, 1.0
UNHEARD = "unheard"


@frozen
class Probe:
    """`lasts_s`: usually; `billed_s`: of its sessions together."""

    name: str
    about: str
    lasts_s: float
    billed_s: float
    run: Callable[[Lab], Awaitable[list[Lesson]]]


def plan() -> tuple[Probe, ...]:
    unheard = clock_probes.Unheard()
    return (
        Probe(UNHEARD, "a session without sound begins, and stands beside the others", 2, 45, unheard.begin),
        Probe("begin", "two sessions at once", 4, 4, start_probes.begin),
        Probe("refusal", "a key that cannot be right", 4, 0, start_probes.refusal),
        Probe("options", "three sessions with something else asked for", 6, 3, start_probes.options),
        Probe("short", "a session of one second", 4, 15, clock_probes.short),
        Probe(
            "question", "a question over digital silence, and over a room's", 32, 28, speech_probes.question
        ),
        Probe("burst", "ten seconds of sound in one message", 18, 16, clock_probes.burst),
        Probe("mute", "silence that is sent while muted", 12, 10, clock_probes.mute),
        Probe("frozen", "three seconds of sound, and then none for 20 s", 28, 26, clock_probes.frozen),
        Probe("stop", "it is told to stop in the middle of an answer", 20, 18, speech_probes.stop),
        Probe("fixture", "silence is played into its answer", 20, 18, speech_probes.fixture),
        Probe("own-voice", "it hears itself, 20 dB softer", 24, 22, speech_probes.own_voice),
        Probe("unheard-end", "the session without sound ends, or is left", 15, 0, unheard.end),
    )


def chosen(names: Collection[str]) -> tuple[Probe, ...]:
    """Those with these names; no names: all. What begins without sound is also waited for."""
    wanted = {*names, "unheard-end"} if UNHEARD in names else set(names)
    return tuple(probe for probe in plan() if not names or probe.name in wanted)


class Enough(Exception):
    """A bound is reached, in words."""


@dataclass(slots=True)
class Meter:
    """`minute`: what one costs. `longest_s`, `most_cost`: the bounds."""

    clock: Callable[[], float]
    minute: float
    longest_s: float = LONGEST_S
    most_cost: float = MOST_COST
    records: list[SessionRecord] = field(default_factory=list)
    began_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.began_at = self.clock()

    @property
    def elapsed_s(self) -> float:
        return self.clock() - self.began_at

    @property
    def stood_s(self) -> float:
        """By this device's clock."""
        return sum(record.stood_s(self.clock()) for record in self.records)

    @property
    def told_s(self) -> float:
        """By the service."""
        return sum(record.billed_s for record in self.records)

    @property
    def cost(self) -> float:
        """By what is more, of each session."""
        now = self.clock()
        return sum(max(one.stood_s(now), one.billed_s) for one in self.records) * self.minute / 60

    @property
    def ends_at(self) -> float:
        """When a bound is reached at the latest, as things stand."""
        standing = max(1, sum(not record.is_over for record in self.records))
        affordable_s = (self.most_cost - self.cost) / max(self.minute, 1e-9) * 60 / standing
        return min(self.began_at + self.longest_s, self.clock() + affordable_s)

    def refuses(self, probe: Probe) -> str:
        """Why there is no room for another; empty: there is."""
        if self.elapsed_s + probe.lasts_s > self.longest_s:
            return "there was no time left for it"
        if self.cost + probe.billed_s * self.minute / 60 > self.most_cost:
            return "it would have cost too much"
        return ""

    def check(self) -> None:
        """Raises Enough."""
        if self.elapsed_s >= self.longest_s:
            raise Enough(f"the {self.longest_s:g} s were over")
        if self.cost >= self.most_cost:
            raise Enough("the money was spent")


class MeteredWire:
    """A wire that ends at the bounds: `until` raises Enough."""

    def __init__(self, wire: Wire, meter: Meter) -> None:
        self._wire, self._meter = wire, meter
        meter.records.append(wire.record)

    @property
    def record(self) -> SessionRecord:
        return self._wire.record

    @property
    def now(self) -> float:
        return self._wire.now

    async def send(self, event: Json) -> None:
        await self._wire.send(event)

    async def until(self, at: float, holds: Callable[[], bool] = lambda: False) -> bool:
        result = await self._wire.until(min(at, self._meter.ends_at), holds)
        self._meter.check()
        return result

    async def close(self) -> None:
        await self._wire.close()


@frozen
class Inquiry:
    """What came of it. `left_out`: probes, with the reason."""

    answers: Sequence[Lesson]
    left_out: Sequence[tuple[str, str]]
    seconds: float
    cost: float


async def inquire(
    lab: Lab, probes: Sequence[Probe], meter: Meter, tell: Callable[[str], None] = lambda _: None
) -> Inquiry:
    """`tell`: what is done next."""
    wires: list[MeteredWire] = []

    async def opened(*, wrong_key: bool = False) -> Wire:
        meter.check()
        wire = MeteredWire(await lab.open(wrong_key=wrong_key), meter)
        wires.append(wire)
        return wire

    answers: list[Lesson] = []
    left_out: list[tuple[str, str]] = []
    metered, enough = replace(lab, open=opened), ""
    try:
        for probe in probes:
            if why := enough or meter.refuses(probe):
                left_out.append((probe.name, why))
                continue
            tell(f"{meter.elapsed_s:5.0f} s  {meter.cost:.3f}  {probe.name}: {probe.about}")
            try:
                answers += await probe.run(metered)
            except Unanswerable as failure:
                left_out.append((probe.name, str(failure)))
                enough = "" if answers else str(failure)
            except Enough as bound:
                enough = str(bound)
                left_out.append((probe.name, enough))
    finally:
        for wire in wires:
            await wire.close()
    billed = (
        f"usage.seconds: {meter.told_s:g} in all; by this clock the sessions stood for {meter.stood_s:.0f} s"
    )
    compare = f"{billed}; compare both with the invoice"
    answers.append(Lesson("billed", f"{meter.told_s:.0f} s of {meter.stood_s:.0f} s", compare))
    return Inquiry(answers, left_out, meter.elapsed_s, meter.cost)
