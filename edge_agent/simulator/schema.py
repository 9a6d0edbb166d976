"""What the service accepts: client events checked against the models of the published API.

Extra keys inside known objects are refused, as the live services do. Order of the checks: known type,
required parameters, unknown parameters, values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from math import isfinite
from typing import Any

from ..realtime.wire import Json
from .complaint import Complaint

_PRIMITIVES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


class Schema:
    def __init__(self, models: Json) -> None:
        """`models`: of one dialect, from `events.json`."""
        self._client: Json = models["client"]
        self._objects: Json = models["objects"]
        self.server_events: Json = models["server"]

    def complaint(self, event: Json) -> Complaint | None:
        """Why the service refuses this client event; None if its shape is right."""
        kind = event["type"]
        model = self._client.get(kind)
        if model is None or kind.startswith("output_audio_buffer"):  # WebRTC only
            return _unsupported(
                kind, [name for name in self._client if not name.startswith("output_")], "type"
            )
        for key in model["required"]:
            may_be_null = key in event and model["types"].get(key, "").startswith("?")
            if event.get(key) is None and not may_be_null:
                return _missing(key)
        for key in event:
            if key not in model["required"] and key not in model["optional"]:
                return _unknown(key)
        for key, value in event.items():
            if key != "type" and value is not None:
                for complaint in self._check(value, model["types"][key], key):
                    return complaint
        return None

    def _check(self, value: Any, kind: str, path: str) -> Iterator[Complaint]:
        alternatives = _split(kind.removeprefix("?"))
        refs = [alt for alt in alternatives if alt.startswith("ref:")]
        if isinstance(value, dict) and refs:
            yield from self._check_object(value, self._fitting(value, refs), path)
            return
        plain = [alt for alt in alternatives if not alt.startswith("ref:")]
        problems = [list(self._check_plain(value, alt, path)) for alt in plain]
        if problems and all(problems):
            yield problems[-1][0]
        elif not problems:
            yield _wrong_type(path, "an object", value)

    def _check_plain(self, value: Any, kind: str, path: str) -> Iterator[Complaint]:
        if kind == "any":
            return
        if kind.startswith("enum("):
            choices = kind[5:-1].split(",")
            if str(value) not in choices:
                yield _unsupported(value, choices, path)
        elif kind.startswith("array<"):
            if not isinstance(value, list):
                yield _wrong_type(path, "an array", value)
                return
            for index, member in enumerate(value):
                yield from self._check(member, kind[6:-1], f"{path}[{index}]")
        elif kind.startswith("map<"):
            if not isinstance(value, dict):
                yield _wrong_type(path, "an object", value)
        elif not isinstance(value, _PRIMITIVES[kind]) or (isinstance(value, bool) and kind != "boolean"):
            yield _wrong_type(path, f"a {kind}", value)
        elif isinstance(value, float) and not isfinite(value):  # 1e400
            yield Complaint("invalid_value", f"Invalid value for '{path}': too large.", path)

    def _check_object(self, value: Json, model: Json, path: str) -> Iterator[Complaint]:
        for key, kind in model.items():
            if not kind.startswith("?") and value.get(key) is None:
                yield _missing(f"{path}.{key}")
        for key in value:
            if key not in model:
                yield _unknown(f"{path}.{key}")
        for key, member in value.items():
            if key in model and member is not None:
                yield from self._check(member, model[key], f"{path}.{key}")

    def _fitting(self, value: Json, refs: list[str]) -> Json:
        """Of several models, the one whose `type` and `role` are those of the value."""
        models: list[Json] = [self._objects[ref.removeprefix("ref:")] for ref in refs]

        def fits(model: Json) -> bool:
            return all(
                str(value[tag]) in _choices(model[tag])
                for tag in ("type", "role")
                if tag in value and tag in model
            ) and not ("role" in value and "role" not in model)

        return next((model for model in models if fits(model)), models[0])


def _choices(kind: str) -> list[str]:
    found = re.search(r"enum\((.*?)\)", kind)
    return found[1].split(",") if found else []


@cache
def _split(kind: str) -> list[str]:
    """The alternatives of a type, not those inside its brackets."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(kind):
        depth += (char in "<(") - (char in ">)")
        if depth == 0 and kind.startswith(" | ", index):
            parts.append(kind[start:index])
            start = index + 3
    return [*parts, kind[start:]]


def _missing(path: str) -> Complaint:
    return Complaint("missing_required_parameter", f"Missing required parameter: '{path}'.", path)


def _unknown(path: str) -> Complaint:
    return Complaint("unknown_parameter", f"Unknown parameter: '{path}'.", path)


def _unsupported(value: Any, choices: list[str], path: str) -> Complaint:
    listed = ", ".join(f"'{choice}'" for choice in choices)
    return Complaint("invalid_value", f"Invalid value: '{value}'. Supported values are: {listed}.", path)


def _wrong_type(path: str, wanted: str, value: Any) -> Complaint:
    found = "null" if value is None else type(value).__name__
    return Complaint("invalid_type", f"Invalid type for '{path}': expected {wanted}, but got {found}.", path)
