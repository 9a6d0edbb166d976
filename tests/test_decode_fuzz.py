"""Nothing that a service may send is worse than a bad frame, and what is decoded is what it says it is.

The frames are noise, any JSON, the events of the published models with anything in their fields, and events that
the simulated service really sent, spoilt. `python -m tests.test_decode_fuzz SECONDS` goes on for longer.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from copy import deepcopy
from dataclasses import fields, is_dataclass
from functools import cache
from random import Random
from time import monotonic
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from edge_agent.realtime.decode import READERS, BadFrame, Decoder, WireEvent
from edge_agent.realtime.dialects import GA, PREVIEW
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.schema import Schema

from .sound import tone
from .test_simulator import SECOND, Bench, Dialect

EXAMPLES = 250
LONGEST_COMPLAINT = 400  # characters: it is a line of the log
DIALECTS = {"ga": GA, "preview": PREVIEW}
LITERALS = [
    *("1e400", "-1e400", "NaN", "Infinity", "-Infinity", "-0", "1E-400", "9" * 400, "9" * 5000, "-1", "1.5"),
    *('"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\ud83d\\ude00"', '"=A=="', '"AAA="', '"' + "x" * 5000 + '"'),
    *("[" * 400 + "]" * 400, '{"type":' * 400 + "1" + "}" * 400, "[" * 960 + "]" * 960, "null", "true", "{}", "[]"),
]  # fmt: skip


class Literally(str):
    """JSON text that is written as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Literally({str(self)[:40]})"


def dumps(value: Any) -> str:
    match value:
        case Literally():
            return str(value)
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{dumps(member)}" for key, member in value.items()) + "}"
        case list():
            return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value)


@cache
def said(dialect: Dialect) -> list[Any]:
    """What the simulated service says in a conversation: nearly every event that there is."""
    answers = Script([Speech("a b", tone(24_000, 400)), Call("f")], [Speech("text")])
    faults = (
        "no-transcript@commit#2",
        "fail:server_error@response#3",
        "incomplete:content_filter@response#4",
    )
    bench = Bench(dialect, *faults, answers=answers)
    transcription = {"model": "whisper-1"}
    if dialect == "ga":
        bench.update(audio={"input": {"transcription": transcription, "turn_detection": None}})
    else:
        bench.update(input_audio_transcription=transcription, turn_detection=None)
    for _ in range(4):
        bench.append(SECOND)
        bench("input_audio_buffer.commit")
        bench("response.create", response={"metadata": {"request": "ask"}})
        bench.wait(5)
    bench("response.cancel")
    spoken = Bench(dialect, answers=answers)
    spoken.append(SECOND + bytes(48_000))
    known: dict[str, Any] = {}
    for event in (*bench.outputs, *spoken.outputs):
        known.setdefault(json.dumps([event["type"], event.get("response", {}).get("status")]), event)
    return list(known.values())


# ---- frames -----------------------------------------------------------------------
literals = st.sampled_from([Literally(text) for text in LITERALS])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | literals
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "id", "text"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def modelled(draw: st.DrawFn, dialect: Dialect) -> str:
    """An event of the models, with anything in its fields."""
    events, names = Schema(dialect).server_events, DIALECTS[dialect].server_events
    read = [kind for kind in sorted(events) if names.get(kind, kind) in READERS]
    kind = draw(st.sampled_from(read) | st.sampled_from(sorted(events)))
    keys = [key for key in events[kind]["required"] + events[kind]["optional"] if key != "type"]
    return dumps({"type": kind} | {key: draw(anything) for key in keys if draw(st.booleans())})


@st.composite
def spoilt(draw: st.DrawFn, dialect: Dialect) -> str:
    """An event that was said, with some of it changed, doubled or gone; and then perhaps the text of it, too."""
    event = deepcopy(draw(st.sampled_from(said(dialect))))
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        places = list(_places(event))
        if places:
            holder, key = draw(st.sampled_from(places))
            how = draw(st.sampled_from(["else", "else", "gone", "listed", "doubled"]))
            if how == "else":
                holder[key] = draw(anything)
            elif how == "gone":
                del holder[key]
            elif how == "listed":
                holder[key] = [holder[key]]
            else:
                holder[key] = {"type": holder[key], "id": holder[key]}
    text = dumps(event)
    if draw(st.sampled_from([False, False, False, True])):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text(max_size=2)) + text[at + draw(st.integers(0, 2)) :]
    return text


