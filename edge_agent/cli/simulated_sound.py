"""The sound of a simulation: what is done about its echo, and how loud a recording is in which no voice was found."""

from __future__ import annotations

from dataclasses import replace

from ..audio.convert import to_mono
from ..audio.levels import level_dbfs
from ..audio.wav import read_wav
from ..config import Config
from ..config.model import Echo
from ..vocabulary.sound import SILENT_DBFS

LOUD_MS = 200  # a syllable
VOICE_DBFS, SOFT_VOICE_DBFS = -40, -60  # at the microphone of a device; below, hardly any is found


def with_canceller(config: Config, *, mono: bool = False) -> Config:
    """An echo on the simulated card is cancelled; without one there is nothing to do. `mono`: the microphone has one
    channel, whichever is configured."""
    echo: Echo = "aec3" if config.audio.echo_path else "off"
    channel = -1 if mono else config.audio.mic_channel
    return replace(config, audio=replace(config.audio, echo=echo, mic_channel=channel))


def loudest_of(path: str) -> str:
    """How loud a recording is in which no voice was found. Raises BadWav."""
    pcm, rate_hz, channels = read_wav(path)
    frame = rate_hz * LOUD_MS // 1000 * 2
    mono = to_mono(pcm, channels)
    levels = [level_dbfs(mono[at : at + frame]) for at in range(0, len(mono) - frame + 1, frame)]
    loudest = max(levels, default=SILENT_DBFS)
    seen = f"the loudest sound of {path} is {loudest:.0f} dBFS"
    if loudest >= SOFT_VOICE_DBFS:
        return seen
    return f"{seen}, and a voice has about {VOICE_DBFS} dBFS; turn the gain of the microphone up (alsamixer)"
