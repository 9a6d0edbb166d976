"""A fleet brings newer versions to a device that boots: one that works, one that does not, and what is not signed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge_agent import __version__
from edge_agent.cli import main

from .conftest import CONFIG, KEY, simulated_service
from .machine import Machine
from .packages import newer, package

pytestmark = pytest.mark.system

FILE = "/etc/edge-agent/edge-agent.toml"
ROOT_FILE = "/etc/edge-agent/fleet-root.json"
WISH, KEPT = "/run/edge-agent/update-wish", "/var/lib/edge-agent-update/fleet/standing.json"
UPDATE, PATH = "edge-agent-update.service", "edge-agent-update.path"
WEB = "http://127.0.0.1:8124"
SERVER = "[Service]\nExecStart=/usr/bin/python3 -m http.server --bind 127.0.0.1 --directory /srv/site 8124\n"
CONSENT = "releases = true\ntrial_min = 0.05\ndownload_mbit_s = 1000\n"


class Member:
    """A device in a fleet, and its owner's folder outside."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.machine, self._folder = machine, folder

    def fleet(self, *words: str) -> None:
        """Its owner's command; then the web server shows what came of it."""
        assert main(["fleet", words[0], str(self._folder / "f"), *words[1:]]) == 0
        self.machine.run("rm", "-rf", "/srv/site")
        self.machine.copy_in(self._folder / "f" / "site", "/srv")

    def change(self, name: str) -> None:
        """A byte of what the web server shows."""
        (shown,) = (self._folder / "f" / "site" / "targets").glob(f"*.{name}")
        where = f"of=/srv/site/targets/{shown.name}"
        self.machine.run("dd", where, "bs=1", "seek=1000000", "conv=notrunc", "status=none", text="?")

    def join(self) -> None:
        root = (self._folder / "f/site/metadata/1.root.json").read_text()
        self.machine.write("/srv/root.json", root)
        self.machine.run("edge-agent", "fleet", "join", WEB, "--root", "/srv/root.json")

    @property
    def version(self) -> str:
        status: dict[str, str] = json.loads(self.machine.run("edge-agent", "status", "--json"))
        return status["version"]

    @property
    def outcome(self) -> str:
        """Of root: target, step and why."""
        kept = self.machine.run("cat", KEPT, check=False)
        told = (json.loads(kept)["outcome"] if kept else None) or {}
        return f"{told.get('target')} {told.get('step')} {told.get('why')}"

    def until(self, outcome: str) -> None:
        self.machine.until(lambda: self.outcome.startswith(outcome), outcome, 120)

    def wish(self, content: str) -> str:
        """As the device itself would, if somebody had taken it over; what root says to it."""
        self.machine.until(lambda: self.machine.prop("SubState", PATH) == "waiting", "its turn", 60)
        before = self.machine.prop("InvocationID", UPDATE)
        self.machine.run("sh", "-c", f"cat >{WISH}", user="edge-agent", text=content)

        def over() -> bool:
            now = self.machine.prop("InvocationID", UPDATE)
            return now != before and self.machine.prop("ActiveState", UPDATE) == "inactive"

        self.machine.until(over, "root to look", 120)
        now = self.machine.prop("InvocationID", UPDATE)
        records = self.machine.journal(f"_SYSTEMD_INVOCATION_ID={now}", unit=UPDATE)
        return "\n".join(str(record["MESSAGE"]) for record in records)


@pytest.fixture
def member(bare: Machine, tmp_path: Path) -> Member:
    """With the package of this checkout."""
    first = package(tmp_path, "3.11")
    bare.copy_in(first, "/srv")
    bare.run("dpkg", "--install", f"/srv/{first.name}")
    simulated_service(bare)
    bare.write("/etc/systemd/system/web.service", SERVER)
    bare.write(FILE, CONFIG)
    bare.run("edge-agent", "key", "set", text=KEY)
    made = Member(bare, tmp_path)
    made.fleet("init")
    bare.run("systemctl", "start", "web")
    bare.until(lambda: not bare.call("bash", "-c", ": </dev/tcp/127.0.0.1/8124").returncode, "the web server")
    made.join()
    return made


def test_versions_come_and_go(member: Member, tmp_path: Path) -> None:
    machine = member.machine
    first = next(tmp_path.glob("*.deb"))
    good, bad = newer(first, "9.8"), newer(first, "9.9", broken=True)
    member.fleet("publish", str(good))

    machine.run("systemd-analyze", "security", "--threshold=17", UPDATE)

    # the device alone gets nothing, whatever it wishes
    assert "fleet.releases of this device is off" in member.wish(f"{good.name}\n")
    for file in (FILE, ROOT_FILE, "/var/lib/edge-agent-update/trial"):
        assert machine.call("sh", "-c", f"echo >>{file}", user="edge-agent").returncode
    machine.write(FILE, f"{machine.run('cat', FILE)}\n{CONSENT}")
    machine.run("chown", "edge-agent", ROOT_FILE)
    assert f"others than root can change {ROOT_FILE}" in member.wish("")
    machine.run("chown", "root", ROOT_FILE)

    # nor does whoever has the web server
    member.change(good.name)
    assert "something other than what was signed; nothing of it is used" in member.wish("")
    assert member.outcome.startswith(f"{good.name} waiting")
    assert member.version == __version__

    # what was signed comes; and settings in the sandbox of the real unit
    (tmp_path / "a.toml").write_text('[assistant]\nvoice = "marin"\n')
    member.fleet("publish", str(tmp_path / "a.toml"))
    assert f"{good.name} applied" in member.wish("")
    assert member.version == "9.8"
    assert machine.run("find", "/var/lib/edge-agent-update", "-name", "*.deb", "-o", "-name", "*.part") == ""

    assert (
        machine.run("stat", "-c", "%U", "/var/lib/edge-agent/doctor.json") == "edge-agent"
    )  # who was the doctor

    # what does not become ready goes; the device itself has wished it
    member.fleet("publish", str(bad))
    machine.run("edge-agent", "reload")
    member.until(f"{bad.name} failed it does not become ready: RuntimeError: broken for this test")
    assert (member.version, machine.prop("ActiveState")) == ("9.8", "active")
    machine.run("edge-agent", "reload")

    def is_known() -> bool:
        return f"{bad.name} of the fleet does not work here" in machine.run("edge-agent", "status")

    machine.until(is_known, "the finding", 60)
    said = machine.run("edge-agent", "fleet", "status").splitlines()
    assert said[1] == "version     9.8"
    assert said[2].startswith("settings    a.toml applied")
    assert said[3].startswith(f"release     {bad.name} failed")
    assert f"{bad.name} failed" in member.wish("")  # is not tried again
    assert machine.run("systemctl", "list-units", "--failed", "--plain", "--no-legend") == ""
