"""Environment files as systemd reads them: systemd.exec(5), EnvironmentFile=."""

from __future__ import annotations

import re
from collections.abc import Mapping

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ESCAPED_IN_QUOTES = '"\\`$'


def variables(text: str) -> Mapping[str, str]:
    """What it sets; lines that systemd skips are skipped."""
    found = {}
    for line in _lines(text):
        name, equals, value = line.partition("=")
        if equals and NAME.fullmatch(name.rstrip()):
            found[name.rstrip()] = _value(value.lstrip())
    return found


def _lines(text: str) -> list[str]:
    """Without comments; a backslash at the end of a line joins it with the next, and quotes span lines."""
    lines, open_line = [], ""
    for raw in text.splitlines():
        if not open_line and (not raw.strip() or raw.lstrip()[0] in "#;"):
            continue
        line = f"{open_line}{raw}" if open_line else raw.lstrip()
        if (len(line) - len(line.rstrip("\\"))) % 2:
            open_line = line[:-1]
        elif _is_quoted_open(line):
            open_line = f"{line}\n"
        else:
            lines.append(line)
            open_line = ""
    return [*lines, open_line] if open_line else lines


def _is_quoted_open(line: str) -> bool:
    value = line.partition("=")[2].lstrip()
    if not value or value[0] not in "\"'":
        return False
    closed = re.fullmatch(r"""'[^']*'.*|"(?:\\.|[^"\\])*".*""", value, re.DOTALL)
    return closed is None


def _value(text: str) -> str:
    """Without quotes, escapes, and blanks around it. A quote within a word is kept."""
    value, at, kept = "", 0, 0  # kept: so much is not blanks at the end
    quote, may_quote = "", True
    while at < len(text):
        char = text[at]
        if quote and char == quote:
            quote, may_quote = "", True
        elif may_quote and not quote and char in "\"'":
            quote = char
        elif char == "\\" and quote != "'" and at + 1 < len(text):
            at += 1
            value += text[at] if not quote or text[at] in ESCAPED_IN_QUOTES else f"\\{text[at]}"
            kept, may_quote = len(value), False
        elif quote or not may_quote or not char.isspace():
            value += char
            kept, may_quote = len(value) if quote or not char.isspace() else kept, bool(quote)
        at += 1
    return value[:kept]
