"""Which version is rolled back to, and which may go."""

from __future__ import annotations

import pytest

from edge_agent.install.versions import TRIES, Shelf, TrialVerdict


def shelf(current: str, *, proven: str = "", tries: int = 0, whole: str = "cba") -> Shelf:
    """Versions are letters, the newest first."""
    return Shelf(tuple(whole), frozenset(proven), current, tries)


@pytest.mark.parametrize(
    ("there", "working", "previous", "needed"),
    [
        (Shelf(), "", "", ""),
        (shelf("c"), "", "b", "bc"),
        (shelf("c", proven="c"), "", "b", "bc"),
        (shelf("c", proven="a"), "a", "a", "ac"),
        (shelf("c", proven="ab"), "b", "b", "bc"),
        (shelf("b", proven="abc"), "c", "c", "bc"),
        (shelf("x", proven="b"), "b", "b", "bx"),  # its folder is gone, or was never finished
    ],
)
def test_what_there_is_to_go_back_to(there: Shelf, working: str, previous: str, needed: str) -> None:
    assert (there.working, there.previous, there.needed) == (working, previous, frozenset(needed))


@pytest.mark.parametrize("failed", [False, True])
@pytest.mark.parametrize(
    ("there", "verdict"),
    [
        (Shelf(), TrialVerdict.START),
        (shelf("c"), TrialVerdict.START),  # nothing to go back to
        (shelf("c", proven="c", tries=TRIES), TrialVerdict.START),
        (shelf("c", proven="ac", tries=TRIES), TrialVerdict.START),
        (shelf("c", proven="a", tries=TRIES - 1), TrialVerdict.TRY),
        (shelf("c", proven="a", tries=TRIES), TrialVerdict.ROLL_BACK),
        (shelf("x", proven="a"), TrialVerdict.ROLL_BACK),
    ],
)
def test_before_a_start(there: Shelf, verdict: TrialVerdict, failed: bool) -> None:
    if failed and verdict is TrialVerdict.TRY:
        verdict = TrialVerdict.ROLL_BACK
    assert there.verdict(failed=failed) is verdict
