"""A text in TOML with some settings changed: whatever else is in it stays as it is, comments too. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from .toml_lines import key_lines, toml_value

SettingValue = str | int | float | bool
_VALUE = re.compile(
    r"""\s*("{3}(?:\\.|[^\\])*?"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\])*"|'[^']*'|[^#\n]*)""", re.DOTALL
)


class CannotEdit(Exception):
    """The text says this setting in a way that is not known here."""


def edited(text: str, changes: Mapping[tuple[str, str], SettingValue | None]) -> str:
    """`changes`: by (section, key); None: it is taken out. `text` is valid TOML. Raises CannotEdit: somebody has to
    change the text. Lines are found by their look, so what comes out is read again, and must be what was wanted."""
    text = text.replace("\r\n", "\n")
    wanted = tomllib.loads(text)
    for (section, key), value in changes.items():
        table = wanted.setdefault(section, {})
        if not isinstance(table, dict):
            raise CannotEdit
        table.pop(key, None)
        if value is not None:
            table[key] = value
        text = _changed(text, section, key, value)
    if {section: {} for section, _ in changes} | _read(text) != wanted:
        raise CannotEdit
    return text


def _changed(text: str, section: str, key: str, value: SettingValue | None) -> str:
    lines = text.split("\n")
    known = key_lines(text)
    if at := known.get((section, key)):
        text = "\n".join([*lines[: at - 1], _replaced("\n".join(lines[at - 1 :]), value)])
        return _without_empty(text, section) if value is None else text
    if value is None:
        return text
    setting = f"{key} = {_written(value)}"
    if head := known.get((section, "")):
        end = min(
            (line for (_, name), line in known.items() if not name and line > head), default=len(lines) + 1
        )
        last = max(line for line in range(head, end) if line == head or _is_setting(lines[line - 1]))
        return "\n".join([*lines[:last], setting, *lines[last:]])
    before = f"{text.rstrip()}\n\n" if text.strip() else ""
    return f"{before}[{section}]\n{setting}\n"


def _without_empty(text: str, section: str) -> str:
    """Without the section, if nothing is in it, not even a comment."""
    lines = text.split("\n")
    head = key_lines(text).get((section, ""), 0)
    rest = (number for number in range(head, len(lines)) if lines[number].strip())
    end = next(rest, len(lines))
    is_bare = lines[head - 1].strip() == f"[{section}]"
    if not head or not is_bare or not (end == len(lines) or lines[end].startswith("[")):
        return text
    before = "\n".join(lines[: head - 1]).rstrip()
    after = "\n".join(lines[end:])
    return "\n\n".join(filter(None, [before, after])) if after else f"{before}\n" if before else ""


def _replaced(text: str, value: SettingValue | None) -> str:
    """The text, of whose first setting the value is replaced; None: the setting is gone."""
    name, _, said = text.partition("=")
    found = _VALUE.match(said)
    comment, newline, rest = said[found.end() if found else 0 :].partition("\n")
    comment = comment.strip()
    if value is None:
        return f"{comment}{newline}{rest}" if comment else rest
    return f"{name.rstrip()} = {_written(value)}{comment and f'  {comment}'}{newline}{rest}"


def _is_setting(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _read(text: str) -> dict[str, Any]:
    """Empty where it is not valid."""
    try:
        return tomllib.loads(text)
    except ValueError:
        return {}


def _written(value: SettingValue) -> str:
    if isinstance(value, str) and "\n" in value:
        lines = (json.dumps(line, ensure_ascii=False)[1:-1] for line in value.split("\n"))
        return '"""\n' + "\n".join(lines) + '"""'
    return toml_value(value)
