"""Fetches a large file so slowly that speech has room beside it, and goes on where it was broken off."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from ...files.fetched import read_piece, sha256_of
from ..repository import RepositoryRefused, SignedFile

PATIENCE_S = 20.0  # for the next bytes
PARTIAL_CONTENT = 206


class DownloadPace:
    """No more than so many bytes in a second, counted from now on."""

    def __init__(
        self,
        bytes_per_s: float,
        now: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._bytes_per_s, self._now, self._pause = bytes_per_s, now, pause
        self._began, self._got = now(), 0

    def took(self, count: int) -> None:
        """Returns when the next may come."""
        self._got += count
        early_s = self._began + self._got / self._bytes_per_s - self._now()
        if early_s > 0:
            self._pause(early_s)


def download(signed: SignedFile, part: Path, pace: DownloadPace) -> None:
    """To its end. Raises RepositoryRefused: what there is of it is kept, unless it is wrong; and OSError."""
    with part.open("ab") as out:
        if out.tell() > signed.length:
            _empty(out)
        if out.tell() < signed.length:
            _fetch_rest(signed, out, pace)
    if sha256_of(part) != signed.sha256:
        part.unlink()
        raise RepositoryRefused(
            f"{signed.address} is something other than what was signed; nothing of it is used"
        )


def _fetch_rest(signed: SignedFile, out: IO[bytes], pace: DownloadPace) -> None:
    has = out.tell()
    headers = {"Accept-Encoding": "identity", "User-Agent": "edge-agent"}
    request = Request(signed.address, headers=headers | ({"Range": f"bytes={has}-"} if has else {}))  # noqa: S310 - checked
    try:
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - the address was checked
            if has and answer.status != PARTIAL_CONTENT:  # it sends all of it again
                _empty(out)
                has = 0
            while piece := read_piece(answer):
                has += len(piece)
                if has > signed.length:
                    _empty(out)
                    raise RepositoryRefused(
                        f"{signed.address} is longer than what was signed; nothing of it is used"
                    )
                out.write(piece)
                pace.took(len(piece))
    except HTTPError as error:
        with error:
            raise RepositoryRefused(
                f"{signed.address} answers {error.code}; check what the web server shows"
            ) from None
    except (URLError, TimeoutError, ConnectionError, http.client.HTTPException):
        raise _broke_off(signed) from None
    if has < signed.length:
        raise _broke_off(signed)


def _empty(out: IO[bytes]) -> None:
    out.seek(0)
    out.truncate()


def _broke_off(signed: SignedFile) -> RepositoryRefused:
    return RepositoryRefused(
        f"{signed.address} broke off, or cannot be reached; it goes on from there at the next look"
    )
