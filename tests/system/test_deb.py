"""The Debian package on a device that boots: installed, brought up to date, removed, purged."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent import __version__

from .machine import Machine
from .packages import newer, package
from .test_install import CONFIG

pytestmark = pytest.mark.system


def test_the_life_of_a_package(machine: Machine, tmp_path: Path) -> None:
    def tells(*command: str) -> str:
        return machine.run(*command, check=False).stdout.strip()

    def state() -> str:
        return tells("systemctl", "is-active", "edge-agent")

    first = package(tmp_path / "checkout")
    machine.put(first, "/srv/first.deb")
    machine.put(newer(first, "9.9"), "/srv/second.deb")
    config = machine.path("/etc/edge-agent/edge-agent.toml")

    machine.run("dpkg", "--install", "/srv/first.deb")
    machine.wait_until(lambda: state() == "failed")  # exit 78: it has no service to talk to
    assert tells("systemctl", "is-enabled", "edge-agent") == "enabled"
    assert tells("edge-agent", "--version") == f"edge-agent {__version__}"

    config.write_text(CONFIG)
    machine.run("systemctl", "restart", "edge-agent")
    before = tells("systemctl", "show", "-P", "MainPID", "edge-agent")
    machine.run("dpkg", "--install", "/srv/second.deb")
    machine.wait_until(lambda: state() == "active")
    assert tells("systemctl", "show", "-P", "MainPID", "edge-agent") != before
    assert tells("edge-agent", "--version") == "edge-agent 9.9"
    assert config.read_text() == CONFIG

    machine.run("dpkg", "--remove", "edge-agent")
    assert tells("systemctl", "show", "-P", "LoadState,ActiveState", "edge-agent").split() == [
        "not-found",
        "inactive",
    ]
    assert config.read_text() == CONFIG
    assert tells("ls", "/opt") == ""

    machine.run("dpkg", "--install", "/srv/first.deb")  # again: as if nothing had been
    machine.wait_until(lambda: state() == "active")

    machine.run("dpkg", "--purge", "edge-agent")
    assert not config.parent.exists()
    assert tells("find", "/etc/systemd", "/var/lib", "-name", "edge-agent*") == ""
    assert tells("getent", "passwd", "edge-agent") == ""
