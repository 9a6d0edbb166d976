"""Where choices go: into a file for root, or, where the user owns them, into configuration and key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..config.first_configuration import first_configuration
from ..files import whole
from ..install import key
from ..install.card_file import card_text
from .choices import Choices
from .fitting import configuration_of

KEY_NAME = "api-key"


def for_root(file: Path, choices: Choices) -> None:
    """As the card of a new device has them. Raises OSError."""
    whole.replace(file, card_text(choices))


def for_user(file: Path, choices: Choices) -> None:
    """The configuration, and the key beside it. Raises OSError."""
    config, _ = configuration_of(choices)
    key_file = file.absolute().with_name(KEY_NAME)
    if "key" in choices:
        whole.replace(key_file, key.checked(choices["key"], "the page"))
        config = replace(config, service=replace(config.service, api_key_file=str(key_file)))
    whole.replace(file, f"{first_configuration(config, (), {})}\n")
