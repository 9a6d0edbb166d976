"""Every trouble in every state of the turn: the utterance is answered once, or the user is told why not."""

from __future__ import annotations

import asyncio

import pytest

from .matrix import cell
from .troubles import TROUBLES, Trouble

pytestmark = pytest.mark.realtime


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
async def test_matrix(trouble: Trouble) -> None:
    results = await asyncio.gather(
        *(cell(trouble, state) for state in trouble.states), return_exceptions=True
    )
    broken = [
        f"{state}: {result}"
        for state, result in zip(trouble.states, results, strict=True)
        if isinstance(result, BaseException)
    ]
    assert not broken, "\n".join(broken)
