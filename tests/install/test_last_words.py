"""What a version that fails has said last, out of the journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.install.service import journal


def test_the_journal_is_asked_from_when_it_began_and_not_from_the_second_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "journalctl"
    program.write_text('#!/bin/sh\n[ "$1" = --sync ] || printf "%s\\n" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    began_s = 1_764_364_800.7
    asked = dict(option.split("=") for option in journal(began_s, "--unit=x") if "=" in option)
    assert asked["--unit"] == "x"
    assert float(asked["--since"].removeprefix("@")) == began_s
