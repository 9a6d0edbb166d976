"""WAV files: read whole, written as they grow."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np


class BadWav(Exception):
    """A file that cannot be used as sound; the message says why and what to do."""


def read_wav(path: Path | str) -> tuple[bytes, int, int]:
    """(interleaved s16le samples, rate in Hz, channels). Raises BadWav."""
    try:
        with wave.open(str(path), "rb") as file:
            rate_hz, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            pcm = file.readframes(file.getnframes())
    except OSError as error:
        raise BadWav(f"{path}: cannot be read ({error.strerror})") from None
    except (wave.Error, EOFError) as error:
        raise BadWav(f"{path}: is no WAV file that can be used ({error or 'it ends too soon'})") from None
    if width != 2:
        raise BadWav(f"{path}: has {8 * width}-bit samples; convert it to 16-bit PCM")
    return pcm[: len(pcm) // (2 * channels) * 2 * channels], rate_hz, channels


def to_mono(pcm: bytes, channels: int, channel: int | None = None) -> bytes:
    """One channel of interleaved s16le, or the mean of all."""
    if channels == 1:
        return pcm
    samples = np.frombuffer(pcm, np.int16).reshape(-1, channels)
    if channel is not None:
        return bytes(samples[:, channel].tobytes())
    return bytes(samples.mean(axis=1).astype(np.int16).tobytes())


class WavWriter:
    """A mono s16le WAV file, valid on disk whenever `close` was called."""

    def __init__(self, path: Path | str, rate_hz: int) -> None:
        try:
            self._raw = Path(path).open("wb")  # noqa: SIM115 - open as long as this object
        except OSError as error:
            raise BadWav(f"{path}: cannot be written ({error.strerror})") from None
        self._file = wave.open(self._raw, "wb")  # noqa: SIM115
        self._file.setnchannels(1)
        self._file.setsampwidth(2)
        self._file.setframerate(rate_hz)

    def write(self, pcm: bytes) -> None:
        self._file.writeframesraw(pcm)

    def close(self) -> None:
        self._file.close()
        self._raw.close()
