"""Every document: its tables are whole, its links lead somewhere, and what it shows is what the code prints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.cli import main
from edge_agent.cli.status_lines import lines
from edge_agent.config import load
from edge_agent.host.control.server import MOST_CLIENTS
from edge_agent.vocabulary.state import LEGAL

from .markdown import DOCS, ROOT, anchors, blocks, cells, links, quoted, table_headed, tables

FOLDERS = ("docs", "hardware", "edge_agent", "benchmarks", "tests")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(path for name in FOLDERS for path in (ROOT / name).rglob("*.md"))])


def each(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", DOCUMENTS, ids=each)
def test_every_row_has_the_columns_of_its_table(path: Path) -> None:
    for table in tables(path.read_text("utf-8")):
        assert [row for row in table if len(row) != len(table[0])] == []


def test_what_a_row_is() -> None:
    assert cells(r"| `a` | b \| c | |") == ["`a`", r"b \| c", ""]
    assert list(tables("| a | b |\n|---|---:|\n| `x` |\n\n```\n| no |\n```\n")) == [[["a", "b"], ["`x`"]]]


@pytest.mark.parametrize("path", DOCUMENTS, ids=each)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in links(path.read_text("utf-8")):
        if not re.match(r"https?:|mailto:", link):
            name, _, anchor = link.partition("#")
            target = path.parent / name if name else path
            assert target.exists(), link
            assert not anchor or anchor in anchors(target.read_text("utf-8")), link


def test_the_index_has_every_page() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    pages = {path.name for path in DOCS.glob("*.md")} - {"README.md"}
    assert set(links(index)) == pages | {"../hardware/README.md"}


def test_the_readme_is_for_newcomers() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def commands(capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    with pytest.raises(SystemExit):
        main(["--help"])
    yield from re.findall(r"^    ([a-z-]+)", capsys.readouterr().out, re.MULTILINE)


def test_every_command_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    listed = [
        quote.split()[1]
        for table in tables((DOCS / "commands.md").read_text("utf-8"))
        for row in table[1:]
        for quote in quoted(row[0])
    ]
    known = list(commands(capsys))
    assert sorted(listed) == sorted(known)
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert {name for name in known if not re.search(rf"`(edge-agent )?{name}`", changes)} == set()


def test_the_status_in_the_readme_is_that_of_the_json_example() -> None:
    (example,) = (json.loads(block) for block in blocks(DOCS / "status-json.md"))
    assert "$ edge-agent status\n" + "\n".join(lines(example)) + "\n" in blocks(ROOT / "README.md")


def test_mistakes_are_shown_as_they_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = next(block for block in blocks(DOCS / "configuration.md") if "config check" in block)
    monkeypatch.chdir(tmp_path)
    Path("my.toml").write_text('\n[service]\nendpiont = ""\n\n\n\n[turns]\nmode = "handsfree"\n')
    _, in_file = load(Path("my.toml"), environ={})
    _, in_environment = load(environ={"AZURE_OPENAI_ENDPOINT": "NAME.openai.azure.com"})
    told = [f"edge-agent: {problem}" for problem in (*in_file, *in_environment)]
    assert told == [line for line in shown.splitlines() if line.startswith("edge-agent: ")]


def test_the_states_of_a_turn() -> None:
    told = {
        state: after
        for state, _, after in table_headed("conversation.md", "state", "what happens", "it goes on to")
    }
    names = {str(turn) for turn in LEGAL}
    for turn, after in LEGAL.items():
        assert set(re.findall(r"\w+", told[turn])) & names == set(after)


def test_how_many_may_ask() -> None:
    text = (DOCS / "security.md").read_text("utf-8")
    assert f"at most {MOST_CLIENTS} clients" in text
    assert f"take all {MOST_CLIENTS} places" in text
