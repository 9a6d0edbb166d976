"""The scripts for Debian: what they refuse, in one line. What they do: tests/system."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edge_agent.install import systems
from edge_agent.install.process import Refused
from edge_agent.vocabulary.bits import too_few_bits

pytestmark = pytest.mark.realtime

SCRIPTS = Path(__file__).parent.parent / "scripts"
SHELLS = [SCRIPTS, SCRIPTS / "deb", SCRIPTS.parent / ".ci", SCRIPTS.parent / "tests" / "device"]
SHELLS += [SCRIPTS.parent / "image" / "overlay" / "usr" / "local" / "sbin"]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be refused for another reason")


def refused(*command: str, path: str = os.environ["PATH"]) -> str:
    """What a script says that does nothing."""
    run = subprocess.run(
        [SCRIPTS / command[0], *command[1:]],
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    return run.stderr


def with_tool(folder: Path, name: str, script: str) -> str:
    """A PATH on which a tool of the system says something else."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nonsense"], "install: unrecognized arguments: --nonsense"),
        (["--ready-within"], "install: argument --ready-within: expected one argument"),
        (
            ["--ready-within", "soon"],
            "install: argument --ready-within: takes seconds, as in --ready-within 60",
        ),
        (["--ready-within", "0"], "install: argument --ready-within: takes seconds"),
        (["--purge"], "install: --purge goes with --uninstall"),
        (
            ["--wheels", "/no such folder"],
            "install: /no such folder is not a folder; make it with --make-wheels",
        ),
        (
            ["--roll-back", "--uninstall"],
            "install: argument --uninstall: not allowed with argument --roll-back",
        ),
    ],
)
def test_what_install_does_not_take(arguments: list[str], words: str) -> None:
    assert refused("install", *arguments).startswith(words)


def test_install_needs_python_or_apt(tmp_path: Path) -> None:
    for tool in ("bash", "dirname"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    assert "there is no Python and no apt here" in refused("install", path=str(tmp_path))


def test_install_needs_a_python_of_today(tmp_path: Path) -> None:
    old = with_tool(tmp_path, "python3", '[ "$1" = --version ] && echo Python 3.9.2; exit 1')
    said = refused("install", path=old)
    assert said == "install: Python 3.9.2 is too old; Debian or Raspberry Pi OS 12 or 13 is needed\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become nobody")
def test_install_needs_root() -> None:
    run = subprocess.run(
        ["python3", "-m", "edge_agent.install"],
        cwd=SCRIPTS.parent,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SCRIPTS.parent), "PYTHONDONTWRITEBYTECODE": "1"},
        user=65534,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    if "Permission denied" in run.stderr:
        pytest.skip("nobody may not read this checkout")
    assert (run.returncode, run.stderr) == (1, "install: this needs root: sudo ./scripts/install\n")


@as_root
def test_install_needs_apt(tmp_path: Path) -> None:
    for tool in ("bash", "dirname", "python3"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    assert "there is no apt here" in refused("install", path=str(tmp_path))


def of_32_bits(folder: Path) -> str:
    """The PATH of a 32-bit Raspberry Pi OS, whose kernel has 64."""
    with_tool(folder, "getconf", "echo 32")
    with_tool(folder, "uname", "echo aarch64")
    return with_tool(folder, "dpkg", "echo armhf")


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("setup", f"setup: {too_few_bits(32, 'armhf')}"),
        ("demo", f"setup: {too_few_bits(32, 'armhf')}"),
        ("build-deb", f"build-deb: {too_few_bits(32, 'armhf')}; or name"),
        ("deb/preinst", f"edge-agent: {too_few_bits(32)}"),
    ],
)
def test_systems_of_32_bits_are_refused_with_what_to_do(script: str, says: str, tmp_path: Path) -> None:
    assert refused(script, path=of_32_bits(tmp_path)).startswith(says)


@as_root
@pytest.mark.skipif(not shutil.which("apt-get"), reason="needs apt, to be refused for another reason")
def test_the_installer_refuses_them_too(tmp_path: Path) -> None:
    assert refused("install", path=of_32_bits(tmp_path)) == f"install: {too_few_bits(32, 'armhf')}\n"


@as_root
@pytest.mark.skipif(not shutil.which("apt-get"), reason="needs apt, to be refused for another reason")
def test_install_needs_a_processor_that_has_packages(tmp_path: Path) -> None:
    said = refused("install", path=with_tool(tmp_path, "dpkg", "echo riscv64"))
    assert said == "install: there are no packages for riscv64; amd64 or arm64 is needed\n"


@as_root
def test_install_takes_its_lock_where_nobody_else_can() -> None:
    """Elsewhere anybody could hold it for ever, or lead root to a file to be emptied."""
    lock = Path(systems.LOCK)
    assert not lock.parent.stat().st_mode & 0o002
    with systems.lock():
        nobody = ["su", "-s", "/bin/sh", "nobody", "-c", f"flock --nonblock {lock} true"]
        assert subprocess.run(nobody, capture_output=True, check=False).returncode, "anybody can hold it"
        with pytest.raises(Refused, match="another installation is running"):
            systems.lock()


def test_nothing_lies_where_everybody_may_write() -> None:
    """What has a fixed name there may be somebody else's; `mktemp` makes its own."""
    shared = re.compile(r"(?<![\w/])/(tmp|var/tmp|run/lock|var/lock|dev/shm)/")
    for script in [path for path in SCRIPTS.rglob("*") if path.is_file() and path.suffix != ".pyc"]:
        code = [line.partition(" #")[0] for line in script.read_text().splitlines()]
        assert not [line for line in code if shared.search(line)], script


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg-deb, to be refused for another reason")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["armhf"], "armhf is unknown; it takes amd64 or arm64"),
        (["--python", "3.12"], "--python takes 3.11 (Debian 12) or 3.13 (Debian 13)"),
    ],
)
def test_what_build_deb_does_not_take(arguments: list[str], words: str) -> None:
    assert words in refused("build-deb", *arguments)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_shellcheck() -> None:
    files = [path for folder in SHELLS for path in sorted(folder.iterdir()) if path.is_file()]
    scripts = [
        path for path in files if path.read_text().startswith(("#!/bin/sh\n", "#!/usr/bin/env bash\n"))
    ]
    assert len(scripts) > 15
    checked = subprocess.run(
        [str(shutil.which("shellcheck")), "-x", *scripts], cwd=SCRIPTS.parent, capture_output=True, text=True
    )
    assert (checked.returncode, checked.stdout) == (0, "")
