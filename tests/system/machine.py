"""A small Debian machine with a real systemd as its first process: systemd-nspawn, booted from a tree.

What is written in it is gone with it. It has no network but its own loopback, or the network namespace that is given.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

INSIDE = {"PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin", "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"}
BOOT_S = 30.0

# an own cgroup, and a mount namespace with an empty /run/systemd: without them nspawn refuses where systemd is not
# already the first process; without CAP_BPF DeviceAllow= and IPAddressDeny= silently do nothing in there
BOOT = """
for group in "$@"; do echo $$ > "$group/cgroup.procs"; done
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec unshare --mount --propagation private sh -c '
  mkdir -p /run/systemd && mount -t tmpfs -o mode=755 tmpfs /run/systemd
  exec systemd-nspawn --quiet --register=no --keep-unit --console=pipe --machine=edge-agent-test \
    --capability=CAP_BPF --system-call-filter=bpf --volatile=overlay $NETWORK -D "$TREE" --boot'
"""


class Machine:
    """`with Machine(tree) as machine:`; `netns`: the network namespace it lives in."""

    def __init__(self, tree: Path, log: Path, netns: str = "") -> None:
        self._tree, self._log, self._netns = tree, log, netns
        self._groups: list[Path] = []
        self._nspawn: subprocess.Popen[bytes]
        self.leader = 0

    def __enter__(self) -> Machine:
        name = f"edge-agent-test-{os.getpid()}-{time.monotonic_ns()}"
        for hierarchy in "systemd", "unified", ".":
            if (Path("/sys/fs/cgroup") / hierarchy / "cgroup.procs").exists():
                group = Path("/sys/fs/cgroup") / hierarchy / name
                group.mkdir()
                self._groups.append(group)
        network = f"--network-namespace-path=/run/netns/{self._netns}" if self._netns else "--private-network"
        with self._log.open("wb") as log:
            self._nspawn = subprocess.Popen(
                ["/bin/sh", "-c", BOOT, "sh", *map(str, self._groups)],
                env=os.environ | {"TREE": str(self._tree), "NETWORK": network},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self.until(self._is_up, "the machine to boot", BOOT_S)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def root(self) -> Path:
        """Its files, seen from outside."""
        return Path(f"/proc/{self.leader}/root")

    def run(self, *command: str, check: bool = True, user: str = "", text: str = "") -> str:
        """What a command in the machine prints. Raises AssertionError if it fails; `text` is its input."""
        done = self.call(*command, user=user, text=text)
        assert not check or not done.returncode, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def call(self, *command: str, user: str = "", text: str = "") -> subprocess.CompletedProcess[str]:
        inside = ["env", "-i", *(f"{name}={value}" for name, value in INSIDE.items())]
        who = ["runuser", "-u", user, "--"] if user else []
        return subprocess.run(
            ["nsenter", "-t", str(self.leader), "-a", "--", *inside, *who, *command],
            capture_output=True,
            text=True,
            input=text,
            check=False,
            timeout=120,
        )

    def start(self, *command: str) -> subprocess.Popen[str]:
        """A command that goes on; its output can be read."""
        inside = ["env", "-i", *(f"{name}={value}" for name, value in INSIDE.items())]
        return subprocess.Popen(
            ["nsenter", "-t", str(self.leader), "-a", "--", *inside, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        self.run(
            "sh", "-c", f"mkdir -p $(dirname {path}) && cat > {path} && chmod {mode:o} {path}", text=text
        )

    def copy_in(self, source: Path, to: str) -> None:
        """A file or a folder."""
        packed = subprocess.run(
            ["tar", "-C", str(source.parent), "-cf", "-", source.name], capture_output=True, check=True
        )
        self.run("mkdir", "-p", to)
        subprocess.run(
            ["nsenter", "-t", str(self.leader), "-a", "--", "tar", "-C", to, "-xf", "-", "--no-same-owner"],
            input=packed.stdout,
            check=True,
        )

    def prop(self, name: str, unit: str = "edge-agent.service") -> str:
        return self.run("systemctl", "show", "-P", name, unit)

    def journal(self, *matches: str, unit: str = "edge-agent.service") -> list[dict[str, Any]]:
        """Records, all fields as text."""
        lines = self.run("journalctl", "-u", unit, "-o", "json", "--all", "--no-pager", *matches)
        return [json.loads(line) for line in lines.splitlines()]

    def until(self, holds: Callable[[], object], what: str, within_s: float = 30.0) -> float:
        """Waits; returns how long, in s."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > within_s:
                raise AssertionError(f"waited {within_s:g} s for {what}")
            time.sleep(0.02)
        return time.monotonic() - began

    def _is_up(self) -> bool:
        assert self._nspawn.poll() is None, self._log.read_text(errors="replace")[-2000:]
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        if not children:
            return False
        self.leader = int(children[0])
        state = self.call("systemctl", "is-system-running").stdout.strip()
        return state in ("running", "degraded")

    def _stop(self) -> None:
        self._nspawn.send_signal(signal.SIGTERM)
        try:
            self._nspawn.wait(10)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.kill(self.leader, signal.SIGKILL)
            self._nspawn.kill()
            self._nspawn.wait()
        for group in self._groups:
            for folder in sorted(group.rglob("*/"), reverse=True):
                with suppress(OSError):
                    folder.rmdir()
            with suppress(OSError):
                group.rmdir()


def can_boot() -> bool:
    return shutil.which("systemd-nspawn") is not None and os.geteuid() == 0
