"""What the tests of documents read in Markdown: tables, links and anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
Row = list[str]
RULE = re.compile(r"\|(\s*:?-+:?\s*\|)+")  # below a table's header


def prose(text: str) -> str:
    """Without blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def cells(line: str) -> Row:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def tables(text: str) -> Iterator[list[Row]]:
    """Each with its header, without the rule below it."""
    table: list[Row] = []
    for line in [*prose(text).splitlines(), ""]:
        if line.startswith("|"):
            table += [] if RULE.fullmatch(line) else [cells(line)]
        elif table:
            yield table
            table = []


def rows(document: str, name: str) -> list[Row]:
    """Of the table that stands between two comments in a page of docs, without its header."""
    text = (DOCS / document).read_text("utf-8")
    (table,) = tables(text.split(f"<!-- {name}: begin -->")[1].split(f"<!-- {name}: end -->")[0])
    return table[1:]


def table_headed(document: str, *header: str) -> list[Row]:
    """The table of a page of docs with this header, without it."""
    (table,) = (table for table in tables((DOCS / document).read_text("utf-8")) if table[0] == list(header))
    return table[1:]


def quoted(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def blocks(document: Path) -> list[str]:
    """The blocks of code."""
    return re.findall(r"^```\w*\n(.*?)^```$", document.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", prose(text)))


def anchors(text: str) -> set[str]:
    """Of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
