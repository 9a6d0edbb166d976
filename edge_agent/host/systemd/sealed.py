"""Credentials that systemd cannot hand over: the service then ends with status 243 before it begins, in silence.

systemd.exec(5), CREDENTIALS and PROCESS EXIT CODES; systemd-creds(1).
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

UNIT = "edge-agent.service"
CREDENTIALS_STATUS = "243"
FOLDERS = tuple(Path(f"{root}/credstore.encrypted") for root in ("/etc", "/run", "/usr/lib"))
SEALED_FILES = "edge-agent.sealed.*"
PATIENCE_S = 5.0
Run = Callable[[Sequence[str]], tuple[int, str]]


def run_program(command: Sequence[str]) -> tuple[int, str]:
    """(exit code, what it said); 127 where there is no such program."""
    try:
        said = subprocess.run(  # noqa: S603 - words of ours
            command, capture_output=True, text=True, errors="replace", timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 127, ""
    return said.returncode, said.stdout + said.stderr


def credential_trouble(run: Run = run_program, folders: Iterable[Path] = FOLDERS) -> str:
    """Why systemd cannot start the device, where that is for want of a credential, and what to do; empty: it is not."""
    _, status = run(["systemctl", "show", UNIT, "--property=ExecMainStatus", "--value"])
    if status.strip() != CREDENTIALS_STATUS:
        return ""
    what = "systemd cannot start edge-agent: a credential cannot be handed over (status 243)"
    try:
        files = sorted(file for folder in folders for file in folder.glob(SEALED_FILES))
    except OSError:
        files = []
    bad = {file: reason for file in files if (reason := complaint(file, run))}
    if bad:
        told = ", ".join(f"{file} ({reason})" for file, reason in bad.items())
        return f"{what}: {told} does not open; only the system that sealed it opens it: seal the key again"
    if files:
        return f"{what}; try as root: systemd-creds decrypt --name=NAME FILE - , for {', '.join(map(str, files))}"
    return f"{what}; look at /etc/credstore/edge-agent.*: each must be a file of less than 1 MiB"


def complaint(file: Path, run: Run = run_program) -> str:
    """Why a sealed credential does not open; empty: it does, or this user or system cannot try."""
    if file.is_file() and not file.stat().st_size:
        return "it is empty"
    code, said = run(["systemd-creds", "decrypt", f"--name={file.name}", str(file), "-"])
    if code in (0, 127) or "ermission denied" in said:
        return ""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else f"systemd-creds ended with {code}"
