"""Probes of how the model listens and speaks. Pure."""

from __future__ import annotations

from array import array
from base64 import b64encode

from ..vocabulary.sound import ServicePcm, service_ms
from .questions import Lesson
from .talk import SILENCE, Lab, Unanswerable, Wire, ask, hush, leave, pieces_of, say, told

LATER_S = 0.5  # of an answer: what chance does not explain
SPEAKS_S = 6.0  # the answers that are asked for are longer
SETTLES_S = 4.0
WORDS_COME_S = 1.5  # of the question, since its answer began
ECHO = 0.1  # -20 dB
ECHO_LATE = 2  # pieces
FIXTURE = SILENCE * 5


async def question(lab: Lab) -> list[Lesson]:
    """A question and a part of its answer, with digital silence, and again with a room's."""
    wire = await lab.session()
    await hush(wire, 0.5)
    told_at = wire.now
    await wire.send(told("thinking", "This is a test.") | {"event_id": "told-first"})
    await hush(wire, 3.0, lambda: bool(wire.record.of("session.thinking.appended")))
    gated_s = await ask(lab, wire)
    await hush(wire, 3.0)
    await leave(wire)
    room = await lab.session()
    open_s = await ask(lab, room, piece=lab.room)
    await leave(room)
    if gated_s is None and open_s is None:
        raise Unanswerable("the model did not answer the question")
    later = gated_s is None or (open_s is not None and gated_s > open_s + LATER_S)
    took = f"first sound {_seconds(gated_s)} after the question with zeros, {_seconds(open_s)} with a room's sound"
    return [*_of_stream(wire), *_of_texts(wire, told_at), Lesson("uplink", "yes" if later else "no", took)]


def _seconds(taken_s: float | None) -> str:
    return "no sound" if taken_s is None else f"{taken_s:.1f} s"


def _of_stream(wire: Wire) -> list[Lesson]:
    record = wire.record
    pieces = list(record.pieces)
    omits = any(piece.start_ms is not None for piece in pieces)
    loud = [piece for piece in pieces if piece.is_loud]
    evidence = f"{len(pieces)} pieces, {len(pieces) - len(loud)} of them silent"
    silence = Lesson("silence", "left out" if omits else "sent", evidence)
    if not loud:
        return [silence]
    come_ms = sum(service_ms(piece.pcm) for piece in loud[:-1])
    ahead_ms = come_ms - round((loud[-1].at - loud[0].at) * 1000)
    evidence = f"{come_ms} ms of speech came in {loud[-1].at - loud[0].at:.1f} s"
    return [silence, Lesson("ahead", "yes" if ahead_ms > 500 else "no", evidence)]


def _of_texts(wire: Wire, told_at: float) -> list[Lesson]:
    placed = wire.record.of("session.thinking.appended")
    if not placed:
        return [Lesson("placed", "not at all", "no session.thinking.appended within 3 s")]
    at, event = placed[0]
    named = "client_event_id" in event
    return [
        Lesson(
            "placed", f"{at - told_at:.1f} s", "from session.thinking.append to session.thinking.appended"
        ),
        Lesson("event-ids", "yes" if named else "no", f"client_event_id: {event.get('client_event_id')!r}"),
    ]


async def fixture(lab: Lab) -> list[Lesson]:
    """Half a second of silence is played into the answer."""
    wire = await lab.session()
    await _answering(lab, wire)
    at = wire.now
    await wire.send({"type": "session.output_audio.fixture.play", "audio": b64encode(FIXTURE).decode()})
    await hush(wire, SETTLES_S)
    errors = wire.record.errors
    last = wire.record.last_loud(at - 0.2)
    again = wire.record.first_loud(last + 1.0) if last is not None else None
    await leave(wire)
    if errors:
        return [Lesson("fixture", f"refused: {errors[0]}", f"errors: {errors}")]
    stopped_s = max(0.0, (last or at) - at)
    goes_on = stopped_s > SETTLES_S - 1.0
    answer = "no" if goes_on else "for a while" if again else "yes"
    return [Lesson("fixture", answer, f"speech was heard for {stopped_s:.1f} s more, of {SETTLES_S:g} s")]


async def stop(lab: Lab) -> list[Lesson]:
    """It is told to stop."""
    wire = await lab.session()
    await _answering(lab, wire)
    at = wire.now
    content = "Stop speaking now, in the middle of the word, and wait for the user."
    await wire.send(told("instructions", content))
    await hush(wire, SETTLES_S)
    last = wire.record.last_loud(at - 0.2)
    await leave(wire)
    stopped_s = max(0.0, (last or at) - at)
    stops = stopped_s <= SETTLES_S - 1.0
    return [
        Lesson(
            "stop",
            "yes" if stops else "no",
            f"speech was heard for {stopped_s:.1f} s more, of {SETTLES_S:g} s",
        )
    ]


async def own_voice(lab: Lab) -> list[Lesson]:
    """What it says comes back to it, 20 dB softer and 200 ms later."""
    wire = await lab.session()
    await _answering(lab, wire, WORDS_COME_S)
    began_at = wire.now
    words_before = len(wire.record.of("session.input_transcript.delta"))
    known = len(list(wire.record.pieces))
    late = [SILENCE] * ECHO_LATE
    while wire.now < began_at + SPEAKS_S and not wire.record.is_over:
        pieces = list(wire.record.pieces)
        late += [_softer(piece.pcm) for piece in pieces[known:]] or [SILENCE]
        known = len(pieces)
        await say(wire, late.pop(0))
    last = wire.record.last_loud(began_at - 0.2)
    words = len(wire.record.of("session.input_transcript.delta")) - words_before
    await leave(wire)
    spoke_s = max(0.0, (last or began_at) - began_at)
    broke_off = spoke_s < SPEAKS_S - 2.0
    answer = "it breaks off" if broke_off else "it takes it for words" if words else "nothing"
    evidence = (
        f"it spoke for {spoke_s:.1f} s of {SPEAKS_S:g} s, and {words} pieces of words were heard meanwhile"
    )
    return [Lesson("own-voice", answer, evidence)]


async def _answering(lab: Lab, wire: Wire, for_s: float = 1.0) -> None:
    """Until it has spoken for so long. Raises Unanswerable."""
    if await ask(lab, wire) is None:
        await leave(wire)
        raise Unanswerable("the model did not answer the question")
    await hush(wire, for_s)


def _softer(pcm: ServicePcm) -> ServicePcm:
    """A whole piece, whatever its length was."""
    softer = array("h", [round(sample * ECHO) for sample in array("h", pcm)])
    return next(pieces_of(softer.tobytes()), SILENCE)
