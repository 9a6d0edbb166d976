"""Synthetic rooms: a loudspeaker, a room and a microphone between `Engine.step` and itself.

The loudspeaker saturates (tanh), the room answers with band-limited noise that decays exponentially, the
microphone adds its noise. Levels are those of speech while it sounds, in dB of full scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio.resample import Resampler
from edge_agent.vocabulary.sound import FRAME_MS, MIC_RATE_HZ, SERVICE_RATE_HZ

Signal: TypeAlias = NDArray[Any]
FRAME = MIC_RATE_HZ * FRAME_MS // 1000
NEAR_DBFS = -23.0
NOISE_DBFS = -62.0
RIR_MS = 200
BAND_HZ = (120.0, 7000.0)
DRIVE = 2.0  # into the tanh of the loudspeaker


@dataclass(frozen=True, slots=True)
class Room:
    """`ser_db`: near speech over echo, at the microphone; None: no echo at all."""

    name: str
    ser_db: float | None = 0.0
    delay_ms: int = 80
    t60_ms: int = 150
    noise_dbfs: float = NOISE_DBFS
    drift_ppm: float = 0.0
    jump_ms: int = 0
    jump_at_s: float = 9.0
    direct_db: float = 0.0  # the direct sound over all that the walls send back
    walls: int = 0  # which ones: a seed
    told_ms: int = 0  # of the delay, what the device knows


def speech_level(signal: Signal) -> float:
    """dB of the frames that are not silence."""
    frames = signal[: len(signal) // FRAME * FRAME].reshape(-1, FRAME)
    power = (frames**2).mean(axis=1)
    return float(10 * np.log10(power[power > power.max() * 1e-3].mean()))


def scaled(signal: Signal, dbfs: float) -> Signal:
    return signal * 10 ** ((dbfs - speech_level(signal)) / 20)


def samples(pcm: bytes) -> Signal:
    return np.frombuffer(pcm, np.int16) / 32768


def pcm_of(signal: Signal) -> bytes:
    return bytes(np.clip(np.rint(signal * 32768), -32768, 32767).astype(np.int16).tobytes())


def impulse_response(t60_ms: int, direct_db: float, seed: int) -> Signal:
    """A direct sound and its decay, with a gain of about 1."""
    random = np.random.default_rng(seed)
    count = MIC_RATE_HZ * RIR_MS // 1000
    time = np.arange(count) / MIC_RATE_HZ
    response = random.standard_normal(count) * 10 ** (-3 * time / (t60_ms / 1000))
    response[0] = np.sqrt((response**2).sum() * 10 ** (direct_db / 10))
    spectrum = np.fft.rfft(response, 2 * count)
    frequency = np.fft.rfftfreq(2 * count, 1 / MIC_RATE_HZ)
    edge = 60.0
    band = 1 / (1 + np.exp(-(frequency - BAND_HZ[0]) / edge)) / (1 + np.exp((frequency - BAND_HZ[1]) / edge))
    response = np.fft.irfft(spectrum * band)[:count]
    return np.asarray(response / np.sqrt((response**2).sum()))


def loudspeaker(pcm: bytes) -> Signal:
    """What it makes of 24 kHz sound."""
    return np.tanh(DRIVE * samples(pcm)) / DRIVE


class Acoustics:
    """`play` what the engine gave, then `hear` the next frame of the microphone."""

    def __init__(self, room: Room, far_dbfs: float, *, seed: int = 1) -> None:
        """`far_dbfs`: level of the loudspeaker's speech."""
        self._room = room
        self._random = np.random.default_rng(seed + 1000)
        gain = 0.0 if room.ser_db is None else 10 ** ((NEAR_DBFS - room.ser_db - far_dbfs) / 20)
        response = impulse_response(room.t60_ms, room.direct_db, room.walls) * gain
        self._size = 1 << (len(response) + FRAME - 1).bit_length()
        self._response = np.fft.rfft(response, self._size)
        self._tail = np.zeros(self._size)
        self._to_mic = Resampler(SERVICE_RATE_HZ, MIC_RATE_HZ)
        self._echo: Signal = np.zeros(FRAME)  # all of it; what is written now sounds a frame later
        self._frames = 0

    def play(self, pcm: bytes) -> None:
        played = samples(self._to_mic.process(pcm_of(loudspeaker(pcm))))
        tail = np.concatenate((self._tail[FRAME:], np.zeros(FRAME)))
        self._tail = tail + np.fft.irfft(np.fft.rfft(played, self._size) * self._response, self._size)
        self._echo = np.concatenate((self._echo, self._tail[:FRAME]))

    def hear(self, near: Signal) -> bytes:
        """The microphone's next 20 ms; `near`: what a person says."""
        room = self._room
        at = (self._frames * FRAME + np.arange(FRAME)) * (1 - room.drift_ppm * 1e-6)
        delay_ms = room.delay_ms
        if room.jump_ms and self._frames * FRAME_MS >= room.jump_at_s * 1000:
            delay_ms += room.jump_ms
        self._frames += 1
        at -= delay_ms * MIC_RATE_HZ / 1000
        noise = self._random.standard_normal(FRAME) * 10 ** (room.noise_dbfs / 20)
        return pcm_of(near + noise + self._at(at))

    def _at(self, at: Signal) -> Signal:
        """The echo between samples: cubic (Lagrange, 4 points)."""
        whole = np.floor(at).astype(int)
        f = at - whole
        padded = np.concatenate((np.zeros(1), self._echo))
        a, b, c, d = (padded[np.clip(whole + k, 0, len(padded) - 1)] for k in range(4))
        return np.asarray(
            -f * (f - 1) * (f - 2) / 6 * a
            + (f + 1) * (f - 1) * (f - 2) / 2 * b
            - (f + 1) * f * (f - 2) / 2 * c
            + (f + 1) * f * (f - 1) / 6 * d
        )
