"""What is being said right now, and how long to listen to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..vocabulary import events as e
from ..vocabulary.commands import CloseUplink, OpenUplink
from .settings import TurnSettings

QUIETEST_DBFS = -65.0  # no voice is softer than this
OVER_NOISE_DB = 10.0
LOUD_DBFS = -35.0  # few rooms are as loud as this, and somebody who never pauses is
SHORTEST_PRESS_MS = 300  # less, without a voice in it, is a press to interrupt and not to talk
AUDIO_REPLY_S = 1.0  # the engine answers a command within a frame or two
SOUND_RETURN_S = 5.0  # it takes longer to open its devices
SEMANTIC_VAD_S = 10.0  # semantic_vad waits 8 s at the most
SERVER_VAD_TIMES = 4.0  # its own silence, until server_vad is taken to be deaf ...
SERVER_VAD_S = 3.0  # ... and no longer than this ...
OWN_MARGIN_S = 1.0  # ... unless its own silence is as long


@dataclass(slots=True)
class Utterance:
    """One stretch of listening, from the button or the voice to the end of its sound."""

    settings: TurnSettings
    until: float  # the longest it may last
    first_word_until: float
    due: float  # when it has lasted long enough
    uplink: e.UplinkOpened | None = None
    called: bool = False  # by the wake word
    by_itself: bool = False  # the device has begun: nobody holds the button
    voice: bool = False  # the gate or the service has heard one
    silent: bool = False  # the gate has heard the voice end
    closing: bool = False  # the uplink was told to close
    ended_by_hand: bool = False
    again: bool = False  # the button was pressed again before the uplink had closed
    texts: list[str] = field(default_factory=list)  # written before the uplink had closed

    @classmethod
    def begin(
        cls,
        settings: TurnSettings,
        now: float,
        *,
        sounds: bool = True,
        voice: bool = False,
        called: bool = False,
        by_itself: bool = False,
    ) -> Utterance:
        """`sounds`: the devices are open. `voice`: one is heard already."""
        limits = settings.limits
        return cls(
            settings,
            until=now + limits.listen_s,
            first_word_until=now + min(limits.silence_s, limits.listen_s),
            due=now + (AUDIO_REPLY_S if sounds else SOUND_RETURN_S),
            voice=voice,
            called=called,
            by_itself=by_itself,
        )

    @property
    def holds(self) -> bool:
        """Whether the button is held meanwhile."""
        return self.settings.holds and not (self.called or self.by_itself)

    @property
    def is_open(self) -> bool:
        """Whether its sound has begun to come."""
        return self.uplink is not None

    @property
    def talking(self) -> bool:
        """Whether somebody is, or is taken to be, talking into it: it is worth an answer."""
        return self.uplink is not None and (self.voice or self.holds)

    @property
    def by_hand(self) -> bool:
        """Whether a button, a key or the wake word began it, and not just any voice."""
        return self.uplink is None or self.uplink.opened_by != "speech"

    def owns(self, uplink_id: int) -> bool:
        return self.uplink is not None and self.uplink.uplink_id == uplink_id

    def open(self, uplink: e.UplinkOpened) -> None:
        """The sound of this uplink is what is said."""
        self.uplink = uplink
        self.voice |= uplink.opened_by == "speech"
        self._wait(self.until if self.talking else self.first_word_until)

    def handle(self, event: e.Event, now: float, *, detected: bool) -> Iterator[CloseUplink | OpenUplink]:
        """Take an event that may matter to it. `detected`: the service looks for its end, where it should."""
        match event:
            case e.ButtonPressed() if self.holds:
                self.again = self.closing
            case e.ButtonPressed() if self.settings.holds and not self.closing:
                self.called = self.by_itself = False
                self._wait(self.until)
                yield OpenUplink("closed")
            case e.ButtonReleased() if self.holds:
                self.again = False
                yield from self.close(now, by_hand=True)
            case e.ButtonPressed():
                yield from self.close(now, by_hand=True)
            case e.UplinkOpened() if self.uplink is None:
                self.open(event)
                if self.closing:
                    yield CloseUplink()  # the sound may have been lost and found since it was told to
            case e.SpeechStarted() | e.ServiceSpeechStarted():
                self.voice, self.silent = True, False
                if self.talking:
                    self._wait(self.until)
            case e.SpeechEnded() if self.settings.service_ends:
                self.silent = True
                self._wait(min(self.until, now + _deaf_s(self.settings)))
                if not detected:
                    yield from self.close(now)

    def lose_service(self, now: float) -> Iterator[CloseUplink]:
        """The link is gone: what the service has not ended yet ends with the voice."""
        if self.silent:
            yield from self.close(now)

    def close(self, now: float, *, by_hand: bool = False) -> Iterator[CloseUplink]:
        """Enough was said."""
        if not self.closing:
            self._wait(now + AUDIO_REPLY_S)
            self.closing, self.ended_by_hand = True, by_hand
            yield CloseUplink()

    def wants_answer(self, closed: e.UplinkClosed) -> bool:
        """Now that it is over: whether anything was said."""
        return closed.speech_ms > 0 or (self.was_held(closed) and _stands_out(closed))

    def was_held(self, closed: e.UplinkClosed) -> bool:
        """Whether somebody meant to talk with the button, and did not only tap it."""
        lasted_ms = closed.audio_ms - self.uplink.audio_ms if self.uplink else 0
        return (self.ended_by_hand or self.holds) and lasted_ms >= SHORTEST_PRESS_MS

    def _wait(self, due: float) -> None:
        if not self.closing:
            self.due = due


def _deaf_s(settings: TurnSettings) -> float:
    """How long the service may take to say that the voice, which was heard to end, has ended."""
    if settings.taking.end == "semantic":
        return SEMANTIC_VAD_S
    silence_s = settings.taking.silence_duration_ms / 1000
    return max(silence_s + OWN_MARGIN_S, min(SERVER_VAD_S, SERVER_VAD_TIMES * silence_s))


def _stands_out(closed: e.UplinkClosed) -> bool:
    """Whether something was louder than the room: the gate may have missed a voice, but not silence."""
    return closed.loudest_dbfs >= max(QUIETEST_DBFS, min(LOUD_DBFS, closed.noise_dbfs + OVER_NOISE_DB))
