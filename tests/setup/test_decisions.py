"""The code of the page, what is taken from it, and where a refusal is shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.install.card_file import card_text, parse_card_file
from edge_agent.setup.choices import FIELDS, LONGEST, choices_in
from edge_agent.setup.door import TRIES, Door
from edge_agent.setup.fields import field_of


def test_the_door_opens_for_its_code_alone() -> None:
    door = Door("048213")
    assert door.opens(" 048213 ")
    for wrong in ("48213", "", "048214", "０４８２１３", "\ud800", 48213, None, ["048213"]):
        assert not door.opens(wrong)
    assert door.opens("048213")


def test_too_many_wrong_codes_lock_it_even_for_the_right_one() -> None:
    door = Door("048213")
    for _ in range(TRIES - 1):
        assert not door.opens("111111")
    assert door.opens("048213")  # one wrong code in each life of a device locks nobody out
    for _ in range(TRIES):
        assert not door.is_locked
        door.opens("111111")
    assert door.is_locked
    assert not door.opens("048213")


def test_what_is_chosen_is_without_blanks_and_quotes_and_what_is_empty() -> None:
    chosen = {"endpoint": ' "https://kiosk.openai.azure.com" ', "key": "abc\n", "deployment": " "}
    assert choices_in(chosen) == ({"endpoint": "https://kiosk.openai.azure.com", "key": "abc"}, {})


@pytest.mark.parametrize(
    ("values", "wrong", "why"),
    [
        (None, "", "not what the page sends"),
        ({"user": "me", "user_password": "let me in"}, "", "user, user_password cannot be set here"),
        ({"wifi_country": "DE"}, "", "wifi_country cannot be set here"),
        ({"wifi_name": "Home", "wifi_password": "short"}, "wifi_password", "those of Wi-Fi have 8 to 63"),
        ({"credential_command": "/bin/sh"}, "", "credential_command cannot be set here"),
        ({"deployment": "a\nkey = b"}, "deployment", "cannot be used here"),
        ({"deployment": "x" * (LONGEST + 1)}, "deployment", "too many"),
        ({"deployment": "\ud800"}, "deployment", "cannot be used here"),
        ({"key": "<your key>"}, "key", "is only a placeholder"),
        ({"deployment": "'\" '\u201d` \u201c\u2019"}, "deployment", "quotes that cannot be told apart"),
        ({"deployment": '"a" b', "key": "two words"}, "key", "cannot be used"),
    ],
)
def test_what_the_page_would_not_send_is_refused(values: Any, wrong: str, why: str) -> None:
    _, found = choices_in(values)
    assert why in found[wrong]


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=40)))
def test_what_is_taken_means_the_same_to_root(values: dict[str, str]) -> None:
    chosen, wrong = choices_in(values)
    if not wrong:
        card, complaints = parse_card_file(card_text(chosen).encode())
        assert (dict(card.values), complaints) == (dict(chosen), [])


@pytest.mark.parametrize(
    ("code", "message", "field"),
    [
        (
            "unauthorized",
            "access denied; check that the key belongs to the resource of service.endpoint",
            "key",
        ),
        ("insufficient_quota", "the account has no quota left", "key"),
        ("not-found", "the deployment does not exist; check service.deployment", "deployment"),
        ("not-found", "check service.endpoint, service.deployment and service.provider", "endpoint"),
        ("model_not_found", "the model does not exist", "deployment"),
        (
            "dns",
            "the service's host name cannot be found; check the network and service.endpoint",
            "endpoint",
        ),
        ("timeout", "the service did not answer in time", "endpoint"),
    ],
)
def test_a_refusal_is_shown_where_it_can_be_mended(code: str, message: str, field: str) -> None:
    assert field_of(code, message) == field
