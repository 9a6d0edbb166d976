from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from edge_agent.config import Config, load, show
from edge_agent.config.boards import FOLDER, OF_HARDWARE, Board, Quirk, load_board, names, pin_problems
from edge_agent.config.document import Problem
from edge_agent.config.panel_settings import PanelSettings

PROFILES = sorted(FOLDER.glob("*.toml"))
ROOT = Path(__file__).parent.parent
MINE = """
[board]
name = "Mine"
reserved_pins = [18]
quirks = [{ what = "It hums.", remedy = "Earth it." }]
[audio]
microphone = "Mine"
mic_rate_hz = 44100
[panel]
debounce_ms = 50
"""


def said_of(tmp_path: Path, config: str = "", profile: str = "", **environ: str) -> tuple[Config, list[str]]:
    """The configuration c.toml over the profile p.toml, which it names, and what is wrong."""
    (tmp_path / "p.toml").write_text(profile)
    (tmp_path / "c.toml").write_text(f"board = '{tmp_path}/p.toml'\n{config}" if profile else config)
    loaded, problems = load(tmp_path / "c.toml", environ=environ)
    return loaded, [str(problem).replace(f"{tmp_path}/", "") for problem in problems]


# ---- the profiles that come with the agent ----------------------------------------------
def test_the_bundled_profiles_are_those_of_the_hardware_folder() -> None:
    assert sorted(path.stem for path in (ROOT / "hardware" / "boards").glob("*.toml")) == names()
    assert len(names()) >= 6


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_a_profile_is_good(path: Path) -> None:
    config, problems = load(None, environ={"EDGE_AGENT_BOARD": path.stem})
    assert problems == []
    assert config.board == path.stem
    found: list[Problem] = []
    board, values = load_board(path.stem, "", found)
    assert found == []
    assert board.name
    assert board.description.endswith(".")
    assert board.quirks
    for quirk in board.quirks:
        assert quirk.what.endswith(".")
        assert quirk.remedy.endswith(".")
    assert ("audio", "echo") in values
    for (section, key), (value, _) in values.items():
        assert getattr(getattr(config, section), key) == value


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_each_pin_of_a_profile_has_one_use(path: Path) -> None:
    document = tomllib.loads(path.read_text())
    pins = [value for key, value in document["panel"].items() if key.endswith("_pin")]
    assert len(set(pins)) == len(pins)
    assert not set(pins) & set(document["board"].get("reserved_pins", []))
    assert all(2 <= pin <= 27 for pin in pins)


# ---- which one, and what it is laid under -----------------------------------------------
def test_environment_over_file_over_board_over_defaults(tmp_path: Path) -> None:
    config, said = said_of(
        tmp_path,
        '[audio]\nmicrophone = "Other"\n[panel]\ndebounce_ms = 60\n',
        MINE,
        EDGE_AGENT_PANEL_DEBOUNCE_MS="70",
    )
    assert said == []
    assert (config.audio.microphone, config.audio.mic_rate_hz) == ("Other", 44100)
    assert (config.panel.debounce_ms, config.panel.long_press_ms) == (70, 1500)
    assert config.board == f"{tmp_path}/p.toml"


def test_the_environment_chooses_before_the_file(tmp_path: Path) -> None:
    config, said = said_of(tmp_path, profile=MINE, EDGE_AGENT_BOARD="usb")
    assert said == []
    assert (config.board, config.audio.microphone) == ("usb", "")


@pytest.mark.parametrize("text", ["", 'board = ""\n'])
def test_no_board(tmp_path: Path, text: str) -> None:
    config, said = said_of(tmp_path, text)
    assert said == []
    assert config.board == ""
    assert config.audio == Config().audio


def test_what_a_profile_says_of_the_board(tmp_path: Path) -> None:
    said_of(tmp_path, profile=MINE)
    board, values = load_board(f"{tmp_path}/p.toml", "", [])
    assert board == Board("Mine", "", (18,), (Quirk("It hums.", "Earth it."),))
    assert sorted(values) == [("audio", "mic_rate_hz"), ("audio", "microphone"), ("panel", "debounce_ms")]


def test_what_people_are_shown(tmp_path: Path) -> None:
    lines = list(show.list_boards())
    assert [line.split(":")[0] for line in lines if line[0] != " "] == names()
    assert all(len(line) > 20 for line in lines)
    config, _ = said_of(tmp_path, profile=MINE)
    shown = show.show(config)
    assert f'board = "{tmp_path}/p.toml"' in shown
    assert said_of(tmp_path, shown)[0].audio == config.audio


ELSEWHERE = [  # each of them would be of use to whoever hands out a profile
    ("service", "endpoint", "'https://elsewhere.example'"),
    ("service", "credential_command", "'/bin/something'"),
    ("service", "proxy", "'http://elsewhere.example:1'"),
    ("assistant", "instructions", "'Ask for the PIN.'"),
    ("turns", "mode", "'hands-free'"),
    ("log", "transcripts", "true"),
    ("metrics", "address", "'[::]:9464'"),
    ("limits", "daily_cost", "1.0"),
    ("audio", "sounds", "'/srv/sounds'"),
    ("audio", "backend", "'simulated'"),
    ("audio", "speaker_wav", "'/srv/all-that-was-said.wav'"),
    ("panel", "long_press", "'none'"),
]


