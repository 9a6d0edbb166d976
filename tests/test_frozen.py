"""Values are as dataclasses make them, though most of what they do is shared."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field, replace

from edge_agent.vocabulary.frozen import frozen


@frozen
class Heard:
    item_id: str
    heard_ms: int = 0
    key: str = field(default="", repr=False)
    seen: int = field(default=0, compare=False)


@frozen
class Settled(Heard):
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    item_id: str
    heard_ms: int = 0
    key: str = field(default="", repr=False)
    seen: int = field(default=0, compare=False)


HEARD = Heard("a", 20, "secret", 1)


def test_equal_and_hashed_by_what_is_compared() -> None:
    assert replace(HEARD, seen=2) == HEARD
    assert len({HEARD, replace(HEARD, seen=2), replace(HEARD, heard_ms=40)}) == 2
    assert replace(HEARD, heard_ms=40) != HEARD


def test_of_another_class_it_is_another() -> None:
    assert Settled("a", 20, "secret", 1) != HEARD
    other: object = Written("a", 20, "secret", 1)
    assert other != HEARD


def test_shown_as_a_dataclass_without_its_secrets() -> None:
    assert repr(HEARD) == repr(Written("a", 20, "secret", 1)).replace("Written", "Heard")
    assert repr(Settled("a", whole=True)) == "Settled(item_id='a', heard_ms=0, seen=0, whole=True)"


def test_has_no_other_fields_and_goes_from_process_to_process() -> None:
    assert not hasattr(HEARD, "__dict__")
    assert pickle.loads(pickle.dumps(HEARD)) == HEARD  # noqa: S301 - its own


@frozen
class Level:
    db: float


@frozen
class Ringing:
    pass


def test_of_one_field_and_of_none() -> None:
    nan = float("nan")
    assert Level(nan) == Level(nan)  # as in tuples
    assert Level(1.0) != Level(2.0)
    assert Ringing() == Ringing()
    assert len({Ringing(), Ringing(), Level(1.0), Level(1.0)}) == 2
