"""Whether a value is what a TypedDict promises."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict


def misfits(value: Any, kind: Any, where: str = "") -> Iterator[str]:
    """What differs, and where; nothing: it is of that shape."""
    origin, parts = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        hints = get_type_hints(kind)
        if value.keys() != hints.keys():
            yield f"{where}: {sorted(value.keys() ^ hints.keys())}"
            return
        for name, hint in hints.items():
            yield from misfits(value[name], hint, f"{where}.{name}")
    elif origin is UnionType:
        if all(list(misfits(value, one)) for one in parts):
            yield f"{where}: {value!r}"
    elif origin is Literal:
        if value not in parts:
            yield f"{where}: {value!r}"
    elif origin and type(value) is not origin:
        yield f"{where}: {value!r}"
    elif origin is list:
        for number, item in enumerate(value):
            yield from misfits(item, parts[0], f"{where}[{number}]")
    elif origin is dict:
        for name, item in value.items():
            yield from misfits(name, parts[0], f"{where} key")
            yield from misfits(item, parts[1], f"{where}[{name}]")
    elif kind is not Any and not _is_of(value, kind):
        yield f"{where}: {value!r}"


def _is_of(value: Any, kind: Any) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, NoneType if kind is None else kind)
