"""A machine with the real unit, a simulated device, and a simulated service as a second unit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.install.share import with_sandbox

from . import tree
from .machine import Machine

SYSTEMD = tree.ROOT / "systemd"
SERVICE_PORT = 8123
CONFIG = f"""[service]
endpoint = "http://127.0.0.1:{SERVICE_PORT}"
[audio]
backend = "simulated"
[panel]
backend = "none"
"""
SIMULATOR = f"""[Service]
ExecStart=/opt/edge-agent/current/bin/edge-agent simulator --port {SERVICE_PORT} --key-file /etc/simulator-key --verbose
"""
KEY = "a-very-secret-key"


@pytest.fixture(scope="session")
def debian() -> Path:
    return tree.build()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tree.wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def machine(debian: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One for all tests of a module, with the service running."""
    with Machine(debian, tmp_path_factory.mktemp("machine") / "boot.log") as made:
        install(made, wheel)
        yield made


@pytest.fixture
def bare(debian: Path, tmp_path: Path) -> Iterator[Machine]:
    """One without edge-agent, but with the Debian packages that it needs."""
    with Machine(debian, tmp_path / "boot.log") as made:
        made.run("rm", "-rf", "/opt/edge-agent")
        yield made


def install(machine: Machine, wheel: Path, config: str = CONFIG) -> None:
    """As the installer would; the service is up then."""
    machine.copy_in(wheel, "/tmp")  # noqa: S108 - of the machine
    pip = "/opt/edge-agent/current/bin/pip"
    machine.run(pip, "install", "--quiet", "--no-index", "--no-deps", f"/tmp/{wheel.name}")  # noqa: S108
    machine.run("ln", "-sf", "/opt/edge-agent/current/bin/edge-agent", "/usr/local/bin/edge-agent")
    for unit in (*SYSTEMD.glob("*.service"), *SYSTEMD.glob("*.path")):
        machine.copy_in(unit, "/etc/systemd/system")
    setup, service = (
        (SYSTEMD / name).read_text("utf-8") for name in ("edge-agent-setup.service", "edge-agent.service")
    )
    machine.write("/etc/systemd/system/edge-agent-setup.service", with_sandbox(setup, service))
    machine.copy_in(SYSTEMD / "user" / "edge-agent.service", "/etc/systemd/user")
    if int(machine.run("systemctl", "--version").split()[1]) >= 254:
        for drop_in in SYSTEMD.glob("*-credentials.conf"):
            machine.copy_in(drop_in, "/usr/local/lib/systemd/system/edge-agent.service.d")
    machine.write("/usr/lib/sysusers.d/edge-agent.conf", (SYSTEMD / "edge-agent.sysusers").read_text())
    machine.run("systemd-sysusers")
    machine.write("/etc/edge-agent/edge-agent.toml", config)
    machine.write("/etc/credstore/edge-agent.api-key", KEY, 0o600)
    simulated_service(machine)
    started = machine.call("systemctl", "start", "edge-agent")
    assert not started.returncode, machine.run("journalctl", "-u", "edge-agent", "--no-pager", "-n", "30")
    machine.until(lambda: '"up": true' in machine.run("edge-agent", "status", "--json"), "the link")


def simulated_service(machine: Machine) -> None:
    """Runs from the version that is current now."""
    machine.write("/etc/simulator-key", KEY)
    machine.write("/etc/systemd/system/simulator.service", SIMULATOR)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", "simulator")
