"""What is being said right now, and how long to listen to it."""

from __future__ import annotations

from collections.abc import Iterator

from ..vocabulary import events as e
from ..vocabulary.commands import CloseUplink
from .settings import TurnSettings

SHORTEST_PRESS_MS = 300  # less, without a voice in it, is a press to interrupt and not to talk
AUDIO_REPLY_S = 1.0  # the engine answers a command within a frame or two
SOUND_RETURN_S = 5.0  # it takes longer to open its devices
SERVICE_VAD_S = 10.0  # semantic_vad waits 8 s at the most


class Utterance:
    """One stretch of listening, from the button or the voice to the end of its sound."""

    def __init__(
        self, settings: TurnSettings, now: float, *, sounds: bool = True, voice: bool = False
    ) -> None:
        """`sounds`: the devices are open. `voice`: one is heard already."""
        self._settings = settings
        self._until = now + settings.listen_s
        self._first_word = now + min(settings.silence_s, settings.listen_s)
        self._uplink: e.UplinkOpened | None = None
        self._voice = voice  # the gate or the service has heard one
        self._silent = False  # the gate has heard the voice end
        self._ended_by_hand = False
        self.due = now + (AUDIO_REPLY_S if sounds else SOUND_RETURN_S)  # when it has lasted long enough
        self.closing = False  # the uplink was told to close
        self.again = False  # the button was pressed anew before the uplink had closed

    @property
    def talking(self) -> bool:
        """Whether somebody is, or is taken to be, talking into it: it is worth an answer."""
        return self._uplink is not None and (self._voice or self._settings.holds)

    def owns(self, uplink_id: int) -> bool:
        return self._uplink is not None and self._uplink.uplink_id == uplink_id

    def open(self, uplink: e.UplinkOpened) -> None:
        """The sound of this uplink is what is said."""
        self._uplink = uplink
        self._voice |= uplink.opened_by == "speech"
        self._wait(self._until if self.talking else self._first_word)

    def handle(self, event: e.Event, now: float, *, detected: bool) -> Iterator[CloseUplink]:
        """Take an event that may matter to it. `detected`: the service looks for its end, where it should."""
        match event:
            case e.ButtonPressed() if self._settings.holds:
                self.again = self.closing
            case e.ButtonReleased() if self._settings.holds:
                self.again = False
                yield from self.close(now, by_hand=True)
            case e.ButtonPressed():
                yield from self.close(now, by_hand=True)
            case e.UplinkOpened() if self._uplink is None:
                self.open(event)
            case e.SpeechStarted() | e.ServiceSpeechStarted():
                self._voice, self._silent = True, False
                if self.talking:
                    self._wait(self._until)
            case e.SpeechEnded() if self._settings.service_ends:
                self._silent = True
                self._wait(min(self._until, now + SERVICE_VAD_S))
                if not detected:
                    yield from self.close(now)

    def lose_service(self, now: float) -> Iterator[CloseUplink]:
        """The link is gone: what the service has not ended yet ends with the voice."""
        if self._silent:
            yield from self.close(now)

    def close(self, now: float, *, by_hand: bool = False) -> Iterator[CloseUplink]:
        """Enough was said."""
        if not self.closing:
            self._wait(now + AUDIO_REPLY_S)
            self.closing, self._ended_by_hand = True, by_hand
            yield CloseUplink()

    def wants_answer(self, closed: e.UplinkClosed) -> bool:
        """Now that it is over: whether anything was said."""
        lasted_ms = closed.audio_ms - self._uplink.audio_ms if self._uplink else 0
        by_hand = self._ended_by_hand or self._settings.holds
        return closed.speech_ms > 0 or (by_hand and lasted_ms >= SHORTEST_PRESS_MS)

    def _wait(self, due: float) -> None:
        if not self.closing:
            self.due = due
