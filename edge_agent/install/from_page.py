"""What somebody chose on the set-up page is taken over by root: `python3 -m edge_agent.install.from_page FOLDER`.

The folder is the service's own, in memory, and so nothing in it is trusted: one plain file is read, and it may say only
what the page has fields for.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import hotspot
from .card_file import NOT_OF_THE_PAGE, CardFile, parse_card_file
from .first_boot import FILES, CardTarget
from .process import Console, Refused
from .service import Systemd

LARGEST = 16_384  # bytes
OF_THE_NETWORK = ("wifi_name", "wifi_password")
LEFT_ALONE = "left-alone"  # a file: the device works as it is, and nobody came to change that


def take_over(folder: Path, device: CardTarget) -> Iterator[str]:
    """Yields what was done; nothing where nobody has chosen. Raises Refused."""
    file = folder / FILES[0]
    if (data := _read(file)) is None:
        return
    file.unlink()
    card, complaints = parse_card_file(data)
    complaints += [f"{name} cannot be set by the page" for name in NOT_OF_THE_PAGE if card[name]]
    if card["wifi_name"] and not hotspot.runs():
        complaints.append("the Wi-Fi of this device is not NetworkManager's")
    if complaints := complaints or list(device.complaints(card)):
        raise Refused(f"what was chosen on the page was not taken over: {'; '.join(complaints)}")
    if card["wifi_name"]:
        hotspot.join(card["wifi_name"], card["wifi_password"], device.root)
        yield "wrote the Wi-Fi network"
    rest = {name: value for name, value in card.values.items() if name not in OF_THE_NETWORK}
    yield from device.take(CardFile(rest, card.lines))


def _read(file: Path) -> bytes | None:
    """None: it is not there. Raises Refused."""
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror})") from None
    try:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise Refused(f"{file} is not a plain file")
        data = os.read(opened, LARGEST + 1)
    finally:
        os.close(opened)
    if len(data) > LARGEST:
        raise Refused(f"{file} is too large")
    return data


def main(arguments: Sequence[str]) -> int:
    console = Console("set-up")
    os.umask(0o022)
    try:
        done = list(take_over(Path(arguments[0]), CardTarget()))
    except (Refused, OSError) as why:
        console.complain(str(why))
        return 1
    for step in done:
        console.say(step)
    if done or (Path(arguments[0]) / LEFT_ALONE).exists():
        Systemd().start_again()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
