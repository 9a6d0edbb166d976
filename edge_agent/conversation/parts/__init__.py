"""The parts of the turn machine, each for one kind of events. Pure.

Their order is the order in which they are asked, and it carries meaning; it is decided here.
"""

from __future__ import annotations

from typing import Any

from ..turn_keeper import TurnKeeper
from .announcing import AnnouncingPart
from .goodbye import GoodbyePart
from .greeting import GreetingPart
from .group import GroupPart
from .link import LinkPart
from .opening import OpeningPart
from .part import Keeper, Part
from .people import PeoplePart
from .played import PlayedPart
from .ringing import RingingPart
from .service import ServicePart
from .silence import SilencePart
from .sound import SoundPart
from .stopping import StoppingPart
from .tools import ToolsPart
from .wake import WakePart

__all__ = ["Part", "make_parts", "shared_parts"]


def shared_parts(keeper: Keeper) -> tuple[Part[Any], ...]:
    """Of both machines; the other has parts of its own behind these (`duplex/`)."""
    return (
        AnnouncingPart(keeper),
        RingingPart(keeper),
        ToolsPart(keeper),
        GoodbyePart(keeper),
        WakePart(keeper),
        OpeningPart(keeper),
    )


def make_parts(keeper: TurnKeeper) -> tuple[Part[Any], ...]:
    wake = WakePart(keeper)
    return (
        AnnouncingPart(keeper),  # only looks at what stops one, and at a sound that is lost
        PlayedPart(keeper),  # what was heard of an answer is true whatever else goes on, also while we stop
        StoppingPart(keeper),  # nothing leaves it: from here on nothing else is taken
        RingingPart(keeper),  # before everything that a press or a voice may mean: it answers what rings
        ToolsPart(keeper),  # before people: a press may confirm what was called, and means nothing else then
        GoodbyePart(keeper),  # before the link, which may be left for the night; a mute goes on to people
        GroupPart(keeper, wake),  # before the wake word, and the sound: both may be for another device
        wake,  # before people: it only looks at a press; a spent budget decides about a call
        GreetingPart(keeper),  # before what it looks at: openings, a session that begins, its first response
        OpeningPart(keeper),  # before the service, whose words it looks at
        LinkPart(keeper),  # before people and service: what they want depends on whether there is a session
        PeoplePart(keeper),  # before the sound: a mute or a spent budget decides what a voice may begin
        SoundPart(keeper),
        SilencePart(keeper),
        ServicePart(keeper),
    )
