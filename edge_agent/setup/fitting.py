"""The configuration that choices make, what is wrong with it, and whether the service takes it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ..audio.config_checks import check_sound
from ..config import Config, load
from ..config.addresses import NO_SERVICE
from ..files import whole
from ..files.folders import runtime_folder, state_folder
from ..install import key
from ..install.first_boot import VARIABLES
from ..install.process import Refused
from ..realtime import auth
from ..realtime.auth.person import FILE_NAME
from ..realtime.auth.person_errors import HOW
from ..realtime.connection import open_session
from ..realtime.failure import LinkFailure
from .choices import Choices, Wrong
from .fields import field_of

BY_PERSON = "device-code"
NO_KEY = "is missing; type it: one that the device has goes only to the service that it is for"
NO_SIGN_IN = "sign in first: what the device has goes only to the service that it is for"


def configuration_of(choices: Choices) -> tuple[Config, Wrong]:
    """With what the environment sets besides, as the device will have it."""
    chosen = {variable: choices[name] for name, variable in VARIABLES.items() if name in choices}
    config, problems = load(Path(os.devnull), environ={**os.environ, **chosen}, checks=(check_sound,))
    names = {variable: name for name, variable in VARIABLES.items()}
    here = {names[problem.where]: problem.what for problem in problems if problem.where in names}
    elsewhere = [str(problem) for problem in problems if problem.where not in names]
    return config, here | ({"": "; ".join(elsewhere)} if elsewhere else {})


def with_service(choices: Choices) -> tuple[Config, Wrong]:
    """One that says where to talk to, whatever it proves itself with."""
    config, wrong = configuration_of(choices)
    if not wrong and not config.has_service:
        wrong = {"endpoint": NO_SERVICE.removeprefix("[service] endpoint ")}
    return config, wrong


def choices_of(config: Config) -> Choices:
    """What makes it, as far as the page has fields for it."""
    service, audio = config.service, config.audio
    made = {
        "provider": service.provider,
        "endpoint": service.endpoint,
        "deployment": service.deployment,
        "sign_in": service.credential,
        "board": config.board,
        "microphone": audio.microphone,
        "speaker": audio.speaker,
        "mode": config.turns.mode,
        "language": audio.language,
    }
    return {name: value for name, value in made.items() if value}


class TriedProofs:
    """Holds the key that was typed, and a sign-in, for as long as somebody tries them. `present`: what is chosen
    already. What the device has goes only to that service, whoever is at the page."""

    def __init__(self, present: Choices) -> None:
        self._present = present
        self._key_file = runtime_folder() / "setup-key"
        self.sign_in_file = runtime_folder() / "setup-sign-in.json"

    def configuration_of(self, choices: Choices) -> tuple[Config, Wrong]:
        """One that can be used, with this key or sign-in, or, without one, with what the device has."""
        config, wrong = with_service(choices)
        if wrong:
            return config, wrong
        if config.service.credential == BY_PERSON and self.sign_in_file.exists():
            tried = replace(config.service, sign_in_file=str(self.sign_in_file))
            return replace(config, service=tried), {}
        if config.service.credential == BY_PERSON:
            return config, {} if self._is_present(config) else {"key": NO_SIGN_IN}
        if config.service.credential != "api-key":
            return config, {}
        if "key" not in choices:
            return config, {} if self._is_present(config) else {"key": NO_KEY}
        try:
            whole.replace(self._key_file, key.checked(choices["key"], "this field"))
        except (Refused, OSError) as error:
            return config, {"key": str(error)}
        return replace(config, service=replace(config.service, api_key_file=str(self._key_file))), {}

    def keep(self) -> None:
        """The sign-in becomes the device's: its user is the one who runs this. Raises OSError."""
        if self.sign_in_file.exists():
            whole.replace(state_folder() / FILE_NAME, self.sign_in_file.read_bytes())

    def _is_present(self, config: Config) -> bool:
        service = config.service
        return all(
            self._present.get(name, "") == value
            for name, value in (("provider", service.provider), ("endpoint", service.endpoint))
        )

    def remove(self) -> None:
        self._key_file.unlink(missing_ok=True)
        self.sign_in_file.unlink(missing_ok=True)


def forget_sign_in() -> None:
    """The device has another proof now. Raises OSError."""
    (state_folder() / FILE_NAME).unlink(missing_ok=True)


async def refusal(config: Config) -> Wrong:
    """What the service says of a session with this configuration; empty: it takes it."""
    proof = auth.credential(config.service)
    try:
        connection = await open_session(config, proof)
    except LinkFailure as failure:
        # whoever reads this page is there already
        said = failure.message.removesuffix(f"; {HOW}")
        return {field_of(failure.code, failure.message): said}
    finally:
        await proof.close()
    await connection.close()
    return {}
