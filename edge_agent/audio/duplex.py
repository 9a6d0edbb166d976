"""Whether the device may listen while it speaks, and what it then hears.

Full duplex has to be earned: until the meter has found that the speaker does not come through, the device is
deaf while it speaks, and for TAIL_MS after.
"""

from __future__ import annotations

from collections import deque

from .echo import Aec3, Reference
from .echo_meter import EchoMeter
from .formats import FRAME_MS, MicPcm, ServicePcm
from .gate import level

TAIL_MS = 300  # how long a room goes on sounding after the speaker
REST_AFTER = 1000 // FRAME_MS  # frames without a sound from the speaker
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
        self._before: deque[MicPcm] = deque(maxlen=BEFORE)
        self._silent = REST_AFTER
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

    def hear(self, mic: MicPcm, *, measured: bool) -> tuple[MicPcm, bool]:
        """(what is left of a frame without the speaker, whether the verdict has changed).

        `measured`: False while somebody is known to speak.
        """
        played = self._reference.pop()
        if self._meter is None:
            return mic, False
        self._silent = 0 if played.strip(b"\0") else min(self._silent + 1, REST_AFTER)
        if self._silent == REST_AFTER:
            self._before.append(mic)
            return self._canceller.rest(mic) if self._canceller else mic, False
        if self._before:
            self._meter.begin([level(frame) for frame in self._before])
        clean = self._canceller.cancel(mic, played, self._before) if self._canceller else mic
        self._before.clear()
        return clean, measured and self._meter.feed(level(mic), level(played), level(clean))

    def broke_in(self, *, echo: bool) -> bool:
        """What opened the gate while the speaker sounded. Says whether the verdict has changed."""
        return self._meter is not None and self._meter.broke_in(echo=echo)

    def skip(self) -> None:
        """A frame goes by unheard."""
        self._reference.pop()
        self._before.clear()
        if self._canceller:
            self._canceller.forget()

    def played(self, frame: ServicePcm) -> None:
        """What went to the speaker after the last frame that was heard."""
        if self._meter:
            self._reference.put(frame)

    def is_deaf(self, *, speaking: bool) -> bool:
        """Asked once a frame: not listening while the speaker sounds, nor while the room still does."""
        if speaking:
            self._tail = TAIL_MS // FRAME_MS
        elif self._tail:
            self._tail -= 1
        return self._tail > 0 and not self.full
