"""A repository of The Update Framework, as a device sees it: nothing is believed that is not signed, new and whole."""

from __future__ import annotations

import logging
from pathlib import Path

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import TargetFile
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig
from urllib3.exceptions import HTTPError

from ..vocabulary.frozen import frozen
from ..vocabulary.text import harmless
from .target import LARGEST_PLAN, PLAN, FleetTarget, read_plan

LIMITS = UpdaterConfig(
    max_root_rotations=32,
    max_delegations=0,
    root_max_length=1 << 16,
    timestamp_max_length=1 << 14,
    snapshot_max_length=1 << 16,
    targets_max_length=1 << 20,
    app_user_agent="edge-agent",
)
# the last: of a connection that breaks off in the middle, which tuf lets through (findings/tuf-broken-download.sh)
TROUBLE = RepositoryError, DownloadError, OSError, HTTPError
RENEW = "whoever publishes must call 'edge-agent fleet renew'"


class RepositoryRefused(Exception):
    """What is wrong with it, a sentence; and what to do."""


@frozen
class SignedFile:
    """`length`: in bytes."""

    address: str
    sha256: str
    length: int


class Repository:
    """`folder`: for what was seen of it, which is how what is older is known. `root`: its root.json that was trusted
    first. Raises RepositoryRefused, as all of it does."""

    def __init__(
        self, address: str, folder: Path, root: bytes, fetcher: FetcherInterface | None = None
    ) -> None:
        logging.getLogger("tuf").setLevel(logging.CRITICAL)
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)
        seen, self._targets = folder / "metadata", folder / "targets"
        self._address = address.rstrip("/")
        try:
            for place in seen, self._targets:
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._updater = Updater(
                str(seen),
                f"{self._address}/metadata/",
                str(self._targets),
                f"{self._address}/targets/",
                fetcher=fetcher,
                config=LIMITS,
                bootstrap=root,
            )
        except OSError as error:
            raise RepositoryRefused(f"{folder} cannot be written ({error.strerror})") from None
        except (RepositoryError, ValueError):
            raise RepositoryRefused(
                "its root.json is not valid; get metadata/1.root.json from whoever publishes"
            ) from None

    def plan(self) -> tuple[FleetTarget, ...]:
        """All that is published now."""
        try:
            self._updater.refresh()
            return read_plan(self._fetch(PLAN, LARGEST_PLAN).read_text("utf-8"))
        except TROUBLE as error:
            raise RepositoryRefused(self._why(error)) from None
        except ValueError as error:
            raise RepositoryRefused(str(error)) from None

    def fetch(self, target: FleetTarget, most: int) -> Path:
        """A file with what was signed; after `plan`. `most`: bytes."""
        try:
            file = self._fetch(target.path, most)
        except TROUBLE as error:
            raise RepositoryRefused(self._why(error)) from None
        for other in self._targets.iterdir():
            if other != file:
                other.unlink()
        return file

    def signed(self, target: FleetTarget, most: int) -> SignedFile:
        """What a file of it must be, for who fetches it by other means; after `plan`. `most`: bytes."""
        found = self._signed(target.path, most)
        if found.hashes.get("sha256") != target.sha256:
            raise RepositoryRefused(f"{target.path} is not what the plan says; publish it again")
        address = f"{self._address}/targets/{target.sha256}.{target.path}"
        return SignedFile(address, target.sha256, found.length)

    def _fetch(self, path: str, most: int) -> Path:
        """Raises also what tuf does."""
        found = self._signed(path, most)
        return Path(self._updater.find_cached_target(found) or self._updater.download_target(found))

    def _signed(self, path: str, most: int) -> TargetFile:
        found = self._updater.get_targetinfo(path)
        if found is None:
            raise RepositoryRefused(
                f"{path} is in the plan of the repository, but was not signed; publish it again"
            )
        if found.length > most:
            raise RepositoryRefused(f"{path} has {found.length} bytes; {most} are allowed")
        return found

    def _why(self, error: Exception) -> str:
        """Words of ours for what tuf raises; its own name files, not causes."""
        match error:
            case ExpiredMetadataError():
                return f"what {self._address} has was signed for a time that is over: it is held back, or {RENEW}"
            case BadVersionNumberError():
                return f"{self._address} has something older than this device has seen; that is refused"
            case UnsignedMetadataError():
                return (
                    f"{self._address} is not signed with the keys of root.json; is it the right repository?"
                )
            case DownloadLengthMismatchError():
                return f"{self._address} sends more than was signed; nothing of it is used"
            case LengthOrHashMismatchError():
                return f"{self._address} sends something other than what was signed; nothing of it is used"
            case DownloadHTTPError():
                return f"{self._address} answers {error.status_code}; check the address, and what the web server shows"
            case DownloadError() | HTTPError():
                return f"{self._address} cannot be reached, or broke off; check the network"
            case OSError():
                return f"{error.filename} cannot be written ({error.strerror})"
        return f"{self._address} cannot be believed ({harmless(str(error), 200)})"
