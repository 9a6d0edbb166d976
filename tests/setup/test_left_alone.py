"""A set-up page that somebody opened on a device that works, and forgot, gives the conversation back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_agent.install.from_page import LEFT_ALONE, main
from edge_agent.setup.setting_up import SettingUp

from ..ports import free_port


@pytest.mark.realtime
async def test_it_ends_where_nobody_comes() -> None:
    setting_up = SettingUp(f"127.0.0.1:{free_port()}", None, lambda _: None, left_alone_s=0.1)
    assert not await setting_up.run()


@pytest.mark.parametrize("is_left", [True, False])
def test_then_root_starts_the_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_left: bool) -> None:
    program, told = tmp_path / "systemctl", tmp_path / "told"
    program.write_text(f'#!/bin/sh\necho "$@" >>"{told}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    folder = tmp_path / "run"
    folder.mkdir()
    if is_left:
        (folder / LEFT_ALONE).touch()
    assert main([str(folder)]) == 0
    lines = told.read_text().splitlines() if told.exists() else []
    assert lines[-1:] == (["start --no-block edge-agent.service"] if is_left else [])
