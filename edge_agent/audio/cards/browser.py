"""A page in a browser as a sound card: it sends what its microphone hears, and plays what comes back.

Both sides run on the clock of the page: with each block that it has heard, it says how many samples it has played by
the end of that block. So what it still holds is known to the sample, and so is what was heard of an answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition

from ...vocabulary.sound import BYTES_PER_SAMPLE, FRAME_MS, HELD_FRAMES
from .errors import SoundFailed

RATES_HZ = range(8_000, 96_001)
SILENT_S = 1.0  # a page that sends nothing for so long hears nothing
MOST_BLOCKS = 100  # that wait to be heard: more come only from a page with a wrong clock
MOST_HELD_MS = 2000
COUNTER = 2**32  # at which the page's count of samples begins again

PlayBlock = Callable[[bytes], None]


class BrowserCard:
    """Mono. `plug`, `hear` and `unplug` are for the event loop; the rest is for the audio loop. Once it is gone, `read`
    waits a while for it, or until it is hurried, and raises SoundFailed again."""

    in_channels = 1
    most_blocks = 1

    def __init__(self, rate_hz: int) -> None:
        self.name = f"a browser, {rate_hz} Hz"
        self.in_rate_hz = self.out_rate_hz = rate_hz
        self.block_bytes = rate_hz * FRAME_MS // 1000 * BYTES_PER_SAMPLE
        self._changed = Condition()
        self._heard: deque[tuple[int, bytes]] = deque()  # with what was played by the end of each
        self._play: PlayBlock | None = None  # None: no page is there
        self._lost = self._gone = self._hurried = False
        self._is_read = False  # until then nobody hears
        self._played, self._written = 0, 0  # samples, as the page counts; only their difference matters
        self._starts = True

    # ---- for the event loop ----------------------------------------------
    @property
    def plugged(self) -> bool:
        return self._play is not None

    def plug(self, play: PlayBlock) -> None:
        """A page is there. `play` takes each block for its speaker, on the audio loop; the page holds none yet."""
        with self._changed:
            self._play, self._starts = play, True
            self._heard.clear()

    def hear(self, played: int, pcm: bytes) -> None:
        """The next block of the page. `played`: samples, by its end."""
        with self._changed:
            if self.plugged and self._is_read:
                self._heard.append((played, pcm))
            if len(self._heard) > MOST_BLOCKS:
                self._unplug()
            self._changed.notify()

    def unplug(self) -> None:
        """The page is gone."""
        with self._changed:
            self._unplug()

    # ---- for the audio loop ----------------------------------------------
    @property
    def out_latency_ms(self) -> int:
        held = (self._written - self._played) % COUNTER
        # it cannot have played what is to come
        held_ms = 0 if held >= COUNTER // 2 else held * 1000 // self.out_rate_hz
        return min(max(HELD_FRAMES * FRAME_MS, held_ms), MOST_HELD_MS)

    def hurry(self) -> None:
        with self._changed:
            self._hurried = True
            self._changed.notify()

    def read(self, blocks: int = 1) -> bytes:
        """Raises SoundFailed."""
        assert blocks == 1
        with self._changed:
            self._is_read = True
            self._changed.wait_for(self._over, SILENT_S)
            self._hurried = False
            self._gone = self._lost or not self._heard
            self._lost = False
            if self._gone:
                raise SoundFailed("sound", "the page that talks is closed, or sends no sound; open it again")
            self._played, pcm = self._heard.popleft()
            if self._starts:
                self._starts, self._written = False, self._played
        return pcm

    def write(self, pcm: bytes) -> None:
        self._written += len(pcm) // BYTES_PER_SAMPLE
        if play := self._play:
            play(pcm)

    def close(self) -> None:
        """It belongs to the page."""

    def _over(self) -> bool:
        """Whether there is nothing left to wait for."""
        return bool(self._heard) or self._lost or (self._hurried and self._gone)

    def _unplug(self) -> None:
        self._lost = self.plugged
        self._play = None
        self._heard.clear()
        self._changed.notify()
