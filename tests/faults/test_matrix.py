"""Every trouble in every state of the turn: the utterance is answered once, or the user is told why not."""

from __future__ import annotations

import asyncio

import pytest

from .matrix import cell
from .troubles import TROUBLES, State, Trouble

pytestmark = pytest.mark.realtime


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
async def test_matrix(trouble: Trouble) -> None:
    broken = []
    many = asyncio.Semaphore(len(trouble.states) if trouble.at_once else 1)

    async def go_through(state: State) -> None:
        async with many:
            try:
                await cell(trouble, state)
            except AssertionError as error:
                broken.append(f"{state}: {error}")

    await asyncio.gather(*map(go_through, trouble.states))
    assert not broken, "\n".join(broken)
