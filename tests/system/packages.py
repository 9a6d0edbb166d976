"""What a device installs from, made on this machine: a device under test has no network."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from edge_agent import __version__
from edge_agent.install.requirements import from_pypi

from .tree import alone

ROOT = Path(__file__).parent.parent.parent
BROKEN = 'raise RuntimeError("broken for this test")\n'
PARTS = ("edge_agent", "hardware", "systemd", "scripts", "pyproject.toml", "setup.py", "README.md", "LICENSE")


def wheels() -> Path:
    """A folder with a wheel of all that does not come from Debian; kept as long as the requirements are the same."""
    key = hashlib.sha256(repr((from_pypi(ROOT), sys.version_info[:2])).encode()).hexdigest()[:8]
    folder = Path(gettempdir()) / f"edge-agent wheels {key}"
    with alone(folder.with_suffix(".lock")):
        if not folder.exists():
            made = Path(mkdtemp(dir=gettempdir()))
            make: list[str | Path] = [ROOT / "scripts" / "install", "--make-wheels", made]
            subprocess.run(make, check=True, timeout=300, capture_output=True)
            made.chmod(0o755)
            made.rename(folder)
    return folder


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
        (folder / "edge_agent" / "cli" / "run.py").write_text(BROKEN)
    return folder


def package(folder: Path, python: str) -> Path:
    """A Debian package of this checkout for a version of Python."""
    made = checkout(folder, version=__version__)
    build = str(made / "scripts" / "build-deb")
    subprocess.run([build, "--python", python], check=True, timeout=300, capture_output=True)
    return next((made / "dist").glob("*.deb"))


def newer(deb: Path, version: str, *, broken: bool = False) -> Path:
    """The same package as another version; `broken`: its daemon ends as it begins."""
    tree = deb.parent / version
    subprocess.run(["dpkg-deb", "-R", deb, tree], check=True)
    for file in (tree / "DEBIAN" / "control", *tree.glob("opt/**/edge_agent/__init__.py")):
        file.write_text(file.read_text("utf-8").replace(__version__, version), "utf-8")
    if broken:
        (run,) = tree.glob("opt/**/edge_agent/cli/run.py")
        run.write_text(BROKEN)
    made = deb.parent / deb.name.replace(__version__, version)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zzstd", "-b", tree, made], check=True, capture_output=True
    )
    return made
