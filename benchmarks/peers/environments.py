"""An environment of its own for every peer, made with venv and pip, and kept for the next time."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[2]
DRIVERS = Path(__file__).parent / "drivers"
FOLDER = Path.home() / ".cache" / "edge-agent-bench"


@dataclass(frozen=True, slots=True)
class Peer:
    """`packages`: from PyPI. `bare_packages`: of which no dependencies are wanted. `shown`: whose versions are
    told."""

    name: str
    packages: tuple[str, ...]
    shown: tuple[str, ...]
    bare_packages: tuple[str, ...] = ()
    modes: tuple[Literal["button", "hands-free"], ...] = ("button",)

    @property
    def driver(self) -> Path:
        return DRIVERS / f"drive_{self.name.replace('-', '_')}.py"

    def python(self, folder: Path) -> Path:
        return folder / self.name / "bin" / "python"

    def install(self, folder: Path) -> None:
        """Once. Raises CalledProcessError."""
        done = folder / self.name / "installed.json"
        wanted = json.dumps([self.packages, self.bare_packages])
        if done.exists() and done.read_text() == wanted:
            return
        print(f"installing {self.name} into {folder / self.name}", file=sys.stderr, flush=True)
        _run(sys.executable, "-m", "venv", "--clear", str(folder / self.name))
        pip = (str(self.python(folder)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(*pip, *self.packages)
        if self.bare_packages:
            _run(*pip, "--no-deps", *self.bare_packages)
        done.write_text(wanted)

    def versions(self, folder: Path) -> dict[str, str]:
        code = f"import importlib.metadata as m; print(*[m.version(name) for name in {self.shown!r}])"
        printed = subprocess.run(  # noqa: S603
            [self.python(folder), "-c", code], check=True, capture_output=True, text=True
        )
        return dict(zip(self.shown, printed.stdout.split(), strict=True))


PEERS = (
    Peer("bare", ("websockets",), ("websockets",)),
    Peer("openai", ("openai[realtime]",), ("openai", "websockets")),
    Peer("openai-agents", ("openai-agents[realtime]",), ("openai-agents", "websockets")),
    Peer(
        "pipecat",
        ("pipecat-ai[openai,silero,websockets-base]",),
        ("pipecat-ai", "websockets"),
        modes=("button", "hands-free"),
    ),
    Peer(
        "livekit",
        ("livekit-agents", "livekit-plugins-openai", "livekit-plugins-silero"),
        ("livekit-agents", "livekit-plugins-openai"),
        modes=("button", "hands-free"),
    ),
    Peer(
        "edge-agent",
        ("numpy", "webrtcvad-wheels", "websockets", "pywebrtc-audio", "onnxruntime"),
        ("websockets", "numpy", "onnxruntime"),
        bare_packages=("silero-vad",),
        modes=("button", "hands-free"),
    ),
)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
