"""The documents for technicians say what the code does."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

from edge_agent.realtime.errors import FATAL_CODES
from edge_agent.realtime.refusals import OF_AGENTS
from edge_agent.telemetry.status import REMEDIES
from edge_agent.vocabulary.account import ACCOUNT
from edge_agent.vocabulary.commands import SPOKEN, Cue
from edge_agent.vocabulary.state import Mode

from .markdown import ROOT, quoted, rows, table_headed

MESSAGES = ROOT / "edge_agent" / "audio" / "sounds" / "messages" / "messages.json"
FOUND = {quoted(code)[0] for code, *_ in rows("operations.md", "findings")}
PASSED_ON = {  # where a code is an argument: which there can be
    "realtime/session_errors.py": {f"link-{code}" for code in (*FATAL_CODES, *ACCOUNT)},
    "realtime/refusals.py": {
        f"link-{code}" for code in (*ACCOUNT, *(code for code, *_ in OF_AGENTS.values()))
    },
    "realtime/auth/token_command.py": set(),  # its calls are found by the name below
    "telemetry/status.py": {f"{part}-missing" for part in REMEDIES} | {f"link-{code}" for code in ACCOUNT},
}
MAKERS = {"LinkFailure": 1, "_failure": 1, "Finding": 0}  # which argument is the code


def codes() -> Iterator[tuple[str, str | None]]:
    """(file, code) of each finding that the code can make; None: it is not a literal there."""
    for path in sorted((ROOT / "edge_agent").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call):
                name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                place = MAKERS.get(name)
                if place is not None and len(call.args) > place:
                    code = call.args[place]
                    prefix = "" if name == "Finding" else "link-"
                    literal = isinstance(code, ast.Constant) and isinstance(code.value, str)
                    found = f"{prefix}{code.value}" if literal else None  # type: ignore[attr-defined]
                    yield path.relative_to(ROOT / "edge_agent").as_posix(), found


def test_every_finding_has_its_row_and_no_row_is_left_over() -> None:
    made = list(codes())
    literal = {code for _, code in made if code}
    assert {file for file, code in made if not code} <= PASSED_ON.keys()
    assert len(rows("operations.md", "findings")) == len(FOUND)
    assert literal.union(*PASSED_ON.values()) == FOUND


def test_every_light_and_sound_is_told() -> None:
    assert len(table_headed("operations.md", "light", "means")) == len(Mode)
    sounds = [cue for name, _ in table_headed("operations.md", "sound", "means") for cue in quoted(name)]
    assert sorted(sounds) == sorted(cue for cue in Cue if not cue.is_spoken)


def test_every_message_is_told_that_is_spoken() -> None:
    texts = json.loads(MESSAGES.read_text("utf-8"))["en"]
    assert texts.keys() == SPOKEN
    for text in texts.values():
        (told,) = (
            row for row in table_headed("operations.md", "it says", "because", "see") if quotes(row[0], text)
        )
        assert set(quoted(told[2])) <= FOUND | {"edge-agent status"}
    assert len(table_headed("operations.md", "it says", "because", "see")) == len(texts)


def quotes(cell: str, text: str) -> bool:
    """Whether a cell has the beginning of a text."""
    return text.startswith(cell.strip('"').removesuffix("...").strip())
