"""Folders that are gone with this process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path


def folder(where: Path | None = None) -> Path:
    made = Path(tempfile.mkdtemp(prefix="edge-agent-tests-", dir=where))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def folder_in_memory() -> Path:
    memory = Path("/dev/shm")  # noqa: S108
    return folder(memory if memory.is_dir() else None)