def _places(value: Any) -> Any:
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield value, key
        yield from _places(member)


dialects: st.SearchStrategy[Dialect] = st.sampled_from(["ga", "preview"])
frames = st.one_of(
    st.tuples(dialects, st.text() | st.binary() | anything.map(dumps)),
    dialects.flatmap(lambda dialect: st.tuples(st.just(dialect), modelled(dialect))),
    dialects.flatmap(lambda dialect: st.tuples(st.just(dialect), spoilt(dialect))),
    dialects.flatmap(lambda dialect: st.tuples(st.just(dialect), spoilt(dialect))),
)


# ---- what must hold ---------------------------------------------------------------
def outcome(dialect: Dialect, frame: str | bytes) -> str:
    """What became of a frame. Raises whatever it should not."""
    decoder = Decoder(DIALECTS[dialect])
    try:
        event = decoder.decode(frame)
    except BadFrame as bad:
        complaint = str(bad)
    else:
        complaint = ""
    if complaint:
        assert len(complaint) <= LONGEST_COMPLAINT
        assert complaint.isprintable()
        return "bad"
    if event is None:
        ((kind, times),) = decoder.ignored.items()
        assert (len(kind) <= 100, times) == (True, 1)
        return "ignored"
    assert is_a(event, WireEvent)
    return type(event).__name__


def is_a(value: Any, kind: Any) -> bool:
    """Whether a value is what the annotation says, to the last field; and texts and numbers can be sent on."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return any(is_a(value, one) for one in get_args(kind))
    if origin is Literal:
        return value in get_args(kind)
    if origin is tuple:
        return isinstance(value, tuple) and all(is_a(member, get_args(kind)[0]) for member in value)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return type(value) is kind and all(
            is_a(getattr(value, field.name), hints[field.name]) for field in fields(kind)
        )
    if kind in (int, float):
        return type(value) in (int, kind) and 0 <= value < 2**53
    if kind is str:
        return type(value) is str and value.encode().decode() == value
    return type(value) is (type(None) if kind is None else kind)


@settings(max_examples=EXAMPLES, derandomize=True, suppress_health_check=list(HealthCheck))
@given(frames)
def test_no_frame_is_worse_than_a_bad_one(frame: tuple[Dialect, str | bytes]) -> None:
    outcome(*frame)


def test_what_is_spoilt_was_good() -> None:
    for dialect in get_args(Dialect):
        names = DIALECTS[dialect].server_events
        kinds = {names.get(event["type"], event["type"]) for event in said(dialect)}
        assert set(READERS) <= kinds
        for event in said(dialect):
            assert outcome(dialect, json.dumps(event)) != "bad"


def test_kinds_of_events_that_nobody_knows_fill_no_memory() -> None:
    decoder = Decoder(GA)
    for number in range(1000):
        assert decoder.decode(json.dumps({"type": f"{number}" * 1000})) is None
    assert sum(map(len, decoder.ignored)) < 10_000
    assert decoder.ignored.total() == 1000


# ---- for longer -------------------------------------------------------------------
def fuzz(seconds: float, first_seed: int) -> Counter[str]:
    """How many frames came to what. Ends with the first that should not have been."""
    seen: Counter[str] = Counter()
    end = monotonic() + seconds
    random = Random(first_seed)
    while monotonic() < end:

        @seed(random.getrandbits(64))
        @settings(max_examples=2000, database=None, suppress_health_check=list(HealthCheck), deadline=None)
        @given(frames)
        def run(frame: tuple[Dialect, str | bytes]) -> None:
            seen[outcome(*frame)] += 1

        run()
    return seen


if __name__ == "__main__":
    started = int(sys.argv[2]) if len(sys.argv) > 2 else Random().getrandbits(32)
    found = fuzz(float(sys.argv[1]), started)
    print(f"seed {started}: {found.total()} frames")
    for name, times in found.most_common():
        print(f"{times:10} {name}")
