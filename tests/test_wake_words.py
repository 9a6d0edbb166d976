"""The tables [[wake]], the models that they name, and what is wrong with them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edge_agent.audio.build import build_engine
from edge_agent.audio.config_checks import check_sound
from edge_agent.audio.convert import convert
from edge_agent.audio.micro_wake_word import MicroScorer, make_ear
from edge_agent.audio.sounds import spoken_call
from edge_agent.audio.wake_models import WakeModel, WakeUnavailable, cutoff
from edge_agent.config import Config, load
from edge_agent.config.model import ServiceSettings, TurnTaking
from edge_agent.config.show import schema, show
from edge_agent.config.wake_words import WAKE_DEFAULTS, WakeWord, parse_words
from edge_agent.doctor.wake_word import wake_word
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES

TWO = """
[turns]
mode = "wake-word"

[[wake]]
word = "hey_jarvis"
sensitivity = "low"
instructions = "You are a butler."
voice = "ash"
language = "de"

[[wake]]
word = "okay_nabu"
"""


def loaded(tmp_path: Path, text: str) -> tuple[Config, list[str]]:
    (tmp_path / "c.toml").write_text(text)
    config, problems = load(tmp_path / "c.toml", environ={}, checks=[check_sound])
    return config, [str(problem).replace(f"{tmp_path}/", "") for problem in problems]


# ---- tables -----------------------------------------------------------------
def test_two_words_with_two_personas(tmp_path: Path) -> None:
    pytest.importorskip("pymicro_wakeword")
    config, problems = loaded(tmp_path, TWO)
    assert problems == []
    assert [word.name for word in config.wake_words] == ["hey_jarvis", "okay_nabu"]
    jarvis = config.answered_by("hey_jarvis").assistant
    assert (jarvis.instructions, jarvis.voice, jarvis.language) == ("You are a butler.", "ash", "de")
    assert config.answered_by("okay_nabu") is config
    assert config.answered_by("") is config
    again, problems = loaded(tmp_path, show(config))
    assert (again.wake, problems) == (config.wake, [])


def test_in_mode_wake_word_there_is_one_that_calls() -> None:
    waiting = TurnTaking(mode="wake-word")
    assert [word.name for word in Config(turns=waiting).wake_words] == ["hey_jarvis"]
    stop = WakeWord("stop.json", does="stop")
    assert [word.name for word in Config(turns=waiting, wake=(stop,)).wake_words] == ["hey_jarvis", "stop"]
    assert Config().wake_words == ()


def test_a_file_is_called_by_its_name() -> None:
    assert WakeWord("/etc/edge-agent/Hallo Küche.json").name == "Hallo_Küche"
    assert WakeWord("/x/.json").name == "word"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "word must be set"),
        ({"word": "hey_jarvi"}, "did you mean 'hey_jarvis'?"),
        ({"word": "hey_jarvis", "sensitivity": "0.5"}, "sensitivity must be one of 'low', 'medium', 'high'"),
        ({"word": "hey_jarvis", "volume": "x"}, "'volume' is not a key of a wake word"),
        ({"word": 3}, "word must be text in quotes"),
        ({"word": "alexa", "does": "stop", "voice": "ash"}, "a word that only stops"),
    ],
)
def test_what_is_wrong_with_a_table(table: dict[str, Any], words: str) -> None:
    parsed, problems = parse_words([table])
    assert parsed == ()
    assert any(words in what for _, what in problems), problems


def test_what_is_wrong_with_tables() -> None:
    assert parse_words({"word": "alexa"})[1] == [("wake", "each word is a table of its own, headed [[wake]]")]
    twice = parse_words([{"word": "alexa"}, {"word": "alexa"}])[1]
    assert twice == [("[[wake]] number 2", "another [[wake]] has this word; give each its own")]
    many = parse_words([{"word": f"w{number}.json"} for number in range(5)])[1]
    assert many == [("[[wake]]", "there are 5 words; 4 are the most")]


def test_rules_between_words_and_other_settings(tmp_path: Path) -> None:
    pytest.importorskip("pymicro_wakeword")
    wrong = TWO.replace('"wake-word"', '"hands-free"').replace('"ash"', '"en-US-Ava:X"')
    _, problems = loaded(tmp_path, wrong)
    assert any(
        "of [[wake]] hey_jarvis: 'en-US-Ava:X' is a voice of Azure Speech" in told for told in problems
    )
    assert any("'hands-free' listens to every voice, so [[wake]] has no use" in told for told in problems)


def test_the_schema_knows_the_keys() -> None:
    item = schema()["properties"]["wake"]["items"]
    assert item["properties"].keys() == WAKE_DEFAULTS.keys()


# ---- models -----------------------------------------------------------------
@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of one of the package."""
    pytest.importorskip("pymicro_wakeword")
    bundled = WakeModel("hey_jarvis")
    shutil.copy(bundled.tflite, tmp_path)
    return Path(shutil.copy(bundled.path, tmp_path / "jarvis.json"))


