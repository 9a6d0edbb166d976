"""What the page left for root is taken over whole, and nothing else that lies there."""

from __future__ import annotations

import os
import sys
from itertools import islice
from pathlib import Path

import pytest

from edge_agent.config import load
from edge_agent.install.card_file import card_text
from edge_agent.install.first_boot import FILES, CardTarget
from edge_agent.install.from_page import LARGEST, take_over
from edge_agent.install.process import Refused
from edge_agent.setup.fitting import choices_of

PROGRAM = str(Path(sys.executable).with_name("edge-agent"))
CHOSEN = {
    "provider": "azure",
    "endpoint": "https://kiosk.openai.azure.com",
    "deployment": "mine",
    "key": "0123456789abcdef",
    "board": "usb",
    "microphone": "Desk: mic",
    "mode": "hands-free",
    "language": "ja",
}


@pytest.fixture
def device(tmp_path: Path) -> CardTarget:
    (tmp_path / "run").mkdir()
    return CardTarget(tmp_path / "root", PROGRAM)


def left(folder: Path, text: str) -> Path:
    file = folder / "run" / FILES[0]
    file.write_text(text)
    return file.parent


@pytest.mark.realtime
def test_what_was_chosen_is_the_configuration_and_the_key(tmp_path: Path, device: CardTarget) -> None:
    folder = left(tmp_path, card_text(CHOSEN))
    assert list(take_over(folder, device)) == ["configured", "wrote the key"]
    config, problems = load(device.config, environ={})
    assert problems == []
    assert (config.service.endpoint, config.service.deployment) == (CHOSEN["endpoint"], "mine")
    assert (config.board, config.audio.microphone, config.audio.language) == ("usb", "Desk: mic", "ja")
    assert config.turns.mode == "hands-free"
    assert device.key.read_text() == f"{CHOSEN['key']}\n"
    assert list(folder.iterdir()) == []
    assert list(take_over(folder, device)) == []


@pytest.mark.realtime
def test_a_power_cut_in_the_middle_leaves_whole_files_and_a_page_that_knows_them(
    tmp_path: Path, device: CardTarget
) -> None:
    assert list(islice(take_over(left(tmp_path, card_text(CHOSEN)), device), 1)) == ["configured"]
    config, problems = load(device.config, environ={})
    assert problems == []
    assert not device.key.exists()
    known = {name: value for name, value in CHOSEN.items() if name != "key"}
    assert dict(choices_of(config)) == {**known, "sign_in": "api-key"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("user = me\nuser_password = let me in\n", "user cannot be set by the page"),
        ("wifi_name = Home\nwifi_country = DE\n", "wifi_country cannot be set by the page"),
        ("provider = azure\nkey = 0123456789abcdef\n", "provider needs a line endpoint"),
        ("endpoint = nowhere\n", "must start with https://"),
        (f"key = {'x' * LARGEST}\n", "is too large"),
    ],
)
def test_what_the_page_cannot_have_left_changes_nothing(
    tmp_path: Path, device: CardTarget, text: str, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        list(take_over(left(tmp_path, text), device))
    assert not (tmp_path / "root").exists()


def test_only_a_plain_file_is_read(tmp_path: Path, device: CardTarget) -> None:
    secret = tmp_path / "secret"
    secret.write_text("endpoint = https://kiosk.openai.azure.com\n")
    file = tmp_path / "run" / FILES[0]
    for make in (file.symlink_to, file.hardlink_to, lambda _: os.mkfifo(file), lambda _: file.mkdir()):
        make(secret)
        with pytest.raises(Refused, match=r"not a plain file|cannot be read"):
            list(take_over(file.parent, device))
        file.rmdir() if file.is_dir() else file.unlink()
    assert secret.exists()
    assert not (tmp_path / "root").exists()
