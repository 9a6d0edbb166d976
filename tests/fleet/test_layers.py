"""What a fleet sets lies over the device's own file, and below environment and options; and only what it may set."""

from __future__ import annotations

from pathlib import Path

from edge_agent.config import Config, Problem, load, show
from edge_agent.config.fleet_settings import FleetPart

OWN = '[assistant]\nvoice = "ash"\nspeed = 1.1\nlanguage = "en"\n[log]\nlevel = "info"\n'
FLEET = '[fleet]\nrepository = "https://x"\n'
PART = FleetPart("a.toml", "abc", '[assistant]\nvoice = "marin"\nspeed = 1.2\n[log]\nlevel = "debug"\n')


def loaded(file: Path, text: str, part: FleetPart | None = PART) -> tuple[Config, list[Problem]]:
    file.write_text(text)
    return load(
        file,
        environ={"EDGE_AGENT_ASSISTANT_SPEED": "1.3"},
        flags={("assistant", "language"): "ja"},
        part=lambda: part,
    )


def test_who_counts_more(tmp_path: Path) -> None:
    config, problems = loaded(tmp_path / "a.toml", OWN + FLEET)
    assert not problems
    assistant = config.assistant
    assert (assistant.voice, assistant.speed, assistant.language) == ("marin", 1.3, "ja")
    assert config.log.level == "info"
    assert config.fleet_part == "abc"
    assert "# fleet: what it has set" in show.show(config)


def test_without_a_fleet_nothing_is_taken(tmp_path: Path) -> None:
    config, _ = loaded(tmp_path / "a.toml", OWN)
    assert (config.assistant.voice, config.fleet_part) == ("ash", "")
    config, _ = loaded(tmp_path / "a.toml", OWN + FLEET, None)
    assert (config.assistant.voice, config.fleet_part) == ("ash", "")
    assert "# fleet:" not in show.show(config)


def test_a_mistake_of_the_fleet_is_named_with_its_line(tmp_path: Path) -> None:
    _, problems = loaded(tmp_path / "a.toml", FLEET, FleetPart("a.toml", "abc", "[turns]\nmode = 3\n"))
    assert [str(problem)[:30] for problem in problems] == ["a.toml:2: [turns] mode: 3 must"]


def test_mistakes_in_its_section(tmp_path: Path) -> None:
    _, problems = loaded(tmp_path / "a.toml", '[fleet]\nrepository = "x"\nmay_set = "audio.loud"\n')
    assert [problem.what for problem in problems] == [
        "'x' is not a valid address; use one as in https://fleet.example.com/edge-agent",
        "'audio.loud' is not what a fleet may set; name sections, or settings as in audio.volume",
    ]
