"""The Debian package on a device that boots: installed, brought up to date, removed, purged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge_agent import __version__

from .conftest import CONFIG, KEY, simulated_service
from .machine import Machine
from .packages import newer, package

pytestmark = pytest.mark.system

FILE = "/etc/edge-agent/edge-agent.toml"


def megabytes(machine: Machine) -> int:
    """Of all versions, and of the package's files; what is shared counts once."""
    return int(machine.run("du", "-sm", "/opt/edge-agent").split()[0])


def test_the_life_of_a_package(bare: Machine, tmp_path: Path) -> None:
    def tells(*command: str) -> str:
        return bare.run(*command, check=False)

    def comes(state: str) -> None:
        bare.until(lambda: bare.prop("ActiveState") == state, f"the service to be {state}")

    first = package(tmp_path / "checkout")
    second = newer(first, "9.8")
    bad = newer(first, "9.9", broken=True)
    for deb in (first, second, bad):
        bare.copy_in(deb, "/srv")

    said = bare.run("dpkg", "--install", f"/srv/{first.name}")
    assert "edge-agent: to do: the address of the service, in /etc/edge-agent/edge-agent.toml" in said
    comes("failed")  # exit 78: it has no service to talk to
    assert tells("systemctl", "is-enabled", "edge-agent") == "enabled"
    assert tells("edge-agent", "--version") == f"edge-agent {__version__}"

    bare.run(
        "/opt/edge-agent/current/bin/python",
        "-c",
        "import systemd.journal, pyaudio, onnxruntime, pymicro_wakeword, numpy; numpy.quantile([1.0], 0.5)",
    )
    assert megabytes(bare) <= 130
    assert int(tells("sh", "-c", "find /opt/edge-agent/package -name '*.pyc' | wc -l")) > 1000

    simulated_service(bare)
    bare.write(FILE, CONFIG)
    assert "edge-agent restarts with it" in bare.run("edge-agent", "key", "set", text=KEY)
    comes("active")
    before = bare.prop("MainPID")
    said = bare.run("dpkg", "--install", f"/srv/{second.name}")
    assert said.splitlines()[-1] == "edge-agent: idle: talk to it"
    assert bare.prop("MainPID") not in (before, "0")
    assert tells("edge-agent", "--version") == "edge-agent 9.8"
    assert tells("cat", FILE) == CONFIG.strip()
    assert megabytes(bare) <= 145  # of two versions

    # one that does not run is rolled back, though dpkg has replaced its files
    said = bare.run("dpkg", "--install", f"/srv/{bad.name}")
    assert re.search(r"^edge-agent: version 9\.9-\S+ does not become ready:$", said, re.M)
    assert "RuntimeError: broken for this test" in said
    assert (bare.prop("ActiveState"), tells("edge-agent", "--version")) == ("active", "edge-agent 9.8")

    # and by hand
    assert f"version {__version__}" in bare.run("edge-agent", "roll-back")
    assert (bare.prop("ActiveState"), tells("edge-agent", "--version")) == (
        "active",
        f"edge-agent {__version__}",
    )

    bare.run("dpkg", "--remove", "edge-agent")
    assert (bare.prop("LoadState"), bare.prop("ActiveState")) == ("not-found", "inactive")
    assert tells("cat", FILE) == CONFIG.strip()
    assert tells("find", "/opt", "-mindepth", "1") == ""

    bare.run("dpkg", "--install", f"/srv/{first.name}")  # again: as if nothing had been
    comes("active")

    bare.run("dpkg", "--purge", "edge-agent")
    assert tells("find", "/etc", "/var/lib", "-name", "*edge-agent*", "-not", "-path", "*/dpkg/*") == ""
    assert tells("getent", "passwd", "edge-agent") == ""
