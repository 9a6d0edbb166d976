"""Where fetched networks are kept, each in a folder of its name, and whether they are whole."""

from __future__ import annotations

import os
import shutil
from enum import Enum
from pathlib import Path

from ..files.fetched import sha256_of
from ..files.whole import sync
from .table import FetchedModel, ModelFile


class ModelPresence(Enum):
    HERE = "here"
    MISSING = "missing"
    DAMAGED = "damaged"


class ModelStore:
    """`state`: the folder of what is remembered, as `files.folders.state_folder` says."""

    def __init__(self, state: Path) -> None:
        self.folder = state / "models"

    def path(self, model: FetchedModel, file: ModelFile) -> Path:
        return self.folder / model.name / file.name

    def presence(self, model: FetchedModel) -> ModelPresence:
        """All files are read. Raises OSError if one may not be."""
        if not (self.folder / model.name).is_dir():
            return ModelPresence.MISSING
        whole = all(self.is_whole(model, file) for file in model.files)
        return ModelPresence.HERE if whole else ModelPresence.DAMAGED

    def is_whole(self, model: FetchedModel, file: ModelFile) -> bool:
        """Whether it is the file that the table names. Raises OSError if it may not be read."""
        path = self.path(model, file)
        try:
            return path.stat().st_size == file.size and sha256_of(path) == file.sha256
        except FileNotFoundError:
            return False

    def put(self, model: FetchedModel, file: ModelFile, fresh: Path) -> None:
        """Moves `fresh`, which is in the folder of this store, to its place; a power cut leaves all of the old or all
        of the new. Anybody may read it: what fetches it may be another user than what needs it. Raises OSError."""
        path = self.path(model, file)
        _make(path.parent)
        fresh.chmod(0o644)
        with fresh.open("rb") as opened:
            os.fsync(opened.fileno())
        fresh.replace(path)
        sync(path.parent)

    def open(self) -> Path:
        """The folder, made if it is not there. Raises OSError."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        _make(self.folder)
        return self.folder

    def remove(self, model: FetchedModel) -> bool:
        """Whether there was anything. Raises OSError."""
        try:
            shutil.rmtree(self.folder / model.name)
        except FileNotFoundError:
            return False
        return True


def _make(folder: Path) -> None:
    """Whatever the umask."""
    if not folder.is_dir():
        folder.mkdir()
        folder.chmod(0o755)
