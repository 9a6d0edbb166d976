"""The command line as it is parsed: each command brings its own options, and only when it is called."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

from edge_agent.cli import main
from edge_agent.cli.parser import COMMANDS, parse
from edge_agent.config.model import TurnMode
from edge_agent.host.control.requests import CONFIG_NAMES, MOST_TURNS, NAMES


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_describes_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse([name, "--help"])
    assert end.value.code == 0
    assert COMMANDS[name].split()[0] in capsys.readouterr().out


def test_help_lists_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 2
    listed = capsys.readouterr().out
    assert all(f"    {name} " in listed or f"    {name}\n" in listed for name in COMMANDS)


def test_whatever_can_be_told_has_a_command() -> None:
    assert {"config" if name in CONFIG_NAMES else name for name in NAMES} <= set(COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "imported"),
    [
        (["--version"], ""),
        (["--help"], ""),
        (["press", "--help"], "edge_agent.host"),
        (["logs", "--help"], ""),
    ],
)
def test_only_what_is_called_is_imported(arguments: list[str], imported: str) -> None:
    heavy = {"asyncio", "numpy", "websockets", "edge_agent.config", "edge_agent.host", "edge_agent.replay"}
    look = (
        "import sys\nfrom edge_agent.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        f"print(*sorted({heavy!r} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == imported


def test_what_else_limits_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["report", "--last", str(MOST_TURNS)]).last == MOST_TURNS
    for mode in get_args(TurnMode):
        assert parse(["simulate", "--mode", mode]).mode == mode
    for arguments, words in (
        (["report", "--last", str(MOST_TURNS + 1)], f"1 to {MOST_TURNS}"),
        (["report", "--last", "0"], f"1 to {MOST_TURNS}"),
        (["report", "--last", "٣"], "'٣'"),
        (["simulator", "--port", "65536"], "0 to 65535"),
        (["logs", "-n", "-1"], "'-1'"),
        (["simulate", "--mode", "telepathy"], "hands-free"),
        (["say", ""], "is empty"),
        (["say", "caf\udce9"], "UTF-8"),
    ):
        with pytest.raises(SystemExit):
            parse(arguments)
        assert words in capsys.readouterr().err
