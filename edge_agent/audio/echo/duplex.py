"""Whether the device may listen while it speaks, and what it then hears.

Full duplex has to be earned: until the meter has found that the speaker does not come through, the device is
deaf while it speaks, and for TAIL_MS after. Once that is found, nothing is taken out while nobody would hear it
(button mode, between utterances): it is made up for when somebody listens (`catch_up`).
"""

from __future__ import annotations

from collections import deque

from ...vocabulary.sound import FRAME_MS, MicPcm, ServicePcm, is_silent
from ..levels import level
from .canceller import SILENCE, Aec3, HeardAndPlayed, Reference
from .meter import EchoMeter

TAIL_MS = 300  # how long a room goes on sounding after the speaker
REST_AFTER = 600 // FRAME_MS  # frames without a sound from the speaker
BEFORE = 500 // FRAME_MS  # frames kept from before it sounds


class Duplex:
    """Without a meter it is half duplex for good; without a canceller the microphone is taken as it comes.

    `latency_ms`: from writing to the speaker until the microphone delivers it, as far as it is known.
    """

    def __init__(
        self, meter: EchoMeter | None = None, canceller: Aec3 | None = None, *, latency_ms: int = 0
    ) -> None:
        self._meter, self._canceller = meter, canceller
        self._reference = Reference(latency_ms)
        self._before: deque[HeardAndPlayed] = deque(maxlen=BEFORE)  # what was not cancelled
        self.last_played: ServicePcm = SILENCE  # in the last frame that was heard
        self._silent = REST_AFTER
        self._missed = 0  # frames in a row that nobody listened to
        self._tail = 0

    @property
    def full(self) -> bool:
        return self._meter is not None and bool(self._meter.full_duplex)

    @property
    def hopeless(self) -> bool:
        """Known to let the speaker through, not merely unproven."""
        return self._meter is None or self._meter.full_duplex is False

    @property
    def erle_db(self) -> float:
        return self._meter.erle_db if self._meter else 0.0

    @property
    def return_loss_db(self) -> float:
        return self._meter.return_loss_db if self._meter else 0.0

    @property
    def sounding(self) -> bool:
        """The speaker, or the room after it."""
        return self._tail > 0

    def delay(self, latency_ms: int) -> None:
        """Another device."""
        self._reference.delay(latency_ms)

    def hear(self, mic: MicPcm, *, measured: bool, listening: bool = True) -> tuple[MicPcm, bool]:
        """(what is left of a frame without the speaker, whether the verdict has changed).

        `measured`: False while somebody is known to speak. `listening`: whether anybody takes what is left.
        """
        played = self.last_played = self._reference.pop()
        self._missed = 0 if listening else self._missed + 1
        if self._meter is None:
            return mic, False
        sounds, rested = not is_silent(played), self._silent == REST_AFTER
        if sounds and rested and self._before:
            self._meter.begin([level(earlier) for earlier, _ in self._before])
        self._silent = 0 if sounds else min(self._silent + 1, REST_AFTER)
        if self._silent == REST_AFTER or (self.full and not listening):
            self._before.append((mic, played))
            return self._canceller.rest(mic) if self._canceller else mic, False
        clean = self._canceller.cancel(mic, played, self._before) if self._canceller else mic
        self._before.clear()
        return clean, measured and self._meter.feed(level(mic), level(played), level(clean))

    def catch_up(self) -> list[MicPcm]:
        """What is left of the last frames over which the speaker sounded while nobody listened."""
        missed = min(self._missed, len(self._before))
        if not missed or self._silent == REST_AFTER:
            return []
        before = tuple(self._before)
        self._before.clear()
        clean = self._canceller.catch_up(before) if self._canceller else [mic for mic, _ in before]
        return clean[-missed:]

    def broke_in(self, *, echo: bool) -> bool:
        """What opened the gate while the speaker sounded. Says whether the verdict has changed."""
        return self._meter is not None and self._meter.broke_in(echo=echo)

    def skip(self) -> None:
        """A frame goes by unheard."""
        self._reference.pop()
        self.forget()
        self._before.clear()
        if self._canceller:
            self._canceller.forget()

    def forget(self) -> None:
        """Nothing that was heard until now is made up for."""
        self._missed = 0

    def played(self, pcm: ServicePcm) -> None:
        """What went to the speaker after the last frames that were heard; HELD_FRAMES at most."""
        self._reference.put(pcm)

    def is_deaf(self, *, speaking: bool, listening: bool = True) -> bool:
        """Asked once a frame: hears itself, while the speaker sounds and while the room still does."""
        if speaking:
            self._tail = TAIL_MS // FRAME_MS
        elif self._tail:
            self._tail -= 1
        return self._tail > 0 and not (self.full and listening)
