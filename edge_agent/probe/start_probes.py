"""Probes of how a session is begun, refused and closed. Pure."""

from __future__ import annotations

from typing import Any

from .questions import Lesson
from .talk import Lab, Unanswerable, hush, leave

OPTIONS: dict[str, dict[str, Any]] = {  # by question: what a session.start says more
    "16-khz": {"audio": {"format": {"type": "audio/pcm", "rate": 16_000}}},
    "history": {
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello."}]}]
    },
    "acknowledgement-delay": {"delegation": {"type": "client", "acknowledgement_delay_ms": 1500}},
}


async def refusal(lab: Lab) -> list[Lesson]:
    """A key that cannot be right."""
    wire = await lab.open(wrong_key=True)
    stands = await lab.start(wire)
    await wire.until(wire.now + 2.0, lambda: wire.record.is_over)
    record = wire.record
    code = record.ending.code if record.ending else None
    await leave(wire)
    if record.refused:
        return [Lesson("refusal", record.refused, "in answer to the upgrade")]
    answer = f"error {record.errors[0]}" if record.errors else "not at all" if stands else "by closing"
    return [Lesson("refusal", answer, f"after the upgrade; close code {code}")]


async def begin(lab: Lab) -> list[Lesson]:
    """How a session begins and ends; and whether another may stand beside it."""
    wire = await lab.open()
    asked_at = wire.now
    if not await lab.start(wire):
        raise Unanswerable(wire.record.why_none)
    record = wire.record
    at, event = record.of("session.started")[0]
    expires_at = event["session"].get("expires_at")
    lasts = "not told" if expires_at is None else f"{float(expires_at) - lab.unix_s():.0f} s"
    other = await lab.open()
    stands = await lab.start(other)
    both = "session.started came while another session stood" if stands else other.record.why_none
    await leave(other)
    await hush(wire, 0.5)
    await leave(wire)
    code = record.ending.code if record.ending else None
    reasons = [event.get("reason") for _, event in record.of("session.closed")]
    return [
        Lesson("start", f"{at - asked_at:.1f} s", "from session.start to session.started"),
        Lesson("lifetime", lasts, f"session.expires_at: {expires_at}"),
        Lesson("two-sessions", "yes" if stands else "no", both),
        Lesson("close-code", str(code), f"after session.closed with {reasons}"),
    ]


async def options(lab: Lab) -> list[Lesson]:
    """Each in a session of its own, which is left immediately."""
    answers = []
    for name, more in OPTIONS.items():
        wire = await lab.open()
        stands = await lab.start(wire, **more)
        errors = wire.record.errors
        await leave(wire)
        said = f"error {errors[0]}" if errors else "session.started" if stands else "nothing came"
        answers.append(Lesson(name, "yes" if stands else "no", f"in answer to session.start: {said}"))
    return answers
