"""What the speaker plays: answers, and over them cues, what rings and what is announced."""

from __future__ import annotations

from collections.abc import Callable

from ..vocabulary.commands import Announce, Cue
from ..vocabulary.events import (
    AnnouncementPlayed,
    Event,
    PlaybackDrained,
    PlaybackStarted,
    PlaybackStarved,
)
from ..vocabulary.sound import ServicePcm
from .cues import CuePlayer, mixed
from .playback import Playback
from .volume import Volume


class SpeakerMix:
    """`emit` is told what was heard."""

    def __init__(
        self, playback: Playback, cues: CuePlayer, volume: Volume, emit: Callable[[Event], None]
    ) -> None:
        self.playback, self.cues, self.volume, self._emit = playback, cues, volume, emit
        self._announcements = Playback(prebuffer_ms=0)
        self._announced = 0  # the number of what is announced
        self._rings = False

    @property
    def sounding(self) -> bool:
        """Whether the next frame may be more than silence."""
        return self.words_sound or self.cues.sounding or self._rings

    @property
    def speaking(self) -> bool:
        """Whether more than a room's echo is to be expected at the microphone."""
        return self.talks or self.cues.sounding

    @property
    def talks(self) -> bool:
        """Whether words sound that a voice may break into."""
        return bool(self.playback.item_id or self._announcements.item_id)

    @property
    def words_sound(self) -> bool:
        """Whether there may be more of them, or of their fade, in the next frame."""
        return self.playback.sounding or self._announcements.sounding

    def delay(self, out_latency_ms: int) -> None:
        """What the device holds back."""
        self.playback.delay(out_latency_ms)
        self._announcements.delay(out_latency_ms)

    def elapse(self, frames: int) -> None:
        """The device has played so much."""
        self.playback.elapse(frames)
        self._announcements.elapse(frames)

    def ring(self, on: bool) -> None:
        """Everything else waits meanwhile."""
        if self._rings and not on:
            self.cues.stop()
        self._rings = on
        self._hold()

    def announce(self, command: Announce) -> None:
        """An answer waits meanwhile."""
        self._announcements.stop()
        self._announced = command.number
        chime = self.cues.sound(Cue.ANNOUNCEMENT) if command.chime else b""
        self._announcements.push("announcement", chime + command.pcm)
        self._announcements.finish()
        self._hold()

    def stop_announcing(self) -> None:
        self._announcements.stop()
        self._hold()

    def abandon(self) -> None:
        """The device is gone."""
        self.playback.stop()
        self._announcements.stop()
        self.ring(False)
        self.cues.stop()

    def pause(self, on: bool) -> None:
        """Words, while a voice may be breaking in."""
        self.playback.pause(on)
        self._announcements.pause(on)

    def pull(self, frames: int, audio_ms: int) -> ServicePcm:
        """The next frames for the device."""
        if self._rings and not self.cues.sounding:
            self.cues.start(Cue.RINGING)
        before = self.playback.item_id
        pcm = self.playback.pull(frames)
        item_id = self.playback.item_id
        if item_id != before and item_id:
            self._emit(PlaybackStarted(item_id, audio_ms))
        if self.playback.ran_dry():
            self._emit(PlaybackStarved(item_id, audio_ms))
        if heard := self.playback.drained():
            self._emit(PlaybackDrained(heard, audio_ms))
        return self.volume.apply(self.cues.mix(self._with_announcement(pcm, frames, audio_ms)))

    def _with_announcement(self, pcm: ServicePcm, frames: int, audio_ms: int) -> ServicePcm:
        if not self._announcements.sounding:
            return pcm
        announced = self._announcements.pull(frames)
        if self._announcements.drained():
            self._emit(AnnouncementPlayed(self._announced, audio_ms))
            self._hold()
        return mixed(pcm, announced)

    def _hold(self) -> None:
        self.playback.hold(self._rings or self._announcements.active)
        self._announcements.hold(self._rings)
