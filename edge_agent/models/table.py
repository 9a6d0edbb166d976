"""Which networks can be fetched, from where, and how their files are recognised. Pure.

Each address is pinned to a commit or a version, and each file to its size and SHA-256: what is fetched is what was
measured here, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..vocabulary.frozen import frozen


@frozen
class ModelFile:
    name: str
    address: str  # https
    size: int  # bytes
    sha256: str


@frozen
class FetchedModel:
    name: str
    use: str  # the setting that asks for it
    licence: str
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.size for file in self.files)


# DTLN-aec by Nils L. Westhausen (MIT), as quantized for small boards by SaneBow/PiDTLN (MIT)
PIDTLN = "https://raw.githubusercontent.com/SaneBow/PiDTLN/2e50f582217a92f143078be33f21a1a5142b67c6/models"
# Smart Turn by Daily (BSD-2-Clause)
PIPECAT = "https://raw.githubusercontent.com/pipecat-ai/pipecat/acead0507d7de44e216d24533964106ca1d1d044"


def _dtln(units: int, *stages: tuple[int, str]) -> FetchedModel:
    files = (f"dtln_aec_{units}_quant_{number}.tflite" for number in (1, 2))
    return FetchedModel(
        f"dtln-aec-{units}",
        'audio.echo = "dtln"',
        "MIT",
        tuple(
            ModelFile(name, f"{PIDTLN}/{name}", size, sha256)
            for name, (size, sha256) in zip(files, stages, strict=True)
        ),
    )


MODELS: Mapping[str, FetchedModel] = {
    model.name: model
    for model in (
        _dtln(
            128,
            (522896, "f93cd72856ea70f04b18a204538f93364799bd0cc92c64273deff0ecda658300"),
            (1346960, "ca04cbd26180e867edff2c2b267f7cfa837f0b109e271bdd6eee8ffe690e2203"),
        ),
        _dtln(
            256,
            (1414928, "8982c32ed5da990d74b87733e2a9e33f46e81d9fe48e9cb3533439e43c3fdc46"),
            (2534944, "99ba0f02068dca2c05424a4940320c87765d9750be54fb60fc1bf5057284d205"),
        ),
        FetchedModel(
            "smart-turn-v3.2",
            'gate.hangover = "smart-turn"',
            "BSD-2-Clause",
            (
                ModelFile(
                    "smart-turn-v3.2-cpu.onnx",
                    f"{PIPECAT}/src/pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
                    8679182,
                    "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
                ),
            ),
        ),
    )
}
