"""A version, made from a checkout: a virtual environment with the project in it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from .. import __version__
from .packages import Pip, borrowed, install_debian, to_compile
from .process import Console, Refused, call, told
from .requirements import EXTRA, LGPIO, NEEDED, SILERO, from_pypi
from .share import CHECKOUT, gather, systemd_version

SOURCES = ("edge_agent", "hardware", "pyproject.toml", "setup.py", "README.md", "LICENSE")
DEBIAN_PACKAGES = Path("/usr/lib/python3/dist-packages")
COMPILED = "import sys; from edge_agent.audio.echo.linear.kernel import COMPILED; sys.exit(not COMPILED)"


def new_name(version: str = __version__) -> str:
    return f"{version}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def build(folder: Path, wheels: Path | None, console: Console) -> None:
    """Raises Refused."""
    debian = borrowed()
    install_debian([*NEEDED, *debian], console)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = call("/usr/bin/python3", "-m", "venv", str(folder))
    if made.returncode:
        raise Refused(f"{folder} cannot be made: {(made.stderr or made.stdout).strip().splitlines()[-1]}")
    python = folder / "bin" / "python"
    borrow(python, debian)
    pip = Pip(python, wheels)
    pip.install_or_compile(LGPIO, console)
    with (
        tempfile.TemporaryDirectory() as copy
    ):  # setuptools writes beside the sources, which belong to somebody else
        for name in SOURCES:
            source = CHECKOUT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, Path(copy, name))
        pip.run("install", "--no-compile", f"{copy}[{EXTRA}]")
    pip.run("install", "--no-compile", "--no-deps", SILERO)
    call(str(python), "-m", "compileall", "-q", "-j", "0", str(folder / "lib"))  # on all cores; pip uses one
    gather(folder / "share", systemd_version())
    if call(str(folder / "bin" / "edge-agent"), "--version").returncode:
        raise Refused("what was built does not start")
    if call(str(python), "-I", "-c", COMPILED).returncode:
        console.say(
            "without gcc and python3-dev, numpy does the work of the echo canceller, at ten times its cost"
        )


def borrow(python: Path, packages: Iterable[str]) -> None:
    """Links what Debian has installed of them into a virtual environment, which sees nothing else of Debian's."""
    site = Path(told(str(python), "-c", 'import sysconfig; print(sysconfig.get_path("purelib"))'))
    for package in packages:
        for file in map(Path, told("dpkg", "--listfiles", package).splitlines()):
            if file.parent == DEBIAN_PACKAGES:
                (site / file.name).symlink_to(file)


def make_wheels(folder: Path, console: Console) -> None:
    """All that `--wheels` wants, for the Python and the processor of this computer. Raises Refused."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        if call(sys.executable, "-m", "venv", made).returncode:
            raise Refused("python3-venv is missing: sudo apt install python3-venv")
        pip = Pip(Path(made, "bin", "python"))
        if pip.trouble("wheel", "--wheel-dir", str(folder), "--only-binary", ":all:", LGPIO) and to_compile():
            console.say(f"there is no wheel of lgpio; to build it: apt install {' '.join(to_compile())}")
        pip.run("wheel", "--wheel-dir", str(folder), *from_pypi(CHECKOUT))
        pip.run("wheel", "--wheel-dir", str(folder), "--no-deps", SILERO)
    size = sum(file.stat().st_size for file in folder.glob("*.whl"))
    console.say(f"{len(list(folder.glob('*.whl')))} wheels, {size / 2**20:.0f} MiB; on each device:")
    console.say(f"sudo ./scripts/install --wheels {folder}")
