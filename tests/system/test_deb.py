"""The Debian package on a device that boots: installed, brought up to date, removed, purged."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent import __version__

from .conftest import CONFIG
from .machine import Machine
from .packages import newer, package

pytestmark = pytest.mark.system

FILE = "/etc/edge-agent/edge-agent.toml"


def test_the_life_of_a_package(bare: Machine, tmp_path: Path) -> None:
    def tells(*command: str) -> str:
        return bare.run(*command, check=False)

    def comes(state: str) -> None:
        bare.until(lambda: bare.prop("ActiveState") == state, f"the service to be {state}")

    first = package(tmp_path / "checkout")
    second = newer(first, "9.9")
    for deb in (first, second):
        bare.copy_in(deb, "/srv")

    bare.run("dpkg", "--install", f"/srv/{first.name}")
    comes("failed")  # exit 78: it has no service to talk to
    assert tells("systemctl", "is-enabled", "edge-agent") == "enabled"
    assert tells("edge-agent", "--version") == f"edge-agent {__version__}"

    bare.run("/opt/edge-agent/current/bin/python", "-c", "import systemd.journal, pyaudio, onnxruntime")

    bare.write(FILE, CONFIG)
    bare.run("systemctl", "restart", "edge-agent")
    before = bare.prop("MainPID")
    bare.run("dpkg", "--install", f"/srv/{second.name}")
    bare.until(lambda: bare.prop("MainPID") not in (before, "0"), "a restart")
    comes("active")
    assert tells("edge-agent", "--version") == "edge-agent 9.9"
    assert tells("cat", FILE) == CONFIG.strip()

    bare.run("dpkg", "--remove", "edge-agent")
    assert (bare.prop("LoadState"), bare.prop("ActiveState")) == ("not-found", "inactive")
    assert tells("cat", FILE) == CONFIG.strip()
    assert tells("find", "/opt", "-mindepth", "1") == ""

    bare.run("dpkg", "--install", f"/srv/{first.name}")  # again: as if nothing had been
    comes("active")

    bare.run("dpkg", "--purge", "edge-agent")
    assert tells("find", "/etc", "/var/lib", "-name", "*edge-agent*", "-not", "-path", "*/dpkg/*") == ""
    assert tells("getent", "passwd", "edge-agent") == ""
