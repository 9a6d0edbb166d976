"""The secrets that this process knows, so that none of them gets into a report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from ..config.headers import FILE, parse_headers
from ..config.model import Config
from ..config.pasted import key_in

NAMES = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE)$", re.IGNORECASE)  # of variables
MOST_BYTES = 64 * 1024  # of a file


def known_secrets(config: Config, environ: Mapping[str, str]) -> set[str]:
    """From the environment, the key file, the headers, and what systemd handed over; line by line."""
    texts = [value for name, value in environ.items() if NAMES.search(name)]
    texts += [value for value in _headers(config).values() if not value.startswith(FILE)]
    for file in _files(config, environ):
        with suppress(OSError), file.open("rb") as opened:
            texts.append(opened.read(MOST_BYTES).decode("utf-8", "replace"))
    lines = {line.strip() for text in texts for line in text.splitlines()}
    return {found for line in lines for found in (line, key_in(line)) if found}


def _files(config: Config, environ: Mapping[str, str]) -> Iterator[Path]:
    if config.service.api_key_file:
        yield Path(config.service.api_key_file)
    for value in _headers(config).values():
        if value.startswith(FILE):
            yield Path(value.removeprefix(FILE).strip())
    if directory := environ.get("CREDENTIALS_DIRECTORY"):
        with suppress(OSError):
            yield from Path(directory).iterdir()


def _headers(config: Config) -> dict[str, str]:
    with suppress(ValueError):
        return parse_headers(config.service.headers)
    return {}
