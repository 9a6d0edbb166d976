"""The Debian package on a device that boots: installed, brought up to date, removed, purged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent import __version__

from . import tree
from .conftest import CONFIG, KEY, simulated_service
from .machine import Machine
from .packages import newer, package

pytestmark = pytest.mark.system

FILE = "/etc/edge-agent/edge-agent.toml"


def megabytes(machine: Machine) -> int:
    """Of all versions, and of the package's files; what is shared counts once."""
    return int(machine.run("du", "-sm", "/opt/edge-agent").split()[0])


@pytest.fixture(params=[tree.SUITE, "trixie"])
def plain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    """Of Debian 12, or 13."""
    debian = tree.build() if request.param == tree.SUITE else tree.build_plain(request.param)
    with Machine(debian, tmp_path / "boot.log") as made:
        made.run("rm", "-rf", "/opt/edge-agent")
        yield made


def test_the_life_of_a_package(plain: Machine, tmp_path: Path) -> None:
    def tells(*command: str) -> str:
        return plain.run(*command, check=False)

    def comes(state: str) -> None:
        plain.until(lambda: plain.prop("ActiveState") == state, f"the service to be {state}")

    python = tells("python3", "--version").removeprefix("Python ").rpartition(".")[0]
    first = package(tmp_path / "checkout", python)
    second = newer(first, "9.8")
    bad = newer(first, "9.9", broken=True)
    for deb in (first, second, bad):
        plain.copy_in(deb, "/srv")

    said = plain.run("dpkg", "--install", f"/srv/{first.name}")
    assert "edge-agent: to do: the address of the service, in /etc/edge-agent/edge-agent.toml" in said
    comes("failed")  # exit 78: it has no service to talk to
    assert tells("systemctl", "is-enabled", "edge-agent") == "enabled"
    assert tells("edge-agent", "--version") == f"edge-agent {__version__}"

    plain.run(
        "/opt/edge-agent/current/bin/python",
        "-c",
        "import systemd.journal, pyaudio, onnxruntime, pymicro_wakeword, numpy; numpy.quantile([1.0], 0.5);"
        "from edge_agent.doctor.acoustics import speech_like; speech_like(20)",
    )
    assert megabytes(plain) <= 130
    assert int(tells("sh", "-c", "find /opt/edge-agent/package -name '*.pyc' | wc -l")) > 1000

    simulated_service(plain)
    plain.write(FILE, CONFIG)
    assert "edge-agent restarts with it" in plain.run("edge-agent", "key", "set", text=KEY)
    comes("active")
    assert "Couldn't read inherited credential" not in tells(
        "journalctl", "--no-pager"
    )  # Debian 13's systemd
    before = plain.prop("MainPID")
    said = plain.run("dpkg", "--install", f"/srv/{second.name}")
    assert said.splitlines()[-1] == "edge-agent: idle: talk to it"
    assert plain.prop("MainPID") not in (before, "0")
    assert tells("edge-agent", "--version") == "edge-agent 9.8"
    assert tells("cat", FILE) == CONFIG.strip()
    assert megabytes(plain) <= 145  # of two versions

    # on the card there is a user for maintenance
    plain.write("/boot/firmware/edge-agent.txt", "user = service\r\nuser_password = let me in\r\n")
    take_over = ("-I", "-m", "edge_agent.install.first_boot", "/boot/firmware")
    said = plain.run("/opt/edge-agent/current/bin/python", *take_over)
    assert said == "first boot: service may log in\nfirst boot: wiped /boot/firmware/edge-agent.txt"
    assert {"sudo", "edge-agent"} <= set(tells("id", "--name", "--groups", "service").split())
    assert tells("ls", "/boot/firmware") == ""

    # one that does not run is rolled back, though dpkg has replaced its files
    said = plain.run("dpkg", "--install", f"/srv/{bad.name}")
    assert re.search(r"^edge-agent: version 9\.9-\S+ does not become ready:$", said, re.M)
    assert "RuntimeError: broken for this test" in said
    assert (plain.prop("ActiveState"), tells("edge-agent", "--version")) == ("active", "edge-agent 9.8")

    # and by hand
    assert f"version {__version__}" in plain.run("edge-agent", "roll-back")
    assert (plain.prop("ActiveState"), tells("edge-agent", "--version")) == (
        "active",
        f"edge-agent {__version__}",
    )

    plain.run("dpkg", "--remove", "edge-agent")
    assert (plain.prop("LoadState"), plain.prop("ActiveState")) == ("not-found", "inactive")
    assert tells("cat", FILE) == CONFIG.strip()
    assert tells("find", "/opt", "-mindepth", "1") == ""

    plain.run("dpkg", "--install", f"/srv/{first.name}")  # again: as if nothing had been
    comes("active")

    plain.run("dpkg", "--purge", "edge-agent")
    assert tells("find", "/etc", "/var/lib", "-name", "*edge-agent*", "-not", "-path", "*/dpkg/*") == ""
    assert tells("getent", "passwd", "edge-agent") == ""
