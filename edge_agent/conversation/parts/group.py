"""One of several devices answers: whoever hears a call best, or is in a turn already. The others are silent.

A voice is listened to at once, but what is recorded of it leaves the device only when nothing can change any more, or
when all is said. A wake word waits for FELT_S, since it is answered by a tone and a session. After a press nothing is
settled: whoever is pressed answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.notices import CallYielded
from ...vocabulary.state import Turn
from ..nearest import Nearest
from ..turn_keeper import TurnKeeper
from .part import NOTHING, Output, Outputs, Part
from .wake import WakePart

REPEAT_S = 2.0  # while this device is in a turn, the others are told again


class GroupPart(Part[TurnKeeper]):
    """`wake`: the part that a call by a wake word goes to once it is this device's."""

    KEPT = ("nearest", "called", "number", "is_engaged", "tell_at")

    def __init__(self, keeper: TurnKeeper, wake: WakePart) -> None:
        super().__init__(keeper)
        self._wake = wake
        self.nearest = Nearest()
        self.called: e.WakeWordHeard | None = None  # and not answered yet
        self.number = 0  # of the turn that may still be another device's
        self.is_engaged = False  # as the others were told
        self.tell_at: float | None = None  # again
        self._claim: e.Claim | None = None  # to be told with this event

    @property
    def due(self) -> float | None:
        moments = [self.nearest.felt_at] if self.called else []
        moments += [self.nearest.settled_at] if self.number else []
        moments += [] if self.tell_at is None else [self.tell_at]
        return min(moments, default=None)

    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        """What else it looks at is for the others."""
        nearest = self.nearest
        self._let_go(now)
        match event:
            case e.GroupReached(device):
                self.nearest, self.is_engaged, self.tell_at = Nearest(device), False, None
                return NOTHING
            case e.CallClaimed(claim):
                nearest.take(claim, now)
                return self._yield("nearer", nearest.better)
            case e.DeviceEngaged(device, engaged):
                has_begun = nearest.engage(device, now, engaged=engaged)
                return self._yield("engaged", device if has_begun else "")
            case _ if not nearest.device or self.keeper.state.muted:
                pass
            case e.OwnWordHeard(over_noise_db=level_db):
                self._claim = e.Claim("engaged", level_db, nearest.device)
            case e.WakeWordHeard(over_noise_db=level_db) if self._engages:
                self._claim = e.Claim("engaged", level_db, nearest.device)
            case e.WakeWordHeard(over_noise_db=level_db):
                self.called = event
                return self._claim_call(level_db, now)
            case e.UplinkOpened(opened_by="speech") if not (self._engages or self.keeper.spent):
                return self._hear(event, now)
            case e.VoiceMeasured(level_db) if self.number:
                return self._claim_call(level_db, now)
            case e.ButtonPressed():
                self.called, self.number, self.keeper.withholds = None, 0, False
        return None

    def tick(self, now: float, /) -> Outputs:
        self._let_go(now)
        if self.called and now >= self.nearest.felt_at:
            called, self.called = self.called, None
            if not self._engages:
                yield from self._wake.handle(called, now) or NOTHING
                self._begin()

    def settle(self, now: float, /) -> Outputs:
        claim, self._claim = self._claim, None
        if claim:
            yield c.ClaimCall(claim)
        engages = self._engages and not self._is_open
        again = engages and self.tell_at is not None and now >= self.tell_at
        if self.nearest.device and (again or engages is not self.is_engaged):
            self.is_engaged, self.tell_at = engages, now + REPEAT_S if engages else None
            yield c.TellEngaged(engages)

    @property
    def _is_open(self) -> bool:
        """Whether the turn may still be another device's."""
        return self.number > 0 and self.number == self.keeper.number

    @property
    def _engages(self) -> bool:
        """Whether this device is in a turn, or speaks."""
        state = self.keeper.state
        return state.turn is not Turn.IDLE or state.announcing or state.ringing

    def _hear(self, opened: e.UplinkOpened, now: float) -> Outputs:
        if device := self.nearest.engaged(now):
            yield c.CloseUplink(goes_on=True)
            yield CallYielded(device, "engaged")
            return
        self.nearest.expect(now)
        yield from self.keeper.hear_voice(opened, now)
        self._begin()

    def _claim_call(self, over_noise_db: float, now: float) -> Outputs:
        """It is known how well the call is heard: another device may hear it better."""
        state = self.keeper.state
        able = (state.online or state.standby) and not self.keeper.spent
        self._claim = self.nearest.hear("ready" if able else "offline", over_noise_db, now)
        yield from self._yield("nearer", self.nearest.better)

    def _begin(self) -> None:
        """A turn has begun that may still be another device's."""
        keeper = self.keeper
        if keeper.turn is Turn.LISTENING:
            self.number = keeper.number
            # the service itself looks for the end of what it is sent as it is said
            keeper.withholds = not keeper.settings.service_ends

    def _yield(self, reason: Literal["nearer", "engaged"], device: str) -> Outputs:
        """`device`: which takes the last call, if that is not settled; empty: nobody does."""
        keeper = self.keeper
        if not device:
            return
        if self.called:
            self.called = None
            yield CallYielded(device, reason)
        elif self._is_open and keeper.turn in (Turn.LISTENING, Turn.THINKING):
            self.number = 0
            yield CallYielded(device, reason)
            yield from keeper.end("yielded")

    def _let_go(self, now: float) -> None:
        """Once nothing can change any more."""
        if not self.nearest.is_open(now):
            self.number, self.keeper.withholds = 0, False
