"""Large files that come over the network: read piece by piece, and judged by their content."""

from __future__ import annotations

import hashlib
import http.client
from pathlib import Path
from typing import IO

PIECE = 1 << 16  # bytes


def read_piece(answer: IO[bytes]) -> bytes:
    """The next of what a server sends; empty at its end, or where it breaks off in the middle. Raises TimeoutError and
    ConnectionError: the network's errors, told apart from those of the file that is written."""
    try:
        return answer.read(PIECE)
    except http.client.IncompleteRead as error:
        return error.partial
    except TimeoutError:
        raise
    except OSError as error:
        raise ConnectionError(str(error.strerror or error)) from None


def sha256_of(path: Path) -> str:
    """Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
