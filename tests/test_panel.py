from __future__ import annotations

import asyncio
import os
import pty

import pytest

from edge_agent.panel.simulated import PanelStep, follow_script, keyboard, parse_script
from edge_agent.vocabulary import events as e


def test_scripts() -> None:
    assert parse_script("release@3.2 press@1 mute@0.5") == [
        PanelStep(0.5, e.MuteSwitched(True)),
        PanelStep(1.0, e.ButtonPressed()),
        PanelStep(3.2, e.ButtonReleased()),
    ]


@pytest.mark.parametrize("text", ["", "press", "press@", "press@x", "push@1", "press@1,release@2"])
def test_scripts_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"press@1\.0"):
        parse_script(text)


async def test_events_come_in_their_order() -> None:
    posted: list[e.Event] = []
    steps = parse_script("press@0 interrupt@0.01 unmute@0.01 stop@0.02")
    await follow_script(steps, posted.append)
    assert posted == [step.event for step in steps]


async def test_quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        parent, child = pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine gives no pseudo terminals ({error})")
    keys: asyncio.Queue[str] = asyncio.Queue()
    with os.fdopen(child) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        with keyboard(keys.put_nowait):
            os.write(parent, b" q")
            async with asyncio.timeout(5):
                assert [await keys.get(), await keys.get()] == [" ", "q"]
    os.close(parent)


async def test_no_terminal_no_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/null") as nothing:  # noqa: ASYNC230, PTH123
        monkeypatch.setattr("sys.stdin", nothing)
        with pytest.raises(OSError, match="terminal"), keyboard(lambda _: None):
            await asyncio.sleep(0)
