"""At a boot, before the network and the service: what somebody wrote on the card is taken over, and wiped.

`python3 -m edge_agent.install.first_boot FOLDER`, of the partition that any laptop can write. All of the file or
nothing: with anything wrong it stays as it is, and a note beside it says what. After a power cut in the middle, the
next boot takes it over again.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..config import load
from ..config.keys import SYSTEM_FILE
from ..config.load import BOARD_VARIABLE, DEFAULT_PATH, variable
from ..config.providers import PROVIDERS
from ..files.whole import contents, replace, sync
from . import key, wifi
from .card_file import CardFile, parse_card_file
from .process import Console, Refused, call
from .settings import new_configuration, write_configuration

# Windows hides the end of a name, and adds one
FILES = ("edge-agent.txt", "edge-agent.txt.txt")
NOTE = "edge-agent-PROBLEMS.txt"
VARIABLES = {
    **{name: variable("service", name) for name in ("provider", "endpoint", "deployment")},
    "sign_in": variable("service", "credential"),
    "board": BOARD_VARIABLE,
    **{name: variable("audio", name) for name in ("microphone", "speaker", "language")},
    "mode": variable("turns", "mode"),
}
USERS = range(1000, 60000)  # Debian Policy, 9.2.2: the other numbers are the system's
THERE = 9  # what useradd says of a user that exists
GROUPS = "sudo,edge-agent,systemd-journal"


class CardTarget:
    """What a file of the card changes. `root`: of the file system; `program`: edge-agent."""

    def __init__(
        self, root: Path = Path("/"), program: str = "/opt/edge-agent/current/bin/edge-agent"
    ) -> None:
        self.root = root
        self.config = root / DEFAULT_PATH.relative_to("/")
        self.key = root / SYSTEM_FILE.relative_to("/")
        self.wifi = root / wifi.FILE
        self._program = program

    def complaints(self, card: CardFile) -> Iterator[str]:
        """Of what only the device knows to be wrong."""
        config, problems = load(Path(os.devnull), environ=_variables(card))
        for problem in problems:
            name = next((name for name, known in VARIABLES.items() if known == problem.where), "")
            what = problem.what.removeprefix(f"{card[name]!r} ")  # it may be a password in the wrong line
            yield f"{card.place(name)} {what}" if name else str(problem)
        for name in VARIABLES:
            if card[name] and not self._is_configured_by(card):
                yield f"{card.place(name)} needs a line endpoint = ..."
        if card["provider"] and not (problems or config.has_service):
            yield f"{card.place('provider')} needs a line endpoint = ..."
        if card["user"] and _is_of_the_system(card["user"]):
            yield f"{card.place('user')} names a user or a group of the system; choose another name"

    def take(self, card: CardFile) -> Iterator[str]:
        """Yields what was done. Raises Refused, OSError."""
        if self._is_configured_by(card):
            write_configuration(new_configuration(self._program, _variables(card)), self.config)
            yield "configured"
        if card["key"]:
            key.write_key(key.checked(card["key"], card.place("key")), self.key)
            yield "wrote the key"
        if card["wifi_name"]:
            country = card["wifi_country"] or wifi.country_in(contents(self.wifi))
            replace(self.wifi, wifi.wpa_supplicant_text(card["wifi_name"], card["wifi_password"], country))
            yield "wrote the Wi-Fi network"
        if card["user"]:
            _make_user(card["user"], card["user_password"])
            yield f"{card['user']} may log in"

    def _is_configured_by(self, card: CardFile) -> bool:
        """A key alone is OpenAI's on a new device, and a new key on one that is in use. With a board or
        a deployment it configures OpenAI's again: a power cut may have followed the first time."""
        if card["endpoint"] or card["provider"] or not card["key"]:
            return bool(card["endpoint"] or card["provider"])
        config = load(self.config if self.config.is_file() else Path(os.devnull), environ={})[0]
        needs_no_endpoint = bool(PROVIDERS[config.service.provider].endpoint)
        return not config.has_service or (needs_no_endpoint and any(card[name] for name in VARIABLES))


def _variables(card: CardFile) -> dict[str, str]:
    variables = {variable: card[name] for name, variable in VARIABLES.items() if card[name]}
    if card["key"] and not card["provider"]:
        variables["AZURE_OPENAI_API_KEY" if card["endpoint"] else "OPENAI_API_KEY"] = card["key"]
    return variables


def _is_of_the_system(name: str) -> bool:
    """useradd refuses a name that is only a group."""
    try:
        return pwd.getpwnam(name).pw_uid not in USERS
    except KeyError:
        return any(group.gr_name == name for group in grp.getgrall())


def _make_user(user: str, password: str) -> None:
    """Raises Refused."""
    _run("useradd", "--create-home", "--shell", "/bin/bash", user, fine=THERE)
    _run("usermod", "--append", "--groups", GROUPS, user)  # also one whom a power cut has left without them
    _run("chpasswd", text=f"{user}:{password}\n")
    if shutil.which("sshd"):
        _run("ssh-keygen", "-A")  # the keys of this device, which an image does not have
        _run("systemctl", "enable", "--quiet", "--now", "--no-block", "ssh")


def _run(*command: str, text: str = "", fine: int = 0) -> None:
    """`fine`: an exit code that is not a failure either. Raises Refused."""
    done = call(*command, text=text)
    if done.returncode not in (0, fine):
        raise Refused(f"{command[0]} fails: {done.stderr.strip()}")


def take_over(folder: Path, device: CardTarget) -> Iterator[str]:
    """Yields what was done after each step that a power cut can follow. Raises Refused: the file stays, with a note."""
    for name in FILES:
        if (file := folder / name).is_file():
            yield from _take_over(file, device)


def _take_over(file: Path, device: CardTarget) -> Iterator[str]:
    card, complaints = parse_card_file(file.read_bytes())
    if complaints := complaints or list(device.complaints(card)):
        raise _refusal(file, complaints)
    if not card.values:
        return
    note = file.with_name(NOTE)
    try:
        yield from device.take(card)
        if note.exists():
            wipe(note)
        wipe(file)
    except OSError as error:
        what = f"{error.filename or 'a file'} cannot be written ({error.strerror})"
        raise _refusal(file, [what]) from None
    except Refused as why:
        raise _refusal(file, [str(why)]) from None
    yield f"wiped {file}"


def _refusal(file: Path, complaints: Sequence[str]) -> Refused:
    """Any laptop can read the note. The journal gets nothing of it: it stays when the file is wiped."""
    head = f"{file.name} was not taken over. Correct this, and start the device again:"
    try:
        replace(file.with_name(NOTE), "".join(f"{line}\r\n" for line in (head, *complaints)))
    except OSError as error:  # a full or broken card
        return Refused(
            f"{file} was not taken over, and {NOTE} cannot be written beside it ({error.strerror})"
        )
    return Refused(f"{file} was not taken over: see {NOTE} on the card")


def wipe(file: Path) -> None:
    """Overwritten in its place, then removed. A card may keep copies that nobody can reach. Raises OSError."""
    with file.open("r+b") as opened:
        opened.write(bytes(file.stat().st_size))
        opened.flush()
        os.fsync(opened.fileno())
    file.unlink()
    sync(file.parent)


def main(arguments: Sequence[str]) -> int:
    console = Console("first boot")
    os.umask(0o022)
    try:
        for done in take_over(Path(arguments[0]), CardTarget()):
            console.say(done)
    except Refused as why:
        console.complain(str(why))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
