"""What is being said right now, and how long to listen to it."""

from __future__ import annotations

from .events import UplinkClosed, UplinkOpened
from .turns import TurnSettings

SHORTEST_PRESS_MS = 300  # less, without a voice in it, is a press to interrupt and not to talk


class Utterance:
    """One stretch of listening, from the button or the voice to the end of its sound."""

    def __init__(self, settings: TurnSettings, now: float) -> None:
        self._settings = settings
        self.until = now + settings.listen_s  # the longest it may last
        self.closing = False  # the uplink was told to close
        self.voice_heard = False  # by the gate or by the service
        self._uplink: UplinkOpened | None = None

    @property
    def recording(self) -> bool:
        return self._uplink is not None

    @property
    def talking(self) -> bool:
        """Whether somebody is, or is taken to be, talking into it: it is worth an answer."""
        return self.recording and (self.voice_heard or self._settings.holds)

    def adopt(self, uplink: UplinkOpened) -> None:
        """The sound of this uplink is what is said."""
        self._uplink = uplink
        self.voice_heard |= uplink.opened_by == "speech"

    def owns(self, uplink_id: int) -> bool:
        return self._uplink is not None and self._uplink.uplink_id == uplink_id

    def wants_answer(self, closed: UplinkClosed) -> bool:
        """Now that it is over: whether anything was said."""
        pressed_ms = closed.audio_ms - self._uplink.audio_ms if self._uplink else 0
        return closed.speech_ms > 0 or (self._settings.holds and pressed_ms >= SHORTEST_PRESS_MS)

    @property
    def first_word_due(self) -> float:
        """When to give up waiting for a voice."""
        return (
            self.until
            if self.talking
            else self.until - max(0, self._settings.listen_s - self._settings.silence_s)
        )
