"""Reports in files: JSON, gzipped if the name ends so, or the page, which holds the same."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from .bundle import Bundle
from .page import DATA, page

MOST_BYTES = 256 * 1024 * 1024  # of what is read
GZIP = b"\x1f\x8b"


class NoReport(Exception):
    """What is wrong with a file, in a sentence."""


def write(report: Bundle, path: Path) -> int:
    """Into a new file; its size in bytes. Raises OSError, FileExistsError where there is one."""
    text = page(report) if path.suffix == ".html" else _lines(report)
    data = text.encode()
    data = gzip.compress(data) if path.suffix == ".gz" else data
    file = path.open("xb")
    try:
        with file:
            return file.write(data)
    except OSError:  # the disk is full: nothing of it stays
        path.unlink(missing_ok=True)
        raise


def read(path: Path) -> Any:
    """What `write` has written. Raises OSError and NoReport."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES)
    try:
        if data.startswith(GZIP):
            data = zlib.decompressobj(31).decompress(data, MOST_BYTES)
        text = data.decode("utf-8-sig")
        _, found, rest = text.partition(DATA)
        return json.loads(rest.partition("</script>")[0] if found else text)
    except UnicodeDecodeError:
        raise NoReport("it is not UTF-8 text") from None
    except zlib.error:
        raise NoReport("it is a damaged gzip file") from None
    except json.JSONDecodeError as error:
        raise NoReport(f"it is not JSON, or is truncated: {error}") from None
    except RecursionError:
        raise NoReport("it is nested too deeply") from None


def _lines(report: Bundle) -> str:
    """JSON that can be read, searched and compared by lines: one for each record."""
    return "{\n" + ",\n".join(f"{_line(name)}: {_block(value)}" for name, value in report.items()) + "\n}\n"


def _block(value: Any) -> str:
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(_line, value)) + "\n]"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace('}, {"', '},\n{"')
