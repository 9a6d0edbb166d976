"""ALSA's own configuration is wrong, or names are not text: the audio process says why. Real PortAudio, real ALSA."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.audio.cards.errors import SoundFailed
from edge_agent.audio.process.probe import inventory, record, silence
from edge_agent.config.model import AudioSettings
from edge_agent.vocabulary import events as e

from .audio_bench import AUDIO, Bench
from .virtual_card import eventually

pytestmark = pytest.mark.realtime
pytest.importorskip("pyaudio")

BROKEN = 'pcm.!default {\n  type plug\n  slave.pcm "speaker"\n}\npcm.speaker {\n  type hw\n  card\n}\n'


@pytest.fixture
def asoundrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Writes that of a user who has no other configuration."""
    monkeypatch.delenv("ALSA_CONFIG_PATH", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    path = tmp_path / ".asoundrc"

    def write(text: str) -> Path:
        path.write_text(text)
        return path

    return write


async def test_the_broken_file_is_named(asoundrc: Callable[[str], Path]) -> None:
    path = asoundrc(BROKEN)
    for question in (inventory(AUDIO), record(AUDIO, silence(100), speaks=False)):
        with pytest.raises(SoundFailed) as failed:
            await question
        assert f"ALSA cannot read {path} (line 9: Unexpected char)" in failed.value.reason


async def test_a_running_device_names_it_once_and_is_well_when_it_is_mended(
    bench: Callable[..., Bench],
) -> None:
    it = bench(started=False)
    right = it.card.conf.read_text()
    it.card.conf.write_text(f"</nowhere/asoundrc.conf>\n{right}")
    it.process.start()
    lost = await it.until(e.AudioLost)
    assert "cannot read" in lost.reason
    await eventually(lambda: it.process.counters.tries > 6)
    assert it.of(e.AudioLost) == [lost]
    it.card.conf.write_text(right)
    await it.until(e.AudioStarted)


async def test_a_default_that_is_not_there_is_named(asoundrc: Callable[[str], Path]) -> None:
    asoundrc("defaults.pcm.card 7\n")
    found = await inventory(AudioSettings())
    assert any("names the card '7'" in trouble for trouble in found.troubles)


async def test_a_name_that_is_no_text_leaves_the_others_usable(bench: Callable[..., Bench]) -> None:
    it = bench(started=False)
    with it.card.conf.open("ab") as conf:
        conf.write(b'pcm."caf\xe9" { type plug slave.pcm "vmic" }\n')
    it.process.start()
    await it.until(e.AudioStarted)
    names = {entry.setting for entry in (await inventory(AUDIO)).entries}
    assert {"vmic", "vspk", "caf\ufffd"} <= names


async def test_each_cause_stands_in_the_log_once(
    bench: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    """However often the process ends; and it is started less and less often."""
    caplog.set_level(logging.INFO)
    it = bench()
    for _ in range(5):
        before = len(it.events)
        await it.until(e.AudioStarted, after=before if it.of(e.AudioLost) else 0)
        assert it.process.pid
        os.kill(it.process.pid, signal.SIGABRT)
        await it.until(e.AudioLost, after=before)
    assert [record.getMessage() for record in caplog.records if "audio process" in record.getMessage()] == [
        "the audio process crashed (SIGABRT); starting it again"
    ]


async def test_a_process_that_cannot_run_says_why(
    bench: Callable[..., Bench], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyaudio.py").write_text("raise ValueError('of another Python')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    it = bench()
    lost = await it.until(e.AudioLost)
    assert lost.reason == "the audio process ended with code 1: ValueError: of another Python"
