"""Cues and messages: the bundled ones, and those of the installer."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio import sounds
from edge_agent.audio.config_checks import check_sound
from edge_agent.audio.riff import BadWav
from edge_agent.audio.wav import load, read_wav
from edge_agent.config import load as load_config
from edge_agent.config.suggest import did_you_mean
from edge_agent.vocabulary.commands import SPOKEN, Cue

from .sound import tone

MESSAGES = sounds.HERE / "messages"
LANGUAGES = ["en", "ja"]
PCM, FLOAT = 1, 3


def write(
    path: Path, data: bytes, *, width: int = 2, rate_hz: int = 24_000, tag: int = PCM, junk: int = 0
) -> None:
    """A mono WAV file of any format, by the letter. `junk`: bytes of a chunk before the format."""
    fmt = struct.pack("<HHIIHH", tag, 1, rate_hz, rate_hz * width, width, 8 * width)
    body = b"WAVE" + (b"JUNK" + struct.pack("<I", junk) + bytes(junk) if junk else b"")
    body += b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


# ---- the bundled ones -------------------------------------------------------------------
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_message_has_words_and_a_recording(language: str) -> None:
    texts = json.loads((MESSAGES / "messages.json").read_text("utf-8"))
    assert sorted(texts) == LANGUAGES
    assert set(texts[language]) == {cue.value for cue in SPOKEN}
    assert {path.stem for path in (MESSAGES / language).glob("*.wav")} == {cue.value for cue in SPOKEN}


@pytest.mark.parametrize(
    "path", sorted(MESSAGES.rglob("*.wav")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_a_message_is_short_and_level_and_without_silence_at_its_ends(path: Path) -> None:
    pcm, rate_hz, channels = read_wav(path)
    assert (rate_hz, channels) == (24_000, 1)
    samples = np.frombuffer(pcm, np.int16) / 32768
    assert 1.5 <= len(samples) / rate_hz <= 4
    assert 20 * np.log10(np.abs(samples).max()) == pytest.approx(-3, abs=0.2)
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    assert loud[0] < 0.2 * rate_hz
    assert loud[-1] > len(samples) - 0.3 * rate_hz
    assert max(abs(samples[0]), abs(samples[-1])) < 0.001, "a click"


def test_the_language_chooses_the_message_and_without_messages_a_cue_stands_for_it() -> None:
    english, japanese = sounds.cues(language="en"), sounds.cues(language="ja")
    plain = sounds.cues(messages=False)
    assert english.keys() == japanese.keys() == plain.keys() == set(Cue)
    for cue in Cue:
        assert (english[cue] != japanese[cue]) == cue.is_spoken
    assert plain[Cue.NO_NETWORK] == english[Cue.OFFLINE]
    assert plain[Cue.SERVICE_BUSY] == english[Cue.GAVE_UP]
    assert plain[Cue.FORGOTTEN] == english[Cue.DONE]


# ---- those of the installer -------------------------------------------------------------
def test_own_sounds_are_taken_first(tmp_path: Path) -> None:
    mine = tone(24_000, 100)
    write(tmp_path / "no-network.wav", mine)
    found = sounds.cues(own=str(tmp_path))
    assert found[Cue.NO_NETWORK] == mine
    assert found[Cue.DONE] == sounds.cues()[Cue.DONE]
    assert list(sounds.problems(str(tmp_path))) == []


@pytest.mark.parametrize(
    ("width", "tag", "data"),
    [
        (1, PCM, bytes([128, 192, 0, 255])),
        (
            3,
            PCM,
            b"".join(value.to_bytes(3, "little", signed=True) for value in (0, 2**22, -(2**23), 2**23 - 1)),
        ),
        (4, PCM, struct.pack("<4i", 0, 2**30, -(2**31), 2**31 - 1)),
        (4, FLOAT, struct.pack("<4f", 0, 0.5, -1.5, float("inf"))),
        (8, FLOAT, struct.pack("<4d", float("nan"), 0.5, -1.0, 1.0)),
    ],
)
def test_any_usual_depth(tmp_path: Path, width: int, tag: int, data: bytes) -> None:
    write(tmp_path / "x.wav", data, width=width, tag=tag)
    samples = np.frombuffer(read_wav(tmp_path / "x.wav")[0], np.int16)
    assert samples.tolist() == pytest.approx([0, 16384, -32768, 32767], abs=256)


def test_any_usual_rate_and_other_chunks_before_the_format(tmp_path: Path) -> None:
    write(tmp_path / "x.wav", tone(44_100, 500, 1000), rate_hz=44_100, junk=28)
    out = np.frombuffer(load(tmp_path / "x.wav"), np.int16)
    assert len(out) == pytest.approx(12_000, abs=480)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (
            "done.wav",
            b"no sound",
            "done.wav: is not a usable WAV file (it does not begin as a WAV file does)",
        ),
        (
            "done.wav",
            b"",
            "done.wav: is not a usable WAV file (it is empty); convert it to 16-bit PCM",
        ),
        ("don.wav", b"", "don.wav: must be named after a cue, with the suffix .wav; did you mean 'done'?"),
        ("Done.WAV", b"", "Done.WAV: must be named after a cue, with the suffix .wav; did you mean 'done'?"),
        (
            "zzz.wav",
            b"",
            "zzz.wav: must be named after a cue, with the suffix .wav; choose from alarm, announcement, ",
        ),
        ("done.mp3", b"", "done.mp3: is not a WAV file; convert it to done.wav"),
    ],
)
def test_an_own_sound_that_cannot_be_used(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "README.txt").write_text("mine")
    (tmp_path / "own" / name).write_bytes(data)
    (tmp_path / "c.toml").write_text(f"[audio]\nsounds = '{tmp_path}/own'\n")
    (problem,) = load_config(tmp_path / "c.toml", environ={}, checks=[check_sound])[1]
    assert str(problem).startswith(f"{tmp_path}/c.toml:2: [audio] sounds: {tmp_path}/own/{said}")
    assert "\n" not in str(problem)


def test_every_own_sound_gets_its_line(tmp_path: Path) -> None:
    write(tmp_path / "done.wav", bytes(2 * 8000 * 15 + 2), rate_hz=8000)
    write(tmp_path / "muted.wav", bytes(8), width=2, tag=FLOAT)
    write(tmp_path / "offline.wav", bytes(8), width=1, tag=7)
    write(tmp_path / "unmuted.wav", bytes(2 * 8000 * 15), rate_hz=8000)
    assert [said.removeprefix(f"{tmp_path}/") for said in sounds.problems(str(tmp_path))] == [
        "done.wav: is longer than 15 s; shorten it",
        "muted.wav: is not a usable WAV file (its samples have 16 bits, floating point); convert it to 16-bit PCM",
        "offline.wav: is not a usable WAV file (its samples are mu-law); convert it to 16-bit PCM",
    ]
    with pytest.raises(BadWav, match="longer than 15 s"):
        sounds.cues(own=str(tmp_path))


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (said,) = sounds.problems(str(tmp_path / "missing"))
    assert said.startswith(f"cannot use {tmp_path}/missing as a folder of sounds (No such file or directory)")
    (tmp_path / "file").touch()
    (said,) = sounds.problems(str(tmp_path / "file"))
    assert "(Not a directory)" in said


def test_the_nearest_word_or_all_of_them() -> None:
    assert did_you_mean("lsten", ["listen", "speak"]) == "; did you mean 'listen'?"
    assert did_you_mean("zzz", {"b": 1, "a": 2}) == "; choose from a, b"
