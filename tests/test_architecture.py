"""What ARCHITECTURE.md shows of the code is as the code is. `python -m tests.test_architecture` draws it again."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from edge_agent.conversation.exchange import Exchange
from edge_agent.drawing.states import draw
from edge_agent.vocabulary.state import LEGAL, Turn

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "ARCHITECTURE.md"
DIAGRAM = re.compile(r"(?<=<!-- states: begin -->\n).*?(?=<!-- states: end -->)", re.S)
HELPERS = {name for name, kind in Exchange.__annotations__.items() if kind[0].isupper()}


def fenced() -> str:
    return f"```mermaid\n{draw()}\n```\n"


def test_the_diagram_of_the_states_is_current() -> None:
    assert DIAGRAM.findall(PAGE.read_text("utf-8")) == [fenced()], "python -m tests.test_architecture"


def test_the_diagram_has_every_transition_that_the_machine_allows() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+): .+$", draw(), re.M))
    assert drawn == {
        (before.value, after.value) for before, following in LEGAL.items() for after in following
    }
    assert {turn.value for turn in Turn} == {name for pair in drawn for name in pair}


def test_nobody_reaches_through_the_exchange() -> None:
    """The turn machine speaks to it in verbs; its helpers are its own, but for the calls: the keeper shows them."""
    assert {"transcript", "question", "answer", "responses", "retries", "commits", "calls"} == HELPERS
    folder = ROOT / "edge_agent" / "conversation"
    speakers = [folder / "turn_keeper.py", *(folder / "parts").glob("*.py")]
    for path in speakers:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            shown = {"calls"} if path.name == "turn_keeper.py" else set()
            if isinstance(node, ast.Attribute) and node.attr in HELPERS - shown:
                owner = ast.unparse(node.value)
                assert not owner.endswith("exchange"), f"{path.name}:{node.lineno} {ast.unparse(node)}"


if __name__ == "__main__":
    PAGE.write_text(DIAGRAM.sub(lambda _: fenced(), PAGE.read_text("utf-8")), "utf-8")
