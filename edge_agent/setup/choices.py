"""What somebody has chosen on the page, by the names that the card of a new device has too. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ..config.pasted import unwrapped
from ..install.card_file import NAMES, NOT_OF_THE_PAGE, card_text, parse_card_file
from ..vocabulary.text import is_text

Choices: TypeAlias = Mapping[str, str]  # without what is empty
Wrong: TypeAlias = dict[str, str]  # a sentence, by name; empty: of no field of the page

FIELDS = tuple(name for name in NAMES if name not in NOT_OF_THE_PAGE)
LONGEST = 500  # characters
QUOTED = "has quotes that cannot be told apart; type it without them"


def choices_in(values: Any) -> tuple[Choices, Wrong]:
    """Of what came from the page."""
    if not isinstance(values, dict):
        return {}, {"": "this is not what the page sends"}
    chosen = {
        name: plain
        for name, value in values.items()
        if isinstance(value, str) and (plain := unwrapped(value))
    }
    wrong = {
        name: "has characters that cannot be used here, or too many; type it again"
        for name, value in chosen.items()
        if len(value) > LONGEST or not value.isprintable() or not is_text(value)
    }
    if unknown := chosen.keys() - FIELDS:
        wrong[""] = f"{', '.join(sorted(unknown))} cannot be set here"
    return chosen, wrong or _misread(chosen)


def _misread(chosen: Choices) -> Wrong:
    """What is wrong with it as a file of the card."""
    card, complaints = parse_card_file(card_text(chosen).encode())
    wrong = {name: QUOTED for name, value in chosen.items() if card[name] != value}
    for complaint in complaints:
        name, _, what = complaint.partition(": ")[2].partition(" ")
        if name in chosen:
            wrong[name] = what
    return wrong
