"""What is wrong with a dead microphone: another channel of it may hear something. It is opened once more, with all."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np

from ...config.model import AudioSettings
from ..cards.errors import SoundFailed
from ..cards.portaudio import PortAudioCard
from ..dead_microphone import DeadMicrophone, sentence, symptom
from .alarm import alarm

STEP_S = 5.0  # for each thing that may hang
SETTLING_FRAMES, FRAMES = 2, 12


def explained(audio: AudioSettings, card: PortAudioCard, health: DeadMicrophone) -> str:
    """What is wrong, and what to do. `card`: closed."""
    living = health.living_channels
    if not living and card.in_channels < card.most_in_channels:
        with suppress(SoundFailed):
            living = living_channels(audio, card.most_in_channels)
        alarm(0)
    heard = audio.heard_channel or 0 if card.most_in_channels > 1 else None
    return sentence(health.complaint, heard, living)


def living_channels(audio: AudioSettings, channels: int) -> list[int]:
    """Counted from 0. Raises SoundFailed."""
    alarm(STEP_S)
    card = PortAudioCard(replace(audio, mic_channels=channels, mic_channel=-1), speaks=False)
    try:
        alive = np.zeros(card.in_channels, int)
        for number in range(SETTLING_FRAMES + FRAMES):
            alarm(STEP_S)
            frame = np.frombuffer(card.read(), np.int16).reshape(-1, card.in_channels)
            if number >= SETTLING_FRAMES:
                alive += [not symptom(frame[:, channel]) for channel in range(card.in_channels)]
        return [int(channel) for channel in np.flatnonzero(alive > FRAMES // 2)]
    finally:
        alarm(STEP_S)
        card.close()
