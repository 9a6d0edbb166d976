"""When the device may be stopped for another version, and what is said of one that does not work."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_agent.install.changeover import ChangeEnd, Result
from edge_agent.install.finish import last_of_not_ready, tell_result
from edge_agent.install.pause import status_now, wait_for_pause
from edge_agent.install.process import Console


def waits(*modes: str) -> float:
    """How long, in s, with at most 5; after the last nothing answers."""
    told: Iterator[dict[str, Any]] = iter([*({"mode": mode} for mode in modes), {}])
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    wait_for_pause(5, lambda: next(told), lambda: now[0], pause)
    return now[0]


def test_whoever_talks_may_end() -> None:
    assert waits("speaking", "listening", "idle") == 2
    assert waits("thinking") == 1
    assert waits(*["speaking"] * 20) == 5
    for mode in ("idle", "muted", "offline", "fault"):
        assert waits(mode) == 0


@pytest.mark.parametrize("answer", [b"", b"[]\n", b"1\n", b"[" * 100_000 + b"\n", b"\xff\n", b"{"])
def test_what_a_device_answers_that_means_ill(
    answer: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "control.sock"))
        listening.listen()

        def converse() -> None:
            end, _ = listening.accept()
            with end:
                end.recv(100)
                end.sendall(answer)

        thread = threading.Thread(target=converse)
        thread.start()
        assert status_now() == {}
        thread.join()


def test_the_last_words_are_found_in_what_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    failed = Result(ChangeEnd.ROLLED_BACK, "1.0", "1.1", ["Traceback", "  File x", "RuntimeError: bad"])
    tell_result(failed, Console("edge-agent"))
    said = f"Setting up edge-agent (1.1) ...\n{capsys.readouterr().out}edge-agent: idle: talk to it\n"
    assert last_of_not_ready(said) == "RuntimeError: bad"
    tell_result(Result(ChangeEnd.RUNS, "1.1"), Console("edge-agent"))
    assert last_of_not_ready(capsys.readouterr().out) == ""
