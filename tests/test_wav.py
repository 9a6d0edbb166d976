"""WAV files as recorders, converters and pipes write them: heard, or refused in one line."""

from __future__ import annotations

import ast
import os
import shutil
import struct
import subprocess
from contextlib import suppress
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.audio.riff import BadWav
from edge_agent.audio.wav import read_wav

ROOT = Path(__file__).parent.parent
PCM = np.arange(-800, 800, 3, dtype="<i2").tobytes()  # 534 samples
GUID_TAIL = b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
NEVER = 0xFFFFFFFF


def chunk(name: bytes, content: bytes, *, size: int | None = None, pad: bytes = b"\0") -> bytes:
    said = len(content) if size is None else size
    return name + struct.pack("<I", said) + content + pad * (len(content) % 2)


def fmt(tag: int = 1, channels: int = 1, bits: int = 16, *, block: int = 0, more: bytes = b"") -> bytes:
    block = block or channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, 16_000, 16_000 * block, block, bits) + more)


def extensible(tag: int, bits: int, valid_bits: int) -> bytes:
    return fmt(0xFFFE, 1, bits, more=struct.pack("<HHIH", 22, valid_bits, 4, tag) + GUID_TAIL)


def riff(*chunks: bytes, form: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return form + struct.pack("<I", len(body) if size is None else size) + body


def ds64(data_size: int) -> bytes:
    return chunk(b"ds64", struct.pack("<QQQI", 0, data_size, 0, 0))


NOTE = b"INFOISFT" + struct.pack("<I", 15) + b"some writer 12\0"  # 27 bytes
DATA = chunk(b"data", PCM)
LARGE = bytes(range(256)) * 40  # 10 KiB, and names of chunks in it
HEARD = {
    "plain": riff(fmt(), DATA),
    "odd, padded": riff(fmt(), chunk(b"LIST", NOTE), DATA),
    "odd, not padded": riff(fmt(), chunk(b"LIST", NOTE, pad=b""), DATA),
    "odd, padded with what was in memory": riff(fmt(), chunk(b"LIST", NOTE, pad=b"X"), DATA),
    "odd, not padded, before the format": riff(chunk(b"bext", bytes(603), pad=b""), fmt(), DATA),
    "odd, not padded, of an unknown name": riff(
        fmt(), chunk(b"LIST", NOTE, pad=b""), chunk(b"xyz ", b""), DATA
    ),
    "odd twice": riff(chunk(b"JUNK", b"abc", pad=b""), chunk(b"note", b"a", pad=b""), fmt(), DATA),
    "odd, padded, of an unknown name": riff(chunk(b"note", b"abc"), chunk(b"text", b"d"), fmt(), DATA),
    "large bext": riff(chunk(b"bext", LARGE + b"fmt data"), fmt(), DATA),
    "large chunk between": riff(fmt(), chunk(b"JUNK", LARGE), DATA),
    "many chunks": riff(*(chunk(b"LIST", NOTE) for _ in range(300)), fmt(), DATA),
    "chunks after": riff(fmt(), DATA, chunk(b"LIST", NOTE), chunk(b"id3 ", b"ID3")),
    "no sizes: a pipe": riff(fmt(), chunk(b"data", PCM, size=NEVER), size=NEVER),
    "no sizes: 2 GiB minus a header": riff(fmt(), chunk(b"data", PCM, size=0x7FFFF000), size=0x7FFFF024),
    "no sizes: cut off": riff(fmt(), chunk(b"data", PCM, size=0), size=0),
    "no sizes: cut off, with a header's size": riff(fmt(), chunk(b"data", PCM, size=0), size=36),
    "RF64": riff(ds64(len(PCM)), fmt(), chunk(b"data", PCM, size=NEVER), form=b"RF64", size=NEVER),
    "RF64, chunks after": riff(
        ds64(len(PCM)), fmt(), chunk(b"data", PCM, size=NEVER), chunk(b"LIST", NOTE), form=b"RF64", size=NEVER
    ),
    "BW64": riff(ds64(len(PCM)), fmt(), chunk(b"data", PCM, size=NEVER), form=b"BW64", size=NEVER),
    "RF64 that kept room only": riff(chunk(b"JUNK", bytes(28)), fmt(), DATA),
    "RF64 with the small size": riff(ds64(0), fmt(), DATA, form=b"RF64", size=NEVER),
    "RF64 that is smaller than it says": riff(
        ds64(2**40), fmt(), chunk(b"data", PCM, size=NEVER), form=b"RF64", size=NEVER
    ),
    "extensible": riff(extensible(1, 16, 16), DATA),
    "extensible, fewer bits than room": riff(extensible(1, 16, 12), DATA),
    "a byte too many": riff(fmt(), chunk(b"data", PCM + b"\1")),
    "a format that is longer": riff(fmt(more=b"\0\0"), DATA),
}


@pytest.mark.parametrize("name", HEARD)
def test_it_is_heard(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.wav").write_bytes(HEARD[name])
    assert read_wav(tmp_path / "x.wav") == (PCM, 16_000, 1)


VALUES = [0, 0.5, -1.0, 0.25]
DEPTHS = {
    "8": (fmt(bits=8), bytes([128, 192, 0, 160])),
    "24": (fmt(bits=24), b"".join(int(v * 2**23).to_bytes(3, "little", signed=True) for v in VALUES)),
    "24, extensible": (
        extensible(1, 24, 24),
        b"".join(int(v * 2**23).to_bytes(3, "little", signed=True) for v in VALUES),
    ),
    "20 in 24": (
        fmt(bits=20, block=3),
        b"".join(int(v * 2**23).to_bytes(3, "little", signed=True) for v in VALUES),
    ),
    "24 in 32": (fmt(bits=24, block=4), struct.pack("<4i", *(int(v * 2**31) for v in VALUES))),
    "24 in 32, extensible": (extensible(1, 32, 24), struct.pack("<4i", *(int(v * 2**31) for v in VALUES))),
    "32": (fmt(bits=32), struct.pack("<4i", *(int(v * 2**31) for v in VALUES))),
    "float": (fmt(3, bits=32), struct.pack("<4f", *VALUES)),
    "float, extensible": (extensible(3, 32, 32), struct.pack("<4f", *VALUES)),
    "double": (fmt(3, bits=64), struct.pack("<4d", *VALUES)),
}


@pytest.mark.parametrize("name", DEPTHS)
def test_any_depth(tmp_path: Path, name: str) -> None:
    header, data = DEPTHS[name]
    (tmp_path / "x.wav").write_bytes(riff(header, chunk(b"data", data)))
    samples = np.frombuffer(read_wav(tmp_path / "x.wav")[0], np.int16)
    assert samples.tolist() == pytest.approx([0, 16384, -32768, 8192], abs=1)


REFUSED = {
    "it is empty": b"",
    "it does not begin as a WAV file does": b"ID3\x04 and more of an MP3 file",
    "it is big-endian": riff(fmt(), DATA, form=b"RIFX"),
    "it is truncated: it has no format": riff(DATA),
    "it is truncated: it has no samples": riff(fmt()),
    "it is truncated: it has no whole format": riff(chunk(b"fmt ", b"\1\0"), DATA),
    "its samples are A-law": riff(fmt(6, bits=8), DATA),
    "its samples are mu-law": riff(extensible(7, 8, 8), DATA),
    "its samples are IMA ADPCM": riff(fmt(0x11, bits=4, block=256), DATA),
    "its samples are MP3": riff(fmt(0x55, bits=0, block=1), DATA),
    "its samples are of the unknown format 0x1234": riff(fmt(0x1234), DATA),
    "it does not say the format of its samples": riff(fmt(0xFFFE, more=b"\0\0"), DATA),
    "it says 0 channels and 16 bits": riff(fmt(channels=0, block=2), DATA),
    "it says 1 channels and 0 bits": riff(fmt(bits=0, block=2), DATA),
    "its samples have 64 bits": riff(fmt(bits=64), DATA),
    "its samples have 16 bits, floating point": riff(fmt(3, bits=16), DATA),
}


@pytest.mark.parametrize("why", REFUSED)
def test_it_is_refused_in_words(tmp_path: Path, why: str) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(REFUSED[why])
    with pytest.raises(BadWav) as refused:
        read_wav(path)
    assert str(refused.value) == f"{path}: is not a usable WAV file ({why}); convert it to 16-bit PCM"


def test_a_recording_without_a_sample_is_empty_whatever_follows(tmp_path: Path) -> None:
    for after in (b"", chunk(b"LIST", NOTE), chunk(b"LIST", NOTE, pad=b"") + chunk(b"id3 ", b"ID3")):
        (tmp_path / "x.wav").write_bytes(riff(fmt(), chunk(b"data", b""), after))
        assert read_wav(tmp_path / "x.wav") == (b"", 16_000, 1)


def test_a_recording_that_is_too_long_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """5 GB, most of which are not on the disk."""
    path = tmp_path / "x.wav"
    path.write_bytes(riff(ds64(5 * 10**9), fmt(), chunk(b"data", b"", size=NEVER), form=b"RF64", size=NEVER))
    os.truncate(path, 5 * 10**9)
    with pytest.raises(BadWav, match="longer than 15 s"):
        read_wav(path, longest_s=15)


def test_a_size_beyond_every_file(tmp_path: Path) -> None:
    """As much of it as there is."""
    path = tmp_path / "x.wav"
    large = riff(ds64(2**63 + 1), fmt(), chunk(b"data", PCM, size=NEVER), form=b"BW64", size=NEVER)
    path.write_bytes(large)
    assert read_wav(path) == (PCM, 16_000, 1)


def test_a_pipe(tmp_path: Path) -> None:
    """It cannot seek."""
    os.mkfifo(tmp_path / "pipe")
    writer = Thread(target=(tmp_path / "pipe").write_bytes, args=[HEARD["no sizes: a pipe"]])
    writer.start()
    assert read_wav(tmp_path / "pipe") == (PCM, 16_000, 1)
    writer.join()


@given(st.sampled_from(sorted(HEARD)), st.data())
def test_a_damaged_file_is_heard_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    content = bytearray(HEARD[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, min(len(content) - 1, 120)))
        content[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    path = tmp_path_factory.getbasetemp() / "damaged.wav"
    path.write_bytes(content[:cut])
    with suppress(BadWav):
        pcm, rate_hz, channels = read_wav(path)
        assert rate_hz >= 1000
        assert len(pcm) % (2 * channels) == 0


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
def test_what_a_speaking_program_writes_into_a_pipe(tmp_path: Path) -> None:
    """Its sizes are those of 2 GiB."""
    said = subprocess.run(["espeak-ng", "--stdout", "yes"], check=True, capture_output=True).stdout
    (tmp_path / "x.wav").write_bytes(said)
    pcm, rate_hz, channels = read_wav(tmp_path / "x.wav")
    assert (len(pcm), rate_hz, channels) == (len(said) - 44, 22_050, 1)


def test_nobody_else_reads_wav_files() -> None:
    """In the product, `wave` only writes."""
    users = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "edge_agent").rglob("*.py")
        if any("wave" in names(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    ]
    assert users == ["edge_agent/audio/wav.py"]
    assert 'wave.open(self._raw, "wb")' in (ROOT / users[0]).read_text("utf-8")
    assert (ROOT / users[0]).read_text("utf-8").count("wave.open(") == 1


def names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
