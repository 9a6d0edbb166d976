"""Takes announcements from whoever may make them, and tells how each ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..config.announce_settings import AnnounceSettings
from ..host.control.requests import RequestRefused
from ..vocabulary.announcements import Announcement, AnnouncementMade, AnnouncementOutcome
from ..vocabulary.commands import SettleAnnouncement
from ..vocabulary.events import Event
from ..vocabulary.sound import ServicePcm
from ..vocabulary.text import harmless
from .making import NotMade, fetched, spoken

MOST = 8  # under way: made, waiting and sounding


class Announcer:
    """`post` takes those that are made. `language`: of words."""

    def __init__(self, settings: AnnounceSettings, language: str, post: Callable[[Event], None]) -> None:
        self._settings, self._language, self._post = settings, language, post
        self._number = 0
        self._closed = False
        self._under_way: dict[int, asyncio.Future[AnnouncementOutcome]] = {}

    async def announce(self, wanted: Announcement) -> AnnouncementOutcome:
        """Once it is over: what became of it; whoever does not wait for that changes nothing. Raises RequestRefused."""
        if len(self._under_way) >= MOST:
            raise RequestRefused(f"{MOST} announcements are under way; try again later")
        self._number += 1
        number = self._number
        over = self._under_way[number] = asyncio.get_running_loop().create_future()
        try:
            pcm = await self._sound(wanted)
        except BaseException:
            self._under_way.pop(number, None)
            raise
        if self._closed:
            return "stopped"
        self._post(self._made(number, pcm, wanted))
        return await asyncio.shield(over)

    def settle(self, command: SettleAnnouncement) -> None:
        if over := self._under_way.pop(command.number, None):
            over.set_result(command.outcome)

    def close(self) -> None:
        """What is under way will not be heard, nor what comes."""
        self._closed = True
        for number in list(self._under_way):
            self.settle(SettleAnnouncement(number, "stopped"))

    async def _sound(self, wanted: Announcement) -> ServicePcm:
        try:
            if wanted.media:
                return await fetched(wanted.media, self._settings.media)
            return await spoken(harmless(wanted.text, len(wanted.text)), self._language)
        except NotMade as why:
            raise RequestRefused(f"it cannot be announced: {why}") from None

    def _made(self, number: int, pcm: ServicePcm, wanted: Announcement) -> AnnouncementMade:
        settings = self._settings
        return AnnouncementMade(
            number,
            pcm,
            when_busy=wanted.when_busy or settings.when_busy,
            chime=settings.chime if wanted.chime is None else wanted.chime,
            volume=settings.volume or None if wanted.volume is None else wanted.volume,
            priority=wanted.priority,
            wait_s=settings.wait_s,
        )
