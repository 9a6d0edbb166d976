"""The versions on the disk:

    /opt/edge-agent/versions/VERSION-STAMP/   a virtual environment; share/ has what the system reads of it
        complete    it was built to the end
        proven      it has been ready once
        tries       how often it was started before that
    /opt/edge-agent/current                   a link to one of them: it alone decides what runs
    /usr/local/lib/systemd/system/...         copies of current/share: systemctl enable would resolve links, and keep to
                                              the version of that day

Whatever is cut off in the middle, `current` leads to a whole version: `complete` is written last, and the link is
replaced by renaming another over it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from ..files.whole import contents
from .process import call
from .sharing import share_files
from .versions import Shelf

WHOLE, PROVEN, TRIES = "complete", "proven", "tries"
PLACED = ("systemd", "sysusers.d", "udev")  # below /usr/local/lib
OURS = "*edge-agent*"


def flush_to_card(*folders: Path) -> None:
    """What was written is on the card; other disks are not waited for."""
    call("sync", "--file-system", *map(str, folders))


class Home:
    """`root`: of the file system. `flush`: of what was written in folders."""

    def __init__(self, root: Path = Path("/"), flush: Callable[..., None] = flush_to_card) -> None:
        self._flush_folders = flush
        self.folder = root / "opt" / "edge-agent"
        self.versions = self.folder / "versions"
        self.current = self.folder / "current"
        self.lib = root / "usr" / "local" / "lib"
        self.command = root / "usr" / "local" / "bin" / "edge-agent"

    def shelf(self) -> Shelf:
        marks = [(mark.stat().st_mtime_ns, mark.parent.name) for mark in self.versions.glob(f"*/{WHOLE}")]
        whole = tuple(name for _, name in sorted(marks, reverse=True))
        proven = frozenset(name for name in whole if (self.versions / name / PROVEN).exists())
        current = self.current.readlink().name if self.current.is_symlink() else ""
        tries = contents(self.versions / current / TRIES) if current else ""
        return Shelf(whole, proven, current, int(tries) if tries.isdecimal() else 0)

    def finish(self, name: str) -> None:
        """The version is built. It is the newest, even if the clock is wrong."""
        self._flush()
        newest = max((mark.stat().st_mtime_ns for mark in self.versions.glob(f"*/{WHOLE}")), default=0)
        mark = self.versions / name / WHOLE
        mark.touch()
        now = max(mark.stat().st_mtime_ns, newest + 1_000_000_000)
        os.utime(mark, ns=(now, now))

    def prove(self, name: str) -> None:
        (self.versions / name / PROVEN).touch()
        self._flush()

    def doubt(self, name: str) -> None:
        """It was ready once, but nothing may roll back to it."""
        (self.versions / name / PROVEN).unlink(missing_ok=True)
        self._flush()

    def tried(self, name: str, times: int) -> None:
        fresh = self.versions / name / f"{TRIES}.new"
        fresh.write_text(str(times))
        self._flush()
        fresh.replace(self.versions / name / TRIES)
        self._flush()

    def reject(self, name: str) -> None:
        """The version does not work, and is not one any more."""
        (self.versions / name / WHOLE).unlink(missing_ok=True)

    def use(self, name: str) -> Iterator[str]:
        """From now on the version runs. Yields after each step that a power cut can follow."""
        self._flush()
        fresh = self.folder / "current.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path("versions") / name)
        yield "made the link"
        before = self.folder / "before"
        if self.current.is_dir() and not self.current.is_symlink():
            self.current.rename(before)  # of a Debian package of 0.2
        fresh.replace(self.current)
        yield "swapped the link"
        shutil.rmtree(before, ignore_errors=True)
        yield from self.place()
        self._flush()

    def place(self) -> Iterator[str]:
        """Each file of current/share where the system looks for it. /etc stays the administrator's."""
        share = self.current / "share"
        wanted = {file.relative_to(share) for file in share.rglob("*") if file.is_file()}
        for file in sorted(wanted):
            target = self.lib / file
            if not target.is_file() or target.read_bytes() != (share / file).read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                fresh = target.with_name(f"{target.name}.new")
                shutil.copyfile(share / file, fresh)
                fresh.replace(target)
                yield f"placed {target}"
        for old in self._placed():
            if old.relative_to(self.lib) not in wanted:
                old.unlink()
        self.command.parent.mkdir(parents=True, exist_ok=True)
        if not self.command.is_symlink():
            self.command.unlink(missing_ok=True)
            self.command.symlink_to("/opt/edge-agent/current/bin/edge-agent")
        yield "placed all files"

    def heal(self) -> None:
        """What a power cut has left half done."""
        if self.current.exists():
            for _ in self.place():
                pass
        self.clear()

    def share(self, fresh: Path) -> None:
        """What was just made has in common with the current version takes room once."""
        if current := self.shelf().current:
            share_files(fresh, self.versions / current)

    def remove(self, name: str) -> None:
        for mark in (WHOLE, PROVEN):
            (self.versions / name / mark).unlink(missing_ok=True)
        shutil.rmtree(self.versions / name)

    def clear(self) -> None:
        """Removes what nobody needs: among it what was cut off while it was made."""
        needed = self.shelf().needed
        for folder in sorted(self.versions.glob("*")):
            if folder.name not in needed:
                self.remove(folder.name)

    def vanish(self) -> None:
        for file in self._placed():
            file.unlink()
        self.command.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder)

    def _flush(self) -> None:
        self._flush_folders(self.folder, *([self.lib] if self.lib.exists() else []))

    def _placed(self) -> list[Path]:
        return [file for part in PLACED for file in (self.lib / part).rglob(OURS) if file.is_file()]
