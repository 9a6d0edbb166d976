"""Whether the device may listen while it speaks, and what it then hears.

Full duplex has to be earned: until the meter has found that the speaker does not come through, the device is
deaf while it speaks, and for TAIL_MS after. Once that is found, nothing is taken out while nobody would hear it
(button mode, between utterances): it is made up for when somebody listens (`catch_up`).
"""

from __future__ import annotations

from collections import deque

from ...vocabulary.sound import FRAME_MS, MicPcm, ServicePcm, is_silent
from ..levels import level
from .canceller import LATEST, SILENCE, Canceller, Cleaned, HeardAndPlayed, Reference
from .lateness import Lateness
from .learned import Learned
from .meter import EchoMeter

TAIL_MS = 300  # how long a room goes on sounding after the speaker
UNKNOWN_MS = 700  # longer, while it is not known how late the speaker is
TOO_EARLY, REACH = -20 // FRAME_MS, 300 // FRAME_MS  # frames, without a canceller: what the meter looks at
REST_AFTER = 600 // FRAME_MS  # frames without a sound from the speaker
BEFORE = 500 // FRAME_MS  # frames kept from before it sounds


class Duplex:
    """Without a meter it is half duplex for good; without a canceller the microphone is taken as it comes.

    `latency_ms`: from writing to the speaker until the microphone delivers it, as the devices say; `late_ms`: as an
    earlier one has learned, more than that.
    """

    def __init__(
        self,
        meter: EchoMeter | None = None,
        canceller: Canceller | None = None,
        *,
        latency_ms: int = 0,
        late_ms: int = 0,
    ) -> None:
        self._meter, self._canceller = meter, canceller
        self._reference = Reference(latency_ms + late_ms)
        self._lateness = Lateness()
        self.late_ms = late_ms  # of the speaker, beyond what is known of it
        if late_ms:
            self._lateness.frames = 0
        self._sounded = 0  # frames in which it did
        self._before: deque[HeardAndPlayed] = deque(maxlen=BEFORE)  # what was not cancelled
        self.last_played: ServicePcm = SILENCE  # in the last frame that was heard
        self._silent = REST_AFTER
        self._missed = 0  # frames in a row that nobody listened to
        self._speaking = False
        self._tail = 0  # frames in which the room still does
        self.sounding = False  # the speaker, or the room after it

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
    def learned(self) -> Learned:
        """To be kept."""
        if self._meter is None:
            return Learned(late_ms=self.late_ms)
        return Learned(self._meter.full_duplex, self._meter.relapses, self.late_ms)

    def delay(self, latency_ms: int) -> None:
        """Another device, or the same one with another buffer."""
        self._reference.delay(latency_ms + self.late_ms)
        self._lateness.restart()

    def hear(self, mic: MicPcm, *, measured: bool, listening: bool = True) -> tuple[Cleaned, bool]:
        """(a frame without the speaker, whether the verdict has changed).

        `measured`: False while somebody is known to speak. `listening`: whether anybody takes what is left.
        """
        played = self.last_played = self._reference.pop()
        self._missed = 0 if listening else self._missed + 1
        sounds = played is not SILENCE and not is_silent(played)
        rested = self._silent == REST_AFTER
        if sounds:
            self._silent = 0
        elif not rested:
            self._silent += 1
        if self._meter is None:
            if measured and self._silent < REST_AFTER:
                self._align(level(mic), level(played))
            return Cleaned(mic, mic), False
        if sounds and rested and self._before:
            self._meter.begin([level(earlier) for earlier, _ in self._before])
        if self._silent == REST_AFTER or (self.full and not listening):
            self._before.append((mic, played))
            return self._canceller.rest(mic) if self._canceller else Cleaned(mic, mic), False
        cleaned = self._canceller.cancel(mic, played, self._before) if self._canceller else Cleaned(mic, mic)
        self._before.clear()
        if not measured:
            return cleaned, False
        mic_db, played_db = level(mic), level(played)
        self._align(mic_db, played_db)
        self._sounded += sounds
        heard_in_vain = self._meter.hears_speaker or self._sounded <= LATEST
        arrived = self._canceller is None or self._found or not heard_in_vain
        return cleaned, self._meter.feed(
            mic_db, played_db, level(cleaned.heard), cleaned.voice, arrived=arrived
        )

    @property
    def _found(self) -> bool:
        """It is known when the speaker is heard, or that it is not."""
        return self._lateness.settled or bool(self._canceller and self._meter and self._meter.has_found)

    def _align(self, mic_db: float, played_db: float) -> None:
        """The reference to its echo, if that is later or earlier than the canceller looks for it."""
        self._lateness.feed(mic_db, played_db)
        late = self._lateness.frames
        reach = self._canceller.reach if self._canceller else REACH
        if late is None or TOO_EARLY <= late <= reach:
            return
        self._lateness.restart()
        self._lateness.frames = 0
        self._reference.shift(late)
        self.late_ms += late * FRAME_MS
        if self._canceller:
            self._canceller.relearn()
        if self._meter:
            self._meter.doubt()

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
        if not speaking and self._speaking:
            late_ms = max(0, self.late_ms) if self._found else UNKNOWN_MS
            self._tail = (TAIL_MS + late_ms) // FRAME_MS
        self._speaking = speaking
        if not speaking and self._tail:
            self._tail -= 1
        self.sounding = speaking or self._tail > 0
        return self.sounding and not (self.full and listening)
