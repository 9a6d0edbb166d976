"""A device that systemd does not start, for want of a credential. What the programs say is from systemd 252 and 257."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from edge_agent.host.systemd.sealed import complaint, credential_trouble, run_program


class Systemd:
    """What `systemctl show` and `systemd-creds decrypt` answer."""

    def __init__(self, status: str, code: int = 0, said: str = "") -> None:
        self.status, self.decrypt = status, (code, said)

    def __call__(self, command: Sequence[str]) -> tuple[int, str]:
        return (0, f"{self.status}\n") if command[0] == "systemctl" else self.decrypt


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    file = tmp_path / "edge-agent.sealed.api-key"
    file.write_bytes(b"sealed")
    return file


def test_a_device_that_failed_otherwise_or_not_at_all(tmp_path: Path) -> None:
    assert credential_trouble(Systemd("0"), [tmp_path]) == credential_trouble(Systemd("78"), [tmp_path]) == ""
    assert credential_trouble(lambda _: (127, ""), [tmp_path]) == ""


def test_the_file_that_does_not_open_is_named(sealed: Path) -> None:
    words = "Failed to determine local credential key: No such file or directory"
    said = credential_trouble(Systemd("243", 1, f"{words}\n"), [sealed.parent])
    assert f"{sealed} ({words}) does not open" in said
    assert said.endswith("seal the key again")
    assert "systemd-creds ended with 1" in complaint(sealed, Systemd("243", 1))
    sealed.write_bytes(b"")
    assert complaint(sealed, Systemd("243")) == "it is empty"


def test_who_may_not_try_is_told_how(sealed: Path) -> None:
    said = credential_trouble(Systemd("243", 1, "Permission denied"), [sealed.parent])
    assert "systemd-creds decrypt" in said
    assert str(sealed) in said
    assert "/etc/credstore/" in credential_trouble(Systemd("243"), [sealed.parent / "none"])


def test_programs_are_run_or_are_not_there(tmp_path: Path) -> None:
    assert run_program(["sh", "-c", "echo one; echo two >&2; exit 3"]) == (3, "one\ntwo\n")
    assert run_program([str(tmp_path / "none")]) == (127, "")
