from __future__ import annotations

import pytest

from edge_agent.conversation.presence import LULL_S, Presence, QuietStep

from .settings import turn_settings


class Here:
    """A person who comes and goes."""

    def __init__(self, **settings: float) -> None:
        self.presence = Presence.begin(turn_settings(**settings))

    def talks(self, now: float) -> list[QuietStep]:
        return self.presence.steps(now, quiet=False, online=True)

    def rests(self, now: float, *, online: bool = True) -> list[QuietStep]:
        return self.presence.steps(now, quiet=True, online=online)


def test_a_visit_is_over_once() -> None:
    here = Here(visit_idle_s=10)
    assert here.rests(0) == []
    assert here.presence.due is None  # nothing to forget
    here.talks(5)
    assert here.presence.due is None
    assert here.rests(6) == []
    assert here.presence.due == 16
    assert here.rests(15.9) == []
    assert here.rests(16) == [QuietStep.FORGET]
    assert here.rests(17) == []
    assert here.presence.due is None


def test_talking_again_begins_anew() -> None:
    here = Here(visit_idle_s=10)
    here.talks(0)
    here.rests(1)
    here.talks(9)
    here.rests(10)
    assert here.presence.due == 20


def test_the_link_closes_while_it_is_there() -> None:
    here = Here(idle_close_s=60)
    here.rests(0)
    assert here.presence.due == 60
    assert here.rests(30, online=False) == []
    assert here.presence.due is None
    assert here.rests(60) == [QuietStep.CLOSE]
    assert here.presence.due is None


def test_both_at_once_close_first() -> None:
    here = Here(idle_close_s=60, visit_idle_s=60)
    here.talks(0)
    here.rests(0)
    assert here.rests(60) == [QuietStep.CLOSE, QuietStep.FORGET]


def test_the_next_session_is_moved_to_in_a_lull() -> None:
    here = Here()
    here.presence.prepared(urgent=False)
    here.talks(0)
    assert here.presence.due is None
    assert here.rests(1) == []
    assert here.presence.due == 1 + LULL_S
    assert here.rests(1 + LULL_S) == [QuietStep.SWITCH]
    here.presence.prepared(urgent=False)
    assert here.rests(50, online=False) == []  # it is lost with the link
    assert here.rests(51) == []


def test_before_a_session_ends_no_lull_is_waited_for() -> None:
    here = Here()
    here.presence.prepared(urgent=True)
    assert not here.presence.urgent  # no link: nothing to move from
    assert here.talks(0) == []
    assert here.presence.urgent
    assert here.rests(1) == [QuietStep.SWITCH]
    assert not here.presence.urgent


@pytest.mark.parametrize("step", QuietStep)
def test_what_was_done_for_another_reason_is_not_done_again(step: QuietStep) -> None:
    here = Here(idle_close_s=5, visit_idle_s=5)
    here.talks(0)
    here.presence.prepared(urgent=False)
    here.rests(0)
    here.presence.done(step)
    assert step is QuietStep.CLOSE or step not in here.rests(50)
