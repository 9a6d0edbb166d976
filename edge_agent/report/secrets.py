"""The secrets that this process knows, so that none of them gets into a report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from ..config.model import Config

NAMES = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE)$", re.IGNORECASE)  # of variables
MOST_BYTES = 64 * 1024  # of a file


def known_secrets(config: Config, environ: Mapping[str, str]) -> set[str]:
    """From the environment, the key file, and what systemd handed over; line by line."""
    texts = [value for name, value in environ.items() if NAMES.search(name)]
    for file in _files(config, environ):
        with suppress(OSError), file.open("rb") as opened:
            texts.append(opened.read(MOST_BYTES).decode("utf-8", "replace"))
    return {line.strip() for text in texts for line in text.splitlines() if line.strip()}


def _files(config: Config, environ: Mapping[str, str]) -> Iterator[Path]:
    if config.service.api_key_file:
        yield Path(config.service.api_key_file)
    if directory := environ.get("CREDENTIALS_DIRECTORY"):
        with suppress(OSError):
            yield from Path(directory).iterdir()
