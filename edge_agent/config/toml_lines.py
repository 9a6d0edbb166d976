"""TOML as text: how a value is written, and the line of each key. `tomllib` does neither.

The line is a guess from the look of each, used only in messages, never for values. It finds tables and keys at the
start of a line. It does not find keys in inline tables, nor tell the tables of an array apart, and it can mistake a
line inside a multi-line array for a key, or lose track of a multi-line string whose quotes are escaped or appear in a
comment. A message then names the line of the table, or a wrong line, but always the right key.
"""

from __future__ import annotations

import json
import re
from typing import Any

_TABLE = re.compile(r"\s*\[{1,2}([^\[\]]+)\]")
_KEY = re.compile(r"""\s*(["']?)([\w.-]+)\1\s*=""")
_LONG_STRING = re.compile(r'"""|\'\'\'')


def key_lines(text: str) -> dict[tuple[str, str], int]:
    """Line numbers, from 1, by (table, key); a table itself is (table, "")."""
    found: dict[tuple[str, str], int] = {}
    table, inside = "", False
    for number, line in enumerate(text.splitlines(), 1):
        was_inside = inside
        inside ^= len(_LONG_STRING.findall(line)) % 2 == 1
        if was_inside:
            continue
        if match := _TABLE.match(line):
            table = re.sub(r"[\"'\s]", "", match[1])
            found.setdefault((table, ""), number)
            section, _, key = table.partition(".")
            found.setdefault((section, key), number)
        elif match := _KEY.match(line):
            path = f"{table}.{match[2]}" if table else match[2]
            section, _, key = path.partition(".")
            found.setdefault((section, key), number)
    return found


def toml_value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def inline_toml(value: Any) -> str:
    """Also of tables, on one line."""
    match value:
        case dict():
            return f"{{ {', '.join(f'{toml_value(key)} = {inline_toml(item)}' for key, item in value.items())} }}"
        case list() | tuple():
            return f"[{', '.join(map(inline_toml, value))}]"
    return toml_value(value)
