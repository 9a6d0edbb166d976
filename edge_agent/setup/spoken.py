"""What a device says that is not set up. The words (messages.json) are spoken by scripts/make-messages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..audio.convert import convert
from ..audio.levels import louder
from ..audio.process.probe import record, silence
from ..audio.wav import load
from ..config.model import AudioSettings
from ..vocabulary.sound import MIC_RATE_HZ, SERVICE_RATE_HZ, MicPcm

HERE = Path(__file__).parent / "messages"
PAUSE_MS = 300  # after each
SOFTER_DB = -6.0  # nobody knows yet how loud this speaker is


async def say(audio: AudioSettings, *names: str) -> str:
    """The speaker that it was said on. Raises SoundFailed."""
    take = await record(audio, spoken(names, audio.language), hears=False)
    return take.device


def spoken(names: Iterable[str], language: str) -> MicPcm:
    sounds = [load(HERE / language / f"{name}.wav") for name in names]
    pcm = b"".join(convert(sound, SERVICE_RATE_HZ, MIC_RATE_HZ) + silence(PAUSE_MS) for sound in sounds)
    return louder(silence(PAUSE_MS) + pcm + silence(PAUSE_MS), SOFTER_DB)
