"""What is wanted of the running device: playbooks without a process, and all orders of wishes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from edge_agent.app.wishes import Following, Wishes
from edge_agent.config.model import AssistantSettings, Config

FIRST, SECOND, THIRD = (
    Config(assistant=AssistantSettings(voice=voice)) for voice in ("alloy", "echo", "sage")
)


def test_what_nobody_asked_to_go_on_ends() -> None:
    assert Wishes(FIRST).follow(failed=False) is None


def test_another_configuration_follows_once_nobody_talks() -> None:
    wishes = Wishes(FIRST)
    assert not wishes.leave(idle=True)
    wishes.reload(SECOND)
    assert not wishes.leave(idle=False)
    assert wishes.waiting
    assert wishes.leave(idle=True)
    assert not wishes.waiting
    assert not wishes.leave(idle=True)  # said once
    assert wishes.follow(failed=False) == Following(SECOND)
    assert not wishes.leave(idle=True)
    assert wishes.follow(failed=False) is None


def test_of_several_the_last_follows() -> None:
    wishes = Wishes(FIRST)
    wishes.reload(SECOND)
    assert wishes.leave(idle=True)
    wishes.reload(THIRD)
    assert wishes.follow(failed=False) == Following(THIRD)


def test_from_a_wrong_one_it_goes_back_to_what_was_good() -> None:
    wishes = Wishes(FIRST)
    wishes.reload(SECOND)
    assert wishes.follow(failed=False) == Following(SECOND)
    assert wishes.follow(failed=True) == Following(FIRST, instead=True)
    assert wishes.follow(failed=True) is None  # nothing is left to go back to


def test_after_two_wrong_ones_as_well() -> None:
    wishes = Wishes(FIRST)
    wishes.reload(SECOND)
    assert wishes.follow(failed=False) == Following(SECOND)
    wishes.reload(THIRD)
    assert wishes.follow(failed=True) == Following(THIRD)
    assert wishes.follow(failed=True) == Following(FIRST, instead=True)


def test_what_was_corrected_before_the_first_failed_follows() -> None:
    """It was wrong, and whoever corrects it is quicker than the service that refuses it."""
    wishes = Wishes(FIRST)
    wishes.reload(SECOND)
    assert wishes.follow(failed=True) == Following(SECOND)
    assert wishes.follow(failed=True) is None


def test_a_restart_waits_until_nobody_talks_and_nothing_follows_it_here() -> None:
    wishes = Wishes(FIRST)
    wishes.reload(SECOND)
    wishes.restart()
    assert not wishes.leave(idle=False)
    assert wishes.leave(idle=True)
    assert not wishes.leave(idle=True)
    assert wishes.follow(failed=False) is None


WISHES: dict[str, Callable[[Wishes], object]] = {
    "stop": Wishes.stop,
    "reload": lambda wishes: wishes.reload(SECOND),
    "restart": Wishes.restart,
    "leave": lambda wishes: wishes.leave(idle=True),
    "end": lambda wishes: wishes.follow(failed=False),
    "fail": lambda wishes: wishes.follow(failed=True),
}


def test_nothing_leaves_the_wish_to_stop() -> None:
    for order in product(WISHES, repeat=4):
        wishes = Wishes(FIRST)
        for index, name in enumerate(order):
            was = WISHES[name](wishes)
            if "stop" in order[: index + 1]:
                assert wishes.stopping, order
                assert not was, order
        if "stop" in order:
            assert wishes.follow(failed=False) is None, order
            assert wishes.follow(failed=True) is None, order


def test_the_same_again_is_told_from_another() -> None:
    wishes = Wishes(FIRST)
    wishes.again()
    assert wishes.leave(idle=True)
    assert wishes.follow(failed=False) == Following(FIRST, again=True)
    wishes.reload(SECOND)
    wishes.again()
    assert wishes.leave(idle=True)
    assert wishes.follow(failed=False) == Following(SECOND)
