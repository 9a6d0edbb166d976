"""What a device installs from, made on this machine: a device under test has no network."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir, mkdtemp

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
    """A Debian package of this checkout for a version of Python; kept as long as its sources are the same."""
    kept = Path(gettempdir()) / f"edge-agent package {python}"
    with alone(kept.with_suffix(".lock")):
        made = kept / _sources()
        if not made.exists():
            shutil.rmtree(kept, ignore_errors=True)
            with TemporaryDirectory() as copy:
                build = checkout(Path(copy, "checkout"), version=__version__) / "scripts" / "build-deb"
                subprocess.run([build, "--python", python], check=True, timeout=300, capture_output=True)
                (built,) = Path(copy).glob("checkout/dist/*.deb")
                kept.mkdir()
                shutil.copytree(built.parent, kept / "new", ignore=shutil.ignore_patterns("*.whl"))
                (kept / "new").rename(made)
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(next(made.glob("*.deb")), folder))


def _sources() -> str:
    """A hash of all that is in a package."""
    files = [file for part in PARTS for file in ((ROOT / part), *(ROOT / part).rglob("*"))]
    read = sorted(file for file in files if file.is_file() and "__pycache__" not in file.parts)
    told = hashlib.sha256()
    for file in read:
        told.update(f"{file.relative_to(ROOT)} {file.stat().st_mode}\n".encode() + file.read_bytes())
    return told.hexdigest()[:16]


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
