"""A device name that leads to PulseAudio or PipeWire, and no server for this user: not a plug that is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from errno import ECONNREFUSED, EHOSTDOWN, ENODEV, ENOENT
from pathlib import Path

import pytest

from edge_agent.audio.cards.sound_server import server_missing
from edge_agent.telemetry.status import StatusBoard
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State


@pytest.mark.parametrize(
    ("code", "missing"),
    [(ECONNREFUSED, True), (EHOSTDOWN, True), (ENOENT, False), (ENODEV, False), (0, False)],
)
def test_what_alsa_says_tells_a_server_from_a_plug(code: int, missing: bool) -> None:
    asked = []

    def opened(name: str, direction: str) -> int:
        asked.append((name, direction))
        return code

    said = server_missing("pulse", "microphone", opened)
    assert bool(said) is missing
    assert not said or said.startswith(
        "microphone 'pulse' leads to PulseAudio or PipeWire, and no sound server answers "
    )
    said = server_missing("", "speaker", opened)
    assert not said or said.startswith("the default speaker leads to ")
    assert asked == [("pulse", "microphone"), ("default", "speaker")]


@pytest.mark.parametrize("name", ["hw:1,0", "plug:pulse", "{ type hw }"])
def test_what_is_more_than_a_name_is_not_opened(name: str) -> None:
    def opened(name: str, direction: str) -> int:
        raise AssertionError(f"{direction} {name}")

    assert server_missing(name, "speaker", opened) == ""


def test_what_to_do_is_not_to_plug_something_in() -> None:
    board = StatusBoard(lambda: 0.0)
    reason = server_missing("pulse", "microphone", lambda *_: ECONNREFUSED)
    board.watch(e.AudioLost("microphone", reason), State())
    (finding,) = board.findings
    assert finding.code == "microphone-missing"
    assert finding.todo.startswith("run edge-agent in the session of the server's user, or name a card")
    board.watch(e.AudioLost("microphone", "microphone 'x' not found"), State())
    assert board.findings[0].todo.startswith("plug it in")


@pytest.mark.realtime
@pytest.mark.parametrize("name", ["pulse", "default", "mine", ""])
def test_a_real_alsa_without_its_server(tmp_path: Path, name: str) -> None:
    """Under whichever name; a card that is not there is another thing."""
    (tmp_path / "asound.conf").write_text(
        "pcm.pulse { type pulse }\npcm.default { type pulse }\npcm.mine { type plug slave.pcm pulse }\n"
        "pcm.gone { type hw card 31 }\n"
    )
    module = "edge_agent.audio.cards.sound_server"
    code = (
        f"import sys; from {module} import server_missing; print(server_missing(sys.argv[1], 'microphone'))"
    )
    environ = os.environ | {
        "ALSA_CONFIG_PATH": str(tmp_path / "asound.conf"),
        "PULSE_RUNTIME_PATH": str(tmp_path / "none"),
    }

    def said(about: str) -> str:
        command = [sys.executable, "-c", code, about]
        return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout.strip()

    assert "no sound server answers the user " in said(name)
    assert said("gone") == said("what-is-that") == ""
