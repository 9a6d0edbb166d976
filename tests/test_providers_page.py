"""docs/providers.md says what the rows of the providers say, and what the code that books costs computes."""

from __future__ import annotations

import pytest

from edge_agent.config.providers import PROVIDERS

from .markdown import rows
from .providers_page import DAYS, TABLES, price, shown


@pytest.mark.parametrize("name", list(TABLES))
def test_the_page_is_what_the_code_makes(name: str) -> None:
    assert shown(name) == TABLES[name]()


def test_what_a_day_costs_by_hand() -> None:
    button, kiosk, _ = DAYS
    question = (150 * 4.0 + 50 * 32.0 + 160 * 64.0) / 1e6
    by_hand = {
        price(button, "azure", "gpt-realtime-2.1"): (20 * question, False),
        price(kiosk, "openai-live"): (60 * (3 * 13 + 2 * 4 + 25) / 60 * 0.05, False),
        price(button, "azure-agent", "gpt-realtime-2.1"): (20 * question, True),
    }
    for (dollars, is_guess), (expected, guessed) in by_hand.items():
        assert dollars == pytest.approx(expected)
        assert is_guess is guessed


def test_every_provider_has_its_column() -> None:
    assert {len(row) for row in rows("providers.md", "works")} == {len(PROVIDERS) + 1}
