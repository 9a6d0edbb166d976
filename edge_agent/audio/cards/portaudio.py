"""A real sound card: two half-duplex blocking streams of PortAudio.

One full-duplex stream slips, and callbacks fail in silence, so neither is used. Reading and writing may hang
for ever when a device is wedged: run this where it can be killed, on a `leash`. The microphone is the clock; the
speaker holds a cushion of CUSHION_MS that absorbs its jitter, and the drift between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic, sleep
from typing import Any, TypeVar

import numpy as np

from ...config.model import AudioSettings
from ...config.packages import to_install
from ...vocabulary.sound import FRAME_MS, MIC_RATE_HZ, SERVICE_RATE_HZ, is_silent
from ..library_words import broken_file, last_line, last_words, wrong_name
from .alsa_cards import Direction
from .device_users import user_of
from .devices import CLOSED, SoundDevice, find, listed
from .errors import SoundFailed, no_such_channel
from .sound_server import server_missing
from .standard_error import written

CUSHION_MS = 80  # what the speaker holds after each write
MORE_MS, MOST_CUSHION_MS = 10, 100  # at each underrun: this computer needs it
BUFFER_MS = 120  # what it can hold; PortAudio makes it of two periods
MIC_BUFFER_MS = 80  # of the same kind: what may be late without a loss
RATES_HZ = (16_000, 48_000, 44_100, 32_000, 24_000, 8_000, 96_000)
SPEAKER_RATES_HZ = (48_000, 24_000, 44_100, 16_000, 32_000, 96_000, 8_000)
STANDSTILL_MS = 140  # no speaker that plays takes so long for a sample
LATE_MS = 30  # so much later than the clock says: sound was lost
FORMAT = 8  # paInt16
T = TypeVar("T")


class PortAudioCard:
    """Opens both devices by name. Raises SoundFailed here, from `read` and from `write`.

    `hears` False: only the speaker, with silence for a microphone. `speaks` False: only the microphone, and
    what is written goes nowhere. `note` takes what a technician should know.
    """

    most_blocks = 1

    def __init__(
        self,
        audio: AudioSettings,
        note: Callable[[str], None] = lambda _: None,
        *,
        hears: bool = True,
        speaks: bool = True,
    ) -> None:
        self._hears, self._speaks = hears, speaks
        self.overruns = self.underruns = 0
        self._held = self._stuck = 0  # samples in the speaker, and how many it should have played since
        self._streams: list[Any] = []
        self._pyaudio = start_portaudio()
        try:
            self._open(audio, note)
        except BaseException:
            self.close()
            raise

    def _open(self, audio: AudioSettings, note: Callable[[str], None]) -> None:
        self.name, self.in_rate_hz, self.in_channels, self.most_in_channels = "", MIC_RATE_HZ, 1, 1
        self.out_rate_hz, self.out_latency_ms = SERVICE_RATE_HZ, 0
        devices = listed(self._pyaudio)
        if self._hears:
            microphone = chosen(self._pyaudio, devices, audio.microphone, "microphone")
            self.most_in_channels = microphone.in_channels
            self._mic, self.in_rate_hz, self.in_channels = self._stream(
                microphone,
                "microphone",
                audio.mic_rate_hz,
                audio.mic_channels,
                note,
                least=(audio.heard_channel or 0) + 1,
            )
            self.name = f"microphone {microphone.label}, {self.in_rate_hz} Hz, {self.in_channels} ch"
        if self._speaks:
            self._open_speaker(chosen(self._pyaudio, devices, audio.speaker, "speaker"), audio, note)
        if self._hears:
            self._failing("microphone", self._mic.start_stream)
        self._in_block = self.in_rate_hz * FRAME_MS // 1000
        self._began, self._read = 0.0 if self._hears else monotonic(), 0

    def _open_speaker(self, speaker: SoundDevice, audio: AudioSettings, note: Callable[[str], None]) -> None:
        self._speaker, self.out_rate_hz, self._out_channels = self._stream(
            speaker, "speaker", audio.speaker_rate_hz, audio.speaker_channels, note
        )
        self.name += "; " if self._hears else ""
        self.name += f"speaker {speaker.label}, {self.out_rate_hz} Hz, {self._out_channels} ch"
        self._out_room = self._speaker.get_write_available()
        self._delay_ms = audio.speaker_delay_ms
        self._hold(CUSHION_MS)
        self._failing("speaker", self._speaker.start_stream)
        self._pad(self._cushion)

    def _hold(self, cushion_ms: int) -> None:
        self._cushion_ms = min(cushion_ms, self._out_room * 1000 // self.out_rate_hz)
        self._cushion = self.out_rate_hz * self._cushion_ms // 1000
        self.out_latency_ms = self._cushion_ms + self._delay_ms

    def hurry(self) -> None:
        """It never waits for more than a block."""

    def read(self, blocks: int = 1) -> bytes:
        count = blocks * self._in_block
        if not self._hears:
            self._read += count
            sleep(max(0.0, self._began + self._read / self.in_rate_hz - monotonic()))
            return bytes(count * 2)
        pcm: bytes = self._failing("microphone", lambda: self._mic.read(count, exception_on_overflow=False))
        self._read += count
        now = monotonic()
        due = self._began + self._read / self.in_rate_hz
        if not self._began or now < due:  # the earliest arrival is the device's own time
            self._began = now - self._read / self.in_rate_hz
        elif now - due > LATE_MS / 1000 and not self._mic.get_read_available():
            self.overruns += 1
            self._began = now - self._read / self.in_rate_hz
        return pcm

    def write(self, pcm: bytes) -> None:
        if not self._speaks:
            return
        count = len(pcm) // 2
        held = self._out_room - self._speaker.get_write_available()
        silent = is_silent(pcm)
        if held <= 0:
            if not silent:
                self.underruns += 1
                self._hold(min(self._cushion_ms + MORE_MS, MOST_CUSHION_MS))
            self._pad(self._cushion - count)
        elif silent and held > self._cushion:  # the speaker is slower than the microphone: let it catch up
            self._stuck = self._stuck + count if held >= self._held else 0
            self._held = held
            if self._stuck * 1000 > STANDSTILL_MS * self.out_rate_hz:
                raise SoundFailed("speaker", "the speaker has stalled: it plays nothing")
            return
        elif silent and held + count < self._cushion // 2:
            self._pad(self._cushion - held - count)
        self._held = self._stuck = 0
        frames = pcm if self._out_channels == 1 else spread(pcm, self._out_channels)
        self._failing("speaker", lambda: self._speaker.write(frames, exception_on_underflow=False))

    def close(self) -> None:
        for stream in self._streams:
            with suppress(OSError):
                stream.close()
        self._pyaudio.terminate()

    def _stream(
        self,
        device: SoundDevice,
        direction: Direction,
        rate_hz: int,
        channels: int,
        note: Callable[[str], None],
        least: int = 1,
    ) -> tuple[Any, int, int]:
        """(stream, rate, channels) that the device takes: what is asked for, if it can be had, and `least` channels."""
        most = device.channels(direction)
        if least > most:
            raise SoundFailed(direction, no_such_channel(device.label, least - 1, most))
        rates = RATES_HZ if direction == "microphone" else SPEAKER_RATES_HZ
        side = "input" if direction == "microphone" else "output"
        trouble: OSError | ValueError | None = None
        written()  # about other devices
        for rate in unique([rate_hz, *rates, device.rate_hz]):
            for count in unique([channels, least, 2, most]):
                if not rate or not least <= count <= most or rate * FRAME_MS % 1000:
                    continue
                period_ms = (MIC_BUFFER_MS if direction == "microphone" else BUFFER_MS) // 2
                try:
                    stream = self._pyaudio.open(
                        rate,
                        count,
                        FORMAT,
                        **{side: True, f"{side}_device_index": device.index},
                        frames_per_buffer=rate * period_ms // 1000,
                        start=False,
                    )
                except (OSError, ValueError) as error:
                    trouble = error
                    continue
                self._streams.append(stream)
                if rate_hz and rate != rate_hz:
                    note(f"{direction} {device.label!r} refuses {rate_hz} Hz; using {rate} Hz")
                if 0 < channels < least:
                    note(f"{count} channels of {device.label!r} are open: audio.mic_channel needs them")
                elif channels and count != channels:
                    note(f"{direction} {device.label!r} refuses {channels} channels; using {count}")
                return stream, rate, count
        raise SoundFailed(direction, _why_not(device, direction, trouble))

    def _pad(self, frames: int) -> None:
        if frames > 0:
            silence = bytes(frames * 2 * self._out_channels)
            self._failing("speaker", lambda: self._speaker.write(silence, exception_on_underflow=False))

    def _failing(self, direction: Direction, act: Callable[[], T]) -> T:
        try:
            return act()
        except OSError as error:
            raise SoundFailed(direction, f"the {direction} was disconnected ({_words(error)})") from None


def start_portaudio() -> Any:
    """A pyaudio.PyAudio, with the devices that are there now; `terminate` ends it. Raises SoundFailed."""
    try:
        import pyaudio
    except ImportError as error:
        raise SoundFailed("sound", f"PyAudio is not installed ({error}); {to_install('PyAudio')}") from None
    written()  # of before
    try:
        return pyaudio.PyAudio()
    except OSError as error:
        text = written()
        why = last_words(text) or _words(error)
        raise SoundFailed(
            "sound", broken_file(text) or f"the sound system cannot be started ({why})"
        ) from None


def chosen(audio: Any, devices: Sequence[SoundDevice], wanted: str, direction: Direction) -> SoundDevice:
    """The device of this name; without a name the system's default. Raises SoundFailed."""
    if wanted:
        try:
            device = find(devices, wanted, direction)
        except SoundFailed:
            if why := server_missing(wanted, direction):
                raise SoundFailed(direction, why) from None
            raise
        if device.index == CLOSED:
            raise SoundFailed(direction, _why_not(device, direction, None))
        return device
    side = "Input" if direction == "microphone" else "Output"
    default = audio.get_default_host_api_info()[f"default{side}Device"]
    for device in devices:
        if device.index == default:
            return device
    raise SoundFailed(
        direction,
        wrong_name(written()) or server_missing("", direction) or f"no {direction} found: check the plug",
    )


def spread(pcm: bytes, channels: int) -> bytes:
    """Mono on every channel."""
    return np.repeat(np.frombuffer(pcm, np.int16), channels).tobytes()


def unique(values: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(values))


def _why_not(device: SoundDevice, direction: Direction, error: OSError | ValueError | None) -> str:
    if user := user_of(device.card_id, direction, number=device.number):
        return f"{direction} {device.label!r} is in use by {user}; stop that first"
    if device.index == CLOSED:
        return f"{direction} {device.label!r} cannot be opened; end what uses it, or add this user to the group audio"
    why = last_line(written()) or (_words(error) if error else "no rate fits")
    return f"{direction} {device.label!r} cannot be opened ({why})"


def _words(error: OSError | ValueError) -> str:
    """PyAudio's errors are (code, text) or (text, code)."""
    return next((part for part in error.args if isinstance(part, str)), str(error))
