"""Any text as speech, by espeak-ng: `python -m edge_agent.audio.espeak LANGUAGE < TEXT > PCM` (24 kHz, mono)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..config.packages import NO_VOICE
from ..vocabulary.sound import ServicePcm
from .wav import load


class NoVoice(Exception):
    """espeak-ng is not installed."""


def speak(text: str, language: str = "en") -> ServicePcm:
    """Raises NoVoice."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise NoVoice(NO_VOICE)
    # has no name: whoever ends this process at once leaves nothing of it behind
    with tempfile.TemporaryFile() as file:
        command = [program, "-v", language, "--stdout", "--stdin"]
        subprocess.run(command, input=text.encode(), check=True, stdout=file, stderr=subprocess.DEVNULL)  # noqa: S603
        return load(Path(f"/dev/fd/{file.fileno()}"))


if __name__ == "__main__":
    sys.stdout.buffer.write(speak(sys.stdin.read(), sys.argv[1]))
