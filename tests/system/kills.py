"""The installer is killed in the middle, and then the device is started again, as after a power cut: is it broken?

`python -m tests.system.kills --random 100 --named`, as root; takes half an hour, and is not part of the tests.
From where a version is built, which is where anything is changed: versions that work and that do not, killed at
random, or after each step, on a device that runs and on one that is stopped. Prints a line for each, and how many are
broken.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from . import tree
from .conftest import CONFIG, KEY, simulated_service
from .machine import Machine
from .packages import checkout, wheels
from .test_install import CUT, FILE, KEY_FILE

UNIT = "edge-agent"
PYTHON = "/opt/edge-agent/current/bin/python"
READY_S = 120.0  # on a machine that is busy
STEPS = """
from edge_agent.install.changeover import change_over
from edge_agent.install.home import Home
from edge_agent.install.service import Systemd
for step in change_over(Home(), Systemd(), {name!r}):
    print(step, flush=True)
"""


class Victim:
    """A machine with edge-agent on it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.count = self.broken = 0

    def version(self, *, works: bool) -> str:
        """A new one, built like the current one; one that does not work only fails."""
        self.count += 1
        name = f"2.{self.count}-{'good' if works else 'bad'}"
        folder = f"/opt/edge-agent/versions/{name}"
        self.machine.run("cp", "-al", "/opt/edge-agent/current/", folder)
        self.machine.run("rm", "-f", *(f"{folder}/{mark}" for mark in ("proven", "complete", "tries")))
        # it names the Python of the version that it was built for
        self.machine.run("sed", "-i", f"1s#.*#\\#!{folder}/bin/python#", f"{folder}/bin/edge-agent")
        if not works:
            self.machine.run("rm", f"{folder}/bin/edge-agent")
            self.machine.write(f"{folder}/bin/edge-agent", "#!/bin/sh\nexit 1\n", 0o755)
        return name

    def kill_after(self, seconds: float, *command: str) -> str:
        """With all that it started; what it was doing then."""
        self.machine.run("rm", "-f", "/run/killed")
        run = self.machine.start(
            "setsid", "--wait", "sh", "-c", 'echo $$ >/run/killed; exec "$@"', "sh", *command
        )
        self.machine.until(lambda: self.machine.run("cat", "/run/killed", check=False), "it to begin")
        try:
            run.wait(seconds)
        except subprocess.TimeoutExpired:
            self.machine.call("kill", "-KILL", "--", f"-{self.machine.run('cat', '/run/killed')}")
        assert run.stdout
        said = run.stdout.read().strip().splitlines()
        run.wait()
        return said[-1] if said else "nothing said yet"

    def power_cut(self, what: str) -> None:
        """What a boot does; whether it runs then."""
        began = time.monotonic()
        self.machine.run("systemctl", "reset-failed", check=False)
        self.machine.run("systemctl", "restart", "--no-block", UNIT)
        wrong = ""
        try:
            self.machine.until(self._runs, "it to run", READY_S)
        except AssertionError:
            wrong = "BROKEN: it does not run"
        if self.machine.run("systemctl", "is-enabled", UNIT, check=False) != "enabled":
            wrong = "BROKEN: it is not enabled"
        if self.machine.run("cat", FILE) != CONFIG.strip() or self.machine.run("cat", KEY_FILE) != KEY:
            wrong = "BROKEN: its configuration or key has changed"
        self.broken += bool(wrong)
        print(f"{what}: {wrong or f'runs after {time.monotonic() - began:.0f} s'}", flush=True)

    def _runs(self) -> bool:
        if self.machine.prop("ActiveState") != "active":
            return False
        return self.machine.call("edge-agent", "status").returncode == 0


def killed_at_random(victim: Victim, times: int) -> Iterator[str]:
    for _ in range(times):
        works = random.random() < 0.5
        name, at = victim.version(works=works), random.uniform(0.05, 6)
        doing = victim.kill_after(at, PYTHON, "-I", "-c", STEPS.format(name=name))
        yield f"{name} killed after {at:.1f} s, after {doing!r}"


def killed_after_each_step(victim: Victim) -> Iterator[str]:
    for works in True, False:
        for stopped in True, False:
            done = victim.machine.run(PYTHON, "-I", "-c", STEPS.format(name=victim.version(works=works)))
            victim.power_cut(f"{'good' if works else 'bad'} version to its end")
            for step in done.splitlines():
                if stopped:
                    victim.machine.run("systemctl", "stop", UNIT)
                name = victim.version(works=works)
                victim.machine.call(PYTHON, "-I", "-c", CUT, name, step)
                yield f"{name} on a device that {'is stopped' if stopped else 'runs'}, killed after {step!r}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--named", action="store_true")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    with Machine(tree.build(), folder / "boot.log") as machine:
        machine.run("rm", "-rf", "/opt/edge-agent")
        machine.copy_in(checkout(folder / "1.1", version="1.1"), "/srv")
        machine.copy_in(wheels(), "/srv")
        machine.write(FILE, CONFIG)
        machine.write(KEY_FILE, KEY, 0o600)
        machine.run("/srv/1.1/scripts/install", "--wheels", f"/srv/{wheels().name}")
        simulated_service(machine)
        victim = Victim(machine)
        victim.power_cut("installed")
        kills = 0
        for each in (
            killed_at_random(victim, args.random),
            killed_after_each_step(victim) if args.named else (),
        ):
            for what in each:
                kills += 1
                victim.power_cut(f"{kills}. {what}")
    print(f"{kills} kills, broken: {victim.broken}")
    return bool(victim.broken)


if __name__ == "__main__":
    sys.exit(main())
