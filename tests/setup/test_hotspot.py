"""The device's own Wi-Fi, as far as it goes without a radio: what NetworkManager is told, and when."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_agent.install import hotspot
from edge_agent.install.card_file import card_text
from edge_agent.install.first_boot import FILES, CardTarget
from edge_agent.install.from_page import take_over
from edge_agent.install.process import Refused
from edge_agent.install.service import SETUP
from edge_agent.install.share import CHECKOUT
from edge_agent.setup.own_wifi import opened

DEVICES = "eth0:ethernet:unavailable\nwlan0:wifi:disconnected\nlo:loopback:unmanaged\n"
NETWORKS = "Home\nCaf\u00e9\\: guests\n\nHome\n"
# in place of NetworkManager's program, which a machine without it does not have
NMCLI = """#!/bin/sh
echo "$@" >>"$TOLD/told"
case "$*" in
  general) exit "$(cat "$TOLD/runs")" ;;
  *" device") cat "$TOLD/devices" ;;
  *"wifi list") cat "$TOLD/networks" ;;
  *"connection up"*) echo "Error: no device" >&2; exit "$(cat "$TOLD/up")" ;;
esac
"""


class Radio:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.root = folder, folder / "root"
        programs = folder / "programs"
        programs.mkdir()
        for name, text in (("nmcli", NMCLI), ("nm-online", '#!/bin/sh\nexit "$(cat "$TOLD/online")"\n')):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        monkeypatch.setenv("TOLD", str(folder))
        address = self.root / "sys/class/net/wlan0/address"
        address.parent.mkdir(parents=True)
        address.write_text("dc:a6:32:01:1a:2b\n")
        self.say(runs="0", online="1", up="0", devices=DEVICES, networks=NETWORKS)

    def say(self, **answers: str) -> None:
        for name, text in answers.items():
            (self.folder / name).write_text(text)

    @property
    def own(self) -> Path:
        return self.root / hotspot.OWN_FILE.relative_to("/")

    @property
    def joined(self) -> Path:
        return self.root / hotspot.JOINED_FILE.relative_to("/")

    @property
    def told(self) -> list[str]:
        return (self.folder / "told").read_text().splitlines()


@pytest.fixture
def radio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Radio:
    return Radio(tmp_path, monkeypatch)


def test_it_is_opened_where_there_is_no_other_network(radio: Radio) -> None:
    assert hotspot.up(radio.folder, radio.root) == "edge-agent-1a2b"
    own_wifi = opened(radio.folder)
    assert own_wifi
    assert own_wifi.networks == ("Home", "Caf\u00e9: guests")
    assert len(own_wifi.code) == 8
    assert own_wifi.code.isdigit()
    text = radio.own.read_text()
    assert "mode=ap\n" in text
    assert "method=shared\n" in text
    assert own_wifi.code not in text  # only the key made of it
    assert radio.own.stat().st_mode & 0o777 == 0o600
    assert radio.told[-1] == "--wait 30 connection up edge-agent-setup ifname wlan0"
    hotspot.down(radio.root)
    assert not radio.own.exists()


@pytest.mark.parametrize(
    "answers",
    [{"runs": "8"}, {"online": "0"}, {"devices": "eth0:ethernet:connected\nwlan0:wifi:unmanaged\n"}],
)
def test_it_is_not_opened_where_it_is_not_needed_or_cannot_be(radio: Radio, answers: dict[str, str]) -> None:
    radio.say(**answers)
    assert hotspot.up(radio.folder, radio.root) == ""
    assert not radio.own.exists()
    assert opened(radio.folder) is None
    hotspot.down(radio.root)


def test_the_page_can_read_its_code_and_nobody_else(radio: Radio) -> None:
    """Without root changing the owner of what lies in a folder of somebody else."""
    hotspot.up(radio.folder, radio.root)
    assert (radio.folder / hotspot.TOLD).stat().st_mode & 0o777 == 0o644
    assert "\nRuntimeDirectoryMode=0700\n" in (CHECKOUT / "systemd" / SETUP).read_text()


def test_one_that_does_not_come_up_leaves_nothing(radio: Radio) -> None:
    radio.say(up="4")
    with pytest.raises(Refused, match="no device"):
        hotspot.up(radio.folder, radio.root)
    assert not radio.own.exists()
    assert opened(radio.folder) is None


def test_the_network_that_was_chosen_is_joined_from_now_on(radio: Radio) -> None:
    chosen = {"wifi_name": 'Caf\u00e9 "1"', "wifi_password": "hunter22"}
    (radio.folder / FILES[0]).write_text(card_text(chosen))
    assert list(take_over(radio.folder, CardTarget(radio.root))) == ["wrote the Wi-Fi network"]
    text = radio.joined.read_text()
    assert f"ssid={''.join(f'{byte};' for byte in chosen['wifi_name'].encode())}\n" in text
    assert "autoconnect=true\n" in text
    assert "hunter22" not in text
    assert radio.told[-1] == f"connection load {radio.joined}"


def test_without_network_manager_no_network_is_taken_over(radio: Radio) -> None:
    radio.say(runs="8")
    (radio.folder / FILES[0]).write_text(card_text({"wifi_name": "Home"}))
    with pytest.raises(Refused, match="not NetworkManager's"):
        list(take_over(radio.folder, CardTarget(radio.root)))
    assert not radio.joined.exists()
