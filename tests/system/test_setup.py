"""A device that boots without a configuration: the page is served, and root takes over what was chosen on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import KEY, SERVICE_PORT, install
from .machine import Machine

pytestmark = pytest.mark.system

UNIT, SETUP = "edge-agent.service", "edge-agent-setup.service"
CONFIG_FILE, KEY_FILE = "/etc/edge-agent/edge-agent.toml", "/etc/credstore/edge-agent.api-key"
LINK = "/run/edge-agent-setup/link"
SIMULATED = "EDGE_AGENT_AUDIO_BACKEND=simulated\nEDGE_AGENT_PANEL_BACKEND=none\n"
CHOSEN = {"provider": "azure", "endpoint": f"http://127.0.0.1:{SERVICE_PORT}", "key": KEY, "mode": "button"}
# a browser, as far as the device knows
ASK = """
import json, sys
from websockets.sync.client import connect
with connect("ws://127.0.0.1:8080/socket/setup", origin="http://127.0.0.1:8080", proxy=None) as page:
    for number, request in enumerate(json.loads(sys.argv[1])):
        page.send(json.dumps({**request, "n": number}))
        while (told := json.loads(page.recv(timeout=60))).get("n") != number: pass
        print(json.dumps(told))
"""


@pytest.fixture
def machine(debian: Path, wheel: Path, tmp_path: Path) -> Iterator[Machine]:
    """It worked once; then it lost configuration and key."""
    with Machine(debian, tmp_path / "boot.log") as made:
        install(made, wheel)
        made.write("/etc/edge-agent/environment", SIMULATED)
        made.run("systemctl", "stop", UNIT)
        made.run("rm", CONFIG_FILE, KEY_FILE)
        made.run("systemctl", "start", UNIT, check=False)
        made.until(lambda: made.prop("ActiveState", SETUP) == "active", "the set-up page")
        yield made


def ask(machine: Machine, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    said = machine.run("/opt/edge-agent/current/bin/python", "-c", ASK, json.dumps(requests))
    return [json.loads(line) for line in said.splitlines()]


def enter(machine: Machine) -> dict[str, Any]:
    return {"do": "enter", "code": machine.run("cat", LINK).partition("#")[2]}


def test_from_no_configuration_to_a_device_that_works(machine: Machine) -> None:
    machine.run("systemd-analyze", "verify", "--recursive-errors=no", f"/etc/systemd/system/{SETUP}")
    machine.run("systemd-analyze", "security", "--threshold=12", SETUP)
    pid = machine.prop("MainPID", SETUP)
    assert machine.run("stat", "-c", "%U", f"/proc/{pid}") == "edge-agent"
    assert machine.run("stat", "-c", "%A %U", LINK, "/run/edge-agent-setup").splitlines() == [
        "-rw------- edge-agent",
        "drwx------ edge-agent",
    ]
    assert machine.call("cat", LINK, user="nobody").returncode
    assert "waits to be set up in a browser" in machine.call("edge-agent", "status").stderr
    assert machine.prop("StatusText", SETUP).startswith("not set up: waiting at http://")
    assert machine.run("cat", LINK)[-6:] not in machine.prop("StatusText", SETUP)  # everybody reads that

    wrong = {**CHOSEN, "key": "another-key"}
    _, refused, kept_not = ask(
        machine, enter(machine), {"do": "check", "values": wrong}, {"do": "keep", "values": wrong}
    )
    assert "access denied" in refused["wrong"]["key"]
    assert kept_not["wrong"] == refused["wrong"]
    assert machine.call("test", "-e", CONFIG_FILE).returncode

    _, kept = ask(machine, enter(machine), {"do": "keep", "values": CHOSEN})
    assert kept["kept"]
    machine.until(lambda: "link up" in machine.prop("StatusText"), "the device")
    assert machine.prop("ActiveState", SETUP) == "inactive"
    listed = machine.run("stat", "-c", "%a %U", CONFIG_FILE, KEY_FILE).splitlines()
    assert listed == ["644 root", "600 root"]
    assert KEY not in machine.run("cat", CONFIG_FILE)
    assert machine.call("test", "-e", "/run/edge-agent-setup").returncode
    assert KEY not in machine.run("journalctl", "--no-pager", "-o", "cat")


def test_a_plug_pulled_before_the_end_leaves_nothing(machine: Machine) -> None:
    ask(machine, enter(machine), {"do": "check", "values": CHOSEN})
    machine.run("systemctl", "kill", "--signal=KILL", SETUP)
    machine.until(lambda: machine.prop("NRestarts", SETUP) == "1", "another start")
    machine.until(lambda: machine.prop("ActiveState", SETUP) == "active", "the set-up page")
    assert machine.run("ls", "/run/edge-agent-setup") == "link"
    assert machine.call("test", "-e", CONFIG_FILE).returncode
    assert machine.call("test", "-e", KEY_FILE).returncode


def test_who_is_root_opens_it_again_and_goes_back(machine: Machine) -> None:
    ask(machine, enter(machine), {"do": "keep", "values": CHOSEN})
    machine.until(lambda: "link up" in machine.prop("StatusText"), "the device")
    before = machine.run("cat", CONFIG_FILE)
    said = machine.run("edge-agent", "setup")
    assert said.splitlines()[0] == machine.run("cat", LINK)
    assert machine.prop("ActiveState") == "inactive"
    assert machine.call("edge-agent", "setup", user="nobody").returncode == 2
    machine.run("systemctl", "start", UNIT)
    machine.until(lambda: "link up" in machine.prop("StatusText"), "the device")
    assert machine.prop("ActiveState", SETUP) == "inactive"
    assert machine.run("cat", CONFIG_FILE) == before


def test_a_device_that_fails_for_another_reason_is_not_set_up(machine: Machine) -> None:
    machine.run("systemctl", "stop", SETUP)
    machine.write(
        "/etc/systemd/system/edge-agent.service.d/test.conf", "[Service]\nExecStart=\nExecStart=/bin/false\n"
    )
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", UNIT, check=False)
    machine.until(lambda: machine.prop("ActiveState") == "failed", "its end", 60)
    machine.until(lambda: machine.prop("Result", SETUP) == "exec-condition", "the decision not to serve it")
    machine.until(lambda: machine.prop("ActiveState", SETUP) == "inactive", "its end")
