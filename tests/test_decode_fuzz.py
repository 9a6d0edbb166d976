"""Whatever a service may send is an event, of no matter, or a bad frame: never anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass
from functools import cache
from math import isfinite
from typing import Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_agent.config import Config
from edge_agent.realtime.wire.allowance import MOST_ITEMS
from edge_agent.realtime.wire.decode import (
    LARGEST_NUMBER,
    LONGEST_ARGUMENTS,
    LONGEST_NAME,
    MOST_NAMES,
    READERS,
    BadFrame,
)
from edge_agent.realtime.wire.dialects import GA, PREVIEW_EVENTS, Dialect
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.dialects import SERVICE_DIALECTS
from edge_agent.simulator.published import published
from edge_agent.simulator.session import Session
from edge_agent.simulator.speech import describe
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary.text import LONGEST_CODE, LONGEST_ITEM, LONGEST_MESSAGE

from .sound import tone
from .turn_dialects import TURN_DIALECTS

LONGEST = {
    "message": LONGEST_MESSAGE,
    "text": LONGEST_ITEM,
    "transcript": LONGEST_ITEM,
    "arguments": LONGEST_ARGUMENTS,
}
# what a terminal obeys, what ends a line for somebody, what turns the direction of writing round
UNSAFE = frozenset(map(chr, [*range(32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F)]))
UNSAFE |= frozenset(map(chr, range(0x2066, 0x206A)))
LONGEST_COMPLAINT = 400  # characters: it becomes a line of the log
Name = Literal["ga", "preview", "voice-live"]


class Raw(float):
    """A number as it is written, whatever Python would make of it."""

    def __new__(cls, written: str) -> Raw:
        number = super().__new__(cls, 0.0)
        number.written = written
        return number

    written: str

    def __repr__(self) -> str:
        return self.written


def frame_of(event: Any) -> str:
    """JSON with lone surrogates and `Raw` numbers as they are."""
    raws: list[Raw] = []

    def mark(value: Any) -> Any:
        if isinstance(value, Raw):
            raws.append(value)
            return f"(raw {len(raws) - 1})"
        if isinstance(value, dict):
            return {key: mark(each) for key, each in value.items()}
        return [mark(each) for each in value] if isinstance(value, list) else value

    text = json.dumps(mark(event))
    for number, raw in enumerate(raws):
        text = text.replace(f'"(raw {number})"', raw.written)
    return text


def check(frame: str | bytes, dialect: Dialect) -> None:
    decoder = dialect.decoder()
    try:
        event = decoder.decode(frame)
    except BadFrame as error:
        line = str(error)
        assert len(line) < LONGEST_COMPLAINT
        assert line.isprintable()
        return
    for name, value in _leaves(event):
        match value:
            case str():
                value.encode()  # to be sent, logged or printed
                assert len(value) <= LONGEST.get(name, LONGEST_CODE), name
                assert not UNSAFE & set(value), name
                if name.endswith(("_id", "_ids")) and name != "session_id":  # which is only shown
                    assert value.isascii(), name
            case int() | float():
                assert isfinite(value)
                assert 0 <= value < LARGEST_NUMBER
            case _:
                assert value is None or isinstance(value, bytes)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each with the name of the field that it is in."""
    if is_dataclass(value):
        for field in fields(value):
            yield from _leaves(getattr(value, field.name), field.name)
    elif isinstance(value, tuple):
        assert len(value) <= MOST_ITEMS
        for each in value:
            yield from _leaves(each, name)
    else:
        yield name, value


# ---- what a service says ---------------------------------------------------------
@cache
def recorded(name: Name) -> list[dict[str, Any]]:
    """One event of each type and shape of a conversation with the simulated service, and of the models."""
    dialect, config, now = TURN_DIALECTS[name], Config(), 0.0
    answers = Script([Speech("Well then.", tone(24_000, 400)), Call("open_door", '{"door": 1}')])
    session = Session(SERVICE_DIALECTS[name], schema=published(name), answers=answers, recognise=describe)
    session.open(now)
    session.receive(dialect.encoder.encode_session(config), now)
    said: list[c.ServiceCommand] = [
        c.AppendAudio(tone(24_000, 500)),
        c.CommitInput(),
        c.CreateResponse("ask_1"),
    ]
    for command in [*said, c.CancelResponse("none"), c.CommitInput()]:
        session.receive(dialect.encoder.encode(command, config.turns), now)
    found: dict[str, dict[str, Any]] = {}
    while session.outbox.next_at is not None and now < 60:
        now = max(now, session.outbox.next_at)
        for event in session.outbox.due(now):
            if isinstance(event, dict):
                found.setdefault(event["type"], event)
    assert {"session.updated", "response.done", "error"} <= found.keys()
    for kind, model in published(name).server_events.items():
        found.setdefault(kind, {key: f"{key}_1" for key in model["required"]} | {"type": kind})
    return list(found.values())


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something can be put in the place of something else."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield (*path, key)
        yield from _places(each, (*path, key))


