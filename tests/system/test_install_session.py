"""The installer, for a device whose sound belongs to the session of a user."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from . import tree
from .conftest import KEY
from .machine import Machine
from .packages import checkout, wheels
from .test_sound_servers import UID, UNIT, USER, Session, config

pytestmark = pytest.mark.system


def test_the_installer_puts_it_into_a_session(tmp_path: Path) -> None:
    with Machine(tree.build(sound_servers=True), tmp_path / "boot.log") as machine:
        machine.run("rm", "-rf", "/opt/edge-agent")
        machine.run("useradd", "--create-home", "--uid", str(UID), USER)
        for version in "1.1", "1.2", "1.3":
            broken = version == "1.3"
            machine.copy_in(checkout(tmp_path / version, version=version, broken=broken), "/srv")
        machine.copy_in(wheels(), "/srv")
        machine.write("/etc/edge-agent/edge-agent.toml", config("pulse"))
        machine.write("/etc/credstore/edge-agent.api-key", KEY, 0o600)
        offline = "--wheels", f"/srv/{wheels().name}"
        said = machine.run("/srv/1.1/scripts/install", *offline, "--session", USER)
        assert f"install: it runs in the session of {USER}" in said
        assert "the doctor found in order: configuration, service" in said
        session = Session(machine)
        assert session.systemctl("is-enabled", UNIT) == "enabled"
        assert machine.run("systemctl", "is-enabled", UNIT, check=False) == "disabled"
        assert machine.run("stat", "-c", "%U %a", f"/home/{USER}/.config/edge-agent/api-key") == f"{USER} 600"
        assert str(session.status()["version"]) == "1.1"
        said = machine.run("/srv/1.2/scripts/install", *offline)
        assert re.search(r"^install: version 1\.2-\S+ runs$", said, re.M)
        machine.until(lambda: session.status().get("version") == "1.2", "the new version", 20)
        back = machine.call("/srv/1.3/scripts/install", *offline)  # the one that does not run is taken back
        assert "RuntimeError: broken for this test" in back.stdout
        assert (back.returncode, session.status().get("version")) == (1, "1.2")
        machine.run("edge-agent", "roll-back")
        machine.until(lambda: session.status().get("version") == "1.1", "the version before", 20)
        assert machine.prop("ActiveState") == "inactive"  # the system's own
        refused = machine.call("/srv/1.2/scripts/install", "--session", "nobody-here")
        assert (refused.returncode, "there is no user nobody-here" in refused.stderr) == (1, True)
        machine.run("/srv/1.2/scripts/install", "--uninstall")
        assert session.systemctl("is-active", UNIT, check=False) == "inactive"
