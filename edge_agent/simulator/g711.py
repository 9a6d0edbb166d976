"""Telephone sound: a byte for a sample of 8 kHz (ITU-T G.711). A law says what the 256 bytes stand for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


class Law:
    def __init__(self, level: Callable[[int], int]) -> None:
        """`level`: the s16 sample that a byte stands for."""
        self._levels = np.array([level(byte) for byte in range(256)], np.int16)
        self._bytes = np.argsort(self._levels, kind="stable").astype(np.uint8)
        ordered = self._levels[self._bytes].astype(np.int32)
        self._bounds = (ordered[1:] + ordered[:-1]) / 2

    def decode(self, data: bytes) -> bytes:
        """s16le at 8 kHz."""
        return self._levels[np.frombuffer(data, np.uint8)].tobytes()

    def encode(self, pcm: bytes) -> bytes:
        """Of s16le at 8 kHz: for each sample the byte that comes nearest."""
        return self._bytes[np.searchsorted(self._bounds, np.frombuffer(pcm, np.int16))].tobytes()


def _mu_level(byte: int) -> int:
    byte ^= 0xFF
    size = (((byte & 0x0F) << 3) + 0x84 << (byte >> 4 & 7)) - 0x84
    return -size if byte & 0x80 else size


def _a_level(byte: int) -> int:
    byte ^= 0x55
    exponent = byte >> 4 & 7
    size = ((byte & 0x0F) << 4) + 8
    if exponent:
        size = size + 0x100 << exponent - 1
    return size if byte & 0x80 else -size


MU_LAW, A_LAW = Law(_mu_level), Law(_a_level)
