"""The documents for technicians say what the code does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from edge_agent.panel.light_patterns import COLOURS
from edge_agent.realtime.errors import FATAL_CODES
from edge_agent.telemetry.status import REMEDIES
from edge_agent.vocabulary.commands import SPOKEN, Cue

ROOT = Path(__file__).parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
PASSED_ON = {  # where a code is an argument: which there can be
    "realtime/errors.py": {f"link-{code}" for code in FATAL_CODES},
    "realtime/auth/token_command.py": set(),  # its calls are found by the name below
    "telemetry/status.py": {f"{part}-missing" for part in REMEDIES},
}
MAKERS = {"LinkFailure": 1, "_failure": 1, "Finding": 0}  # which argument is the code


def codes() -> Iterator[tuple[str, str | None]]:
    """(file, code) of each finding that the code can make; None: it is no literal there."""
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
    table = OPERATIONS.split("<!-- findings: begin -->")[1].split("<!-- findings: end -->")[0]
    rows = re.findall(r"^\| `([^`]+)` \| .+ \| .+ \|$", table, re.M)
    made = list(codes())
    literal = {code for _, code in made if code}
    assert {file for file, code in made if not code} <= PASSED_ON.keys()
    assert len(rows) == len(set(rows))
    assert set(rows) == literal.union(*PASSED_ON.values())


def test_every_sound_and_light_is_told() -> None:
    lights, sounds = OPERATIONS.split("## Lights and sounds")[1].split("## Findings")[0].split("| sound |")
    assert lights.count("\n| ") == len(COLOURS) + 1
    assert {f"`{cue}`" for cue in Cue if cue not in SPOKEN} <= set(re.findall(r"`[a-z-]+`", sounds))
    assert sounds.count('\n| "') == len(SPOKEN)


def test_the_links_between_the_documents_lead_somewhere() -> None:
    for name in ("operations.md", "security.md"):
        text = (ROOT / "docs" / name).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (ROOT / "docs" / target).exists(), f"{name}: {target}"
