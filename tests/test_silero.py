"""The real network on real and made sounds."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_agent.audio.build import build_confirmer, build_engine
from edge_agent.audio.config_checks import check_sound
from edge_agent.audio.gate import Edge, Gate, webrtc_detector
from edge_agent.audio.silero import MODEL, Silero, SileroUnavailable, find_model
from edge_agent.config import Config
from edge_agent.config.packages import to_install

from .sound import click, noise, tone
from .test_gate import edges, frames, over_noise
from .world import LINES

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def the_silero() -> Silero:
    try:
        return Silero()
    except SileroUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def silero(the_silero: Silero) -> Silero:
    the_silero.resume()
    return the_silero


def a_gate(silero: Silero) -> Gate:
    return Gate(webrtc_detector(3), silero, start_ms=80, hangover_ms=600)


@pytest.mark.realtime
def test_it_reports_to_nobody(the_silero: Silero, tmp_path: Path) -> None:
    """onnxruntime keeps what it means to report in the user's cache."""
    made = "from edge_agent.audio.silero import Silero; Silero().feed([bytes(2048)])"
    environ = {"PATH": "", "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", made], env=environ, cwd=ROOT, check=True)
    assert list(tmp_path.rglob("*")) == []


def test_it_tells_a_voice_from_noise(silero: Silero) -> None:
    (quiet,) = silero.feed([noise(16000, 1000, 0.05)])
    assert max(quiet) < 0.3
    (voice,) = silero.feed([LINES[0]])
    assert sum(probability > 0.5 for probability in voice) > len(voice) / 2


def test_frames_are_put_together_to_chunks(the_silero: Silero) -> None:
    (whole,) = Silero().feed([LINES[0]])
    for at_once in 1, 3, 7:
        silero = Silero()
        pieces = frames(LINES[0])
        said = [
            each for at in range(0, len(pieces), at_once) for each in silero.feed(pieces[at : at + at_once])
        ]
        assert [probability for each in said for probability in each] == pytest.approx(
            whole[: len(pieces) * 20 // 32], abs=1e-5
        )
        assert [len(each) for each in said[:8]] == [
            0,
            1,
            0,
            1,
            1,
            0,
            1,
            1,
        ]  # 32 ms are complete in the second frame
    assert silero.feed([b""]) == [[]]


def test_what_it_knows_of_the_room_is_kept_when_it_is_asked_again() -> None:
    fresh, asked_before = Silero(), Silero()
    for _ in range(10):
        asked_before.feed([noise(16000, 1000, 0.05)])
        asked_before.resume()
    knock = [noise(16000, 200, 0.3) + noise(16000, 300, 0.001)]
    assert asked_before.feed(knock) != fresh.feed(knock)


@pytest.mark.parametrize("line", range(3))
def test_a_human_voice_opens_the_gate_once(silero: Silero, line: int) -> None:
    said = edges(a_gate(silero), noise(16000, 1000, 0.001) + LINES[line] + noise(16000, 1500, 0.001))
    assert [edge for _, edge in said] == [Edge.OPENED, Edge.CLOSED]
    assert 1000 < said[0][0] < 1000 + 300 + 80 + 240
    assert said[1][0] > 1000 + len(LINES[line]) / 32


def test_a_voice_in_noise_of_the_same_power_opens_it(silero: Silero) -> None:
    said = edges(a_gate(silero), over_noise(LINES[1], 0.06))
    assert [edge for _, edge in said][:1] == [Edge.OPENED]
    assert said[0][0] > 2000


@pytest.mark.parametrize(
    "sound",
    [
        noise(16000, 6000, 0.05),
        bytes(96_000) + noise(16000, 6000, 0.1),  # a fan that is switched on
        bytes(64_000) + tone(16000, 3000, 220),
        click(16000, 300) * 20,
    ],
)
def test_what_is_no_voice_does_not_open_it(silero: Silero, sound: bytes) -> None:
    assert edges(a_gate(silero), sound) == []


@pytest.mark.parametrize(
    ("confirm", "mode", "button", "there"),
    [
        ("off", "hands-free", "hold", False),
        ("auto", "button", "hold", False),
        ("auto", "button", "tap", True),
        ("auto", "hands-free", "hold", True),
        ("silero", "button", "hold", True),
    ],
)
def test_who_gets_it(the_silero: Silero, confirm: str, mode: str, button: str, there: bool) -> None:
    assert bool(build_confirmer(a_config(confirm, mode, button))) is there


def a_config(confirm: str, mode: str = "hands-free", button: str = "hold") -> Config:
    config = Config()
    turns = replace(config.turns, mode=mode, button=button)  # type: ignore[arg-type]
    return replace(config, gate=replace(config.gate, confirm=confirm), turns=turns)  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", ["onnxruntime", "silero_vad", MODEL])
def test_what_is_missing_is_said_or_done_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object, missing: str
) -> None:
    real = importlib.util.find_spec

    def find_spec(name: str) -> object:
        if name == missing:
            return None
        if name == "silero_vad":
            spec = importlib.util.spec_from_loader(name, None, is_package=True)
            assert spec
            spec.submodule_search_locations = [str(tmp_path)]
            return spec
        return real("json") if name == "onnxruntime" else real(name)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    with pytest.raises(SileroUnavailable, match=missing):
        find_model()
    with pytest.raises(SileroUnavailable, match=re.escape(to_install("onnxruntime", "silero-vad"))):
        build_confirmer(a_config("silero"))
    assert build_confirmer(a_config("auto")) is None
    told: list[Any] = []
    build_engine(a_config("silero"), told.append)
    assert "only webrtcvad is used" in told[0].text
    assert [key for key, _ in check_sound(a_config("silero"))] == [("gate", "confirm")]
    assert list(check_sound(a_config("silero"), {("gate", "confirm")})) == []
    assert list(check_sound(a_config("auto"))) == []
