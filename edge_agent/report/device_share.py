"""What the running device adds to a report. Whoever may open the control socket gets it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from ..config import Config
from ..conversation.transcript import Said
from .history import History

PAUSE_S = 1.0  # from one report to the next: it is the dearest of all requests


def device_part(
    config: Config, status: Mapping[str, Any], history: History, last: int, transcript: list[Said] | None
) -> dict[str, Any]:
    """The part for the last `last` turns. `transcript`: what was said, if that was requested."""
    told = {"status": status, "configuration": shown(config), **history.timeline(last)}
    if transcript is not None:
        told["transcript"] = [asdict(said) for said in transcript]
    return without_secrets(config, told) | {"record": history.recorder.packed(last)}


def shown(config: Config) -> str:
    """The configuration; of the command that gets a token only which program it is."""
    from ..config.show import show  # only for this

    program, *arguments = config.service.credential_command.split() or [""]
    command = " ".join([program, *("***" for _ in arguments[:1])])
    return show(replace(config, service=replace(config.service, credential_command=command)))


def without_secrets(config: Config, told: dict[str, Any]) -> dict[str, Any]:
    from .mask import masked
    from .secrets import known_secrets

    clean: dict[str, Any] = masked(told, known_secrets(config, os.environ))
    return clean
