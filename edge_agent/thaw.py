"""What `freeze` made of the turn machine, as objects again. Pure.

Sound is silence of the same length, and words are letters x. A file from elsewhere runs no code here: instances are
made of the classes that `freeze` knows and of no other, nothing of theirs is called, and none of it is replaced.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

from .freeze import CLASSES, Frozen, field_names

MOST_BYTES = 50_000_000  # of sound, in all that is thawed at once


class Unthawable(ValueError):
    """What of it is not as `freeze` makes it."""


def thaw(frozen: Frozen) -> Any:
    """Raises Unthawable."""
    try:
        return _Thawer().thaw(frozen)
    except RecursionError:
        raise Unthawable("it is nested too deeply") from None
    except (AttributeError, KeyError, TypeError) as error:
        raise Unthawable(f"it does not fit together ({error})") from None


class _Thawer:
    def __init__(self) -> None:
        self._seen: list[Any] = []
        self._room = MOST_BYTES

    def thaw(self, frozen: Frozen) -> Any:
        match frozen:
            case None | bool() | int() | float() | str():
                return frozen
            case list():
                return self._all(self._met([]), frozen)
            case {"is": "float", "of": "inf" | "-inf" | "nan" as number}:
                return float(number)
            case {"is": "bytes", "of": int(size)} if 0 <= size <= self._room:
                self._room -= size
                return bytes(size)
            case {"is": "seen", "of": int(number)} if 0 <= number < len(self._seen):
                return self._seen[number]
            case {"is": "tuple", "of": list(items)}:
                return tuple([self.thaw(item) for item in items])
            case {"is": "frozenset", "of": list(items)}:
                return frozenset([self.thaw(item) for item in items])
            case {"is": "set", "of": list(items)}:
                values = self._met(set())
                values.update([self.thaw(item) for item in items])
                return values
            case {"is": "dict" | "OrderedDict" as kind, "of": list(pairs)}:
                mapping = self._met({} if kind == "dict" else OrderedDict())
                mapping.update([[self.thaw(item) for item in pair] for pair in pairs])
                return mapping
            case {"is": "deque", "of": list(items), "most": None | int() as most} if (most or 0) >= 0:
                return self._all(self._met(deque(maxlen=most)), items)
            case {"is": str(name), **attributes} if name in CLASSES:
                return self._made(CLASSES[name], attributes)
        raise Unthawable(f"{frozen!s:.80} is nothing that is known here")

    def _met(self, value: Any) -> Any:
        self._seen.append(value)
        return value

    def _all(self, values: Any, items: list[Frozen]) -> Any:
        for item in items:
            values.append(self.thaw(item))
        return values

    def _made(self, cls: type[Any], attributes: dict[Any, Frozen]) -> Any:
        if issubclass(cls, Enum):
            return cls[attributes["of"]]
        given = set(attributes)
        if given != set(field_names(cls)) if is_dataclass(cls) else any(hasattr(cls, name) for name in given):
            raise Unthawable(f"{cls.__name__} is made of other parts here")
        made = self._met(object.__new__(cls))
        for name, value in attributes.items():
            object.__setattr__(made, name, self.thaw(value))
        return made
