"""What to do about a package that is missing. This program itself is not on PyPI; another is there under its name."""

from __future__ import annotations

import sys
from pathlib import Path

HOME = Path("/opt/edge-agent")  # of what scripts/install and the Debian package install
CHECKOUT = Path(__file__).parent.parent.parent
FROM_DEBIAN = {"PyAudio": "python3-pyaudio", "lgpio": "python3-lgpio"}  # they have no wheels
OPTIONAL = ("ai-edge-litert",)  # nothing installs it by itself: it is large
NO_DEPENDENCIES = ("silero-vad",)  # it would bring PyTorch, which it does not need here
NO_VOICE = "to speak text, install espeak-ng: sudo apt install espeak-ng"


def to_install(
    *missing: str, prefix: Path = Path(sys.prefix), home: Path = HOME, checkout: Path = CHECKOUT
) -> str:
    """An imperative: what brings these packages of PyPI to this program, in the environment at `prefix`."""
    debian = [FROM_DEBIAN[name] for name in missing if name in FROM_DEBIAN]
    optional = set(missing) <= set(OPTIONAL)
    from_debian = prefix.is_relative_to(home) and (home / "package").is_dir()
    if from_debian and optional:
        target = prefix / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
        install = f"sudo python3 -m pip install --target {target} {' '.join(missing)}"
        return f"run sudo apt install python3-pip and {install}"
    if from_debian:
        return (
            f"run sudo apt install {' '.join(debian)}" if debian else "install the package edge-agent again"
        )
    if prefix.is_relative_to(home) and debian:
        return "run sudo ./scripts/install again"
    if prefix == checkout / ".venv" and not optional:
        return f"run {checkout}/scripts/setup device"
    pip = f"{'sudo ' if prefix.is_relative_to(home) else ''}{prefix}/bin/python -m pip install"
    lines = (
        [f"{pip} {' '.join(rest)}"]
        if (rest := [name for name in missing if name not in NO_DEPENDENCIES])
        else []
    )
    lines += [f"{pip} --no-deps {name}" for name in missing if name in NO_DEPENDENCIES]
    return f"run {' and '.join(lines)}"
