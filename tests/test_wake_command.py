"""The wake word from the command line: a simulated conversation, and the table of recordings."""

from __future__ import annotations

import asyncio
import itertools
import json
import wave
from pathlib import Path

import pytest

from edge_agent.audio.cards.errors import SoundFailed
from edge_agent.audio.convert import convert
from edge_agent.audio.micro_wake_word import MicroScorer
from edge_agent.audio.process.listening import listen
from edge_agent.audio.sounds import spoken_call, spoken_lines
from edge_agent.audio.wake_models import WakeModel
from edge_agent.audio.wav import WavWriter
from edge_agent.cli import main
from edge_agent.cli.wake import bar
from edge_agent.config.model import AudioSettings

from .test_cli import edge_agent, records
from .virtual_card import VirtualCard

pytest.importorskip("pymicro_wakeword")
CALL, LINE = (convert(clip.pcm, 24_000, 16_000) for clip in (spoken_call(), spoken_lines()[0]))
SECOND = bytes(32_000)


def wav(path: Path, pcm: bytes) -> Path:
    writer = WavWriter(str(path), 16_000)
    writer.write(pcm)
    writer.close()
    return path


@pytest.mark.realtime
def test_a_conversation_that_begins_with_a_call(tmp_path: Path) -> None:
    mic = wav(tmp_path / "mic.wav", SECOND + CALL + LINE + SECOND)
    out, timeline = tmp_path / "out.wav", tmp_path / "t.jsonl"
    done = edge_agent(
        *("simulate", "--mode", "wake-word", "--mic", mic, "--speaker", out, "--timeline", timeline),
        *("--answer", "parrot"),
    )
    assert done.returncode == 0
    assert "called: hey_jarvis" in done.stdout
    names = [record["event"] for record in records(timeline)]
    assert names.index("wake_word_heard") < names.index("link_up")
    assert names.count("commit_sent") == 1
    with wave.open(str(out)) as file:
        assert file.getnframes() > 0


def test_recordings_become_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wav(tmp_path / "call.wav", SECOND + CALL)
    wav(tmp_path / "talk.wav", SECOND + LINE)
    assert main(["wake", "test", str(tmp_path)]) == 0
    called, quiet, total = capsys.readouterr().out.splitlines()
    assert "call.wav  hey_jarvis  " in called
    assert 1.0 < float(called.split("called at ")[1].split()[0]) < 2.5
    assert quiet.endswith("not called")
    assert total == "hey_jarvis: called in 1 of 2 recordings"


def test_the_table_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = wav(tmp_path / "call.wav", CALL)
    assert main(["wake", "test", str(file), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["word"], found["cutoff"], len(found["calls_s"])) == ("hey_jarvis", 0.97, 1)


def test_what_is_not_a_recording_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.wav").write_text("no")
    for name, words in (("no.wav", "no.wav"), ("empty", "has no WAV files"), ("none.wav", "cannot be read")):
        (tmp_path / "empty").mkdir(exist_ok=True)
        assert main(["wake", "test", str(tmp_path / name)]) == 2
        assert words in capsys.readouterr().err


def test_a_simulated_card_has_no_microphone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGE_AGENT_AUDIO_BACKEND", "simulated")
    assert main(["wake", "test"]) == 2
    assert "the sound card is simulated; name a WAV file" in capsys.readouterr().err


def test_the_bar_shows_the_score_and_what_makes_a_call() -> None:
    assert bar(0.0, 0.5) == "." * 20 + "|" + "." * 20
    assert bar(1.0, 0.5) == "#" * 40 + "."


@pytest.mark.realtime
async def test_the_microphone_is_listened_to_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = VirtualCard(tmp_path)
    card.install(monkeypatch)
    scorer = MicroScorer([WakeModel("hey_jarvis")])
    frames = listen(AudioSettings(microphone="vmic"))
    try:
        best = 0.0
        async with asyncio.timeout(20):
            for number in itertools.count():
                frame = await anext(frames)
                if number % 150 == 50:
                    card.say(CALL)
                best = max(best, *scorer.score(frame))
                if best > 0.97:
                    break
    finally:
        await frames.aclose()


@pytest.mark.realtime
async def test_a_missing_microphone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = VirtualCard(tmp_path)
    card.install(monkeypatch)
    with pytest.raises(SoundFailed, match="none-such"):
        await anext(listen(AudioSettings(microphone="none-such")))
