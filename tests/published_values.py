"""Values of the types of a published client library: each field there, left out and null, each member of each union."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Annotated, Any, Literal, Union, get_args, get_origin

Values = Mapping[str, Sequence[Any]]
DEEPEST = 12
OFTEN = 0.6  # that a field is there which need not be


def members(union: Any) -> tuple[Any, ...]:
    """The types of a union, whatever it is annotated with."""
    if get_origin(union) is Annotated:
        return members(get_args(union)[0])
    if get_origin(union) in (Union, types.UnionType):
        return tuple(member for each in get_args(union) for member in members(each))
    return (union,)


def values(kind: Any, known: Values, depth: int = 0) -> Iterator[Any]:
    """The simplest one first. `known`: by the name of a field, where a type says too little."""
    if depth > DEEPEST:
        return
    alternatives = members(kind)
    if len(alternatives) > 1:
        for each in alternatives:
            yield from values(each, known, depth)
    elif hasattr(kind := alternatives[0], "model_fields"):
        yield from _objects(kind, known, depth)
    elif get_origin(kind) is Literal:
        yield from get_args(kind)
    elif get_origin(kind) in (list, Sequence):
        yield []
        yield from ([each] for each in values(get_args(kind)[0], known, depth + 1))
    elif get_origin(kind) is dict:
        yield {}
        yield from ({"key": each} for each in values(get_args(kind)[1], known, depth + 1))
    else:
        yield from PLAIN[kind]


PLAIN: dict[Any, Sequence[Any]] = {
    str: ("words", ""),
    int: (1, 0),
    float: (1, 0.5),
    bool: (True, False),
    bytes: ("AA==",),
    type(None): (None,),
    object: ({"any": [1, None]}, "words"),
    Any: ({"any": [1, None]},),
}


def _objects(model: Any, known: Values, depth: int) -> Iterator[dict[str, Any]]:
    fields = {field.alias or name: field for name, field in model.model_fields.items()}

    def of(name: str) -> Iterator[Any]:
        if name in known:
            yield from known[name]
            if type(None) in members(fields[name].annotation):
                yield None
        else:
            yield from values(fields[name].annotation, known, depth + 1)

    least = {name: next(of(name)) for name, field in fields.items() if field.is_required()}
    yield least
    first = {name: next((value for value in of(name) if value is not None), None) for name in fields}
    yield least | {name: value for name, value in first.items() if value is not None}
    for name in fields:
        for value in of(name):
            yield least | {name: value}


def mixed(kind: Any, known: Values, random: Random) -> Any:
    """Any value of this type, with any of its fields."""
    kind = random.choice(members(kind))
    if hasattr(kind, "model_fields"):
        fields = {field.alias or name: field for name, field in kind.model_fields.items()}
        return {
            name: random.choice(known[name]) if name in known else mixed(field.annotation, known, random)
            for name, field in fields.items()
            if field.is_required() or random.random() < OFTEN
        }
    if get_origin(kind) in (list, Sequence):
        return [mixed(get_args(kind)[0], known, random) for _ in range(random.randrange(3))]
    return random.choice(list(values(kind, known)))
