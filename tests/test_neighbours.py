from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from edge_agent.host.neighbours import Neighbours, service_beside

NAME = f"edge-agent-test-{os.getpid()}-"
OTHER = """import sys
from edge_agent.host.neighbours import Neighbours
neighbours = Neighbours(sys.argv[1])
print(*neighbours.pids, flush=True)
sys.stdin.read()
"""


def test_two_devices_know_of_each_other_until_one_is_gone() -> None:
    with (
        closing(Neighbours(NAME)) as ours,
        subprocess.Popen(
            [sys.executable, "-c", OTHER, NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other,
    ):
        assert other.stdout
        assert other.stdout.readline().split() == [str(os.getpid())]
        assert ours.pids == [other.pid]
        finding = ours.finding
        assert finding
        assert f"another edge-agent is running on this machine (pid {other.pid})" in finding.what
        assert finding.code == "another-device"
        other.kill()
        other.wait()
        assert ours.pids == []
        assert ours.finding is None


def test_where_the_system_does_not_tell(tmp_path: Path) -> None:
    with closing(Neighbours(NAME, tmp_path / "none")) as ours:
        assert ours.pids == []


def test_no_device_is_started_beside_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = tmp_path / "run"
    system.mkdir()
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    assert service_beside(system) == ""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(system / "control.sock"))
        listening.listen()
        assert "stop it first: sudo systemctl stop edge-agent" in service_beside(system)
        monkeypatch.setenv("RUNTIME_DIRECTORY", str(system))
        assert service_beside(system) == ""
