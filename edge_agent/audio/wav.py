"""WAV files: read whole, written as they grow."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np

from ..vocabulary.sound import ServicePcm
from .convert import UnusualRate, check_rate, convert, to_mono
from .riff import BadLayout, BadWav, layout_of


def read_wav(path: Path | str, *, longest_s: float | None = None) -> tuple[bytes, int, int]:
    """(interleaved s16le samples, rate in Hz, channels). Raises BadWav, also if it is longer than `longest_s`."""
    try:
        with Path(path).open("rb") as raw:
            file = raw if raw.seekable() else BytesIO(raw.read())
            found = layout_of(file)
            check_rate(found.rate_hz)
            if longest_s is not None and found.frames > longest_s * found.rate_hz:
                raise BadWav(f"{path}: is longer than {longest_s:g} s; shorten it")
            file.seek(found.data_at)
            pcm = file.read(found.data_size)
    except OSError as error:
        raise BadWav(f"{path}: cannot be read ({error.strerror})") from None
    except BadLayout as error:
        raise BadWav(f"{path}: is not a usable WAV file ({error}); convert it to 16-bit PCM") from None
    except UnusualRate as error:
        raise BadWav(f"{path}: has {error}") from None
    return _to_s16(pcm, found.width, found.is_float), found.rate_hz, found.channels


def _to_s16(pcm: bytes, width: int, is_float: bool) -> bytes:
    """Samples of `width` bytes as s16le, cut off to 16 bit."""
    if is_float:
        samples = np.nan_to_num(np.frombuffer(pcm, f"<f{width}"))
        return bytes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    if width == 1:  # the only unsigned one
        return bytes(((np.frombuffer(pcm, np.uint8).astype("<i2") - 128) << 8).tobytes())
    return bytes(np.frombuffer(pcm, np.uint8).reshape(-1, width)[:, -2:].tobytes())


def load(path: Path, *, longest_s: float | None = None) -> ServicePcm:
    """A WAV file as 24 kHz mono. Raises BadWav."""
    pcm, rate_hz, channels = read_wav(path, longest_s=longest_s)
    return convert(to_mono(pcm, channels), rate_hz)


class WavWriter:
    """A mono s16le WAV file, valid on disk whenever `close` was called."""

    def __init__(self, path: Path | str, rate_hz: int) -> None:
        self._path = path
        try:
            self._raw = Path(path).open("wb")  # noqa: SIM115 - open as long as this object
        except OSError as error:
            raise BadWav(f"{path}: cannot be written ({error.strerror})") from None
        self._file = wave.open(self._raw, "wb")  # noqa: SIM115
        self._file.setnchannels(1)
        self._file.setsampwidth(2)
        self._file.setframerate(rate_hz)

    def write(self, pcm: bytes) -> None:
        """Raises BadWav."""
        with self._problems_named():
            self._file.writeframesraw(pcm)

    def close(self) -> None:
        """Raises BadWav."""
        with self._problems_named(), self._raw:
            self._file.close()

    @contextmanager
    def _problems_named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BadWav(f"{self._path}: cannot be written ({error.strerror})") from None
