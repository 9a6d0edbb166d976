"""What events, commands, facts and settings are: dataclasses whose values nobody changes. Pure.

As `dataclass(frozen=True, slots=True)`, for which Python writes and compiles six functions for each class at each
start: a quarter of all the time that a start took. Here only `__init__` is, the others are shared. That nobody changes
a value, mypy sees to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    # without a text, dataclass makes one of the signature, which takes long
    text = cls.__doc__ or cls.__name__
    shared = {"__doc__": text, "__eq__": _equals, "__hash__": _hash, "__repr__": _shown}
    for name, given in shared.items():
        setattr(cls, name, given)
    return dataclass(slots=True, eq=False, repr=False)(cls)


def _compared(of: Any) -> list[Any]:
    return [getattr(of, name) for name, item in of.__dataclass_fields__.items() if item.compare]


def _equals(one: Any, other: object) -> bool:
    return _compared(one) == _compared(other) if one.__class__ is other.__class__ else NotImplemented


def _hash(of: Any) -> int:
    return hash(tuple(_compared(of)))


def _shown(of: Any) -> str:
    shown = [f"{name}={getattr(of, name)!r}" for name, item in of.__dataclass_fields__.items() if item.repr]
    return f"{type(of).__qualname__}({', '.join(shown)})"
