"""Probes of the session's clock: what moves it, and what is billed. Pure."""

from __future__ import annotations

from ..vocabulary.sound import SERVICE_BYTES_PER_MS
from .questions import Lesson
from .talk import Lab, Unanswerable, Wire, appended, hush, leave, say, told

FROZEN_S = 20.0
BURST_S = 10
UNHEARD_S = 45.0


async def short(lab: Lab) -> list[Lesson]:
    """A session of a second."""
    wire = await lab.session()
    await hush(wire, 1.0)
    await leave(wire)
    billed_s, stood_s = wire.record.billed_s, wire.record.stood_s(wire.now)
    answer = "the second" if billed_s < 10 else f"{billed_s:.0f} s"
    evidence = f"the session stood for {stood_s:.1f} s; usage.seconds at its end: {billed_s:g}"
    return [Lesson("first-seconds", answer, evidence)]


async def frozen(lab: Lab) -> list[Lesson]:
    """Sound, and then none."""
    wire = await lab.session()
    await say(wire, lab.question)
    stopped_at = wire.now
    await wire.until(stopped_at + FROZEN_S)
    record = wire.record
    ended = record.ending
    after_s = max((piece.at for piece in record.pieces), default=stopped_at) - stopped_at
    lasts = f"ended after {ended.at - stopped_at:.0f} s" if ended else f"at least {FROZEN_S:.0f} s"
    await leave(wire)
    stood_s, billed_s = record.stood_s(wire.now), record.billed_s
    heard = f"the last output came {after_s:.1f} s after the last sound"
    billed = f"{heard}; the session stood for {stood_s:.1f} s, usage.seconds at its end: {billed_s:g}"
    moves = after_s > FROZEN_S - 2.0
    answer = "the clock does not stand still" if moves else "yes" if billed_s > stood_s - 5.0 else "no"
    return [Lesson("frozen-billed", answer, billed), Lesson("frozen-lasts", lasts, f"{lasts}; {heard}")]


async def mute(lab: Lab) -> list[Lesson]:
    """Muted, and silence is sent all the same."""
    wire = await lab.session()
    await hush(wire, 1.5)
    await wire.send({"type": "session.input_audio.mute"})
    muted_at = wire.now
    await hush(wire, 3.5)  # the output is behind the input
    before_ms = wire.record.output_ms(0.0, wire.now)
    await wire.send(told("thinking", "Nothing happens.") | {"event_id": "while-muted"})
    await hush(wire, 3.0, lambda: bool(wire.record.of("session.thinking.appended")))
    placed = wire.record.at("session.thinking.appended")
    output_ms = wire.record.output_ms(0.0, wire.now) - before_ms
    await leave(wire)
    said = "was placed" if placed else "was not placed"
    acknowledged = wire.record.at("session.input_audio.muted")
    muted = (
        f"muted was acknowledged after {acknowledged - muted_at:.1f} s" if acknowledged else "no muted came"
    )
    evidence = f"{muted}; then a text {said}, and {output_ms} ms of output came"
    return [Lesson("mute", "yes" if placed else "no", evidence)]


async def burst(lab: Lab) -> list[Lesson]:
    """Ten seconds in one message, of which a question is the first part."""
    wire = await lab.session()
    length = BURST_S * 1000 * SERVICE_BYTES_PER_MS
    began_at = wire.now
    await wire.send(appended(lab.question[:length].ljust(length, b"\0")))
    await wire.until(began_at + 4.0)
    output_ms = wire.record.output_ms(began_at, wire.now)
    heard_ms = max(
        (int(event.get("end_ms") or 0) for _, event in wire.record.of("session.input_transcript.delta")),
        default=0,
    )
    refused = wire.record.errors
    await leave(wire)
    large = Lesson(
        "large-append", f"refused: {refused[0]}" if refused else "yes", f"errors: {refused or 'none'}"
    )
    reached_ms = max(output_ms, heard_ms)
    evidence = f"4.0 s after it, {output_ms} ms of output had come, and words up to {heard_ms} ms"
    at_once = reached_ms > 6000
    return [large, Lesson("burst", "at arrival" if at_once else "at real time", evidence)]


class Unheard:
    """A session without any sound stands beside the others from the first to the last."""

    def __init__(self) -> None:
        self._wire: Wire | None = None

    async def begin(self, lab: Lab) -> list[Lesson]:
        self._wire = await lab.session()
        return []

    async def end(self, _: Lab) -> list[Lesson]:
        wire = self._wire
        if wire is None:
            raise Unanswerable("no session without sound was begun")
        record = wire.record
        started_at = record.at("session.started") or record.opened_at
        await wire.until(started_at + UNHEARD_S, lambda: record.is_over)
        reasons = [str(event.get("reason")) for _, event in record.of("session.closed")]
        await leave(wire)
        stood_s = record.stood_s(wire.now)
        answer = f"after {stood_s:.0f} s" if reasons else f"not within {stood_s:.0f} s"
        said = f"session.closed with {reasons[0]!r}" if reasons else "nothing ended it"
        evidence = f"{said}; usage.seconds: {record.billed_s:g}"
        return [Lesson("unheard", answer, evidence)]
