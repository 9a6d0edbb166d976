"""A network that loses every packet, between the real unit and a service elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..conftest import CA
from ..faults.netns import Spaces, missing
from .conftest import CONFIG, install
from .machine import Machine

pytestmark = pytest.mark.system


async def test_a_partition_is_noticed_and_healed(debian: Path, wheel: Path, tmp_path: Path) -> None:
    if reason := missing():
        pytest.skip(reason)
    async with Spaces() as spaces:
        _, url = await spaces.serve()
        with Machine(debian, tmp_path / "boot.log", netns=spaces.device) as machine:
            CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
            machine.write("/etc/edge-agent/ca.pem", (tmp_path / "ca.pem").read_text())
            machine.write("/etc/edge-agent/environment", "SSL_CERT_FILE=/etc/edge-agent/ca.pem\n")
            install(machine, wheel, CONFIG.replace("http://127.0.0.1:8123", url))
            spaces.partition()
            noticed = machine.until(
                lambda: "link down" in status(machine) or "link-" in status(machine), "it to notice", 30
            )
            spaces.heal()
            back = machine.until(lambda: "link up" in status(machine), "the link to be back", 30)
            print(f"\nat rest: noticed after {noticed:.1f} s, up {back:.1f} s after the network")
            assert machine.prop("NRestarts") == "0"


def status(machine: Machine) -> str:
    return machine.prop("StatusText")
