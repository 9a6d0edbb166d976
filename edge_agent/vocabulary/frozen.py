"""What events, commands, facts and settings are: dataclasses whose values nobody changes. Pure.

As `dataclass(frozen=True, slots=True)`, for which Python writes and compiles six functions for each class at each
start: a quarter of all the time that a start took. Here only `__init__` is, the others are shared. That nobody changes
a value, mypy sees to.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    # without a text, dataclass makes one of the signature, which takes long
    text = cls.__doc__ or cls.__name__
    shared = {"__doc__": text, "__eq__": _equals, "__hash__": _hash, "__repr__": _shown}
    for name, given in shared.items():
        setattr(cls, name, given)
    made = dataclass(slots=True, eq=False, repr=False)(cls)
    compared = [item.name for item in fields(made) if item.compare]  # type: ignore[arg-type]
    # of one name it would not give a tuple
    named = compared if len(compared) > 1 else 2 * compared
    made.__compared__ = attrgetter(*named) if named else type  # type: ignore[attr-defined]
    return made


def _equals(one: Any, other: Any) -> Any:
    if one is other:
        return True
    if one.__class__ is not other.__class__:
        return NotImplemented
    return one.__compared__(one) == one.__compared__(other)


def _hash(of: Any) -> int:
    return hash(of.__compared__(of))


def _shown(of: Any) -> str:
    shown = [f"{name}={getattr(of, name)!r}" for name, item in of.__dataclass_fields__.items() if item.repr]
    return f"{type(of).__qualname__}({', '.join(shown)})"
