"""Called by make-clips: cuts the recordings, speaks the answers, writes clips.json."""

import json
import sys
import wave
from pathlib import Path

import numpy as np
from english import RATE_HZ, speak

from edge_agent.audio.wav import read_wav

LINES = [
    ("sense_and_sensibility_01_austen_64kb-0880", "He was not an ill disposed young man,"),
    (
        "sense_and_sensibility_01_austen_64kb-0890",
        "unless to be rather cold hearted and rather selfish is to be ill disposed.",
    ),
    ("sense_and_sensibility_01_austen_64kb-0930", "He might even have been made amiable himself."),
]
ANSWERS = [
    "That is John Dashwood, in Sense and Sensibility. Jane Austen pays him one compliment. Wait for the next line.",
    "And there it is: she takes it back in the same breath. Cold hearted, and selfish, but always respectable."
    " He had promised his father to look after his sisters. He thinks of three thousand pounds, then of one"
    " thousand, then of nothing at all, and he feels generous all the way down.",
    "He might, had he married a more amiable woman. But his wife, says Austen, was a strong caricature of himself:"
    " more narrow minded, and more selfish.",
    "I heard you. I am the simulated service, and I do not understand words. But your microphone, this agent and"
    " your speaker all work.",
    "I heard that, too. Ask me anything you like, and I will say something like this.",
]

# whose name a wake word is; cut off at their ends, so that a question can follow without a pause
CALLS = ["Hey Jarvis,"]


def main(recordings: Path, root: Path) -> None:
    out = root / "edge_agent" / "audio" / "sounds" / "speech"
    out.mkdir(parents=True, exist_ok=True)
    listed = {"lines": [], "answers": [], "calls": []}
    for number, (name, text) in enumerate(LINES, 1):
        pcm, rate_hz, _ = read_wav(recordings / f"{name}.wav")
        save(out / f"line-{number}.wav", np.frombuffer(pcm, np.int16), rate_hz)
        listed["lines"].append({"file": f"line-{number}", "text": text})
    for number, text in enumerate(ANSWERS, 1):
        save(out / f"answer-{number}.wav", speak(text), RATE_HZ)
        listed["answers"].append({"file": f"answer-{number}", "text": text})
    for number, text in enumerate(CALLS, 1):
        save(out / f"call-{number}.wav", speak(text), RATE_HZ)
        listed["calls"].append({"file": f"call-{number}", "text": text})
    (out / "clips.json").write_text(json.dumps(listed, indent=2) + "\n")


def save(path: Path, samples: np.ndarray, rate_hz: int) -> None:
    """Without the silence at both ends, with soft edges, at an even level."""
    frame = rate_hz // 50
    level = np.sqrt(
        (samples[: len(samples) // frame * frame].astype(float).reshape(-1, frame) ** 2).mean(axis=1)
    )
    loud = np.flatnonzero(level > 0.03 * level.max())
    samples = samples[max(0, loud[0] - 2) * frame : (loud[-1] + 4) * frame].astype(float)
    samples *= 0.5 * 32767 / np.abs(samples).max()
    edge = rate_hz // 100
    samples[:edge] *= np.linspace(0, 1, edge)
    samples[-edge:] *= np.linspace(1, 0, edge)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.astype(np.int16).tobytes())
    print(f"{path.name} {len(samples) / rate_hz:.1f} s")


main(Path(sys.argv[1]), Path(sys.argv[2]))
