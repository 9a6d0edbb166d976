"""Small files that are replaced whole, and by whom."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from edge_agent.files.whole import replace
from edge_agent.host.file_writer import FileWriter


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_replaced_whole_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "state.json"
    for text in ("one\n", "zwölf\n"):
        replace(file, text)
        assert file.read_text("utf-8") == text
        assert file.stat().st_mode & 0o777 == 0o600
    assert names(file.parent) == ["state.json"]


def test_what_an_interrupted_write_has_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "state.new").write_text("half of")
    replace(tmp_path / "state.json", "all of it")
    assert names(tmp_path) == ["state.json"]


def test_a_write_in_vain_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "state.json").mkdir()
    with pytest.raises(IsADirectoryError):
        replace(tmp_path / "state.json", "text")
    assert names(tmp_path) == ["state.json"]


def test_the_last_of_many_is_what_stays(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    writer = FileWriter(file, "the test")
    for number in range(200):
        writer.write(f"{number}")
    assert writer.flush(10)
    assert file.read_text() == "199"
    assert not any(thread.name == "writer" for thread in threading.enumerate())
    writer.write("again")
    assert writer.flush(10)
    assert file.read_text() == "again"


def test_a_failure_is_told_until_a_write_succeeds(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.mkdir()
    writer = FileWriter(file, "the test")
    writer.write("in vain")
    assert writer.flush(10)
    assert isinstance(writer.failure, IsADirectoryError)
    file.rmdir()
    writer.write("text")
    assert writer.flush(10)
    assert writer.failure is None
    assert file.read_text() == "text"


def test_where_no_thread_can_be_started_the_next_text_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    writer = FileWriter(tmp_path / "state.json", "the test")
    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", refuse)
        writer.write("one")
    assert "new thread" in str(writer.failure)
    assert not writer.flush(0)
    writer.write("two")
    assert writer.flush(10)
    assert writer.failure is None
    assert (tmp_path / "state.json").read_text() == "two"