def put(event: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = deepcopy(event)
    where: Any = changed
    for key in path[:-1]:
        where = where[key]
    if value is ...:
        del where[path[-1]]
    else:
        where[path[-1]] = value
    return changed


def nested(deep: int) -> Any:
    value: Any = []
    for _ in range(deep):
        value = {"usage": [value]}
    return value


NUMBERS = [
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "-Infinity",
    "9" * 400,
    "9" * 5000,
    "-0",
    "-5",
    "1e-400",
    "1.5e308",
]
ODD: list[Any] = [
    ...,  # left out
    None, True, "", "\ud800", "x\udc00\ud83d", "\n\x1b[31m\0", "x" * 5000, "é", "AAA", "AAAA",
    "\x9b2J\x1b]0;title\x07", "a\r\nforged: line\x85\u2028\u2029", "\u202egpj.exe\u2066", "x" * 129, "😀" * 70_000,
    [], {}, [None], [[]], [{}], {"type": "message"}, [{"type": "function_call"}], [{"type": []}],
    [{"type": "message", "id": "i"}] * 300, [{"type": "function_call", "call_id": "c", "name": "n"}] * 300, nested(50),
    *map(Raw, NUMBERS),
]  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD[1:]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(sorted(TURN_DIALECTS))


@pytest.mark.parametrize("name", TURN_DIALECTS)
def test_any_field_may_hold_anything(name: Name) -> None:
    dialect = TURN_DIALECTS[name]
    for event in recorded(name):
        check(frame_of(event), dialect)
        if PREVIEW_EVENTS.get(event["type"], event["type"]) in READERS:
            for path in _places(event):
                if path[:2] != ("session", "audio"):  # of what nothing is read
                    for odd in ODD:
                        check(frame_of(put(event, path, odd)), dialect)


@settings(derandomize=True, max_examples=60)
@given(st.data(), names)
def test_any_fields_may_hold_anything(data: st.DataObject, name: Name) -> None:
    event = data.draw(st.sampled_from(recorded(name)))
    for _ in range(data.draw(st.integers(1, 4))):
        if places := list(_places(event)):
            event = put(event, data.draw(st.sampled_from(places)), data.draw(json_values | st.just(...)))
    check(frame_of(event), TURN_DIALECTS[name])


@settings(derandomize=True, max_examples=100)
@given(st.data(), names)
def test_frames_may_be_torn(data: st.DataObject, name: Name) -> None:
    frame = frame_of(data.draw(st.sampled_from(recorded(name))))
    at, length = data.draw(st.integers(0, len(frame))), data.draw(st.integers(0, 20))
    middle = data.draw(st.text(st.characters(codec="utf-8"), max_size=5))
    check(frame[:at] + middle + frame[at + length :], TURN_DIALECTS[name])


@settings(derandomize=True, max_examples=100)
@given(json_values, names)
def test_any_json(value: Any, name: Name) -> None:
    check(frame_of(value), TURN_DIALECTS[name])


@settings(derandomize=True, max_examples=100)
@given(st.text(st.characters(codec="utf-8")) | st.binary(), names)
@example("[" * 100_000, "ga")
@example('{"type":' * 100_000, "ga")
@example('{"type":"error","error":' + '{"a":' * 900 + "1" + "}" * 901, "ga")
@example('{"type":"error","error":' + "[" * 900 + '"\\ud800"' + "]" * 900 + "}", "ga")
def test_any_frame(frame: str | bytes, name: Name) -> None:
    check(frame, TURN_DIALECTS[name])


def test_half_a_character_is_replaced_and_a_whole_one_is_kept() -> None:
    """It would break the link when it is told to the next session, again and again."""
    said = GA.decoder().decode(
        '{"type":"response.output_text.delta","response_id":"r","item_id":"i","delta":"\\ud83d\\ude00 \\uD83D."}'
    )
    assert GA.encoder.encode(c.RestoreMessage("user", said.text), Config().turns).encode()  # type: ignore[union-attr]
    assert said.text == "😀 \ufffd."  # type: ignore[union-attr]


@pytest.mark.parametrize("item_id", ["x" * 129, "a\nb", "\x1b[31m", "é", "\u202e"])
def test_an_id_that_cannot_be_real_is_a_bad_frame(item_id: str) -> None:
    """Changed, it would be another item's, and so would what is said of it to the service."""
    for event in recorded("ga"):
        if "item_id" in event and event["type"] in READERS:
            with pytest.raises(BadFrame, match=r"'item_id' is not a valid id \(\d+ characters\)"):
                GA.decoder().decode(frame_of(event | {"item_id": item_id}))
    GA.decoder().decode(frame_of({"type": "input_audio_buffer.committed", "item_id": "x" * 128}))


@pytest.mark.parametrize(
    "text", ["नमस्\u200dते, \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "👩\u200d🚀️ ¿qué?"]
)
def test_words_of_any_language_stay_as_they_are(text: str) -> None:
    event = {"type": "response.output_text.delta", "response_id": "r", "item_id": "i", "delta": text}
    assert GA.decoder().decode(json.dumps(event)).text == text  # type: ignore[union-attr]


def test_names_that_nobody_knows_do_not_fill_the_memory() -> None:
    decoder = GA.decoder()
    for number in range(1000):
        decoder.decode(json.dumps({"type": f"{number}" + "x" * 1000}))
    assert sum(decoder.ignored.values()) == 1000
    assert len(decoder.ignored) <= MOST_NAMES + 1
    assert max(map(len, decoder.ignored)) <= LONGEST_NAME
