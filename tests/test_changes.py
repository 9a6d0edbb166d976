"""What is changed on the running device: over its owner's file, below the fleet's, and never what could harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.config import Config, Problem, load, show
from edge_agent.config.changes import CHANGEABLE, may_change, unchangeable_names
from edge_agent.config.fleet_settings import FleetPart
from edge_agent.config.form import form, values
from edge_agent.config.sections import all_settings
from edge_agent.host.control.requests import CONFIG_NAMES
from edge_agent.mqtt.commands import NAMES as COMMANDS_OF_A_BROKER

OWN = '[assistant]\nvoice = "ash"\nspeed = 1.1\nlanguage = "en"\n[audio]\nvolume = 40\n'
EVERY = [(section, item.name) for section, item, _ in all_settings()]
EVERYTHING = ", ".join({section for section, _ in EVERY})


def loaded(folder: Path, text: str, changes: str, part: str = "") -> tuple[Config, list[Problem]]:
    file = folder / "a.toml"
    file.write_text(text)
    return load(
        file,
        environ={"EDGE_AGENT_LIMITS_LISTEN_S": "9"},
        changes=lambda: changes,
        part=lambda: FleetPart("f.toml", "abc", part) if part else None,
    )


def test_who_counts_more(tmp_path: Path) -> None:
    config, problems = loaded(
        tmp_path,
        OWN + '[fleet]\nrepository = "https://x"\n',
        '[assistant]\nvoice = "marin"\nspeed = 1.2\n[limits]\nlisten_s = 5\n',
        "[assistant]\nspeed = 1.3\n",
    )
    assert not problems
    assistant = config.assistant
    assert (assistant.voice, assistant.speed, assistant.language) == ("marin", 1.3, "en")
    assert config.limits.listen_s == 9
    told = show.show(config).splitlines()
    assert {'voice = "marin"  # changes', "speed = 1.3  # fleet", 'language = "en"  # file'} <= set(told)
    assert {"listen_s = 9.0  # EDGE_AGENT_LIMITS_LISTEN_S", "cues = true"} <= set(told)
    assert any(line.startswith("# changes: ") for line in told)
    known = values(config)
    assert known["assistant.voice"] == {"value": "marin", "source": "changes", "fixed": False}
    assert (known["assistant.speed"]["fixed"], known["limits.listen_s"]["fixed"]) == (True, True)
    assert known["audio.cues"] == {"value": True, "source": "default", "fixed": False}


def test_what_an_address_says_is_of_the_file(tmp_path: Path) -> None:
    pasted = '[service]\nendpoint = "https://n.openai.azure.com/openai/v1/realtime?model=kiosk"\n'
    config, _ = loaded(tmp_path, pasted, "")
    assert 'deployment = "kiosk"  # file' in show.show(config)


def test_the_owner_may_think_better_of_it(tmp_path: Path) -> None:
    changes = '[assistant]\nvoice = "marin"\nspeed = 1.2\n[audio]\nvolume = 70\n'
    config, problems = loaded(tmp_path, f'{OWN}[web]\nmay_set = "assistant.speed"\n', changes)
    assert not problems
    assert (config.assistant.voice, config.assistant.speed, config.audio.volume) == ("ash", 1.2, 40)
    assert list(form(config)) == ["assistant"]
    config, _ = loaded(tmp_path, f'{OWN}[web]\nmay_set = ""\n', changes)
    assert (config.assistant.speed, form(config)) == (1.1, {})


def test_mistakes_are_named_with_line_and_key(tmp_path: Path) -> None:
    _, problems = loaded(
        tmp_path, '[web]\nmay_set = "audio, web.address"\n', "[audio]\nvolume = 500\nloud = 1\n"
    )
    assert [(str(problem)[:32], problem.key) for problem in problems] == [
        ("changes.toml:3: [audio] 'loud' i", ("audio", "loud")),
        ("changes.toml:2: [audio] volume: ", ("audio", "volume")),
        (f"{tmp_path}/a.toml:2: [web] may_set: "[:32], ("web", "may_set")),
    ]
    assert "'web.address' cannot be changed there" in problems[-1].what


def test_changes_that_cannot_be_read_are_a_mistake(tmp_path: Path) -> None:
    _, problems = load(None, environ={}, changes=lambda: b"\xff".decode())
    assert [str(problem)[:30] for problem in problems] == ["changes.toml: cannot be read ("]


def test_no_broker_changes_anything() -> None:
    assert not set(CONFIG_NAMES) & set(COMMANDS_OF_A_BROKER)


# with each of these whoever may change it could read or write a file, run a program, take the key or words, open a
# port, or move a pin
HARMFUL = [
    "service.endpoint",
    "service.headers",
    "service.api_key_file",
    "service.credential",
    "service.credential_command",
    "service.proxy",
    "service.scope",
    "service.provider",
    "service.deployment",
    "audio.backend",
    "audio.mic_wav",
    "audio.speaker_wav",
    "audio.sounds",
    "panel.button_pin",
    "panel.light_pin",
    "panel.backend",
    "log.transcripts",
    "metrics.address",
    "mqtt.host",
    "mqtt.allow",
    "mqtt.captions",
    "web.address",
    "web.captions",
    "web.may_set",
    "web.private_key",
    "home.url",
    "home.token_file",
    "announce.media",
    "fleet.repository",
    "fleet.may_set",
    "fleet.root_file",
]


@pytest.mark.parametrize("name", HARMFUL)
def test_what_could_harm_is_never_changed(name: str, tmp_path: Path) -> None:
    section, key = name.split(".")
    assert (section, key) in EVERY
    assert not may_change(f"{EVERYTHING}, {name}", section, key)
    before, _ = loaded(tmp_path, OWN, "")
    after, problems = loaded(tmp_path, OWN, f'[{section}]\n{key} = "https://evil.example"\n')
    assert (after, problems) == (before, [])


@pytest.mark.parametrize(
    "text",
    [
        'board = "evil.toml"\n',
        '[[tools]]\nname = "x"\ndescription = "x"\ncommand = ["sh"]\n',
        '[[mcp]]\nname = "x"\ncommand = ["sh"]\ntools = ["x"]\n',
        '[[wake]]\nword = "x"\n',
    ],
)
def test_nor_what_is_in_no_section(text: str, tmp_path: Path) -> None:
    before, _ = loaded(tmp_path, OWN, "")
    assert loaded(tmp_path, OWN, text) == (before, [])


def test_what_may_be_changed_where_all_is_allowed() -> None:
    """Whoever adds a setting decides here whether it can harm: those of these sections can be changed at once."""
    found = {section for section, key in EVERY if may_change(EVERYTHING, section, key)}
    assert ", ".join(sorted(found)) == ", ".join(sorted(CHANGEABLE.split(", ")))
    assert unchangeable_names(f"{CHANGEABLE}, audio.volume", EVERY) == ()
    assert unchangeable_names("audio.sounds, mqtt, turns.mode, x", EVERY) == ("audio.sounds", "mqtt", "x")


def test_whoever_adds_a_text_decides_whether_it_can_harm() -> None:
    """As the name of a file, an address or a program could; then it belongs to `NEVER`."""
    texts = {
        f"{section}.{item.name}"
        for section, item, kind in all_settings()
        if kind is str and may_change(CHANGEABLE, section, item.name)
    }
    assert texts == {
        "assistant.backend",
        "assistant.instructions",
        "assistant.language",
        "assistant.transcription",
        "assistant.transcription_keywords",
        "assistant.transcription_languages",
        "assistant.voice",
        "assistant.voice_endpoint_id",
        "audio.microphone",
        "audio.speaker",
        "prices.currency",
        "turns.semantic_languages",
    }
