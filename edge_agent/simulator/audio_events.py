"""Client events about input audio: append, commit, clear; and the service's own ear."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence

from ..realtime.wire import Json
from ..vocabulary.sound import BYTES_PER_SAMPLE, SERVICE_BYTES_PER_MS, ServicePcm, service_ms
from .answers import Asked
from .core import Core
from .ear import Ear
from .faults import Fault
from .idle import Idle
from .intake import Intake
from .items import user_audio
from .reply_events import ReplyEvents
from .settings import turn_detection
from .transcriber import Transcriber

SHORTEST_COMMIT_MS = 100
LARGEST_APPEND = 15 * 2**20  # bytes


class AudioEvents:
    """`appended_ms` is the session's audio clock: all that was ever appended."""

    def __init__(self, core: Core, replies: ReplyEvents, idle: Idle) -> None:
        self._core, self._replies, self._idle = core, replies, idle
        idle.passed = self._idled
        self.appended_ms = 0
        self._buffer = bytearray()
        self._item_id = ""  # announced by speech_started
        self._intake = Intake.of(core.config)
        self._transcriber = Transcriber(core)
        self.listen()

    def listen(self) -> None:
        """Begin to listen as the session says."""
        if (intake := Intake.of(self._core.config)).kind != self._intake.kind:
            self._intake = intake
        self._detection = turn_detection(self._core.config)
        self._ear = Ear(self._detection, self.appended_ms) if self._detection else None

    def append(self, event: Json, now: float) -> None:
        try:
            data = b64decode(event["audio"], validate=True)
        except ValueError:  # binascii.Error is one, and so is a character beyond ASCII
            self._core.refuse("invalid_value", "Invalid 'audio': not base64.", now, event, "audio")
            return
        if len(data) > LARGEST_APPEND:
            words = "Invalid 'audio': at most 15 MiB in one event."
            self._core.refuse("invalid_value", words, now, event, "audio")
            return
        if self._intake.channels > 1 and len(data) % (BYTES_PER_SAMPLE * self._intake.channels):
            words = "Invalid 'audio': stereo chunks must be a multiple of 4 bytes."
            self._core.refuse("invalid_value", words, now, event, "audio")
            return
        pcm = self._intake.feed(data)
        self.appended_ms += service_ms(pcm)
        self._buffer += pcm
        if self._ear is None:
            return
        for hearing in self._ear.feed(pcm):
            if hearing.started:
                self._speech_started(hearing.at_ms, now)
            else:
                self._speech_stopped(hearing.at_ms, now)
        if not self._ear.speech:
            self._take(self.appended_ms - self._ear.prefix_ms)  # no more than the padding is kept

    def _take(self, until_ms: int) -> ServicePcm:
        """The buffer's sound up to this place on the audio clock; it is then gone from the buffer."""
        left = (self.appended_ms - until_ms) * SERVICE_BYTES_PER_MS
        size = max(0, len(self._buffer) - max(0, left))
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def commit(self, event: Json, now: float, faults: Sequence[Fault]) -> None:
        ms = len(self._buffer) / SERVICE_BYTES_PER_MS
        if ms >= SHORTEST_COMMIT_MS:
            self._commit(self._take(self.appended_ms), now, faults)
            return
        words = (
            "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but"
            f" buffer only has {ms:.2f}ms of audio."
        )
        self._core.refuse("input_audio_buffer_commit_empty", words, now, event)

    def clear(self, now: float) -> None:
        self._buffer.clear()
        self.listen()
        self._core.send(self._core.wire.event("input_audio_buffer.cleared"), at=now)

    def _speech_started(self, at_ms: int, now: float) -> None:
        wire = self._core.wire
        self._idle.stop()
        self._take(at_ms)
        self._item_id = wire.id("item")
        fields = {"audio_start_ms": at_ms, "item_id": self._item_id}
        self._core.send(wire.event("input_audio_buffer.speech_started", **fields), at=now)
        self._core.send(*self._core.moment("speech", now), at=now)
        if self._wants("interrupt_response"):
            self._replies.interrupt(now)

    def _speech_stopped(self, at_ms: int, now: float) -> None:
        fields = {"audio_end_ms": at_ms, "item_id": self._item_id}
        self._core.send(self._core.wire.event("input_audio_buffer.speech_stopped", **fields), at=now)
        self._utter(self._take(at_ms), now)

    def _idled(self, timeout_ms: int, now: float) -> None:
        """Nobody has spoken for so long."""
        core, start_ms = self._core, max(0, self.appended_ms - timeout_ms)
        self._item_id = core.wire.id("item")
        fields = {"audio_start_ms": start_ms, "audio_end_ms": self.appended_ms, "item_id": self._item_id}
        core.send(core.wire.event("input_audio_buffer.timeout_triggered", **fields), at=now)
        self._utter(self._take(self.appended_ms), now)

    def _utter(self, pcm: ServicePcm, now: float) -> None:
        """The service itself takes this for an utterance, and answers it."""
        faults = self._core.faults.at("commit")
        self._commit(pcm, now, faults)
        self._core.send(*self._core.breaks(faults, now), at=now)
        if self._wants("create_response") and not self._replies.busy:
            begun = self._core.faults.at("response")
            self._replies.respond({}, begun, now)
            self._core.send(*self._core.breaks(begun, now), at=now)

    def _wants(self, option: str) -> bool:
        return self._detection is not None and self._detection.get(option) is not False

    def _commit(self, pcm: ServicePcm, now: float, faults: Sequence[Fault]) -> None:
        core = self._core
        item = user_audio(self._item_id or core.wire.id("item"), pcm)
        self._item_id = ""
        before = core.items.insert(item, None)
        words = core.recognise(pcm)
        core.asked = Asked(words, core.asked.pcm + pcm)
        echo = item.echo(object_name=core.wire.dialect.items_say_object)
        core.send(
            core.wire.event("input_audio_buffer.committed", previous_item_id=before, item_id=item.id),
            *core.wire.item_added(echo, before),
            *core.wire.item_done(echo, before),
            at=now,
        )
        self._transcriber.write(item, words, faults, now)