def test_a_model_from_a_file_hears_its_word(model: Path) -> None:
    scorer = MicroScorer([WakeModel(str(model)), WakeModel("alexa")])
    scorer.score(bytes(MIC_FRAME_BYTES * 50))
    pcm = convert(spoken_call().pcm, 24_000, 16_000) + bytes(MIC_FRAME_BYTES * 20)
    scores = [scorer.score(pcm[at : at + MIC_FRAME_BYTES]) for at in range(0, len(pcm), MIC_FRAME_BYTES)]
    jarvis, alexa = map(max, zip(*scores, strict=True))
    assert jarvis > 0.97 > 0.5 > alexa
    scorer.reset()
    assert scorer.score(bytes(MIC_FRAME_BYTES)) == [0.0, 0.0]


def test_the_steps_of_sensitivity_lie_around_what_the_author_gives() -> None:
    assert cutoff(0.97, "high") < cutoff(0.97, "medium") == 0.97 < cutoff(0.97, "low") < 1
    assert cutoff(0.5, "high") == 0.3


def described(path: Path, **changes: Any) -> None:
    text = json.loads(path.read_text())
    path.write_text(json.dumps(text | changes))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda path: path.unlink(), "jarvis.json cannot be read (No such file or directory); check the path"),
        (lambda path: path.write_text("{}"), "is not a microWakeWord description"),
        (lambda path: path.write_text("["), "is not a microWakeWord description"),
        (lambda path: described(path, micro={"probability_cutoff": 7, "sliding_window_size": 5}), "out of range"),
        (lambda path: described(path, model="none.tflite"), "none.tflite cannot be read"),
        (lambda path: (path.parent / "hey_jarvis.tflite").write_bytes(b"<html>"), "is not a TensorFlow Lite model"),
    ],
)  # fmt: skip
def test_a_bad_file_is_told_in_words(model: Path, broken: Any, words: str) -> None:
    broken(model)
    config = Config(turns=TurnTaking(mode="wake-word"), wake=(WakeWord(str(model)),))
    (found,) = check_sound(config)
    assert found[0] == ("wake", "jarvis")
    assert words in found[1]


@pytest.mark.parametrize("half", [True, False])
def test_a_damaged_model_does_not_crash_the_device(model: Path, half: bool) -> None:
    tflite = model.parent / "hey_jarvis.tflite"
    data = tflite.read_bytes()
    tflite.write_bytes(data[: len(data) // 2] if half else data[:8] + bytes(len(data) - 8))
    with pytest.raises(WakeUnavailable, match="is damaged"):
        make_ear([WakeWord(str(model))])
    check = wake_word([WakeWord(str(model))])
    assert (check.status, check.do) == ("failed", "download it again")


def test_the_doctor_tries_the_words() -> None:
    pytest.importorskip("pymicro_wakeword")
    check = wake_word([WakeWord("hey_jarvis"), WakeWord("okay_nabu")])
    assert check.status in ("ok", "warning")
    assert check.seen.startswith("hey_jarvis, okay_nabu; ")


def test_without_the_package_nobody_can_call_and_no_voice_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    config = Config(ServiceSettings(), turns=TurnTaking(mode="wake-word"))
    events: list[e.Event] = []
    engine = build_engine(config, events.append)
    (note,) = [event.text for event in events if isinstance(event, e.AudioNoted) and "wake" in event.text]
    assert "needs pymicro-wakeword (No module named 'pymicro_wakeword'); run " in note
    assert "until then nobody can call it" in note
    assert engine.frames_at_once == 25


def test_it_is_not_imported_where_nobody_calls() -> None:
    script = (
        "import sys\nfrom edge_agent.audio.build import build_engine\nfrom edge_agent.config import Config\n"
        "build_engine(Config(), print)\nassert 'pymicro_wakeword' not in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 0


def test_a_word_that_is_known_before_it_ends_must_hold(model: Path) -> None:
    ear = make_ear([WakeWord("hey_mycroft", "high"), WakeWord("alexa"), WakeWord(str(model))])
    assert [word.hold_ms for word in ear.words] == [260, 0, 0]
