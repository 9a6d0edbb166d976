"""The check of the installed service: what its user and its sandbox would not let it do. Root may do everything, and so
sees none of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..config import Config
from ..host.systemd.installed import InstalledService
from ..host.systemd.rights import BOTH, READ, WRITE, CannotTry, NoSuchUser, Wanted, denied, hides, shown
from ..host.systemd.sealed import UNIT
from ..host.systemd.service_view import OWN, ServiceView
from .result import Check, failed, ok, skipped, warning

NAME = "service"
DEV = Path("/dev")
FILE_VARIABLES = (
    *("SSL_CERT_FILE", "ALSA_CONFIG_PATH"),
    *("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"),
)
LEAST_MEMORY_MB = 128


def service(view: ServiceView, config: Config, dev: Path = DEV) -> list[Check]:
    """What is wrong, or that nothing is."""
    if (found := view.seen) is None:
        return [skipped(NAME, f"{view.why_not}: checked {OWN}")]
    asked = [*configured_files(config, found.variables), *_state(found), *device_files(config, dev)]
    troubles = [*_limits(found), *complaints(found, asked)]
    checks = [failed(NAME, what, todo) for what, todo in troubles]
    for note in view.notes():
        what, _, todo = note.partition("; ")
        checks.append(
            warning(NAME, what, todo or f"what {UNIT} shall have belongs in /etc/edge-agent/environment")
        )
    return checks or [ok(NAME, f"as {UNIT} has it: {_summary(found)}")]


def complaints(found: InstalledService, asked: Sequence[Wanted]) -> list[tuple[str, str]]:
    """(what is wrong, what to do) of files that it needs."""
    try:
        refused = denied(found, asked)
    except NoSuchUser as error:
        return [(f"{error}, so {UNIT} cannot start", "sudo systemd-sysusers, or install again")]
    except CannotTry:
        refused = [one for one in asked if hides(found, one[0])]
    told = [
        (
            f"{path} is hidden from the service (ProtectHome=, PrivateTmp= of {UNIT})",
            "move it to /etc/edge-agent",
        )
        for path, _ in refused
        if hides(found, path)
    ]
    if plain := [one for one in refused if not hides(found, one[0])]:
        who = f"the service's user {found.user}" if found.user else "this user"
        told.append(
            (f"{who} cannot {shown(plain)}", "check owner, mode and groups (ls -l), then restart the service")
        )
    return told


def configured_files(config: Config, variables: Mapping[str, str]) -> list[Wanted]:
    """That the configuration names, and are there."""
    audio = config.audio
    named = [
        config.path,
        *(Path(name) for name in (audio.sounds, audio.mic_wav, config.service.api_key_file) if name),
    ]
    named += [Path(config.board)] if config.board.endswith(".toml") else []
    named += [Path(variables[name]) for name in FILE_VARIABLES if variables.get(name)]
    asked = [(path, READ) for path in named if path]
    if variables.get("PULSE_SERVER", "").startswith("unix:"):
        asked.append((Path(variables["PULSE_SERVER"].removeprefix("unix:")), BOTH))
    return [(path, how) for path, how in asked if _exists(path)]


def device_files(config: Config, dev: Path = DEV) -> list[Wanted]:
    """Of sound and pins, as far as they are used."""
    found: list[Path] = []
    if config.audio.backend == "portaudio":
        found += [*dev.glob("snd/pcm*"), *dev.glob("snd/control*")]
    if config.panel.backend == "gpio":
        found += [dev / name for name in ("gpiochip0", "gpiochip4") if (dev / name).exists()]
    return [(path, BOTH) for path in sorted(found)]


def _state(found: InstalledService) -> Iterable[Wanted]:
    """systemd makes the folder where it is missing."""
    if found.state and _exists(found.state):
        yield found.state, WRITE
        if _exists(kept := found.state / "remembered.json"):
            yield kept, READ


def _limits(found: InstalledService) -> Iterable[tuple[str, str]]:
    for file in found.missing:
        yield f"{file} is missing, so {UNIT} cannot start", "write it, or put - before its name in the unit"
    where = f"correct {', '.join(map(str, found.drop_ins)) or 'the unit'}, then sudo systemctl daemon-reload"
    if found.memory_max is not None and found.memory_max < LEAST_MEMORY_MB * 2**20:
        yield (
            f"MemoryMax= of {found.memory_max // 2**20} MB is too little, it needs {LEAST_MEMORY_MB} MB",
            where,
        )
    if not found.has_network:
        yield "PrivateNetwork=yes: it cannot reach the service", where


def _summary(found: InstalledService) -> str:
    parts = [f"user {found.user}" + (f", groups {', '.join(found.groups)}" if found.groups else "")]
    if not found.user:
        parts = ["in this user's session"]
    return "; ".join([*parts, *(f"environment {file}" for file in found.files), *map(str, found.drop_ins)])


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # this user may not even look: whether the service may is asked all the same
        return True