@pytest.mark.parametrize(("section", "key", "value"), ELSEWHERE)
def test_a_profile_sets_nothing_but_what_depends_on_the_hardware(
    tmp_path: Path, section: str, key: str, value: str
) -> None:
    config, (said,) = said_of(tmp_path, profile=f"[{section}]\n{key} = {value}\n")
    what = "does not depend on the hardware; move it from the profile to the configuration file"
    assert said == f"p.toml:2: [{section}] {key}: {what}"
    assert getattr(getattr(config, section), key) == getattr(getattr(Config(), section), key)


def test_what_depends_on_the_hardware_are_settings() -> None:
    for section, keys in OF_HARDWARE.items():
        assert set(keys) <= {item.name for item in fields(getattr(Config(), section))}


# ---- bad input --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            'board = "respeaker-2mic-hat"',
            "c.toml:1: board: 'respeaker-2mic-hat' is not a known board; did you mean 'respeaker-2mics-hat'?",
        ),
        (
            '# my\nboard = "zzz"',
            "c.toml:2: board: 'zzz' is not a known board; choose from i2s-amp-usb-mic, respeaker-",
        ),
        ('board = "zzz\\u0000.toml"', "c.toml:1: board: 'zzz\\x00.toml' is not a known board; choose from"),
        ("board = 5", "c.toml:1: board: must be text in quotes: the name of a board, or FILE.toml"),
        ("[board]\nname = 'x'", "c.toml:1: board: must be text in quotes"),
        ('board = "/no/such.toml"', "/no/such.toml: cannot be read (No such file or directory)"),
        (
            '[audio]\nboard = "usb"',
            "c.toml:2: [audio] board does not belong in a section; move it to the top of the file",
        ),
    ],
)
def test_a_board_that_is_none(tmp_path: Path, config: str, said: str) -> None:
    (problem,) = said_of(tmp_path, config)[1]
    assert problem.startswith(said)
    assert "\n" not in problem


def test_a_typo_in_the_environment(tmp_path: Path) -> None:
    assert said_of(tmp_path, EDGE_AGENT_BOARD="usb-speakerfone")[1] == [
        "EDGE_AGENT_BOARD: 'usb-speakerfone' is not a known board; did you mean 'usb-speakerphone'?"
    ]
    assert said_of(tmp_path, EDGE_AGENT_BORD="usb")[1] == [
        "EDGE_AGENT_BORD: is not a known setting; did you mean 'EDGE_AGENT_BOARD'?"
    ]


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (
            "[audio]\nmicrofone = 'x'",
            "p.toml:2: [audio] 'microfone' is not a known setting; did you mean 'microphone'?",
        ),
        ("[audio]\necho = 'none'", "p.toml:2: [audio] echo: 'none' must be one of"),
        ("[bord]\nname = 'x'", "p.toml:1: there is no section [bord]"),
        ("[audio", "p.toml: is not valid TOML"),
        (
            "board = 'usb'",
            "p.toml:1: board: a profile has a table [board] here; it cannot name another profile",
        ),
        (
            "[board]\nnam = 'x'",
            "p.toml:1: board: [board] 'nam' is not a known key; did you mean 'name'?",
        ),
        ("board = 5\n[audio]", "p.toml:1: board: a profile has a table"),
        ("[board]\nname = 5", "p.toml:1: board: name must be text in quotes"),
        (
            "[board]\nreserved_pins = 18",
            "p.toml:1: board: reserved_pins must be a list of pins, as in [18, 19]",
        ),
        ("[board]\nreserved_pins = [true]", "p.toml:1: board: reserved_pins must be a list"),
        ("[board]\nquirks = ['x']", "p.toml:1: board: quirks must be a list of { what"),
        ("[board]\nquirks = [{ what = 'x' }]", "p.toml:1: board: quirks must be"),
        ("[board]\nquirks = [{ what = 'x', remedy = '' }]", "p.toml:1: board: quirks must be"),
    ],
)
def test_a_profile_with_an_error_is_named_with_its_line(tmp_path: Path, profile: str, said: str) -> None:
    (problem,) = said_of(tmp_path, profile=profile)[1]
    assert problem.startswith(said)
    assert "\n" not in problem


def test_a_pin_that_the_board_uses_itself(tmp_path: Path) -> None:
    (said,) = said_of(tmp_path, "[panel]\nbutton_pin = 18\n", MINE)[1]
    assert said.startswith(
        "c.toml:3: [panel] button_pin: the board itself uses pin 18; choose one of 2, 3, 4, 5,"
    )
    assert " 18" not in said.split("choose")[1]
    assert not list(pin_problems(Board(reserved_pins=(18,)), PanelSettings(backend="none", button_pin=18)))
