"""The device's own Wi-Fi, while it waits to be set up and has no network: a hotspot of NetworkManager.

`python3 -m edge_agent.install.hotspot up|down FOLDER`, by root, of the folder of the set-up page. Nothing happens where
NetworkManager does not run, has a network, or has no radio.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from secrets import randbelow

from ..files.whole import contents, replace
from . import wifi
from .process import Console, Refused, call, succeeds, told

OWN, JOINED = "edge-agent-setup", "edge-agent-wifi"  # profiles
OWN_FILE = Path("/run/NetworkManager/system-connections") / f"{OWN}.nmconnection"  # gone at the next boot
JOINED_FILE = Path("/etc/NetworkManager/system-connections") / f"{JOINED}.nmconnection"
TOLD = "hotspot.json"
READABLE = 0o644
ADDRESS = "10.42.0.1"  # that NetworkManager takes in a network of its own
ONLINE_S = 30  # for a network that it knows
UP_S = 30
USABLE = ("disconnected", "connected", "connecting")


def runs() -> bool:
    return succeeds("nmcli", "general")


def up(folder: Path, root: Path = Path("/")) -> str:
    """What it is called; empty: none is needed, or none can be opened. Raises OSError and Refused."""
    if not runs() or succeeds("nm-online", "--quiet", f"--timeout={ONLINE_S}") or not (radio := _radio()):
        return ""
    networks = _networks()
    address = "".join(filter(str.isalnum, contents(root / "sys/class/net" / radio / "address")))
    name, code = f"edge-agent-{address[-4:] or radio}", f"{randbelow(10**8):08}"
    replace(_in(root, OWN_FILE), wifi.network_manager_text(OWN, name, code, opens=True))
    _load(_in(root, OWN_FILE))
    done = call("nmcli", "--wait", str(UP_S), "connection", "up", OWN, "ifname", radio)
    if done.returncode:
        down(root)
        raise Refused(f"no Wi-Fi of its own: {done.stderr.strip()}")
    # Nobody but the page gets into its folder. A chown would follow a link that somebody in there had just made of it.
    replace(folder / TOLD, json.dumps({"name": name, "code": code, "networks": networks}), READABLE)
    return name


def down(root: Path = Path("/")) -> None:
    if _in(root, OWN_FILE).exists():
        call("nmcli", "connection", "delete", OWN)
        _in(root, OWN_FILE).unlink(missing_ok=True)


def join(name: str, password: str, root: Path = Path("/")) -> None:
    """From now on, whenever it is there. Raises OSError and Refused."""
    replace(_in(root, JOINED_FILE), wifi.network_manager_text(JOINED, name, password))
    _load(_in(root, JOINED_FILE))


def _load(file: Path) -> None:
    """Raises Refused."""
    done = call("nmcli", "connection", "load", str(file))
    if done.returncode:
        file.unlink()
        raise Refused(f"NetworkManager does not take the network: {done.stderr.strip()}")


def _radio() -> str:
    for line in told("nmcli", "--terse", "--fields", "DEVICE,TYPE,STATE", "device").splitlines():
        device, kind, state = (*line.split(":"), "", "")[:3]
        if kind == "wifi" and state.startswith(USABLE):
            return device
    return ""


def _networks() -> list[str]:
    """Their names, the strongest first: once it has its own, it cannot look for others."""
    lines = told("nmcli", "--terse", "--fields", "SSID", "device", "wifi", "list").splitlines()
    names = (re.sub(r"\\(.)", r"\1", line) for line in lines)
    return list(dict.fromkeys(name for name in names if name))[:20]


def _in(root: Path, file: Path) -> Path:
    return root / file.relative_to("/")


def main(arguments: Sequence[str]) -> int:
    console = Console("hotspot")
    try:
        if arguments[0] == "down":
            down()
        elif name := up(Path(arguments[1])):
            console.say(f"opened the Wi-Fi {name}")
    except (OSError, Refused) as error:
        console.complain(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
