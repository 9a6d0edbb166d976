"""Packages of Debian and of PyPI."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path

from .process import Console, Refused, call, told
from .reasons import is_of_the_way, reason
from .requirements import BORROWED

INDEX, ARCHIVE = "the package index", "the Debian archive"


def borrowed() -> list[str]:
    """Debian packages whose files a version gets."""
    has_lgpio = bool(call("apt-cache", "show", "python3-lgpio").stdout)
    return [*BORROWED.values(), *(["python3-lgpio"] if has_lgpio else [])]


def is_installed(package: str) -> bool:
    """And not only its configuration, which is what a removed one leaves."""
    return told("dpkg-query", "--show", "--showformat=${db:Status-Status}", package) == "installed"


def install_debian(packages: Iterable[str], console: Console) -> None:
    """Those that are missing. Raises Refused."""
    missing = [name for name in packages if not is_installed(name)]
    if not missing:
        return
    console.say(f"installing with apt: {' '.join(missing)}")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    updated = call("apt-get", "update", "-qq", environ=quiet)
    done = call("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, environ=quiet)
    if done.returncode:
        raise Refused(
            f"apt cannot install {' '.join(missing)}: {reason(updated.stderr + done.stderr, ARCHIVE)}"
        )


def to_compile() -> list[str]:
    """Debian packages that are missing to build lgpio."""
    header = Path(sysconfig.get_path("include"), "Python.h")
    return [
        *(() if shutil.which("gcc") else ("gcc", "libc6-dev")),
        *(() if header.is_file() else ("python3-dev",)),
        *(() if shutil.which("swig") else ("swig",)),
    ]


class Pip:
    """Of a virtual environment. `wheels`: the folder that has all of it, so that no index is asked."""

    def __init__(self, python: Path, wheels: Path | None = None) -> None:
        self._python = str(python)
        self._from = ["--no-index", "--find-links", str(wheels)] if wheels else []
        self._where = str(wheels or INDEX)

    def run(self, *arguments: str) -> None:
        """Raises Refused."""
        if said := self.trouble(*arguments):
            raise Refused(f"pip cannot {arguments[0]}: {reason(said, self._where)}")

    def trouble(self, *arguments: str) -> str:
        """What it says that it cannot do; empty: it is done."""
        command, *rest = arguments
        done = call(
            *(
                self._python,
                "-m",
                "pip",
                "--quiet",
                "--disable-pip-version-check",
                command,
                *self._from,
                *rest,
            ),
            environ=_environ(),
        )
        return (done.stderr.strip() or "it failed") if done.returncode else ""

    def install_or_compile(self, requirement: str, console: Console) -> None:
        """A compiler is fetched only for what has no wheel, and not because the way to the wheels is cut. Raises
        Refused."""
        said = self.trouble("install", "--only-binary", ":all:", requirement)
        if said and is_of_the_way(said):
            raise Refused(f"pip cannot install {requirement}: {reason(said, self._where)}")
        if said:
            install_debian(to_compile(), console)
            self.run("install", requirement)


def _environ() -> Mapping[str, str]:
    """Of pip: lgpio builds its library itself."""
    return os.environ | {"PYPI": "1"}
