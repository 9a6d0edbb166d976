"""The API key: from a terminal where it is not shown, from a file, or from the environment, into a file of root."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from pathlib import Path

from ..config.keys import SYSTEM_FILE, BadKeys, keys_in
from ..files.whole import replace
from .process import Refused

SEALED = Path("/etc/credstore.encrypted/edge-agent.sealed.api-key")
PROMPT = "API key (not shown): "
PASSWORD_PROMPT = "Password of the MQTT broker (not shown): "  # noqa: S105


def read_key(source: str = "") -> str:
    """`source`: a file; `-`: standard input; empty: that, or the terminal, if it is one. Raises Refused."""
    return checked(*_read(source, "key", PROMPT))


def read_password(source: str = "") -> str:
    """Of the MQTT broker; the same. Raises Refused."""
    text, place = _read(source, "password", PASSWORD_PROMPT)
    password = text.strip("\r\n")
    if not password or not password.isprintable():
        raise Refused(f"{place} must contain one line, the password")
    return f"{password}\n"


def _read(source: str, what: str, prompt: str) -> tuple[str, str]:
    """The text, and what to call its source. Raises Refused."""
    place = "the input" if source in ("", "-") else source
    try:
        if source not in ("", "-"):
            return Path(source).read_text("utf-8-sig"), place
        if not source and sys.stdin.isatty():
            return getpass.getpass(prompt), place
        return sys.stdin.read(), place
    except FileNotFoundError:  # its name may be a key, so it is not repeated
        raise Refused(
            f"there is no such file; the {what} itself is asked for, or read from standard input"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise Refused(f"{place} cannot be read ({reason})") from None


def checked(text: str, place: str) -> str:
    """One or two keys, each in its line. Raises Refused."""
    try:
        keys = keys_in(text.splitlines(), place)
    except BadKeys as bad:
        raise Refused(str(bad)) from None
    if not keys:
        raise Refused(f"there is no key in {place}")
    return "".join(f"{key}\n" for key in keys)


def of_environment(environ: Mapping[str, str]) -> str:
    """As Azure's and OpenAI's own tools have it; empty: there is none. Raises Refused."""
    azure = environ.get("AZURE_OPENAI_ENDPOINT")
    variable = "AZURE_OPENAI_API_KEY" if azure else "OPENAI_API_KEY"
    return checked(key, variable) if (key := environ.get(variable, "").strip()) else ""


def has_key(file: Path = SYSTEM_FILE) -> bool:
    """An empty file is what a full disk has left."""
    return SEALED.exists() or (file.is_file() and bool(file.read_text("utf-8", "replace").strip()))


def write_key(key: str, file: Path = SYSTEM_FILE) -> None:
    """All of it or nothing. Raises Refused."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(file, key)
    except PermissionError:
        raise Refused(f"{file} is root's: use sudo") from None
    except OSError as error:
        raise Refused(f"{file} cannot be written ({error.strerror}); it is as it was") from None
