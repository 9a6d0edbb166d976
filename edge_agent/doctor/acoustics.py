"""Test sounds, and what can be learned from hearing them again. All sound is 16 kHz mono.

Levels are RMS in dB below full scale (dBFS). Delays count from the frame that was handed over to the frame
that came back with it, so they are round trips through both devices and the room.
"""

from __future__ import annotations

import random

import numpy as np

from ..audio.levels import Samples, ac_dbfs, decibels
from ..vocabulary.frozen import frozen
from ..vocabulary.sound import FRAME_MS, MIC_RATE_HZ, MicPcm

FRAME = MIC_RATE_HZ * FRAME_MS // 1000
CHIRP_MS, CHIRP_HZ, CHIRP_LEVEL = 1000, (150.0, 7000.0), 0.25
SPEECH_LEVEL_DBFS = -20.0
SYLLABLES_HZ = 4.0  # how often the level of speech rises and falls
ROOM_MS = 200  # how long an echo goes on after its beginning
CLIPPED = 32_000 / 32_768
SOFTEST_DBFS = -80.0  # below this there is hardly more than the noise of a converter
SURE_DB = 18.0  # so far the echo must stand out of what else the microphone hears


@frozen
class Ambience:
    """What a microphone delivers while nothing plays."""

    level_dbfs: float
    floor_dbfs: float  # of its quietest tenth
    constant: bool  # all samples alike: no microphone, or a dead one
    zeros: bool
    clipped: float  # share of the samples
    offset: float = 0.0  # its direct current; full scale is 1

    @staticmethod
    def of(pcm: MicPcm) -> Ambience:
        samples = samples_of(pcm)
        constant = not len(samples) or bool(np.ptp(samples) == 0)
        frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
        floor = float(np.quantile(frames.var(axis=1), 0.1)) if len(frames) else 0.0
        return Ambience(
            ac_dbfs(samples),
            decibels(floor),
            constant,
            constant and not samples.any(),
            float((np.abs(samples) >= CLIPPED).mean()) if len(samples) else 0.0,
            float(samples.mean()) if len(samples) else 0.0,
        )


@frozen
class MeasuredEcho:
    """How the microphone hears the speaker."""

    stands_out: bool  # of what else the microphone hears
    delay_ms: float
    return_loss_db: float  # by how much it is softer than what was played (ERL)
    level_dbfs: float

    @property
    def heard(self) -> bool:
        return self.stands_out and self.level_dbfs >= SOFTEST_DBFS


def chirp() -> Samples:
    """An exponential sweep (A. Farina, AES 108, 2000), faded in and out."""
    low, high = CHIRP_HZ
    seconds = CHIRP_MS / 1000
    t = np.arange(MIC_RATE_HZ * CHIRP_MS // 1000) / MIC_RATE_HZ
    rate = np.log(high / low) / seconds
    sweep = np.sin(2 * np.pi * low * (np.exp(rate * t) - 1) / rate)
    return faded(sweep * CHIRP_LEVEL)


def speech_like(ms: int, seed: int = 1) -> Samples:
    """Noise with the long-term spectrum of speech (falling by 6 dB an octave above 500 Hz), in syllables."""
    count = MIC_RATE_HZ * ms // 1000
    noise = random.Random(seed)  # not numpy's, which the package leaves out for its size
    spectrum = np.fft.rfft([noise.gauss() for _ in range(count)])
    hz = np.fft.rfftfreq(count, 1 / MIC_RATE_HZ)
    spectrum *= (hz > CHIRP_HZ[0]) / np.sqrt(1 + (hz / 500) ** 2)
    syllables = 0.55 - 0.45 * np.cos(2 * np.pi * SYLLABLES_HZ * np.arange(count) / MIC_RATE_HZ)
    sound = np.fft.irfft(spectrum, count) * syllables
    return faded(sound * 10 ** (SPEECH_LEVEL_DBFS / 20) / np.sqrt((sound**2).mean()))


def echo_of(played: Samples, heard: Samples) -> MeasuredEcho:
    """By deconvolution: the response of the room whose product with `played` is `heard`.

    `played` should be a sweep with silence after it that is longer than the delay; both are equally long.
    """
    size = 2 * len(played)
    source, returned = np.fft.rfft(played, size), np.fft.rfft(heard - heard.mean(), size)
    power = np.abs(source) ** 2
    response = np.fft.irfft(returned * source.conj() / (power + power.max() * 1e-4), size)[: len(played)]
    direct = int(np.argmax(np.abs(response)))
    before, after = MIC_RATE_HZ // 1000, MIC_RATE_HZ * ROOM_MS // 1000
    room = np.zeros_like(response)
    near = slice(max(0, direct - before), direct + after)
    room[near] = response[near]
    others = np.delete(response, np.arange(len(response))[near])
    stands_out_db = decibels(float(response[direct] ** 2)) - decibels(float((others**2).mean()))
    returned_part = np.fft.irfft(np.fft.rfft(room, size) * source, size)[: len(played)]
    energy = float((played**2).sum())
    echo_energy = float((returned_part**2).sum())
    sounding = max(1, int(np.count_nonzero(played)))
    return MeasuredEcho(
        stands_out_db > SURE_DB,
        direct * 1000 / MIC_RATE_HZ,
        decibels(energy) - decibels(echo_energy),
        decibels(echo_energy / sounding),
    )


def faded(sound: Samples, ms: int = 20) -> Samples:
    ramp = np.ones(len(sound))
    edge = MIC_RATE_HZ * ms // 1000
    ramp[:edge] = np.linspace(0, 1, edge)
    ramp[-edge:] = np.linspace(1, 0, edge)
    return sound * ramp


def samples_of(pcm: MicPcm) -> Samples:
    return np.frombuffer(pcm, np.int16) / 32_768


def pcm_of(samples: Samples) -> MicPcm:
    return np.rint(np.clip(samples, -1, 32_767 / 32_768) * 32_768).astype(np.int16).tobytes()
