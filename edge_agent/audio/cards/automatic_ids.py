"""The id that ALSA gives to a card by itself: which of two cards of one kind gets which depends on the order in which
they were met. Pure.

Source: Linux, sound/core/init.c: copy_valid_id_string, retrieve_id_from_card_name, snd_card_set_id_no_lock.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

LONGEST_ID = 15


def automatic_id(card_name: str) -> str:
    """Of the first card with this name: its last word, or from there to the end if what follows is not a word."""
    words = re.split(r"\s(?=[0-9A-Za-z])", card_name, flags=re.ASCII)
    word = re.sub("[^0-9A-Za-z]", "", words[-1])
    if word[:1].isdigit():
        word = (card_name[0] if card_name[0].isalpha() else "D") + word
    return word[:LONGEST_ID]


def automatic_ids(cards: Mapping[str, str]) -> dict[str, set[str]]:
    """`cards`: names by id. For each id that goes by order: all ids that do so with it."""
    alike: dict[str, set[str]] = defaultdict(set)
    for card_id, name in cards.items():
        first = automatic_id(name)
        if card_id == first or _is_further(first, card_id):
            alike[first].add(card_id)
    return {card_id: ids for ids in alike.values() if len(ids) > 1 for card_id in ids}


def _is_further(first: str, card_id: str) -> bool:
    """Whether this is what the second card gets, or a later one: Device_1, seeed4micvoic_1."""
    match = re.fullmatch(r"(.+)(_[0-9A-F]{1,2})", card_id)
    return match is not None and match[1] == first[: LONGEST_ID - len(match[2])]
