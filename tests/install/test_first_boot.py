"""What was written on the card is taken over whole and wiped, or stays, with a note beside it."""

from __future__ import annotations

import grp
import os
import pwd
import sys
from itertools import islice
from pathlib import Path

import pytest

from edge_agent.config import load
from edge_agent.install.first_boot import FILES, NOTE, CardTarget, main, take_over
from edge_agent.install.process import Refused

PROGRAM = str(Path(sys.executable).with_name("edge-agent"))
NETWORK = "wifi_name = Home\r\nwifi_password = hunter22\r\n"
KEY = "key = 0123456789abcdef\r\n"
USER = "user = kiosk-keeper\r\nuser_password = let me in\r\n"
NEW = f"endpoint = https://kiosk.openai.azure.com\r\nboard = usb\r\n{KEY}{NETWORK}"


class Card:
    """Its partition that any laptop reads, and the device it is in."""

    def __init__(self, folder: Path) -> None:
        self.boot, self.root = folder / "boot", folder / "root"
        self.boot.mkdir()
        self.device = CardTarget(self.root, PROGRAM)

    def write(self, text: str, name: str = FILES[0]) -> Path:
        file = self.boot / name
        file.write_bytes(text.encode())
        return file

    def take_over(self, steps: int = 99) -> list[str]:
        """The power fails after so many."""
        return list(islice(take_over(self.boot, self.device), steps))

    def use(self) -> str:
        """It has a configuration: this."""
        text = '[service]\nendpoint = "https://kiosk.openai.azure.com"\n'
        self.device.config.parent.mkdir(parents=True)
        self.device.config.write_text(text)
        return text

    @property
    def files(self) -> list[str]:
        return sorted(file.name for file in self.boot.iterdir())

    @property
    def note(self) -> str:
        return (self.boot / NOTE).read_bytes().decode()

    @property
    def taken(self) -> dict[str, str]:
        return {file.name: file.read_text() for file in self.root.rglob("*") if file.is_file()}


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path)


