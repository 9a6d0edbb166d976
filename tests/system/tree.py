"""A Debian tree with what the service needs, for a container to boot: made once, then kept in /var/cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path("/var/cache/edge-agent-tests")  # root's: what is there is run as it is
SUITE = os.environ.get("EDGE_AGENT_SYSTEM_SUITE", "bookworm")
PACKAGES = [
    *(
        "systemd",
        "systemd-sysv",
        "dbus",
        "libbpf1",
    ),  # without libbpf1 some of the sandbox silently does nothing
    *("python3", "python3-venv", "python3-systemd", "python3-pyaudio", "libasound2-plugins"),
    *("iproute2", "procps", "sudo", "systemd-resolved"),
]
PLAIN = ["systemd-sysv", "dbus", "libbpf1", "procps", "python3-systemd", "python3-pyaudio", "ca-certificates"]
WHEELS = ["numpy", "webrtcvad-wheels", "websockets", "pywebrtc-audio"]
ALONE = ["onnxruntime", "silero-vad>=6.2.3"]  # of what these want nothing is needed here
SOUND_SERVERS = ["pulseaudio", "pulseaudio-utils", "pipewire", "pipewire-pulse", "wireplumber"]
SOUND_SERVERS += ["libpam-systemd", "dbus-user-session"]  # a session of a user
# pipewire-alsa conflicts with pulseaudio, though it is only ALSA's way to the other server: unpacked beside it
UNPACKED = """cd "$1/tmp" && APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get download -qq pipewire-alsa &&
  dpkg-deb -x pipewire-alsa_*.deb "$1" && rm pipewire-alsa_*.deb"""
VENV = "opt/edge-agent/versions/test"


def build(*, sound_servers: bool = False) -> Path:
    """The tree: /opt/edge-agent/current is a virtual environment there, with all but the project. Skips where it cannot
    be made."""
    packages = [*PACKAGES, *SOUND_SERVERS] if sound_servers else PACKAGES
    return _kept(
        SUITE, packages, [f"--customize-hook={UNPACKED}"] if sound_servers else [], [*WHEELS, *ALONE]
    )


def build_plain(suite: str) -> Path:
    """With what our own package needs of Debian, of any of its releases."""
    return _kept(suite, PLAIN, [], [])


def _kept(suite: str, packages: Sequence[str], options: Sequence[str], wheels: Sequence[str]) -> Path:
    if os.geteuid() or not sys.platform.startswith("linux"):
        pytest.skip("booting a container needs root, on Linux")
    for program in "mmdebstrap", "systemd-nspawn", "apt-get":
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    name = hashlib.sha256(repr((packages, wheels)).encode()).hexdigest()[:8]
    tree = KEPT / f"{suite}-{name}"
    KEPT.mkdir(mode=0o755, exist_ok=True)
    with alone(KEPT / "lock"):
        if not tree.exists():
            fresh = Path(tempfile.mkdtemp(prefix="new-", dir=KEPT))
            fresh.chmod(0o755)
            _bootstrap(suite, fresh / "tree", packages, options)
            if wheels:
                _install(fresh / "tree")
            (fresh / "tree").rename(tree)
            fresh.rmdir()
    return tree


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One of several test processes at a time."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def wheel(into: Path) -> Path:
    """The project as it is here, built from a copy: setuptools builds in place, and tests run side by side."""
    source = into / "source"
    source.mkdir()
    for name in "pyproject.toml", "setup.py", "README.md", "LICENSE":
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "edge_agent", source / "edge_agent")
    done = _call(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(into), str(source))
    assert not done.returncode, done.stderr
    return next(into.glob("edge_agent_voice-*.whl"))


def _bootstrap(suite: str, tree: Path, packages: Sequence[str], options: Sequence[str]) -> None:
    """From where this machine's own packages come."""
    indexes = _run("apt-get", "indextargets", "--format", "$(REPO_URI) $(COMPONENT)", "Created-By: Packages")
    mirror = next(line.split()[0] for line in indexes.splitlines() if "security" not in line)
    _run(
        *("mmdebstrap", "--quiet", "--variant=minbase", "--components=main"),
        *(*options, f"--include={','.join(packages)}", suite, str(tree), mirror),
    )


def _install(tree: Path) -> None:
    """Wheels are fetched out here, where the network and pip's configuration are."""
    version = _run(
        "chroot", str(tree), "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"
    ).strip()
    wheels = tree / "wheels"
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:", "-d", str(wheels)]
    fetch += ["--python-version", version, "--implementation", "cp"]
    _run(*fetch, *WHEELS)
    _run(*fetch, "--no-deps", *ALONE)
    _run("chroot", str(tree), "python3", "-m", "venv", "--system-site-packages", f"/{VENV}")
    install = ["chroot", str(tree), f"/{VENV}/bin/pip", "install", "--quiet", "--no-index"]
    install += ["--find-links", "/wheels"]
    _run(*install, *WHEELS)
    _run(*install, "--no-deps", *ALONE)
    (tree / "opt/edge-agent/current").symlink_to("versions/test")
    shutil.rmtree(wheels)


def _run(*command: str) -> str:
    done = _call(*command)
    if done.returncode:
        pytest.skip(f"{' '.join(command[:4])} ...: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def _call(*command: str) -> subprocess.CompletedProcess[str]:
    environ = {
        name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"
    }  # of our own tests
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
