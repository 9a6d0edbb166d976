"""The installer on a device that boots: a new one, an update, one that goes wrong, back, and gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import CONFIG
from .machine import Machine
from .packages import checkout, wheels

pytestmark = pytest.mark.system

FILE = "/etc/edge-agent/edge-agent.toml"
VERSIONS = {"1.1": False, "1.2": False, "1.3": True}  # whether it is broken


class Device:
    """A machine, and what is asked of it here."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def install(self, version: str, *options: str, wheels: str = "wheels") -> tuple[int, str]:
        """(exit code, what it said) of the installer of a checkout."""
        offline = "env", "PIP_NO_INDEX=1", f"PIP_FIND_LINKS=/srv/{wheels}"
        done = self._machine.call(*offline, f"/srv/{version}/scripts/install", *options)
        return done.returncode, done.stdout + done.stderr

    def tells(self, *command: str) -> str:
        return self._machine.run(*command, check=False)

    @property
    def config(self) -> str:
        return self.tells("cat", FILE)

    @property
    def state(self) -> str:
        return self._machine.prop("ActiveState")

    @property
    def runs(self) -> str:
        """The version that the running service was started from."""
        command = self.tells("cat", f"/proc/{self._machine.prop('MainPID')}/cmdline")
        found = re.search(r"versions/([0-9.]+)-", command)
        return found[1] if found else ""

    @property
    def versions(self) -> list[str]:
        return sorted(name.partition("-")[0] for name in self.tells("ls", "/opt/edge-agent/versions").split())


@pytest.fixture
def device(bare: Machine, tmp_path: Path) -> Device:
    """One with three checkouts, and all that they need of PyPI."""
    made = tmp_path / "srv"
    for version, broken in VERSIONS.items():
        checkout(made / version, version=version, broken=broken)
        bare.copy_in(made / version, "/srv")
    bare.copy_in(wheels(), "/srv")
    bare.run("mv", f"/srv/{wheels().name}", "/srv/wheels")
    return Device(bare)


def test_the_life_of_an_installation(device: Device, bare: Machine) -> None:
    # a new device has no service to talk to: it is installed, says what it lacks, and is not tried again and again
    code, said = device.install("1.1")
    assert code == 0
    assert "install: version 1.1-" in said
    assert "waits for its configuration" in said
    assert "to do: the address of the service" in said
    assert "failed   configuration [service] endpoint is missing" in said  # the doctor
    assert (device.state, device.tells("systemctl", "is-enabled", "edge-agent")) == ("failed", "enabled")
    assert device.tells("edge-agent", "--version") == "edge-agent 1.1"
    assert "# endpoint" in device.config
    bare.run(
        "/opt/edge-agent/current/bin/python", "-c", "import systemd.journal, pyaudio, onnxruntime, lgpio"
    )

    # configured it runs, and an update leaves the configuration alone, and clears what a power cut has left
    bare.write(FILE, CONFIG)
    bare.run("mkdir", "/opt/edge-agent/versions/1.0-20260101T000000Z")
    code, said = device.install("1.2")
    assert (code, device.state, device.runs) == (0, "active", "1.2"), said
    assert device.config == CONFIG.strip()
    assert device.versions == ["1.1", "1.2"]
    enabled = bare.run("readlink", "-f", "/etc/systemd/system/multi-user.target.wants/edge-agent.service")
    assert enabled == "/usr/local/lib/systemd/system/edge-agent.service"  # and no version, which may go

    # what cannot be built changes nothing
    bare.run("sh", "-c", "mkdir /srv/some && ln -s /srv/wheels/lgpio-* /srv/some")
    code, said = device.install("1.1", wheels="some")
    assert (code, device.state, device.runs) == (1, "active", "1.2")
    assert "nothing was changed" in said
    assert device.versions == ["1.1", "1.2"]

    # what does not run is taken back
    code, said = device.install("1.3", "--ready-within", "20")
    assert (code, device.state, device.runs) == (1, "active", "1.2")
    assert "RuntimeError: broken for this test" in said
    assert re.search(r"install: version 1\.2-\S+ runs again$", said, re.M)
    assert device.versions == ["1.1", "1.2"]

    # back by hand
    code, said = device.install("1.2", "--roll-back")
    assert (code, device.state, device.runs) == (0, "active", "1.1")

    # gone, but for what is the owner's
    code, said = device.install("1.2", "--uninstall")
    assert (code, bare.prop("LoadState")) == (0, "not-found")
    assert device.config == CONFIG.strip()
    left = device.tells("find", "/opt/edge-agent", "/usr/local", "/etc/systemd", "-name", "*edge-agent*")
    assert left == ""
