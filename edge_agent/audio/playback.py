"""The queue between the network and the speaker, and the truth about what was heard.

What was heard of an item = its samples handed to the device, less what the device still holds back (`latency_ms`
after each frame, and less as time passes); stopped, all that was handed over, for that still sounds. Silence, cues
and the fade never count. All calls come from the audio loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ..vocabulary.events import Heard
from ..vocabulary.sound import BYTES_PER_SAMPLE, SERVICE_BYTES_PER_MS, SERVICE_FRAME_BYTES, ServicePcm
from .fades import continued, fade_in, fade_out
from .prebuffer import Prebuffer


class Playback:
    """A jitter buffer that plays items in order and knows the position of each."""

    def __init__(self, *, prebuffer_ms: int = 100, latency_ms: int = 0, fade_ms: int = 12) -> None:
        self._prebuffer = Prebuffer(prebuffer_ms * SERVICE_BYTES_PER_MS)
        self._fade_size = fade_ms * SERVICE_BYTES_PER_MS
        self._latency = latency_ms * SERVICE_BYTES_PER_MS
        self._last: ServicePcm = b""  # the end of what sounds, as long as a fade; empty: nothing does
        self._fading: ServicePcm = b""  # sounds, and does not count
        self._on_hold = False
        self.underruns = 0
        self._played = 0  # bytes, ever
        self._forget()

    def _forget(self) -> None:
        self._chunks: deque[tuple[str, memoryview]] = deque()  # views: a long answer is not copied
        self._queued = 0
        self._finished = False
        self._buffering = True
        self._pushed: dict[str, int] = {}  # bytes of each item since the last silence
        self._odd: dict[str, bytes] = {}  # half a sample, until the rest of it comes
        self._handed: dict[str, int] = {}
        self._in_device: deque[tuple[str, int]] = deque()  # what latency still holds back; "" is silence
        self._held = 0  # bytes of it
        self.item_id = ""  # at the speaker now
        self._paused = self._rising = self._starved = False
        self._prebuffer.ended()

    def delay(self, latency_ms: int) -> None:
        """What the device holds back from now on."""
        self._latency = latency_ms * SERVICE_BYTES_PER_MS

    @property
    def sounding(self) -> bool:
        """Whether the next frame may be more than silence."""
        return bool(self._pushed or self._fading)

    @property
    def playing(self) -> bool:
        """Whether the next frame will have more of an answer."""
        return bool(self._chunks) and not (self._buffering or self._on_hold)

    @property
    def played_ms(self) -> int:
        """Handed to the device since the start."""
        return self._played // SERVICE_BYTES_PER_MS

    @property
    def active(self) -> bool:
        """Whether anything was pushed that is not drained or stopped yet."""
        return bool(self._pushed)

    def push(self, item_id: str, pcm: ServicePcm) -> None:
        if not pcm:
            return
        pcm = self._odd.pop(item_id, b"") + pcm
        if len(pcm) % BYTES_PER_SAMPLE:
            pcm, self._odd[item_id] = pcm[:-1], pcm[-1:]
        self._pushed[item_id] = self._pushed.get(item_id, 0) + len(pcm)
        self._finished = False
        if pcm:
            self._chunks.append((item_id, memoryview(pcm)))
            self._queued += len(pcm)
            self._prebuffer.came(len(pcm))

    def finish(self) -> None:
        """No more audio is coming: play out even an answer shorter than the prebuffer."""
        self._finished = True

    @property
    def heard(self) -> tuple[Heard, ...]:
        """Of every item since the last silence, until now."""
        held: dict[str, int] = {}
        for item_id, size in self._in_device:
            held[item_id] = held.get(item_id, 0) + size
        return self._heard(held)

    def _heard(self, held: dict[str, int]) -> tuple[Heard, ...]:
        return tuple(
            Heard(item_id, (self._handed.get(item_id, 0) - held.get(item_id, 0)) // SERVICE_BYTES_PER_MS)
            for item_id in self._pushed
        )

    def stop(self) -> tuple[Heard, ...]:
        """Drop what is queued, fade out, and say what will have been heard: the device plays what it holds."""
        heard = self._heard({})
        self._fade()
        self._forget()
        return heard

    def hold(self, on: bool) -> None:
        """Like `pause`, for as long as it takes, whether anything plays yet or not."""
        if on and not self._on_hold:
            self._fade()
        self._on_hold = on

    def pause(self, on: bool) -> None:
        """Fade out, and go on later where it was: nothing is lost, and the fade does not count as heard."""
        on = on and bool(self.item_id)
        if on and not self._paused:
            self._fade()
        self._paused = on

    def pull(self, frames: int = 1) -> ServicePcm:
        """The next `frames` frames for the device, with silence where nothing plays."""
        size = frames * SERVICE_FRAME_BYTES
        self._prebuffer.elapse(size)
        waits = self._fading or self._paused or self._on_hold or (self._buffering and not self._ready())
        out = b"" if waits else self._play(size)
        if len(out) < size:
            out += self._fill(size - len(out))
        return out

    def _play(self, size: int) -> ServicePcm:
        """What there is of it. If that is too little, though more is to come, it has run dry."""
        self._buffering = False
        out = b""
        for item_id, pcm in self._take(size):
            self.item_id = item_id
            self._handed[item_id] = self._handed.get(item_id, 0) + len(pcm)
            self._hold(item_id, len(pcm))
            out += pcm
        self._played += len(out)
        if self._rising and out:
            self._rising = False
            out = fade_in(out)
        self._last = (self._last + out)[-self._fade_size :] if self._fade_size else b""
        if len(out) < size and not self._finished:
            self._buffering = self._starved = True
            self.underruns += 1
            self._prebuffer.ran_dry()
            self._fade()
        return out

    def _fill(self, size: int) -> ServicePcm:
        """Silence, after the fade of what sounded before it."""
        self._last = b""
        self._hold("", size)
        out, self._fading = self._fading[:size], self._fading[size:]
        return out.ljust(size, b"\0")

    def _fade(self) -> None:
        """What sounds dies away, and goes on later where it was, if it does."""
        if not self._last:
            return
        taken = list(self._take(self._fade_size))
        self._fading = fade_out(continued(self._last, b"".join(pcm for _, pcm in taken), self._fade_size))
        for item_id, pcm in reversed(taken):
            self._chunks.appendleft((item_id, pcm))
            self._queued += len(pcm)
        self._last, self._rising = b"", True

    def ran_dry(self) -> bool:
        """Whether the answer has just run out before its end; it then waits until there is enough of it again."""
        starved, self._starved = self._starved, False
        return starved

    def drained(self) -> tuple[Heard, ...]:
        """What was heard, if all that was pushed has just been heard; else nothing."""
        if not self._finished or self._chunks or any(item_id for item_id, _ in self._in_device):
            return ()
        heard = self.heard
        self._forget()
        return heard

    def _ready(self) -> bool:
        return bool(self._chunks) and (self._finished or self._prebuffer.is_enough(self._queued))

    def _take(self, size: int) -> Iterator[tuple[str, memoryview]]:
        while size and self._chunks:
            item_id, pcm = self._chunks.popleft()
            if len(pcm) > size:
                self._chunks.appendleft((item_id, pcm[size:]))
                pcm = pcm[:size]
            size -= len(pcm)
            self._queued -= len(pcm)
            yield item_id, pcm

    def elapse(self, frames: int) -> None:
        """The device has played so much since it was given the last frame."""
        self._keep(max(0, self._latency - frames * SERVICE_FRAME_BYTES))

    def _hold(self, item_id: str, size: int) -> None:
        """The device now holds these bytes, and has let go of as many older ones."""
        if not self._latency or not size:
            return
        self._in_device.append((item_id, size))
        self._held += size
        self._keep(self._latency)

    def _keep(self, most: int) -> None:
        """The device has let go of all but the last bytes."""
        while self._held > most:
            item_id, size = self._in_device.popleft()
            self._held -= size
            if self._held < most:
                self._in_device.appendleft((item_id, most - self._held))
                self._held = most
