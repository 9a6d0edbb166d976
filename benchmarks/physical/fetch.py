"""Brings the recordings of `sources.py` to a folder, as WAV files of 16 kHz mono.

python -m benchmarks.physical.fetch DIR

Needs git, pip, apt-get and dpkg-deb (Debian), and soundfile and scipy (the extra `rooms`).
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

import soundfile
from scipy.signal import resample_poly

from edge_agent.vocabulary.sound import MIC_RATE_HZ

from .sources import SOURCES, Package, Repository, Source


def run(*command: str | Path, cwd: Path | None = None) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def check_out(repository: Repository, folder: Path) -> None:
    """Only the files that are wanted."""
    wanted = {f"/{path}" for s in SOURCES if s.origin == repository for path in s.paths}
    run("git", "clone", "-q", "--no-checkout", "--filter=blob:none", repository.address, folder)
    run("git", "sparse-checkout", "set", "--no-cone", *sorted(wanted), cwd=folder)
    run("git", "checkout", "-q", repository.commit, cwd=folder)


def unpack(package: Package, folder: Path) -> None:
    if package.index == "Debian":
        run("apt-get", "download", "-q", f"{package.name}={package.version}", cwd=folder)
    else:
        run(
            *(sys.executable, "-m", "pip", "download", "-q", "--no-deps"),
            *(("--no-binary", ":all:") if package.name == "pocketsphinx" else ()),
            *("-d", folder, f"{package.name}=={package.version}"),
        )
    (archive,) = folder.iterdir()
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != package.sha256:
        sys.exit(f"{archive.name} has the SHA-256 {found}, expected {package.sha256}")
    if archive.suffix == ".deb":
        run("dpkg-deb", "-x", archive, folder)
    elif archive.suffix == ".whl":
        zipfile.ZipFile(archive).extractall(folder)  # noqa: S202
    else:
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="data")


def convert(source: Source, origin: Path, out: Path) -> int:
    out.mkdir(parents=True, exist_ok=True)
    count = 0
    for path in sorted(origin.rglob("*")):
        name = path.relative_to(origin).as_posix()
        if not any(fnmatch.fnmatch(name, f"*{pattern}") for pattern in source.paths):
            continue
        try:
            samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            print(f"{name} is not a recording that can be read; left out")
            continue
        mono = resample_poly(samples.mean(axis=1), MIC_RATE_HZ, rate_hz) if len(samples) else samples[:, 0]
        if len(mono) > MIC_RATE_HZ // 4:
            soundfile.write(out / f"{'-'.join(name.split('/')[-2:])}.wav", mono, MIC_RATE_HZ, "PCM_16")
            count += 1
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("directory", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:

        @lru_cache
        def origin(where: Repository | Package) -> Path:
            folder = Path(tempfile.mkdtemp(dir=temporary))
            if isinstance(where, Repository):
                check_out(where, folder)
            else:
                unpack(where, folder)
            return folder

        for source in SOURCES:
            out = args.directory / source.role / source.folder
            if not out.exists():
                print(f"{source.role}/{source.folder}: {convert(source, origin(source.origin), out)} files")


if __name__ == "__main__":
    main()
