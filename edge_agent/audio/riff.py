"""The layout of WAV files: where the samples are, and in which format.

Sources: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE); Microsoft,
Multiple Channel Audio Data and WAVE Files (extensible formats); EBU Tech 3306 and ITU-R BS.2088 (RF64, BW64).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from os import SEEK_END
from typing import BinaryIO

from ..vocabulary.frozen import frozen

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
OTHERS = {2: "ADPCM", 6: "A-law", 7: "mu-law", 0x11: "IMA ADPCM", 0x50: "MPEG", 0x55: "MP3", 0xFF: "AAC"}
WIDTHS = {PCM: (1, 2, 3, 4), FLOAT: (4, 8)}  # bytes of a sample
UNKNOWN = 0xFFFFFFFF  # a size that is in `ds64`, or was never written
USUAL = frozenset(
    b"fmt |data|LIST|fact|bext|JUNK|junk|PAD |FLLR|iXML|axml|chna|cue |smpl|inst|PEAK|id3 |ID3 |DISP|_PMX".split(
        b"|"
    )
)  # the names of chunks


class BadWav(Exception):
    """A file that cannot be used as sound; the message says why and what to do."""


class BadLayout(ValueError):
    """Not a WAV file that can be read; the message says why."""


@frozen
class Layout:
    """Where the samples are, and what they are."""

    is_float: bool
    channels: int
    rate_hz: int
    width: int  # bytes of a sample; smaller ones are left-justified in it
    data_at: int
    data_size: int  # whole frames

    @property
    def frames(self) -> int:
        return self.data_size // (self.width * self.channels)


def layout_of(file: BinaryIO) -> Layout:
    """Of a file that can seek. Raises BadLayout."""
    end = file.seek(0, SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] in (b"RIFX", b"FFIR"):
        raise BadLayout("it is big-endian")
    if head[:4] not in (b"RIFF", b"RF64", b"BW64") or head[8:] != b"WAVE":
        raise BadLayout("it does not begin as a WAV file does" if head else "it is empty")
    found: dict[bytes, tuple[int, int]] = {}
    for name, at, size in _chunks(file, end):
        found.setdefault(name, (at, size))
    if b"fmt " not in found or b"data" not in found:
        raise BadLayout(f"it is truncated: it has no {'samples' if b'fmt ' in found else 'format'}")
    is_float, channels, rate_hz, width = _format(_content(file, found[b"fmt "]))
    data_at, data_size = found[b"data"]
    data_size -= data_size % (width * channels)
    return Layout(is_float, channels, rate_hz, width, data_at, data_size)


def _chunks(file: BinaryIO, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, position, size) of each chunk's content, as far as the file has it."""
    at, large = 12, None
    while (header := _header(file, at)) is not None:
        name, size = header
        at += 8
        if name == b"ds64" and size >= 16:
            large = min(int.from_bytes(_content(file, (at, 16))[8:], "little"), end)
        if name == b"data":
            if size == UNKNOWN:
                size = end - at if large is None else large
            elif size == 0 and not _only_chunks(file, at, end):
                size = end - at  # the recorder was cut off, or wrote to a pipe
        yield name, at, max(0, min(size, end - at))
        at = _next(file, at, size)


def _next(file: BinaryIO, at: int, size: int) -> int:
    """Where the next chunk begins. A chunk of odd size has a byte more, which some recorders forget."""
    after = at + size
    if size % 2 == 0:
        return after
    padded, forgotten = _header(file, after + 1), _header(file, after)
    if (padded is not None and padded[0] in USUAL) or forgotten is None:
        return after + 1
    return after if _is_name(forgotten[0]) else after + 1


def _only_chunks(file: BinaryIO, at: int, end: int) -> bool:
    """Whether nothing but whole chunks follow."""
    while at < end:
        header = _header(file, at)
        if header is None or not _is_name(header[0]) or at + 8 + header[1] > end:
            return False
        at = _next(file, at + 8, header[1])
    return True


def _is_name(name: bytes) -> bool:
    return all(0x20 <= char < 0x7F for char in name)


def _header(file: BinaryIO, at: int) -> tuple[bytes, int] | None:
    content = _content(file, (at, 8))
    return (content[:4], int.from_bytes(content[4:], "little")) if len(content) == 8 else None


def _content(file: BinaryIO, place: tuple[int, int]) -> bytes:
    file.seek(place[0])
    return file.read(place[1])


def _format(content: bytes) -> tuple[bool, int, int, int]:
    """(floating point, channels, rate in Hz, bytes of a sample). Raises BadLayout."""
    if len(content) < 16:
        raise BadLayout("it is truncated: it has no whole format")
    tag, channels, rate_hz, _, block, bits = struct.unpack("<HHIIHH", content[:16])
    if tag == EXTENSIBLE:
        if len(content) < 26:
            raise BadLayout("it does not say the format of its samples")
        tag = int.from_bytes(content[24:26], "little")
    if tag not in WIDTHS:
        raise BadLayout(f"its samples are {OTHERS.get(tag, f'of the unknown format {tag:#x}')}")
    if not channels or not bits:
        raise BadLayout(f"it says {channels} channels and {bits} bits")
    width = (bits + 7) // 8
    if block % channels == 0 and block // channels in WIDTHS[tag]:
        width = max(width, block // channels)
    if width not in WIDTHS[tag]:
        raise BadLayout(f"its samples have {bits} bits" + (", floating point" if tag == FLOAT else ""))
    return tag == FLOAT, channels, rate_hz, width
