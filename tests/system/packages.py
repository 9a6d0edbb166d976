"""What a device installs from, made on this machine: a device under test has no network."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Any

from edge_agent import __version__

from .tree import alone

FROM_DEBIAN = ("PyAudio", "systemd-python")
ROOT = Path(__file__).parent.parent.parent
PARTS = ("edge_agent", "hardware", "systemd", "scripts", "pyproject.toml", "setup.py", "README.md", "LICENSE")


def requirements(extra: str) -> Iterator[str]:
    """What the project needs with an extra."""
    project = _pyproject()["project"]
    yield from project["dependencies"]
    yield from _of(project["optional-dependencies"], extra)


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _of(extras: dict[str, list[str]], extra: str) -> Iterator[str]:
    for wanted in extras[extra]:
        if wanted.startswith("edge-agent-voice["):
            for other in wanted[len("edge-agent-voice[") : -1].split(","):
                yield from _of(extras, other)
        else:
            yield wanted


def wheels() -> Path:
    """A folder with a wheel of all that does not come from Debian; kept as long as the requirements are the same."""
    needed = {need for need in requirements("device") if not need.startswith(FROM_DEBIAN)}
    wanted = sorted({*needed, *_pyproject()["build-system"]["requires"]})
    key = hashlib.sha256(repr((wanted, sys.version_info[:2])).encode()).hexdigest()[:8]
    folder = Path(gettempdir()) / f"edge-agent-wheels-{key}"
    with alone(folder.with_suffix(".lock")):
        if not folder.exists():
            made = Path(mkdtemp(dir=gettempdir()))
            _pip_wheel(made, wanted)
            _pip_wheel(made, ["silero-vad>=6.2.3"], "--no-deps")
            made.chmod(0o755)
            made.rename(folder)
    return folder


def _pip_wheel(folder: Path, wanted: Iterable[str], *options: str) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(folder), *options, *wanted]
    environ = os.environ | {"PYPI": "1"}  # lgpio builds its library itself
    subprocess.run(command, check=True, timeout=300, capture_output=True, env=environ)


def checkout(folder: Path, *, version: str, broken: bool = False) -> Path:
    """A copy of this checkout as another version; `broken`: its daemon ends as it begins."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder)
    init = folder / "edge_agent" / "__init__.py"
    init.write_text(init.read_text("utf-8").replace(f'"{__version__}"', f'"{version}"'), "utf-8")
    if broken:
        (folder / "edge_agent" / "cli" / "run.py").write_text('raise RuntimeError("broken for this test")\n')
    return folder


def package(folder: Path) -> Path:
    """A Debian package of this checkout for the Python of Debian 12."""
    made = checkout(folder, version=__version__)
    build = str(made / "scripts" / "build-deb")
    subprocess.run([build, "--python", "3.11"], check=True, timeout=300, capture_output=True)
    return next((made / "dist").glob("*.deb"))


def newer(deb: Path, version: str) -> Path:
    """The same package as another version."""
    tree = deb.parent / version
    subprocess.run(["dpkg-deb", "-R", deb, tree], check=True)
    for file in (tree / "DEBIAN" / "control", *tree.glob("opt/**/edge_agent/__init__.py")):
        file.write_text(file.read_text("utf-8").replace(__version__, version), "utf-8")
    made = deb.parent / deb.name.replace(__version__, version)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zzstd", "-b", tree, made], check=True, capture_output=True
    )
    return made
