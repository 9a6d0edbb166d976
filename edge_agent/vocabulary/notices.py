"""What the conversation tells of itself, to whoever writes it down: outputs that ask nobody to do anything."""

from __future__ import annotations

from typing import Literal, TypeAlias

from .commands import Command
from .frozen import frozen
from .group import CallYielded as CallYielded

Outcome: TypeAlias = Literal["answered", "interrupted", "cut-short", "unanswered", "yielded", "empty"]


@frozen
class TurnEnded:
    """A turn is over.

    `outcome`: answered to the end; interrupted by people, before the answer or in it; cut short by the service;
    unanswered; yielded: another device of the group answers; empty: nothing was said. `why` it is cut short or
    unanswered: the part of the sound that is lost, a code of the link or of the service, offline, timeout, or no-sound;
    empty for any other outcome.
    """

    turn: int
    outcome: Outcome
    why: str = ""


Notice: TypeAlias = TurnEnded | CallYielded
Output: TypeAlias = Command | Notice  # what the conversation answers an event with
NOTHING: tuple[Output, ...] = ()
