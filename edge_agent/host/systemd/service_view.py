"""What a technician's command sees: the world of the installed service, and not that of the technician's shell."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path

from ...config.load import DEFAULT_PATH, PATH_VARIABLE
from ...vocabulary.frozen import frozen
from .installed import InstalledService, installed
from .sealed import UNIT

# of a shell's variables those that change what is found: the service has its own, or none
TELLING = re.compile(
    r"(EDGE_AGENT|AZURE|OPENAI|ALSA|PULSE|PIPEWIRE|GPIOZERO)_\w+|(ALL|HTTPS?|NO|SOCKS|WSS?)_PROXY|SSL_CERT_(FILE|DIR)"
    r"|REQUESTS_CA_BUNDLE|CREDENTIALS_DIRECTORY|XDG_RUNTIME_DIR",
    re.IGNORECASE,
)
SILENT = ("XDG_RUNTIME_DIR",)  # every session has it
OWN = "with this user's environment and rights, not the service's"


@frozen
class ServiceView:
    """`service`: None where it is not installed. `why_not`: why a command looks with the technician's eyes all the
    same. `unused`: variables of the shell that the service does not have."""

    service: InstalledService | None = None
    why_not: str = ""
    unused: tuple[str, ...] = ()

    @property
    def seen(self) -> InstalledService | None:
        """Whose world it is; None: the technician's."""
        return None if self.why_not else self.service

    def notes(self) -> Iterator[str]:
        """What to know before what is found is believed."""
        if self.service and self.why_not:
            yield f"{self.why_not}: checked {OWN}"
        if service := self.seen:
            for file in service.unread:
                yield f"the service reads {file}, and this user may not; use sudo to check what the service sees"
            if service.state and service.state.is_dir() and not os.access(service.state, os.X_OK):
                yield f"what was changed on the device is in {service.state}, and this user may not read it; use sudo"
            if self.unused:
                yield f"{', '.join(self.unused)} of this shell: not used, for {UNIT} does not have it"


def enter(
    path: str | None,
    environ: MutableMapping[str, str] = os.environ,
    find: Callable[[], InstalledService | None] = installed,
) -> ServiceView:
    """Puts the service's environment in the place of this process's, unless another configuration is named: by
    `path`, or in the environment."""
    service = find()
    if service is None:
        return ServiceView(None, f"{UNIT} is not installed")
    named, own = path or environ.get(PATH_VARIABLE), service.variables.get(PATH_VARIABLE, DEFAULT_PATH)
    if named and Path(named).resolve() != Path(own).resolve():
        return ServiceView(service, f"{named} is not the configuration of {UNIT}")
    keeps = ("XDG_RUNTIME_DIR",) if not service.user else ()
    strange = [
        name for name in environ if TELLING.fullmatch(name) and name not in (*service.variables, *keeps)
    ]
    for name in strange:
        del environ[name]
    environ.update(service.variables)
    if service.user:  # else ~/.asoundrc is another's
        with suppress(KeyError):
            environ["HOME"] = pwd.getpwnam(service.user).pw_dir
    return ServiceView(service, "", tuple(name for name in strange if name not in SILENT))
