"""Two versions hold mostly the same packages: their files take room once."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from ..files.whole import contents


def share_files(new: Path, old: Path) -> None:
    """Files of packages that both versions have alike become one. They are never written in place: what replaces a file
    makes another."""
    for record in sorted(new.glob("lib/python*/site-packages/*.dist-info/RECORD")):
        before = set(contents(old / record.relative_to(new)).splitlines())
        for line in record.read_text("utf-8").splitlines():
            if line in before and ",sha256=" in line:
                for file in _files(record.parent.parent, line):
                    with suppress(OSError):  # it is only room
                        _link(file, old / file.relative_to(new))


def _files(packages: Path, line: str) -> Iterator[Path]:
    """What a line of a RECORD is about, with its byte code; some may not be there."""
    ((name, *_),) = csv.reader([line])
    file = packages / name
    if ".." not in file.parts:
        yield file
        if file.suffix == ".py":
            yield from (Path(cache_from_source(str(file))), file.with_suffix(".pyc"))


def _link(new: Path, old: Path) -> None:
    if new.stat().st_size == old.stat().st_size and not new.samefile(old):
        fresh = new.with_name(f"{new.name}.new")
        fresh.hardlink_to(old)
        fresh.replace(new)


def size_of(folder: Path) -> int:
    """Bytes on the disk, of each file once."""
    seen = {}
    for path, _, names in os.walk(folder):
        for name in names:
            found = os.lstat(os.path.join(path, name))  # noqa: PTH118 - thousands of them
            seen[found.st_ino] = found.st_blocks * 512
    return sum(seen.values())
