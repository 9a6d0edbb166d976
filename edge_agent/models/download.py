"""Brings the files of a network to a folder: over HTTPS, or from other files. A file is kept only if it is the one that
the table names."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from ..files.fetched import PIECE, read_piece, sha256_of
from .store import ModelStore
from .table import FetchedModel, ModelFile

PATIENCE_S = 20.0  # for the next bytes
SPARE = 1 << 20  # bytes that stay free
MIB = 1 << 20
Bring = Callable[[ModelFile, IO[bytes]], None]  # writes a file of the table


class ModelUnavailable(Exception):
    """It was not brought; the message says why and what to do. What was there before is still there."""


def bring(model: FetchedModel, store: ModelStore, write: Bring) -> int:
    """What of it is not there yet; how many files that were. Raises ModelUnavailable."""
    brought = 0
    try:
        with _alone(store.open()) as folder:
            for leftover in folder.glob("*.part"):
                leftover.unlink()
            wanted = [file for file in model.files if not store.is_whole(model, file)]
            _check_space(folder, sum(file.size for file in wanted))
            for file in wanted:
                with _part(folder) as part:
                    with part.open("wb") as opened:
                        write(file, opened)
                    _check(file, part)
                    store.put(model, file, part)
                brought += 1
    except OSError as error:
        raise ModelUnavailable(_not_written(error, store.folder)) from None
    return brought


def from_address(proxy: str | None, proxy_source: str) -> Bring:
    """`proxy`: its address, of the kind http://; None: there is none. `proxy_source`: where it was named. Redirects are
    not followed."""
    opener = build_opener(
        ProxyHandler({"https": proxy} if proxy else {}),
        HTTPSHandler(context=ssl.create_default_context()),
        _NoRedirect,
    )
    way = f" through the proxy of {proxy_source}" if proxy else ""
    return lambda file, out: _fetch(opener, way, file, out)


def from_files(given: Path, model: FetchedModel) -> Bring:
    """`given`: a folder with the files of the table; or the one file, under whatever name. Raises ModelUnavailable."""
    if not given.exists():
        raise ModelUnavailable(f"{given} does not exist")
    if not given.is_dir() and len(model.files) > 1:
        names = " and ".join(file.name for file in model.files)
        raise ModelUnavailable(f"{given} is one file; give the folder that has {names}")

    def copy(file: ModelFile, out: IO[bytes]) -> None:
        path = given / file.name if given.is_dir() else given
        try:
            source = path.open("rb")
        except OSError as error:
            raise ModelUnavailable(f"{path} cannot be read ({error.strerror})") from None
        with source:
            shutil.copyfileobj(source, out, PIECE)

    return copy


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """The answer stays an error, with where it leads."""


def _fetch(opener: OpenerDirector, way: str, file: ModelFile, out: IO[bytes]) -> None:
    host = urlsplit(file.address).netloc
    got = 0
    try:
        request = Request(file.address, headers={"Accept-Encoding": "identity"})  # noqa: S310 - of the table
        with opener.open(request, timeout=PATIENCE_S) as answer:
            while got <= file.size and (piece := read_piece(answer)):
                got += len(piece)
                out.write(piece)
    except HTTPError as error:
        with error:
            raise ModelUnavailable(_refused(error, host, way)) from None
    except URLError as error:
        raise ModelUnavailable(_unreachable(error.reason, host, way)) from None
    except (TimeoutError, ConnectionError, http.client.HTTPException) as error:
        raise ModelUnavailable(_unreachable(error, host, way)) from None
    if got < file.size:
        raise ModelUnavailable(f"{host} broke off after {got} of {file.size} bytes; try again")


def _refused(error: HTTPError, host: str, way: str) -> str:
    if 300 <= error.code < 400:
        place = urlsplit(error.headers.get("Location", "")).netloc or "another place"
        return (
            f"{host} redirects to {place}{way}, which is not followed; get the file elsewhere, and use --from"
        )
    return f"{host} answered {error.code} {error.reason}{way}; try again later, or use --from"


def _unreachable(reason: object, host: str, way: str) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {host} is not trusted{way} ({reason.verify_message}); set SSL_CERT_FILE to the"
            " certificates of this network, and check the clock"
        )
    said = f"no answer within {PATIENCE_S:.0f} s" if isinstance(reason, TimeoutError) else _said(reason)
    return f"{host} cannot be reached{way} ({said}); check the network, or use --from"


def _said(error: object) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def _check(file: ModelFile, part: Path) -> None:
    """Raises ModelUnavailable, or OSError."""
    size = part.stat().st_size
    if size != file.size:
        has = f"{size}" if size < file.size else f"more than {file.size}"
        raise ModelUnavailable(f"{file.name} has {has} bytes, expected {file.size}; nothing of it was kept")
    if (found := sha256_of(part)) != file.sha256:
        raise ModelUnavailable(
            f"{file.name} has the SHA-256 {found}, expected {file.sha256}; nothing of it was kept"
        )


def _check_space(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if wanted and free < wanted + SPARE:
        raise ModelUnavailable(
            f"there is not enough space for {folder}: {free / MIB:.1f} MiB free, {(wanted + SPARE) / MIB:.1f} needed"
        )


def _not_written(error: OSError, folder: Path) -> str:
    if isinstance(error, PermissionError):
        return f"this user may not write to {folder}; use sudo, or run it as the user of the service"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"there is not enough space for {folder}"
    return f"{error.filename or folder} cannot be written ({error.strerror})"


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    end = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(end, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    except BlockingIOError:
        raise ModelUnavailable(
            f"another edge-agent is fetching to {folder}; try again when it is done"
        ) from None
    finally:
        os.close(end)


@contextmanager
def _part(folder: Path) -> Iterator[Path]:
    """A file that is gone afterwards, unless it was moved."""
    end, name = tempfile.mkstemp(".part", dir=folder)
    os.close(end)
    try:
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
