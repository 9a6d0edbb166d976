"""What may be asked over the control socket."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.host.control.requests import (
    LONGEST_CHANGES,
    LONGEST_TEXT,
    NAMES,
    RequestRefused,
    event_of,
    parse,
)
from edge_agent.vocabulary import events as e


@pytest.mark.parametrize(
    ("request_", "event"),
    [
        ({"do": "press"}, e.ButtonPressed()),
        ({"do": "release"}, e.ButtonReleased()),
        ({"do": "mute"}, e.MuteSwitched(True)),
        ({"do": "unmute"}, e.MuteSwitched(False)),
        ({"do": "interrupt"}, e.InterruptRequested()),
        ({"do": "forget"}, e.ForgetRequested()),
        ({"do": "volume", "percent": 0}, e.VolumeSet(0)),
        ({"do": "volume", "steps": -10}, e.VolumeStepped(-10)),
        ({"do": "say", "text": "Hello"}, e.TextEntered("Hello")),
        ({"do": "status"}, None),
        ({"do": "announce", "media": "https://h/a.wav"}, None),
        ({"do": "start"}, None),
        ({"do": "start", "text": "the weather"}, None),
        ({"do": "ask-user", "text": "Yes?"}, None),
        ({"do": "ask-user", "text": "Yes?", "answer_s": 2.5}, None),
        ({"do": "announce", "text": "Dinner", "chime": False, "volume": 0, "when_busy": "drop"}, None),
        ({"do": "reload"}, None),
        ({"do": "restart"}, None),
        ({"do": "report", "last": 3}, None),
        ({"do": "stop-ringing"}, e.RingingStopped()),
        ({"do": "tools"}, None),
        ({"do": "config-read"}, None),
        ({"do": "config-check", "text": "[turns]", "set": {"turns.mode": "tap", "audio.cues": None}}, None),
        ({"do": "config-write", "set": {"gate.start_ms": 80}, "revision": "1"}, None),
        ({"do": "config-undo"}, None),
        ({"do": "tools", "name": "get_time", "arguments": {}}, None),
    ],
)
def test_what_is_asked(request_: dict[str, Any], event: e.Event | None) -> None:
    assert event_of(request_) == event


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"do": "volume", "percent": 300}, "0 to 100"),
        ({"do": "volume", "percent": True}, "0 to 100"),
        ({"do": "volume", "steps": 11}, "-10 to 10"),
        ({"do": "volume"}, "percent"),
        ({"do": "say"}, "say needs text"),
        ({"do": "say", "text": "  "}, "1 to 1000 characters"),
        ({"do": "say", "text": "x" * (LONGEST_TEXT + 1)}, "1 to 1000 characters"),
        ({"do": "say", "text": "\ud800"}, "say needs text"),
        ({"do": "announce"}, "announce needs text or media, 1 to 1000 characters"),
        ({"do": "announce", "text": "x" * 1001}, "announce needs text or media"),
        ({"do": "announce", "text": "x", "media": "https://h/a.wav"}, "announce needs text or media"),
        ({"do": "announce", "media": ["https://h/a.wav"]}, "announce needs text or media"),
        ({"do": "announce", "text": "x", "chime": 1}, "chime must be true or false"),
        ({"do": "announce", "text": "x", "volume": 101}, "volume must be 0 to 100"),
        ({"do": "announce", "text": "x", "volume": True}, "volume must be 0 to 100"),
        ({"do": "announce", "text": "x", "when_busy": ["wait"]}, "must be one of interrupt, wait, drop"),
        ({"do": "announce", "text": "x", "priority": 9}, "must be one of normal, high"),
        ({"do": "start", "text": " "}, "start needs nothing, or text, 1 to 1000 characters"),
        ({"do": "start", "text": None}, "start needs nothing, or text"),
        ({"do": "ask-user"}, "ask-user needs text, 1 to 1000 characters, and answer_s"),
        ({"do": "ask-user", "text": "x", "answer_s": 61}, r"answer_s \(1 to 60\)"),
        ({"do": "ask-user", "text": "x", "answer_s": True}, r"answer_s \(1 to 60\)"),
        ({"do": "report", "last": 0}, "report needs last"),
        ({"do": "report", "transcript": 1}, "report needs last"),
        ({"do": "tools", "name": "get_time"}, "tools needs nothing, or name"),
        ({"do": "tools", "name": 1, "arguments": {}}, "tools needs nothing, or name"),
        ({"do": "config-write", "text": "x" * (LONGEST_CHANGES + 1)}, "at most 8000 characters"),
        ({"do": "config-write", "text": "\ud800"}, "a change has text"),
        ({"do": "config-write", "revision": 1}, "revision"),
        ({"do": "config-check", "set": ["turns.mode"]}, "set "),
        ({"do": "config-check", "set": {"mode": "tap"}}, "SECTION.KEY"),
        ({"do": "config-check", "set": {f"x.y{n}": 1 for n in range(65)}}, "at most 64 values"),
        ({"do": "config-check", "set": {"turns.mode": ["tap"]}}, "SECTION.KEY"),
        ({"do": "config-check", "set": {"turns.mode": "\ud800"}}, "SECTION.KEY"),
        ({"do": "config-check", "set": {"limits.listen_s": float("nan")}}, "SECTION.KEY"),
        ({"do": "fly"}, "'fly' is unknown; choose from status, press"),
        ({"do": ["press"]}, "is unknown"),
        ({}, "None is unknown"),
    ],
)
def test_what_is_refused(request_: dict[str, Any], words: str) -> None:
    with pytest.raises(RequestRefused, match=words):
        event_of(request_)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"[1]", "JSON object"),
        (b"", "JSON object"),
        (b"\xff\xfe", "JSON object"),
        (b"[" * 4000, "JSON object"),
        (b'{"do": "volume", "percent": ' + b"9" * 4000 + b"}", "0 to 100"),
        (b'{"do": "status", "version": 2}', "version 2 is unknown"),
    ],
)
def test_lines_that_are_no_requests(line: bytes, words: str) -> None:
    with pytest.raises(RequestRefused, match=words):
        event_of(parse(line))


def test_a_request_may_say_its_version() -> None:
    assert parse(b'{"do": "status", "version": 1}\n') == {"do": "status", "version": 1}


KEYS = st.sampled_from(["do", "version", "percent", "steps", "text", "last", "set", "revision"]) | st.text(
    max_size=5
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


@given(
    st.binary(max_size=80) | st.dictionaries(KEYS, VALUES, max_size=4).map(lambda it: json.dumps(it).encode())
)
def test_anything_is_a_request_or_refused_in_one_line(line: bytes) -> None:
    refusal = ""
    try:
        event_of(parse(line))
    except RequestRefused as refused:
        refusal = str(refused)
    assert "\n" not in refusal
