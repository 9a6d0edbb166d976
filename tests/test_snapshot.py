"""The turn machine as JSON, without sound and words."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from dataclasses import MISSING, fields
from enum import Enum
from math import inf
from random import Random
from typing import Any, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.conversation.machine import Conversation
from edge_agent.conversation.question import QuestionPart
from edge_agent.conversation.settings import TurnSettings
from edge_agent.replay.snapshot import MACHINE, VOCABULARY, WORDS, NotFrozen, freeze, thaw
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.state import State, Turn

from .conversation.test_properties import histories, settings_
from .settings import turn_settings

KEPT = {  # attributes of the vocabulary that hold text and stay: names, ids and codes, nothing that anybody said
    *(
        "item_id",
        "response_id",
        "request_id",
        "call_id",
        "approval_id",
        "session_id",
        "setting",
        "channel",
        "delegation_id",
        "item_ids",
        "request_ids",
        "after",
        "device",
        "part",
        "reason",
        "model",
        "to",
        "readiness",
    ),
    *(
        "code",
        "kind",
        "param",
        "name",
        "status",
        "role",
        "opened_by",
        "until",
        "cue",
        "outcome",
        "why",
        "word",
        "priority",
        "when_busy",
    ),
}


STATES = {cls.__name__ for cls in MACHINE if not issubclass(cls, Enum)} - {"State", "UplinkOpened"}


def through(thing: Any) -> Any:
    return thaw(json.loads(json.dumps(freeze(thing), allow_nan=False)))


@pytest.mark.parametrize(
    "thing",
    [
        *(None, True, 7, 1.25, inf, "id", Turn.SPEAKING, Cue.DONE, (), (1, ("a",)), [1, [2]], {"a": [1]}),
        *({"a", "b"}, frozenset({"a"}), deque([1, 2], maxlen=3), OrderedDict(b=1, a=2)),
        *(e.ButtonPressed(), e.PlaybackStopped((e.Heard("i1", 20),), 5), State(Turn.LISTENING, volume=3)),
        QuestionPart(None, [bytes(9)], 3, sent=1),
    ],
)
def test_it_comes_back_as_it_was(thing: Any) -> None:
    again = through(thing)
    assert again == thing
    assert type(again) is type(thing)


def test_of_sound_only_the_length_comes_back_and_of_words_roughly_the_length() -> None:
    assert through(e.MicAudioRecorded(1, b"\1\2\3")) == e.MicAudioRecorded(1, bytes(3))
    for words, length in {"": 0, "Tag": 64, "Guten Tag": 64, "x" * 64: 64, "x" * 65: 128}.items():
        assert through(e.UserTranscribed("i1", words)) == e.UserTranscribed("i1", "x" * length)


def test_no_word_that_a_part_keeps_comes_back() -> None:
    conversation = Conversation()
    conversation.handle(e.RingMissed("Reminder: the dentist."), 0)
    conversation.handle(e.AudioStarted("card", 0), 0)
    conversation.handle(e.Connected(1), 0)
    conversation.handle(e.OpeningRequested(1, "Did you see the dentist?"), 0)
    written = json.dumps(freeze(conversation.checkpoint()))
    assert "dentist" not in written


def test_a_reason_stays_where_it_is_a_code_and_not_where_it_is_a_sentence() -> None:
    assert through(e.ResponseDone("r1", "failed", "server_error")).reason == "server_error"
    for told in e.AudioLost("speaker", "gone"), e.Disconnected(1, "gone"):
        assert through(told).reason == "x" * 64


def test_a_record_from_before_an_attribute_was_there_is_readable() -> None:
    assert thaw({"MuteSwitched": {}}) == e.MuteSwitched(None)
    assert thaw({"ResponseDone": {"response_id": "r", "status": "failed"}}) == e.ResponseDone("r", "failed")
    assert thaw({"State": {"turn": {"Turn": "IDLE"}}}) == State()


def test_what_is_almost_plain_comes_back_plain() -> None:
    assert through(e.EchoJudged(True, np.float64(12.5))) == e.EchoJudged(True, 12.5)
    assert thaw(freeze([bytearray(3), memoryview(bytes(2))])) == [bytes(3), bytes(2)]


def test_a_queue_keeps_its_limit() -> None:
    assert through(deque([1], maxlen=3)).maxlen == 3


def test_what_is_shared_is_shared_again() -> None:
    conversation = Conversation(turn_settings(mode="hands-free"))
    again = through(conversation.checkpoint()).keeper
    assert again.utterance.settings is again.settings
    assert again.settings == conversation.keeper.settings
    ring: list[Any] = []
    ring.append(ring)
    assert (again := through(ring))[0] is again


def test_every_text_of_the_vocabulary_is_a_word_or_a_name() -> None:
    """Whoever adds one decides: into `snapshot.WORDS`, or into KEPT here."""
    texts = {
        item.name
        for cls in VOCABULARY
        for item in fields(cls)
        if any(part in str(get_type_hints(cls)[item.name]) for part in ("str", "Literal", "Cue"))
    }
    assert texts - WORDS == KEPT


def test_what_is_no_part_of_the_machine_is_refused() -> None:
    with pytest.raises(TypeError, match=r"builtins\.object is not in snapshot\.CLASSES"):
        freeze([object()])


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"Popen": {"args": "true"}}, "'Popen' is unknown to the turn machine"),
        ({}, "one key, not 0"),
        ({"words": 2**40}, "not a length"),
        ({"sound": -1}, "not a length"),
        ({"sound": True}, "not a length"),
        ([{"sound": 2**25}, {"words": 2**25}, {"sound": 1}], "too much"),
        ({"same": 3}, "index"),
        ({"float": []}, "'float'"),
        ({"deque": []}, "index"),
        ({"dict": [1]}, "'dict'"),
        ({"set": [[]]}, "unhashable"),
        ({"Turn": "ASLEEP"}, "ASLEEP"),
        ({"Heard": {"item_id": "i"}}, "Heard lacks heard_ms"),
        (
            {"TurnKeeper": {"settings": 1, "__class__": 2}},
            "TurnKeeper lacks state, utterance, exchange, presence",
        ),
        ({"TurnKeeper": 5}, "not iterable"),
    ],
)
def test_what_is_thawed_can_only_be_data(node: Any, words: str) -> None:
    with pytest.raises(NotFrozen, match=words):
        thaw(node)


def test_nothing_is_nested_too_deeply() -> None:
    node: list[Any] = []
    for _ in range(100_000):
        node = [node]
    with pytest.raises(NotFrozen, match="too deeply"):
        thaw(node)


REQUIRED = {  # fields without which a record cannot be read: those of format 2 when it was made, and no more ever
    "Checkpoint": {"keeper", "parts"},
    "TurnKeeper": {"settings", "state", "utterance", "exchange", "presence"},
    "Utterance": {"settings", "until", "first_word_until", "due"},
    "Exchange": {"detects"},
    "Presence": {"visit_s", "close_s"},
    "Said": {"role", "text"},
    "DuplexCheckpoint": {"dialogue"},
    "Dialogue": {"settings", "state", "presence"},
}


def test_a_new_field_of_the_machine_breaks_no_record() -> None:
    required = {
        cls.__name__: {
            item.name
            for item in fields(cls)  # type: ignore[arg-type]
            if item.default is MISSING and item.default_factory is MISSING
        }
        for cls in MACHINE
        if not issubclass(cls, Enum)
    }
    assert {name: names for name, names in required.items() if names} == REQUIRED


@given(settings_, histories, st.randoms(use_true_random=False))
def test_a_record_that_lacks_fields_or_has_strange_ones_is_readable(
    settings: TurnSettings, history: Any, random: Random
) -> None:
    """As one that was made before a field was there, or by a later version."""
    conversation, now = Conversation(settings), 0.0
    for event, pause in history:
        now += pause
        conversation.handle(event, now)
    frozen = json.loads(json.dumps(freeze(conversation.checkpoint())))
    for kind, state in states(frozen):
        for name in [name for name in state if name not in REQUIRED.get(kind, ()) and random.random() < 0.3]:
            del state[name]
        state["of_a_later_version"] = 1
    again = Conversation.restored(thaw(frozen))
    assert isinstance(freeze(again.checkpoint()), dict)


def states(node: Any) -> list[tuple[str, dict[str, Any]]]:
    """(class, fields) of each part of the machine in a frozen one."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    own = [(kind, value) for kind, value in items if isinstance(value, dict) and kind in STATES]
    return own + [state for _, value in items for state in states(value)]
