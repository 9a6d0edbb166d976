"""What a device is called by machines: the same after every start, and another than that of any other device."""

from __future__ import annotations

import hashlib
from pathlib import Path

MACHINE_ID = Path("/etc/machine-id")
PURPOSE = b"edge-agent mqtt"  # machine-id(5): the id itself is not for others


class NoMachineId(Exception):
    """What is wrong, and what to do."""


def device_id(file: Path | None = None) -> str:
    """12 hexadecimal digits. Raises NoMachineId."""
    file = file or MACHINE_ID
    try:
        machine = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        machine = ""
    if len(machine) != 32 or machine.strip("0123456789abcdef") or not machine.strip("0"):
        raise NoMachineId(
            f"{file} holds no machine id; run 'sudo systemd-machine-id-setup', or set [mqtt] device"
        )
    return hashlib.sha256(PURPOSE + bytes.fromhex(machine)).hexdigest()[:12]
