"""What a device was told survives a power cut: on a real file system, in an image that is copied while it is in use,
as a card is that loses its power. Needs root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge_agent.cli import main
from edge_agent.doctor import last_result
from edge_agent.host.state_file import Memory
from edge_agent.install.home import Home
from edge_agent.install.key import write_key
from edge_agent.install.settings import write_configuration
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State

pytestmark = pytest.mark.realtime
IMAGE_BYTES = 8 * 2**20


def call(*argv: str | Path) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be made here: {' '.join(map(str, argv))}: {done.stderr.strip()}")


@contextmanager
def mounted(what: str | Path, at: Path, *options: str) -> Iterator[Path]:
    at.mkdir()
    call("mount", *options, what, at)
    try:
        yield at
    finally:
        subprocess.run(["umount", at], check=True)


class Card:
    """An ext4 file system. `folder`: where it is mounted."""

    def __init__(self, tmp_path: Path, folder: Path) -> None:
        self.folder = folder
        self._image, self._tmp_path = tmp_path / "card.img", tmp_path
        self._cuts = 0

    @contextmanager
    def after_a_power_cut(self) -> Iterator[Path]:
        """What is on it if the power fails now."""
        self._cuts += 1
        copy = self._tmp_path / f"cut-{self._cuts}.img"
        shutil.copyfile(self._image, copy)
        with mounted(copy, self._tmp_path / f"cut-{self._cuts}", "-o", "loop") as folder:
            yield folder


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    if os.geteuid() or not shutil.which("mkfs.ext4"):
        pytest.skip("needs root and mkfs.ext4")
    image = tmp_path / "card.img"
    with image.open("wb") as opened:
        opened.truncate(IMAGE_BYTES)
    call("mkfs.ext4", "-q", image)
    with mounted(image, tmp_path / "card", "-o", "loop") as folder:
        yield Card(tmp_path, folder)


def test_the_device_comes_back_muted_and_as_loud_as_it_was(card: Card) -> None:
    memory = Memory(card.folder / "state")
    for event, state in (
        (e.VolumeSet(20), State(volume=20)),
        (e.MuteSwitched(True), State(volume=20, muted=True)),
        (e.MuteSwitched(False), State(volume=20)),
        (e.MuteSwitched(True), State(volume=20, muted=True)),
    ):
        memory.watch(event, state)
        memory.flush(10)
        with card.after_a_power_cut() as folder:
            again = Memory(folder / "state")
            assert (again.volume(100), again.muted) == (20, state.muted)


def test_what_the_doctor_found_is_kept(card: Card) -> None:
    last_result.keep({"checks": []}, card.folder)
    with card.after_a_power_cut() as folder:
        assert last_result.last(folder) == {"checks": []}


def test_what_the_installer_writes_is_there(card: Card) -> None:
    write_configuration("whole\n", card.folder / "edge-agent.toml")
    write_key("key\n", card.folder / "credstore" / "key")
    with card.after_a_power_cut() as folder:
        assert (folder / "edge-agent.toml").read_text() == "whole\n"
        assert (folder / "credstore" / "key").read_text() == "key\n"


def test_the_version_that_runs_is_there(card: Card) -> None:
    home = Home(card.folder)
    for name in "1.0", "2.0":
        share = home.versions / name / "share" / "systemd"
        share.mkdir(parents=True)
        (share / "edge-agent.service").write_text(name)
        home.finish(name)
        for _ in home.use(name):
            pass
        home.tried(name, 1)
        home.prove(name)
    with card.after_a_power_cut() as folder:
        found = Home(folder)
        assert found.shelf() == home.shelf()
        assert found.shelf().current == "2.0"
        assert (found.lib / "systemd" / "edge-agent.service").read_text() == "2.0"


def test_a_card_that_hangs_holds_up_nothing(card: Card, caplog: pytest.LogCaptureFixture) -> None:
    memory = Memory(card.folder)
    memory.watch(e.VolumeSet(10), State(volume=10))
    memory.flush(10)
    call("fsfreeze", "--freeze", card.folder)
    try:
        began = time.monotonic()
        memory.watch(e.VolumeSet(20), State(volume=20))
        memory.watch(e.VolumeSet(30), State(volume=30))
        assert time.monotonic() - began < 0.1
        memory.flush()
        assert time.monotonic() - began < 1
        assert "may be lost" in caplog.text
    finally:
        subprocess.run(["fsfreeze", "--unfreeze", card.folder], check=True)
    memory.flush(10)
    with card.after_a_power_cut() as folder:
        assert Memory(folder).volume(80) == 30


def test_a_full_disk_is_told_and_keeps_what_there_was(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root")
    with mounted("tmpfs", tmp_path / "disk", "-t", "tmpfs", "-o", "size=16k") as folder:
        memory = Memory(folder)
        memory.watch(e.VolumeSet(10), State(volume=10))
        memory.flush(10)
        (folder / "others").write_bytes(
            bytes(free := os.statvfs(folder).f_bavail * os.statvfs(folder).f_bsize)
        )
        assert free
        memory.watch(e.VolumeSet(20), State(volume=20))
        memory.flush(10)
        assert memory.fault.endswith("No space left on device")
        assert sorted(path.name for path in folder.iterdir()) == ["others", "remembered.json"]
        assert Memory(folder).volume(80) == 10
        (folder / "others").unlink()
        memory.watch(e.VolumeSet(30), State(volume=30))
        memory.flush(10)
        assert not memory.fault
        assert Memory(folder).volume(80) == 30


def test_a_folder_that_is_read_only_is_told(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root")
    with mounted("tmpfs", tmp_path / "disk", "-t", "tmpfs", "-o", "ro") as folder:
        memory = Memory(folder)
        memory.watch(e.VolumeSet(20), State(volume=20))
        memory.flush(10)
        assert memory.fault.endswith("Read-only file system")


def test_a_report_that_does_not_fit_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid():
        pytest.skip("needs root")
    with mounted("tmpfs", tmp_path / "disk", "-t", "tmpfs", "-o", "size=4k") as folder:
        (folder / "others").write_bytes(bytes(4096))
        monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
        for suffix in "json", "json.gz", "html":
            assert main(["report", "--out", str(folder / f"r.{suffix}")]) == 1
        for _ in range(3):
            with pytest.raises(OSError, match="No space left"):
                last_result.keep({"checks": []}, folder)
        assert [path.name for path in folder.iterdir()] == ["others"]


def test_a_limit_of_files_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """As root and as anybody: a quota ends in the same way."""
    code = """
import resource, signal, sys
from pathlib import Path
from edge_agent.host.state_file import Memory
from edge_agent.install.home import Home
from edge_agent.install.key import write_key
from edge_agent.install.settings import write_configuration
resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
memory = Memory(Path(sys.argv[1]))
memory.begin()
memory.flush(10)
print(memory.fault)
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert "File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []
