"""What a device needs of PyPI and of Debian: from pyproject.toml, which has it once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = "edge-agent-voice"
EXTRA = "device"
LGPIO = "lgpio>=0.2.2"  # has no wheels for some versions of Python
SILERO = (
    "silero-vad>=6.2.3"  # wants PyTorch, of which its model needs nothing: to be installed with --no-deps
)
# Debian's own builds of what has no wheels; Raspberry Pi OS has python3-lgpio, too
BORROWED = {"PyAudio": "python3-pyaudio", "systemd-python": "python3-systemd"}
NEEDED = ("python3-venv", "ca-certificates")


def from_pypi(checkout: Path) -> list[str]:
    """Of a device, and of building the project; without SILERO."""
    pyproject = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))
    project = pyproject["project"]
    wanted = {*project["dependencies"], *_of(project["optional-dependencies"], EXTRA)}
    wanted |= {*pyproject["build-system"]["requires"]}
    return sorted(need for need in wanted if re.split(r"[<>=!~ ]", need)[0] not in BORROWED)


def _of(extras: dict[str, Any], extra: str) -> Iterator[str]:
    for wanted in extras[extra]:
        if others := re.fullmatch(rf"{PROJECT}\[(.*)\]", wanted):
            for other in others[1].split(","):
                yield from _of(extras, other)
        else:
            yield wanted


if __name__ == "__main__":  # for scripts/build-deb
    print(SILERO)
