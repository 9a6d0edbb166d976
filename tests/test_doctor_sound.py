"""The commands `doctor` and `devices` as a user runs them, on a virtual sound card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from .test_cli import edge_agent, simulator
from .test_doctor import SCHEMA
from .virtual_card import VirtualCard

pytestmark = pytest.mark.realtime
pytest.importorskip("pyaudio")

TOML = '[audio]\nmicrophone = "vmic"\nspeaker = "vspk"\n'


def examined(
    tmp_path: Path, card: VirtualCard, *arguments: str, toml: str = TOML
) -> tuple[int, dict[str, Any]]:
    """(exit code, check by name)."""
    (tmp_path / "c.toml").write_text(toml)
    with simulator() as url:
        done = edge_agent(
            "doctor", "--json", "--config", tmp_path / "c.toml", *arguments,
            ALSA_CONFIG_PATH=str(card.conf), AZURE_OPENAI_ENDPOINT=url, EDGE_AGENT_AUDIO_BACKEND="portaudio",
        )  # fmt: skip
    document = json.loads(done.stdout)
    jsonschema.validate(document, SCHEMA)
    assert document["exit_code"] == done.returncode
    return done.returncode, {check["name"]: check for check in document["checks"]}


def test_a_device_that_is_well(tmp_path: Path) -> None:
    code, checks = examined(tmp_path, VirtualCard(tmp_path, echo_gain=0.3, echo_ms=20))
    assert code == 0, checks
    assert {check["status"] for check in checks.values()} <= {"ok", "skipped", "warning"}
    acoustics = checks["acoustics"]["figures"]
    assert 20 <= acoustics["round_trip_ms"] <= 250
    assert acoustics["return_loss_db"] == pytest.approx(
        9.3, abs=1
    )  # 0.3, and reflections of 1/2 and 1/4 of it
    assert -75 < checks["microphone"]["figures"]["floor_dbfs"] < -71
    assert 'echo = "linear" is right' in checks["echo"]["seen"]


def test_a_speaker_that_is_not_heard(tmp_path: Path) -> None:
    code, checks = examined(tmp_path, VirtualCard(tmp_path), "--no-network")
    assert code == 1
    assert checks["microphone"]["status"] == checks["speaker"]["status"] == "ok"
    assert "the microphone does not hear the speaker" in checks["acoustics"]["seen"]


@pytest.mark.parametrize(
    ("part", "word", "seen"),
    [
        ("microphone", "unplug", "'vmic' not found"),
        ("microphone", "stall", "the microphone is not responding"),
        ("microphone", "dead", "delivers only zeros"),
        ("microphone", "crash", "crashed (SIGSEGV)"),
        ("speaker", "unplug", "'vspk' not found"),
        ("speaker", "stall", "the speaker has stalled"),
    ],
)
def test_a_device_that_fails(tmp_path: Path, part: str, word: str, seen: str) -> None:
    card = VirtualCard(tmp_path, echo_gain=0.3)
    card.fault(part, word)
    code, checks = examined(tmp_path, card, "--no-network")
    assert code == 1
    other = "speaker" if part == "microphone" else "microphone"
    assert checks[part]["status"] == "failed"
    assert seen in checks[part]["seen"]
    assert checks[other]["status"] == "ok"
    assert checks["acoustics"]["seen"] == f"the {part} does not work"


def test_devices(tmp_path: Path) -> None:
    card = VirtualCard(tmp_path)
    (tmp_path / "c.toml").write_text(TOML)
    done = edge_agent("devices", "--config", tmp_path / "c.toml", ALSA_CONFIG_PATH=str(card.conf))
    assert done.returncode == 0
    assert '* microphone = "vmic"' in done.stdout
    assert '* speaker = "vspk"' in done.stdout
    done = edge_agent("devices", "--json", ALSA_CONFIG_PATH=str(card.conf))
    assert {entry["line"] for entry in json.loads(done.stdout)["devices"]} >= {
        'microphone = "vmic"',
        'speaker = "vspk"',
    }
    card.fault("microphone", "unplug")
    done = edge_agent("devices", "--config", tmp_path / "c.toml", ALSA_CONFIG_PATH=str(card.conf))
    assert done.returncode == 1
    assert "microphone 'vmic' not found" in done.stderr
    assert "microphones: none" in done.stdout


def test_it_is_said_that_nobody_has_chosen_the_microphone(tmp_path: Path) -> None:
    card = VirtualCard(tmp_path, echo_gain=0.3)
    _, checks = examined(tmp_path, card, "--no-network", toml='[audio]\nspeaker = "vspk"\n')
    found = checks["microphone"]
    assert found["status"] == "warning"
    assert found["seen"].endswith("; the system's default, because audio.microphone is not set")
    assert "'vmic'" in found["do"]
    assert checks["speaker"]["status"] == "ok"


def test_a_number_is_refused_and_the_devices_are_listed_all_the_same(tmp_path: Path) -> None:
    card = VirtualCard(tmp_path)
    (tmp_path / "c.toml").write_text('[audio]\nmicrophone = "hw:1,0"\nspeaker = "vspk"\n')
    real = {"ALSA_CONFIG_PATH": str(card.conf), "EDGE_AGENT_AUDIO_BACKEND": "portaudio"}
    checked = edge_agent("config", "check", "--config", tmp_path / "c.toml", **real)
    listed = edge_agent("devices", "--config", tmp_path / "c.toml", **real)
    for done in (checked, listed):
        assert done.returncode == 78
        assert "c.toml:2: [audio] microphone: 'hw:1,0': another card may have that number" in done.stderr
    assert '* speaker = "vspk"' in listed.stdout
