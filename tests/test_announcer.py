"""Announcements: made with the real espeak-ng, beside everything else."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from edge_agent.announce.announcer import MOST, Announcer
from edge_agent.announce.making import LONGEST_S
from edge_agent.announce.opener import Opener
from edge_agent.config.announce_settings import AnnounceSettings
from edge_agent.config.packages import NO_VOICE
from edge_agent.host.control.requests import RequestRefused
from edge_agent.vocabulary.announcements import Announcement, AnnouncementMade
from edge_agent.vocabulary.commands import SettleAnnouncement, SettleOpening
from edge_agent.vocabulary.events import Event
from edge_agent.vocabulary.sound import service_ms
from edge_agent.vocabulary.state import State

pytestmark = pytest.mark.realtime


@pytest.fixture
def voice() -> None:
    if not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng is not installed")


class Desk:
    """What would become of it is `outcome`; empty: nothing yet."""

    def __init__(self, settings: AnnounceSettings | None = None, outcome: str = "heard") -> None:
        self.made: list[AnnouncementMade] = []
        self.outcome = outcome
        self.announcer = Announcer(settings or AnnounceSettings(), "en", self._take)

    def _take(self, event: Event) -> None:
        assert isinstance(event, AnnouncementMade)
        self.made.append(event)
        if self.outcome:
            self.announcer.settle(SettleAnnouncement(event.number, self.outcome))  # type: ignore[arg-type]

    async def ms(self, text: str) -> int:
        """How long its sound is."""
        assert await self.announcer.announce(Announcement(text)) == "heard"
        return service_ms(self.made[-1].pcm)


@pytest.mark.usefixtures("voice")
async def test_words_are_spoken_as_they_are_written() -> None:
    desk = Desk()
    plain = await desk.ms("Dinner is ready.")
    assert 500 < plain < 5000
    assert await desk.ms("Dinner\nis\x1b\x07ready.") == pytest.approx(plain, rel=0.3)
    assert await desk.ms("-v de --version -w /tmp/x Dinner") > plain  # no option of the program
    marked = await desk.ms("<speak><break time='60s'/>Dinner &amp; wine</speak>")
    assert marked < 20_000  # no mark-up either


@pytest.mark.usefixtures("voice")
async def test_while_it_is_spoken_there_is_no_file_that_could_be_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / "espeak-ng"
    beside.write_text(f'#!/bin/sh\nls -A "$TMPDIR" >"$0.seen"\nexec {shutil.which("espeak-ng")} "$@"\n')
    beside.chmod(0o755)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert await Desk().ms("Dinner is ready.") > 500
    assert (tmp_path / "espeak-ng.seen").read_text() == ""


@pytest.mark.usefixtures("voice")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("...", "nothing of these words can be spoken"),
        ("9 " * 500, f"longer than {LONGEST_S} s to say; shorten them"),
    ],
)
async def test_what_cannot_be_spoken_is_refused(text: str, why: str) -> None:
    desk = Desk()
    with pytest.raises(RequestRefused, match=why):
        await desk.announcer.announce(Announcement(text))
    assert desk.made == []


async def test_without_a_voice_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RequestRefused, match=NO_VOICE):
        await Desk().announcer.announce(Announcement("Dinner"))


@pytest.mark.usefixtures("voice")
async def test_what_is_left_out_is_as_configured() -> None:
    desk = Desk(AnnounceSettings(when_busy="drop", chime=False, volume=70, wait_s=5))
    await desk.announcer.announce(Announcement("one"))
    await desk.announcer.announce(Announcement("two", "", True, 0, "interrupt", "high"))
    fields = [(m.when_busy, m.chime, m.volume, m.priority, m.wait_s) for m in desk.made]
    assert fields == [("drop", False, 70, "normal", 5), ("interrupt", True, 0, "high", 5)]


@pytest.mark.usefixtures("voice")
async def test_too_many_are_refused_and_the_end_settles_all() -> None:
    desk = Desk(outcome="")
    asked = [asyncio.create_task(desk.announcer.announce(Announcement("one"))) for _ in range(MOST)]
    async with asyncio.timeout(30):
        while len(desk.made) < MOST:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    with pytest.raises(RequestRefused, match=f"{MOST} announcements are under way"):
        await desk.announcer.announce(Announcement("one"))
    asked[0].cancel()  # whoever asked has gone
    desk.announcer.close()
    assert await asyncio.gather(*asked[1:]) == ["stopped"] * (MOST - 1)


@pytest.mark.usefixtures("voice")
async def test_the_end_while_it_is_made_is_its_end() -> None:
    desk = Desk(outcome="")
    asked = asyncio.create_task(desk.announcer.announce(Announcement("one")))
    refused = asyncio.create_task(desk.announcer.announce(Announcement("...")))
    await asyncio.sleep(0)  # both are being made
    desk.announcer.close()
    assert await asked == "stopped"
    with pytest.raises(RequestRefused, match="nothing of these words"):
        await refused
    assert desk.made == []


async def test_after_the_end_nothing_begins() -> None:
    desk = Desk()
    opener = Opener(desk.announcer, desk.announcer._post, lambda: State(online=True), transcribes=True)
    opener.close()
    assert await opener.start("") == SettleOpening(1, "stopped")
    assert await opener.ask("Shall I?", 5) == SettleOpening(2, "stopped")
    assert desk.made == []
