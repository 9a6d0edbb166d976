"""The installer on a device that boots: a new one, an update, one that goes wrong, back, and gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .machine import Machine
from .packages import checkout, wheels

pytestmark = pytest.mark.system

CONFIG = """[service]
endpoint = "http://127.0.0.1:9"
[audio]
backend = "simulated"
[panel]
backend = "none"
"""


class Device:
    """A machine, and what is asked of it here."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.config = machine.path("/etc/edge-agent/edge-agent.toml")

    def install(self, version: str, *options: str, wheels: str = "/srv/wheels") -> tuple[int, str]:
        """(exit code, what it said) of the installer of a checkout."""
        environ = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels}
        done = self._machine.run(f"/srv/{version}/scripts/install", *options, check=False, env=environ)
        return done.returncode, done.stdout + done.stderr

    def tells(self, *command: str) -> str:
        return self._machine.run(*command, check=False).stdout.strip()

    @property
    def state(self) -> str:
        return self.tells("systemctl", "is-active", "edge-agent")

    @property
    def runs(self) -> str:
        """The version that the running service has been started from."""
        pid = self.tells("systemctl", "show", "-P", "MainPID", "edge-agent")
        found = re.search(r"versions/([0-9.]+)-", self.tells("cat", f"/proc/{pid}/cmdline"))
        return found[1] if found else ""

    @property
    def versions(self) -> list[str]:
        return sorted(name.partition("-")[0] for name in self.tells("ls", "/opt/edge-agent/versions").split())


@pytest.fixture
def device(machine: Machine, tmp_path: Path) -> Device:
    """One with three checkouts and all that they need of PyPI."""
    machine.put(wheels(), "/srv/wheels")
    for version, broken in (("1.1", False), ("1.2", False), ("1.3", True)):
        machine.put(checkout(tmp_path / version, version=version, broken=broken), f"/srv/{version}")
    return Device(machine)


def test_the_life_of_an_installation(device: Device) -> None:
    # a new device has no service to talk to: it is installed, says what it lacks, and is not tried again and again
    code, said = device.install("1.1")
    assert code == 0
    assert "install: version 1.1-" in said
    assert "waits for its configuration" in said
    assert "to do: the address of the service" in said
    assert "failed   configuration [service] endpoint is missing" in said  # the doctor
    assert (device.state, device.tells("systemctl", "is-enabled", "edge-agent")) == ("failed", "enabled")
    assert device.tells("edge-agent", "--version") == "edge-agent 1.1"
    assert "# endpoint" in device.config.read_text()

    # configured it runs, and an update leaves the configuration alone, and clears what a power cut has left
    device.config.write_text(CONFIG)
    half = device.config.parents[2] / "opt/edge-agent/versions/1.0-20260101T000000Z"
    half.mkdir()
    code, said = device.install("1.2")
    assert (code, device.state, device.runs) == (0, "active", "1.2"), said
    assert device.config.read_text() == CONFIG
    assert device.versions == ["1.1", "1.2"]

    # what cannot be built changes nothing
    code, said = device.install("1.1", wheels="/nowhere")
    assert (code, device.state, device.runs) == (1, "active", "1.2")
    assert "nothing was changed" in said
    assert device.versions == ["1.1", "1.2"]

    # what does not run is taken back
    code, said = device.install("1.3", "--ready-within", "5")
    assert (code, device.state, device.runs) == (1, "active", "1.2")
    assert "RuntimeError: broken for this test" in said
    assert re.search(r"install: version 1\.2-\S+ runs again$", said, re.M)
    assert device.versions == ["1.1", "1.2"]

    # back by hand
    code, said = device.install("1.2", "--roll-back")
    assert (code, device.state, device.runs) == (0, "active", "1.1")

    # gone, but for what is the owner's
    code, said = device.install("1.2", "--uninstall")
    assert (code, device.tells("systemctl", "show", "-P", "LoadState", "edge-agent")) == (0, "not-found")
    assert device.config.read_text() == CONFIG
    left = device.tells("find", "/opt/edge-agent", "/usr/local", "/etc/systemd", "-name", "*edge-agent*")
    assert left == ""
