"""The installer on a device that boots: a new one, an update, one that goes wrong, back, and gone."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from edge_agent.install.key import PROMPT

from ..markdown import DOCS, blocks
from .conftest import CONFIG, KEY, SERVICE_PORT, simulated_service
from .machine import Machine
from .packages import checkout, wheels
from .terminal import Terminal

pytestmark = pytest.mark.system

FILE = "/etc/edge-agent/edge-agent.toml"
KEY_FILE = "/etc/credstore/edge-agent.api-key"
WRONG_KEY = "a-key-that-the-service-refuses"
# the way of the installer once a version is built, which ends at a step
CUT = """
import os, signal, sys
from edge_agent.install.changeover import change_over
from edge_agent.install.home import Home
from edge_agent.install.service import Systemd
for step in change_over(Home(), Systemd(), sys.argv[1]):
    if step == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
"""
VERSIONS = {"1.1": False, "1.2": False, "1.3": True}  # whether it is broken


class Device:
    """A machine, and what is asked of it here."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def install(self, version: str, *options: str, wheels: str = "all wheels") -> tuple[int, str]:
        """(exit code, what it said) of the installer of a checkout."""
        changes = (
            () if options[:1] in (("--roll-back",), ("--uninstall",)) else ("--wheels", f"/srv/{wheels}")
        )
        done = self._machine.call(f"/srv/{version}/scripts/install", *options, *changes)
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
    bare.run("mv", f"/srv/{wheels().name}", "/srv/all wheels")
    return Device(bare)


def documented(beginning: str) -> str:
    """The command in docs/install.md that begins so."""
    lines = [line for block in blocks(DOCS / "install.md") for line in block.splitlines()]
    return next(line.partition("#")[0].strip() for line in lines if line.startswith(beginning))


def bad_version(machine: Machine, name: str) -> str:
    """Built like the current one, but its program only fails."""
    folder = f"/opt/edge-agent/versions/{name}"
    machine.run("cp", "-al", "/opt/edge-agent/current/", folder)
    machine.run("rm", f"{folder}/bin/edge-agent", f"{folder}/proven", f"{folder}/complete")
    machine.write(f"{folder}/bin/edge-agent", "#!/bin/sh\nexit 1\n", 0o755)
    return name


def cut_after(machine: Machine, step: str, version: str) -> None:
    done = machine.call("/opt/edge-agent/current/bin/python", "-I", "-c", CUT, version, step)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


def test_the_life_of_an_installation(device: Device, bare: Machine) -> None:
    # a new device has no service to talk to: it is installed, says what it lacks, and is not tried again and again
    code, said = device.install("1.1")
    assert code == 0
    assert "install: version 1.1-" in said
    assert "waits for its configuration" in said
    assert "to do: the address of the service" in said
    assert "to do: its key, if it takes one: sudo edge-agent key set" in said
    assert "failed   configuration: [service] endpoint is missing" in said  # the doctor
    assert (device.state, device.tells("systemctl", "is-enabled", "edge-agent")) == ("failed", "enabled")
    assert device.tells("edge-agent", "--version") == "edge-agent 1.1"
    assert "# endpoint" in device.config
    bare.run(
        "/opt/edge-agent/current/bin/python",
        "-c",
        "import systemd.journal, pyaudio, onnxruntime, pymicro_wakeword, lgpio",
    )

    # as docs/install.md has it, typed by somebody who may use sudo: the key is asked for, tried, and seen nowhere
    simulated_service(bare)
    bare.run("mkdir", "/opt/edge-agent/versions/1.0-20260101T000000Z")  # what a power cut has left
    bare.run("useradd", "--create-home", "--shell", "/bin/bash", "pi")
    bare.write("/etc/sudoers.d/pi", "pi ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    with Terminal(bare, "pi") as terminal:
        terminal.command("cd /srv/1.2")
        first, later = documented("sudo ./scripts/install --endpoint"), documented("sudo edge-agent key set")
        endpoint = first.replace("https://NAME.openai.azure.com", f"http://127.0.0.1:{SERVICE_PORT}")
        terminal.command(f"{endpoint} --replace --wheels '/srv/all wheels'")
        terminal.until(PROMPT)
        terminal.type(WRONG_KEY)
        terminal.until("install: wrote the key into /etc/credstore/edge-agent.api-key")
        terminal.until("failed   session")
        terminal.until("install: pi may talk to the device from the next login on (group edge-agent)")
        terminal.until("install: fault: it runs, but\ninstall:   link-unauthorized: ")
        terminal.until("install:   microphone-missing: ")
        terminal.command(later)
        terminal.until(PROMPT)
        terminal.type(KEY)
        terminal.until("edge-agent restarts with it")
        terminal.command("history -a; echo $?")
        terminal.until("\n0\n")
    assert bare.run("stat", "-c", "%U %a", KEY_FILE) == "root 600"
    assert device.tells("cat", KEY_FILE) == KEY
    everywhere = terminal.seen + device.tells("journalctl", "--output=export", "--no-pager")
    everywhere += device.tells("cat", "/home/pi/.bash_history")
    assert "scripts/install" in everywhere
    assert [key for key in (KEY, WRONG_KEY) if key in everywhere] == []
    bare.write(FILE, CONFIG)
    bare.run("systemctl", "restart", "edge-agent")
    assert (device.state, device.runs) == ("active", "1.2")
    assert device.versions == ["1.1", "1.2"]
    enabled = bare.run("readlink", "-f", "/etc/systemd/system/multi-user.target.wants/edge-agent.service")
    assert enabled == "/usr/local/lib/systemd/system/edge-agent.service"  # and no version, which may go

    # what cannot be built changes nothing
    bare.run("sh", "-c", "mkdir /srv/some && ln -s '/srv/all wheels'/lgpio-* /srv/some")
    code, said = device.install("1.1", wheels="some")
    assert (code, device.state, device.runs) == (1, "active", "1.2")
    assert "nothing was changed" in said
    assert device.versions == ["1.1", "1.2"]

    # what does not run is taken back
    code, said = device.install("1.3", "--ready-within", "20")
    assert (code, device.state, device.runs) == (1, "active", "1.2")
    assert "RuntimeError: broken for this test" in said
    assert re.search(r"^install: version 1\.3-\S+ does not become ready:$", said, re.M)
    assert re.search(r"^install: version 1\.2-\S+ runs again$", said, re.M)
    assert device.versions == ["1.1", "1.2"]
    assert device.config == CONFIG.strip()
    assert said.endswith("install: idle: talk to it\n")

    # the power fails on the way to one that does not run
    for number, step in enumerate(("swapped the link", "started")):
        cut_after(bare, step, bad_version(bare, f"1.4-{number}"))
        bare.run("systemctl", "restart", "--no-block", "edge-agent")  # as a boot does
        bare.until(lambda: device.state == "active" and device.runs == "1.2", f"1.2 after {step!r}", 60)
        assert "runs again" in device.tells("journalctl", "-u", "edge-agent-trial", "-n", "5", "--no-pager")

    # back by hand
    code, said = device.install("1.2", "--roll-back")
    assert (code, device.state, device.runs) == (0, "active", "1.1")

    # gone, but for what is the owner's
    code, said = device.install("1.2", "--uninstall")
    assert (code, bare.prop("LoadState")) == (0, "not-found")
    assert device.config == CONFIG.strip()
    left = device.tells("find", "/opt/edge-agent", "/usr/local", "/etc/systemd", "-name", "*edge-agent*")
    assert left == ""
