"""sudo edge-agent setup, as far as it goes without systemd: what that is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_agent.cli import main, setup
from edge_agent.cli.exits import FAILED, OK

# in place of systemd's program
SYSTEMCTL = """#!/bin/sh
echo "$@" >>"$TOLD/told"
test "$*" != "start edge-agent-setup.service" || exit "$(cat "$TOLD/starts")"
"""
BACK = "--no-block start edge-agent.service"


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "systemctl"
    program.write_text(SYSTEMCTL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("TOLD", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(setup, "LINK", tmp_path / "link")
    monkeypatch.setattr(setup, "STARTS_S", 0.0)
    return tmp_path


def test_the_link_is_shown_once_the_page_is_served(told: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (told / "starts").write_text("0")
    (told / "link").write_text("http://192.0.2.7:8080/setup#048213")
    assert main(["setup"]) == OK
    assert capsys.readouterr().out.startswith("http://192.0.2.7:8080/setup#048213\n")
    assert (told / "told").read_text().splitlines() == [
        "--quiet reset-failed edge-agent.service",
        "--quiet stop edge-agent-again.service",  # which starts the conversation, and so ends the page
        "start edge-agent-setup.service",
    ]


@pytest.mark.parametrize(
    ("starts", "why"), [("1", "cannot be started"), ("0", "it does not start: journalctl")]
)
def test_where_it_cannot_be_served_the_conversation_goes_on(
    told: Path, capsys: pytest.CaptureFixture[str], starts: str, why: str
) -> None:
    (told / "starts").write_text(starts)
    assert main(["setup"]) == FAILED
    assert why in capsys.readouterr().err
    assert (told / "told").read_text().splitlines()[-1] == BACK
