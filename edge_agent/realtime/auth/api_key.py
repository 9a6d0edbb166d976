"""An API key, or two: while one is being replaced, the other is valid."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from ...config.addresses import is_loopback
from ...config.keys import SYSTEM_FILE, BadKeys, keys_in
from ...config.model import ServiceSettings
from ...config.providers import Provider
from ..errors import LinkFailure, Next
from .credential import REFUSALS, Stamp, stamp
from .systemd_credentials import handed_over

log = logging.getLogger(__name__)


class ApiKey:
    """From `api_key_file`, from the systemd credential `api-key`, from the environment, or, for root, from where
    systemd takes that credential.

    A file contains one key per line, at most two. A key that worked is used until it is refused.
    """

    def __init__(self, service: ServiceSettings, provider: Provider, environ: Mapping[str, str]) -> None:
        self._provider, self._environ = provider, environ
        given = handed_over("api-key", environ)
        if service.api_key_file:
            self._file: Path | None = Path(service.api_key_file)
        elif given or environ.get(provider.key_variable):
            self._file = given
        else:
            self._file = SYSTEM_FILE if os.access(SYSTEM_FILE, os.R_OK) else None
        self._place = "systemd" if given and self._file == given else str(self._file)
        host = urlsplit(service.endpoint).hostname or ""
        self._fallback = "local" if is_loopback(host) else ""
        self._seen: Stamp | None = None  # the file as it was last read
        self._used = ""
        self._refused: set[str] = set()  # since the last connection that stood
        self.advice = ""

    @property
    def files(self) -> tuple[Path, ...]:
        return (self._file,) if self._file else ()

    @property
    def source(self) -> str:
        if self._file:
            return f"an API key from {self._place}"
        if self._environ.get(self._provider.key_variable):
            return f"an API key from {self._provider.key_variable}"
        return "no key needed: the service runs on this machine"

    async def headers(self) -> dict[str, str]:
        keys = self._read()
        good = [key for key in keys if key not in self._refused]
        if not good:  # each in its turn: it may be let in again
            after = keys.index(self._used) + 1 if self._used in keys else 0
            self._used = keys[after % len(keys)]
        elif self._used not in good:
            self._used = good[0]
        if self._provider.key_header == "authorization":
            return {"Authorization": f"Bearer {self._used}"}
        return {"api-key": self._used}

    def refused(self, failure: LinkFailure) -> bool:
        if failure.code not in REFUSALS:
            return False
        self._refused.add(self._used)
        try:
            keys = self._read()
        except LinkFailure:
            return False
        good = [number for number, key in enumerate(keys, 1) if key not in self._refused]
        if not good:
            return False
        if self._used in keys:
            bad = keys.index(self._used) + 1
            log.warning("the service refused key %d of %s; using key %d instead", bad, self._place, good[0])
            self.advice = f"key {bad} of {self._place} was refused; replace it with the new one"
        else:
            log.warning("the service refused the key; using the new one in %s", self._place)
        return True

    def accepted(self) -> None:
        self._refused.clear()

    def changed(self) -> bool:
        return self._seen is not None and stamp(self.files) != self._seen

    async def close(self) -> None: ...

    def _read(self) -> list[str]:
        if self._file is None:
            lines = [self._environ.get(self._provider.key_variable, "").strip() or self._fallback]
        else:
            lines = self._read_file(self._file)
        try:
            keys = keys_in(lines, self._place_of_keys)
        except BadKeys as bad:
            raise self._bad(str(bad)) from None
        if not keys:
            variable = self._provider.key_variable
            raise self._bad(
                f"the key file {self._file} is empty; put the key in it"
                if self._file
                else f"there is no API key: set {variable}, or set [service]"
                f" api_key_file to a file that contains it; the system service reads it from {SYSTEM_FILE}"
                " (sudo edge-agent key set)"
            )
        return keys

    @property
    def _place_of_keys(self) -> str:
        return self._place if self._file else self._provider.key_variable

    def _read_file(self, file: Path) -> list[str]:
        now = stamp(self.files)
        if now != self._seen:
            self.advice = ""
        self._seen = now
        try:
            return file.read_text("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            raise self._bad(f"the key file {file} cannot be read ({reason})") from None

    def _bad(self, what: str) -> LinkFailure:
        """If there was a key before, somebody may be writing the next one right now."""
        return LinkFailure(Next.WAIT if self._used else Next.FIX, "no-key", what)
