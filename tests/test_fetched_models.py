"""edge-agent models: what is fetched is whole and the one that was pinned, or it is not there, and a line says why."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest

from edge_agent.cli import main
from edge_agent.models.download import ModelUnavailable, bring, from_files
from edge_agent.models.store import ModelPresence, ModelStore
from edge_agent.models.table import MODELS, FetchedModel, ModelFile

CONTENTS = {"one.bin": b"1" * 300_000, "two.bin": b"2" * 200_000}


def file_of(name: str, content: bytes) -> ModelFile:
    return ModelFile(name, f"https://127.0.0.1:1/{name}", len(content), hashlib.sha256(content).hexdigest())


MODEL = FetchedModel("pair", "a test", "MIT", tuple(file_of(*item) for item in CONTENTS.items()))


def write(file: ModelFile, out: IO[bytes]) -> None:
    out.write(CONTENTS[file.name])


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "state")


@pytest.fixture
def given(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
    return folder


def left(store: ModelStore) -> list[str]:
    """The files that are not in their place."""
    return [path.name for path in store.folder.iterdir() if path.is_file()]


def test_every_model_of_the_table_is_pinned() -> None:
    for name, model in MODELS.items():
        assert (model.name, bool(model.licence), model.size > 0) == (name, True, True)
        for file in model.files:
            address = urlsplit(file.address)
            assert address.scheme == "https"
            assert any(len(part) == 40 for part in address.path.split("/")), file.address
            assert len(bytes.fromhex(file.sha256)) == 32


def test_what_is_brought_can_be_read_by_another_user(store: ModelStore) -> None:
    before = os.umask(0o077)
    try:
        assert store.presence(MODEL) is ModelPresence.MISSING
        assert bring(MODEL, store, write) == 2
    finally:
        os.umask(before)
    assert store.presence(MODEL) is ModelPresence.HERE
    paths = [store.folder, store.folder / MODEL.name, *(store.path(MODEL, file) for file in MODEL.files)]
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o755, 0o755, 0o644, 0o644]
    assert bring(MODEL, store, write) == 0


def test_only_what_is_damaged_is_brought_again(store: ModelStore) -> None:
    bring(MODEL, store, write)
    store.path(MODEL, MODEL.files[1]).write_bytes(b"x" * 200_000)
    assert store.presence(MODEL) is ModelPresence.DAMAGED
    assert bring(MODEL, store, write) == 1
    assert store.presence(MODEL) is ModelPresence.HERE


def test_a_file_that_is_not_the_pinned_one_is_not_kept(store: ModelStore) -> None:
    bring(MODEL, store, write)
    other = replace(MODEL, files=(replace(MODEL.files[0], sha256="0" * 64), MODEL.files[1]))
    with pytest.raises(ModelUnavailable, match=r"one.bin has the SHA-256 \w{64}, expected 0{64}"):
        bring(other, store, write)
    assert (store.presence(MODEL), left(store)) == (ModelPresence.HERE, [])


def test_a_file_of_another_size_is_not_kept(store: ModelStore) -> None:
    for size, words in (
        (300_001, "has 300000 bytes, expected 300001"),
        (299_999, "has more than 299999 bytes"),
    ):
        other = replace(MODEL, files=(replace(MODEL.files[0], size=size),))
        with pytest.raises(ModelUnavailable, match=words):
            bring(other, store, write)
    assert (store.presence(MODEL), left(store)) == (ModelPresence.MISSING, [])


def test_what_a_power_cut_left_behind_is_removed(store: ModelStore) -> None:
    (store.open() / "tmpabc.part").write_bytes(b"half")
    bring(MODEL, store, write)
    assert left(store) == []


def test_two_do_not_fetch_together(store: ModelStore) -> None:
    def meanwhile(file: ModelFile, out: IO[bytes]) -> None:
        with pytest.raises(ModelUnavailable, match="another edge-agent is fetching"):
            bring(MODEL, store, write)
        write(file, out)

    assert bring(MODEL, store, meanwhile) == 2


def test_too_little_space(store: ModelStore) -> None:
    huge = replace(MODEL, files=(replace(MODEL.files[0], size=2**60), MODEL.files[1]))
    with pytest.raises(
        ModelUnavailable, match=r"not enough space for .*: \d+\.\d MiB free, 1099511627777\.2 needed"
    ):
        bring(huge, store, write)

    def full(_: ModelFile, __: IO[bytes]) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ModelUnavailable, match="not enough space for"):
        bring(MODEL, store, full)
    assert left(store) == []


def test_a_folder_that_may_not_be_written(store: ModelStore) -> None:
    store.folder.parent.write_text("a file, where the state should be")
    with pytest.raises(ModelUnavailable, match="cannot be written"):
        bring(MODEL, store, write)


def test_from_a_folder(store: ModelStore, given: Path) -> None:
    assert bring(MODEL, store, from_files(given, MODEL)) == 2
    (given / "two.bin").unlink()
    store.remove(MODEL)
    with pytest.raises(ModelUnavailable, match=r"two\.bin cannot be read \(No such file or directory\)"):
        bring(MODEL, store, from_files(given, MODEL))


def test_from_one_file_under_any_name(store: ModelStore, given: Path) -> None:
    single = replace(MODEL, files=MODEL.files[:1])
    renamed = (given / "one.bin").rename(given / "downloaded")
    assert bring(single, store, from_files(renamed, single)) == 1
    with pytest.raises(ModelUnavailable, match=r"is one file; give the folder that has one.bin and two.bin"):
        from_files(renamed, MODEL)
    with pytest.raises(ModelUnavailable, match="does not exist"):
        from_files(given / "nothing", MODEL)


# ---- the command -------------------------------------------------------------------------------------
@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    monkeypatch.setitem(MODELS, MODEL.name, MODEL)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    return ModelStore(tmp_path / "state")


def test_the_command_from_a_folder(here: ModelStore, given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "get", "pair", "--from", str(given)]) == 0
    assert capsys.readouterr().out == f"pair: 0.5 MiB in {here.folder / 'pair'}\n"
    assert main(["models", "get", "pair", "--from", str(given)]) == 0
    assert "is already in" in capsys.readouterr().out
    assert main(["models"]) == 0
    assert "pair             here         0.5 MiB  MIT; for a test\n" in capsys.readouterr().out
    assert main(["models", "list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["pair"]["presence"], rows["dtln-aec-128"]["presence"]) == ("here", "missing")
    assert main(["models", "remove", "pair"]) == 0
    assert main(["models", "remove", "pair"]) == 1
    assert capsys.readouterr().err == f"edge-agent: pair is not in {here.folder}\n"
    assert here.presence(MODEL) is ModelPresence.MISSING


def test_wrong_words(here: ModelStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "fetch"]) == main(["models", "get"]) == main(["models", "list", "pair"]) == 2
    assert main(["models", "get", "../pair"]) == 2
    assert "'../pair' is not a known model; must be one of dtln-aec-128, " in capsys.readouterr().err
