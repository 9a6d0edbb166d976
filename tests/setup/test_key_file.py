"""Which key is tried: the one that was typed, and the device's own only with the service that it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.files.whole import contents
from edge_agent.setup.fitting import BY_PERSON, NO_KEY, NO_SIGN_IN, TriedProofs, choices_of, configuration_of

OURS, THEIRS = "https://kiosk.openai.azure.com", "https://elsewhere.example"


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TriedProofs:
    """Of a device that has one for OURS."""
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    return TriedProofs(choices_of(configuration_of({"endpoint": OURS})[0]))


def test_the_key_of_the_device_goes_nowhere_else(key: TriedProofs) -> None:
    assert key.configuration_of({"endpoint": OURS, "mode": "button"})[1] == {}
    for other in (
        {"endpoint": THEIRS},
        {"provider": "openai"},
        {"provider": "azure-voice-live", "endpoint": OURS},
    ):
        assert key.configuration_of(other)[1] == {"key": NO_KEY}
    assert key.configuration_of({"endpoint": THEIRS, "sign_in": "managed-identity"})[1] == {}


def test_neither_does_the_sign_in_of_the_device(key: TriedProofs) -> None:
    by_person = {"endpoint": THEIRS, "sign_in": BY_PERSON}
    assert key.configuration_of(by_person)[1] == {"key": NO_SIGN_IN}
    assert key.configuration_of(by_person | {"endpoint": OURS})[1] == {}
    key.sign_in_file.write_text("{}")
    config, wrong = key.configuration_of(by_person)
    assert (config.service.sign_in_file, wrong) == (str(key.sign_in_file), {})


def test_one_that_was_typed_goes_where_it_was_typed_for(key: TriedProofs) -> None:
    config, wrong = key.configuration_of({"endpoint": THEIRS, "key": "typed"})
    assert wrong == {}
    file = Path(config.service.api_key_file)
    assert contents(file) == "typed\n"
    key.remove()
    assert not file.exists()
