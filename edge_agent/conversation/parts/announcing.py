"""Announcements: heard by whoever is near, with or without a link, and while the device is muted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.announcements import AnnouncementOutcome
from ...vocabulary.sound import service_ms
from ...vocabulary.state import Turn
from .part import NOTHING, Keeper, Output, Outputs, Part

MOST_WAITING = 5
# beyond its length: the chime, and what the card holds; later than that, the sound has forgotten it
MARGIN_S = 10.0


class AnnouncingPart(Part[Keeper]):
    KEPT = ("waiting", "sounding", "since", "stops_at", "lost_before", "stopping")

    def __init__(self, keeper: Keeper) -> None:
        super().__init__(keeper)
        self.waiting: list[tuple[e.AnnouncementMade, float]] = []  # and until when
        self.sounding: e.AnnouncementMade | None = None
        self.since = self.stops_at = 0.0  # it sounds
        self.lost_before = 0  # the number of one that the sound has lost: it is said again, once
        self.stopping = False
        self._over: AnnouncementOutcome | None = None  # with this event: what becomes of the one that sounds

    @property
    def due(self) -> float | None:
        moments = [until for _, until in self.waiting]
        if self.sounding and not self.keeper.state.ringing:
            moments.append(self.stops_at)
        return min(moments, default=None)

    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        """What stops it may also begin a turn: that is for the others. What comes of it is said at the end."""
        sounding = self.sounding
        match event:
            case e.AnnouncementMade():
                self._queue(event, now)
                return NOTHING
            case e.AnnouncementPlayed(number):
                self._over = "heard" if sounding and sounding.number == number else None
                return NOTHING
            case e.StopRequested():
                self.stopping = True
            case _ if sounding is None:
                pass
            case e.AudioLost() | e.AudioStarted():
                self._over = "no-sound"
            case e.UplinkOpened(opened_by="speech") if sounding.when_busy == "interrupt":
                return [c.CloseUplink()]  # perhaps of whom it has interrupted
            case e.ButtonPressed() | e.InterruptRequested() | e.StopWordHeard() if (
                not self.keeper.state.ringing
            ):
                self._over = "interrupted"
        return None

    def tick(self, now: float, /) -> Outputs:
        if self.sounding and not self.keeper.state.ringing and now >= self.stops_at:
            self._over = "no-sound"
        return iter(())

    def settle(self, now: float, /) -> Outputs:
        over, self._over = self._over, None
        if self.sounding:
            if self.keeper.turn is Turn.LISTENING:
                over = over or "interrupted"
            over = "stopped" if self.stopping else over
            if over:
                yield from self._end(self.sounding, over, now)
            elif self.keeper.state.ringing:
                self.stops_at = _stops_at(self.sounding, now)  # it waits
        yield from self._sort_out(now)
        yield from self._begin(now)

    def _queue(self, made: e.AnnouncementMade, now: float) -> None:
        behind = (made, now + made.wait_s)
        if made.priority == "high":
            at = sum(other.priority == "high" for other, _ in self.waiting)
            self.waiting.insert(at, behind)
        else:
            self.waiting.append(behind)

    def _begin(self, now: float) -> Outputs:
        """The next one that may."""
        keeper = self.keeper
        if self.sounding or not keeper.sounds or keeper.state.ringing:
            return
        ready = (made for made, _ in self.waiting if keeper.is_quiet or made.when_busy == "interrupt")
        if (made := next(ready, None)) is None:
            return
        self.waiting = [other for other in self.waiting if other[0] is not made]
        self.sounding, self.since, self.stops_at = made, now, _stops_at(made, now)
        yield from keeper.interrupt(now)
        keeper.state = replace(keeper.state, announcing=True)
        if made.volume is not None:
            yield c.SetVolume(made.volume)
        yield c.Announce(made.number, made.pcm, made.chime)

    def _end(self, made: e.AnnouncementMade, over: AnnouncementOutcome, now: float) -> Outputs:
        """It is over, or is said again. An answer that has waited goes on."""
        keeper = self.keeper
        self.sounding = None
        keeper.state = replace(keeper.state, announcing=False)
        keeper.wait_longer(now - self.since)
        if over != "heard":
            yield c.StopAnnouncing()
        if made.volume is not None:
            yield c.SetVolume(keeper.state.volume)
        if over == "no-sound" and made.number != self.lost_before:
            self.lost_before = made.number
            self.waiting.insert(0, (made, now + made.wait_s))
        else:
            yield c.SettleAnnouncement(made.number, over)

    def _sort_out(self, now: float) -> Iterator[c.SettleAnnouncement]:
        """Those that are not to be heard any more."""
        keeper = self.keeper
        busy = not keeper.is_quiet or keeper.state.ringing
        kept: list[tuple[e.AnnouncementMade, float]] = []
        for made, until in self.waiting:
            outcome: AnnouncementOutcome | None = None
            if self.stopping:
                outcome = "stopped"
            elif now >= until:
                outcome = "expired" if keeper.sounds else "no-sound"
            elif len(kept) == MOST_WAITING or (busy and made.when_busy == "drop"):
                outcome = "dropped"
            if outcome:
                yield c.SettleAnnouncement(made.number, outcome)
            else:
                kept.append((made, until))
        self.waiting = kept


def _stops_at(made: e.AnnouncementMade, now: float) -> float:
    """At the latest."""
    return now + service_ms(made.pcm) / 1000 + MARGIN_S
