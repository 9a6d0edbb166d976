"""What a new device is told: its configuration and its key. What is there stays, unless it shall be replaced."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..config import load
from ..config.keys import SYSTEM_FILE
from ..config.load import DEFAULT_PATH
from ..files.whole import sync
from . import key
from .process import Console, Refused, call

ENDPOINT = "AZURE_OPENAI_ENDPOINT"


@dataclass(frozen=True, slots=True)
class GivenSettings:
    """`variables`: those that configure, of the environment and of the options. `key`: empty: none was given."""

    variables: Mapping[str, str]
    key: str = ""
    replace: bool = False


def given_settings(
    environ: Mapping[str, str],
    *,
    endpoint: str = "",
    deployment: str = "",
    key_file: str = "",
    replaces: bool = False,
    asks: bool = True,
) -> GivenSettings:
    """Checked before anything is built, which takes minutes. `asks`: for a key that the device needs, if somebody is
    there. Raises Refused."""
    given = {ENDPOINT: endpoint, "AZURE_OPENAI_DEPLOYMENT_NAME": deployment}
    variables = {**environ, **{name: value for name, value in given.items() if value}}
    _, problems = load(Path(os.devnull), environ=variables)
    if problems:
        raise Refused("; ".join(map(str, problems)))
    secret = key.read_key(key_file) if key_file else key.of_environment(variables)
    if asks and not secret and _is_asked(variables, replaces):
        secret = key.read_key()
    return GivenSettings(variables, secret, replaces)


def _is_asked(variables: Mapping[str, str], replaces: bool) -> bool:
    """Whether somebody is there, and the device needs a key and has none."""
    new = replaces or not DEFAULT_PATH.exists()
    config, problems = load(Path(os.devnull) if new else DEFAULT_PATH, environ=variables)
    lacks = not problems and config.has_service and config.service.credential == "api-key"
    return lacks and (replaces or not key.has_key()) and sys.stdin.isatty()


def settle(given: GivenSettings, program: Path, console: Console) -> None:
    """`program`: edge-agent, which knows how to make a configuration. Raises Refused."""
    _settle_configuration(given, program, console)
    if not given.key:
        return
    if key.has_key() and not given.replace:
        if SYSTEM_FILE.is_file() and SYSTEM_FILE.read_text("utf-8", "replace") != given.key:
            console.say(f"kept the key in {SYSTEM_FILE}, which is another; --replace takes the new one")
        return
    key.write_key(given.key)
    console.say(f"wrote the key into {SYSTEM_FILE}")


def _settle_configuration(given: GivenSettings, program: Path, console: Console) -> None:
    if DEFAULT_PATH.exists() and DEFAULT_PATH.stat().st_size and not given.replace:
        for name in differing(given.variables):
            console.say(f"kept {DEFAULT_PATH}, which has another {name}; --replace takes the new one")
        return
    write_configuration(new_configuration(str(program), given.variables))
    console.say(f"made {DEFAULT_PATH}")


def new_configuration(program: str, variables: Mapping[str, str]) -> str:
    """Its text, with the sound devices that are there. Raises Refused."""
    made = call(program, "config", "new", environ=dict(variables))
    if made.returncode:
        raise Refused(f"{DEFAULT_PATH} cannot be made: {made.stderr.strip()}")
    return made.stdout


def differing(variables: Mapping[str, str], file: Path = DEFAULT_PATH) -> list[str]:
    """Names of what is set in both, and not the same."""
    nothing = Path(os.devnull)
    there, plain, wanted = (
        load(place, environ=environ)[0].service
        for place, environ in ((file, {}), (nothing, {}), (nothing, variables))
    )
    return [
        name
        for name in ("endpoint", "deployment")
        if getattr(wanted, name) not in (getattr(plain, name), getattr(there, name))
    ]


def write_configuration(text: str, file: Path = DEFAULT_PATH) -> None:
    """Everybody may read it; with --replace, the one before is beside it. Raises Refused."""
    fresh = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        if file.exists():
            file.replace(file.with_name(f"{file.name}.old"))
        fresh.replace(file)
        sync(file.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise Refused(f"{file} cannot be written ({error.strerror})") from None