@pytest.fixture
def passwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the programs for users are told. The real ones would change this machine."""
    told = tmp_path / "told"
    for name in ("useradd", "usermod", "chpasswd"):
        program = tmp_path / "programs" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho {name} "$@" >>{told}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    return told


@pytest.mark.realtime
@pytest.mark.parametrize("name", FILES)
def test_a_new_device(card: Card, name: str) -> None:
    file = card.write(NEW, name)
    os.link(file, card.root.parent / "same blocks")
    assert card.take_over() == ["configured", "wrote the key", "wrote the Wi-Fi network", f"wiped {file}"]
    config, problems = load(card.device.config, environ={})
    assert (config.service.endpoint, config.board, problems) == ("https://kiosk.openai.azure.com", "usb", [])
    assert card.device.key.read_text() == "0123456789abcdef\n"
    assert [file.stat().st_mode & 0o777 for file in (card.device.key, card.device.wifi)] == [0o600, 0o600]
    assert "hunter22" not in "".join(card.taken.values())  # only the key made of it
    assert card.files == []
    assert (card.root.parent / "same blocks").read_bytes() == bytes(len(NEW))


def test_a_power_cut_after_any_step_loses_nothing(card: Card) -> None:
    card.use()
    text = KEY + NETWORK
    for cut in range(3):
        card.write(text)
        assert len(card.take_over(cut)) == cut
        assert card.files == [FILES[0]]
    assert len(card.take_over()) == 3
    assert card.files == []
    assert sorted(card.taken) == ["edge-agent.api-key", "edge-agent.toml", "wpa_supplicant-wlan0.conf"]


@pytest.mark.realtime
def test_a_power_cut_after_a_key_of_openai_has_configured_it(card: Card) -> None:
    card.write(KEY)
    assert card.take_over(1) == ["configured"]
    assert card.take_over()[0] == "wrote the key"
    assert load(card.device.config, environ={})[0].service.provider == "openai"


@pytest.mark.realtime
def test_a_power_cut_after_any_step_with_openai_a_board_and_a_user_loses_nothing(
    card: Card, passwd: Path
) -> None:
    steps = ["configured", "wrote the key", "wrote the Wi-Fi network", "kiosk-keeper may log in"]
    for cut in range(5):
        file = card.write(f"board = usb\r\n{KEY}{NETWORK}{USER}")
        assert card.take_over(cut) == steps[:cut]
    assert card.take_over() == [*steps, f"wiped {file}"]
    config, problems = load(card.device.config, environ={})
    assert (config.service.provider, config.board, problems) == ("openai", "usb", [])
    assert card.files == []
    assert passwd.read_text().splitlines()[-3:] == [
        "useradd --create-home --shell /bin/bash kiosk-keeper",
        "usermod --append --groups sudo,edge-agent,systemd-journal kiosk-keeper",
        "chpasswd",
    ]


def test_a_board_without_an_endpoint_is_refused_on_a_device_of_azure(card: Card) -> None:
    before = card.use()
    card.write(f"board = usb\n{KEY}")
    with pytest.raises(Refused):
        card.take_over()
    assert "line 1: board needs a line endpoint = ..." in card.note
    assert card.device.config.read_text() == before


def test_a_new_network_keeps_the_country_of_the_one_before(card: Card) -> None:
    for country, kept in (("wifi_country = de\r\n", "DE"), ("", "DE"), ("wifi_country = GB\r\n", "GB")):
        card.write(NETWORK + country)
        card.take_over()
        assert f"\ncountry={kept}\n" in card.device.wifi.read_text()


def test_who_is_there_with_another_number_or_is_only_a_group_gets_no_password(card: Card) -> None:
    people = {user.pw_name for user in pwd.getpwall()}
    groups = [group.gr_name for group in grp.getgrall() if group.gr_name not in people]
    for name in ("nobody", groups[0]):
        card.write(f"{NETWORK}user = {name}\nuser_password = let me in\n")
        with pytest.raises(Refused):
            card.take_over()
        assert "line 3: user names a user or a group of the system; choose another name" in card.note
    assert card.taken == {}


def test_a_device_that_is_in_use_gets_a_new_network_or_a_new_key(card: Card) -> None:
    before = card.use()
    for text in (NETWORK, KEY):
        card.write(text)
        card.take_over()
    assert sorted(card.taken) == ["edge-agent.api-key", "edge-agent.toml", "wpa_supplicant-wlan0.conf"]
    assert card.device.config.read_text() == before


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kay = 1", "line 1: 'kay' is not known here; did you mean 'key'?"),
        ("endpoint = kiosk.openai.azure.com", "line 1: endpoint must start with https://"),
        ("\nendpoint = https://NAME.openai.azure.com", "line 2: endpoint is only an example; replace NAME"),
        (f"{KEY}board = usbb", "line 2: board is not a known board; did you mean 'usb'?"),
        (f"board = sk-S3cret\n{KEY}", "line 1: board is not a known board; choose from "),
        ("board = usb", "line 1: board needs a line endpoint = ..."),
        ("deployment = mine", "line 1: deployment needs a line endpoint = ..."),
        (
            "user = root\nuser_password = let me in",
            "line 1: user names a user or a group of the system; choose another name",
        ),
    ],
)  # fmt: skip
def test_with_anything_wrong_all_of_it_stays_and_a_note_says_what(
    card: Card, text: str, complaint: str
) -> None:
    file = card.write(f"{text}\n")
    with pytest.raises(Refused, match=FILES[0]):
        card.take_over()
    assert file.read_bytes().decode() == f"{text}\n"
    assert card.files == sorted([FILES[0], NOTE])
    os.link(card.boot / NOTE, card.root.parent / "same blocks")
    head, *lines = card.note.split("\r\n")
    assert head == "edge-agent.txt was not taken over. Correct this, and start the device again:"
    assert [line[: len(complaint)] for line in lines] == [complaint, ""]
    assert card.taken == {}
    card.write(NETWORK)
    card.take_over()
    assert card.files == []  # nor the note
    assert not (card.root.parent / "same blocks").read_bytes().strip(b"\0")


def test_a_step_that_fails_leaves_the_file_and_says_so(card: Card) -> None:
    card.use()
    card.write(KEY + NETWORK)
    card.device.wifi.parent.mkdir(parents=True)
    (card.device.wifi.with_suffix(".new")).mkdir()  # in its way
    with pytest.raises(Refused, match=f"was not taken over: see {NOTE} on the card$"):
        card.take_over()
    assert "cannot be written (Is a directory)" in card.note
    assert card.files == sorted([FILES[0], NOTE])


def test_a_note_that_cannot_be_written_is_said(card: Card) -> None:
    file = card.write("S3cret: pass")
    (card.boot / NOTE).with_suffix(".new").mkdir()  # in its way
    with pytest.raises(Refused) as refused:
        card.take_over()
    assert str(refused.value) == (
        f"{file} was not taken over, and {NOTE} cannot be written beside it (Is a directory)"
    )


def test_nothing_is_there_or_nobody_has_filled_it_in(card: Card, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(card.boot)]) == 0
    card.write("endpoint =\nkey =\n")
    assert main([str(card.boot)]) == 0
    assert card.files == [FILES[0]]
    card.write("kay =\n")
    assert main([str(card.boot)]) == 1
    file = card.boot / FILES[0]
    assert capsys.readouterr().err == f"first boot: {file} was not taken over: see {NOTE} on the card\n"
