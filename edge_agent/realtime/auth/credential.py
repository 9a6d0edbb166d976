"""The interface of a credential, and what all kinds share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from ..errors import LinkFailure

REFUSALS = frozenset({"unauthorized", "forbidden", "invalid_api_key"})  # codes of a proof that was not taken
Stamp = tuple[tuple[int, int, int] | None, ...]


class Credential(Protocol):
    @property
    def source(self) -> str:
        """What it is and where it comes from, for people; contains no secret."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """What it reads: nobody else should be able to."""
        ...

    @property
    def advice(self) -> str:
        """What should be corrected although it works; empty: nothing."""
        ...

    async def headers(self) -> dict[str, str]:
        """The HTTP headers for one connection. Raises LinkFailure."""
        ...

    def refused(self, failure: LinkFailure) -> bool:
        """The service refused it: whether to try another one immediately. Each reason gives one
        True until a connection succeeds or the source changes, so that the link never spins."""
        ...

    def accepted(self) -> None:
        """The connection was established."""
        ...

    def changed(self) -> bool:
        """Whether a file was changed since it was last read; cheap enough to ask every second."""
        ...

    async def close(self) -> None: ...


def stamp(files: Iterable[Path]) -> Stamp:
    """Tells one version of the files from the next."""
    return tuple(map(_stamp, files))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
