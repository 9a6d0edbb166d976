"""What leaves the microphone: pre-roll, coalescing, and the conversion to the service's rate, if it differs.

Closed, it keeps the last `preroll_ms`. Open, it hands out pieces: the first, with the pre-roll, at once,
then one every `piece_ms`, and what is left when it closes. No sample is handed out twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from ..vocabulary.events import Event, MicAudioRecorded, OpenedBy, UplinkClosed, UplinkOpened
from ..vocabulary.sound import BYTES_PER_SAMPLE, FRAME_MS, MIC_RATE_HZ, SERVICE_RATE_HZ, MicPcm, UplinkPcm
from .convert import to_mono
from .levels import level_dbfs, louder
from .resample import Resampler

SILENT_DBFS = -90.0


class Uplink:
    """`rate_hz`: that the service takes. `channels` 2: frames have the microphone and the speaker in turn. `gain_db`:
    of what is handed out. `kept_ms`: of the past, if that is more than the pre-roll."""

    def __init__(
        self,
        *,
        preroll_ms: int,
        piece_ms: int,
        kept_ms: int = 0,
        rate_hz: int = SERVICE_RATE_HZ,
        channels: int = 1,
        gain_db: float = 0.0,
    ) -> None:
        self._kept = kept_ms > preroll_ms
        self._preroll_frames = preroll_ms // FRAME_MS
        self._clear = 0  # frames since the last that only the wake word may bring back
        self._preroll: deque[UplinkPcm] = deque(maxlen=max(preroll_ms, kept_ms) // FRAME_MS)
        self._piece_frames = max(1, piece_ms // FRAME_MS)
        self._resampler = Resampler(MIC_RATE_HZ, rate_hz)
        self._channels, self._gain_db = channels, gain_db
        self._bytes_per_ms = rate_hz * channels * BYTES_PER_SAMPLE // 1000
        self._pending: list[UplinkPcm] = []
        self._id = 0
        self._speech_ms = 0
        self._loudest_dbfs = SILENT_DBFS
        self.is_open = False

    @property
    def speech_ms(self) -> int:
        """Of this utterance, so far."""
        return self._speech_ms

    def count(self, voiced: int) -> None:
        """So many more frames of it turned out to be a voice."""
        self._speech_ms += voiced * FRAME_MS

    def unsay(self) -> None:
        """What was taken for speech so far was not."""
        self._speech_ms = 0

    @property
    def preroll(self) -> tuple[MicPcm, ...]:
        """All that is kept, of the microphone alone."""
        return tuple(to_mono(frame, self._channels, 0) for frame in self._preroll)

    @property
    def lacking_frames(self) -> int:
        """Of the next piece."""
        return self._piece_frames - len(self._pending)

    def feed(self, frame: UplinkPcm, *, voiced: int) -> list[Event]:
        """Takes the next 20 ms of the microphone. `voiced`: frames that turned out to be a voice."""
        if not self.is_open:
            self._preroll.append(frame)
            self._clear += 1
            return []
        self._pending.append(frame)
        self.count(voiced)
        return self._flush() if len(self._pending) >= self._piece_frames else []

    def open(self, opened_by: OpenedBy, audio_ms: int, *, frames: int | None = None) -> list[Event]:
        """Begin an utterance; what the pre-roll holds is its first piece. `frames`: so many of all that is kept,
        instead."""
        self.is_open = True
        self._id += 1
        self._speech_ms, self._loudest_dbfs = 0, SILENT_DBFS
        self._resampler.reset()
        wanted = min(self._preroll_frames, self._clear) if frames is None else frames
        count = min(len(self._preroll), wanted)
        self._pending = list(self._preroll)[len(self._preroll) - count :]
        self._preroll.clear()
        return [UplinkOpened(self._id, opened_by, audio_ms), *self._flush()]

    def close(self, audio_ms: int, noise_dbfs: float = SILENT_DBFS, voiced: int = 0) -> list[Event]:
        """End the utterance, with what is not handed out yet. `noise_dbfs`: the level of the room without a voice.
        `voiced`: as in `feed`."""
        if not self.is_open:
            return []
        self.is_open = False
        self.count(voiced)
        rest = self._flush()
        levels = self._loudest_dbfs, max(SILENT_DBFS, round(noise_dbfs, 1))
        return [*rest, UplinkClosed(self._id, self._speech_ms, audio_ms, *levels)]

    def recall(self, frames: Collection[MicPcm]) -> None:
        """Closed: the last frames were these, whatever was kept of them. Two channels are kept as they came."""
        if self._channels > 1:
            return
        for _ in range(min(len(frames), len(self._preroll))):
            self._preroll.pop()
        self._preroll.extend(frames)
        self._clear = max(self._clear, len(frames))

    def pass_by(self, frame: UplinkPcm) -> None:
        """A frame in which the device hears itself: if more than the pre-roll is kept, it is, for what follows the wake
        word."""
        self._clear = 0
        if self._kept:
            self._preroll.append(frame)
        else:
            self._preroll.clear()

    def forget(self) -> None:
        """Drop the pre-roll: what was heard until now must not leave."""
        self._preroll.clear()

    def _flush(self) -> list[Event]:
        if not self._pending:
            return []
        self._loudest_dbfs = max(
            self._loudest_dbfs, round(level_dbfs(to_mono(self._pending[-1], self._channels, 0)), 1)
        )
        pcm = self._resampler.process(louder(b"".join(self._pending), self._gain_db))
        self._pending = []
        return [MicAudioRecorded(self._id, pcm, self._bytes_per_ms)]
