"""edge-agent fleet, as its owner and a technician call it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent import __version__
from edge_agent.cli import main
from edge_agent.fleet.kept import KeptStanding
from edge_agent.fleet.releases.host import NO_PACKAGE
from edge_agent.fleet.standing import NOTHING

from .web import serving

pytestmark = pytest.mark.realtime

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Its exit code, and what it says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))

    def call(*words: str) -> tuple[int, str]:
        try:
            code = main(["fleet", *words])
        except SystemExit as end:
            code = int(str(end.code))
        out, err = capsys.readouterr()
        return code, (out + err).rstrip("\n")

    return call


@pytest.fixture
def part(tmp_path: Path) -> Path:
    Path("a.toml").write_text('[assistant]\nvoice = "marin"\n')
    return Path("a.toml")


def test_the_life_of_a_fleet(command: Command, tmp_path: Path) -> None:
    assert command("init", "f")[0] == 0
    assert {stat.S_IMODE(file.stat().st_mode) for file in Path("f/keys").iterdir()} == {0o600}
    assert {stat.S_IMODE(file.stat().st_mode) for file in Path("f/site/metadata").iterdir()} == {0o644}
    assert "has a repository or keys already" in command("init", "f")[1]
    Path("a.toml").write_text('[assistant]\nvoice = "marin"\n')
    code, said = command("publish", "f", "a.toml", "--to", "hall, kiosk-1", "--share", "5,100:24")
    assert (code, said[:58]) == (0, "1. a.toml: hall, kiosk-1; 5 %, 100 % after 24 h; acea6f98f")
    assert command("publish", "f", "a.toml", "--name", "b.toml")[1].startswith(
        "2. b.toml: all devices; 100 %"
    )
    assert command("withdraw", "f", "a.toml") == (0, "a.toml is not published any more")
    code, said = command("list", "f")
    assert said.splitlines()[0].startswith("2. b.toml")
    assert said.splitlines()[1].startswith("signatures end: root 20")
    assert command("renew", "f") == (0, "signed again: snapshot, timestamp")


@pytest.mark.parametrize("share", ["5,100:72", "100:24"])
def test_stages_do_not_take_the_settings_before_away(command: Command, part: Path, share: str) -> None:
    """From devices whose stage has not come."""
    command("init", "f")
    command("publish", "f", "a.toml")
    part.write_text('[assistant]\nvoice = "cedar"\n')
    before = command("list", "f")
    code, said = command("publish", "f", "a.toml", "--share", share)
    assert code == 1
    assert "give this another name with --name, and withdraw a.toml after the last stage" in said
    assert command("list", "f") == before
    assert command("publish", "f", "a.toml", "--name", "b.toml", "--share", share)[0] == 0
    assert command("publish", "f", "a.toml", "--name", "b.toml", "--share", "50,100:72")[0] == 0
    assert command("list", "f")[1].startswith("1. a.toml: all devices; 100 %")
    assert command("publish", "f", "a.toml")[1].startswith("3. a.toml: all devices; 100 %")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[audio]\nvolume = 300\n", "a.toml:2: [audio] volume: 300 is out of range: 0 to 100 %"),
        ("[audio]\nloud = 3\n", "a.toml:2: [audio] 'loud' is not a known setting"),
        ('[fleet]\nname = "x"\n', "a.toml sets fleet.name, which no fleet may set"),
        ('board = "usb"\n', "a.toml sets board, which no fleet may set"),
        ('[[tools]]\nname = "x"\n', "a.toml sets tools, which no fleet may set"),
        ('[service]\nkey = "x"\n', "keys do not belong here"),
        ("[audio", "is not valid TOML"),
        ("#" * 70_000, "a.toml has more than 64 KiB; is it the right file?"),
    ],
)
def test_what_is_not_published(command: Command, text: str, said: str) -> None:
    command("init", "f")
    Path("a.toml").write_text(text)
    code, told = command("publish", "f", "a.toml")
    assert code == 1
    assert said in told
    assert "Traceback" not in told
    assert command("list", "f")[1].startswith("signatures end")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("publish", "f", "none.toml"), 1, "none.toml cannot be read or written (No such file or directory)"),
        (("publish", "f", "a.toml", "--name", "../x"), 2, "'../x' is not a valid name"),
        (("publish", "f", "a.toml", "--name", "plan.json"), 2, "'plan.json' is not a valid name"),
        (
            ("publish", "f", "a.toml", "--share", "50,5"),
            2,
            "--share: '50,5': each stage must have more devices",
        ),
        (("publish", "f", "a.toml", "--share", "x"), 2, "--share: 'x' must be SHARE or SHARE:HOURS"),
        (("publish", "f", "a.toml", "--stop-above", "101"), 2, "'101' is not a valid share; give 0 to 100"),
        (("publish", "f", "a.toml", "--keys", "none"), 1, "none/targets.pem is missing, and signs this"),
        (("withdraw", "f", "x"), 1, "'x' is not published; nothing is"),
        (("list", "none"), 1, "none/site was not made by edge-agent fleet init"),
        (("join", "x", "--root", "a.toml"), 2, "'x' is not a valid address"),
        ((), 2, "the following arguments are required: ACTION"),
    ],
)
def test_mistakes(command: Command, part: Path, words: tuple[str, ...], code: int, said: str) -> None:
    command("init", "f")
    told = command(*words)
    assert told[0] == code
    assert said in told[1]
    assert told[1].count("\n") == 0


def test_keys_with_a_passphrase(command: Command, part: Path) -> None:
    Path("secret").write_text("a long one\n")
    Path("other").write_text("another\n")
    assert command("init", "f", "--encrypt", "--passphrase-file", "secret")[0] == 0
    assert "ENCRYPTED" in Path("f/keys/root.pem").read_text()
    assert "the passphrase is wrong" in command("publish", "f", "a.toml", "--passphrase-file", "other")[1]
    assert "--passphrase-file" in command("publish", "f", "a.toml")[1]
    assert command("publish", "f", "a.toml", "--passphrase-file", "secret")[0] == 0
    Path("empty").write_text("")
    assert "nothing was made" in command("init", "g", "--encrypt", "--passphrase-file", "empty")[1]


def test_what_was_damaged_on_the_owners_disk(command: Command, part: Path) -> None:
    command("init", "f")
    Path("f/site/metadata/1.targets.json").write_text("{")
    assert command("publish", "f", "a.toml")[1].endswith(
        "1.targets.json is damaged; restore it from a backup"
    )
    Path("f/keys/targets.pem").write_text("x")
    command("init", "g")
    Path("g/keys/targets.pem").write_text("x")
    assert "does not open: it is not a key in PEM" in command("publish", "g", "a.toml")[1]


def test_a_device_joins(command: Command, part: Path, tmp_path: Path) -> None:
    command("init", "f")
    command("init", "stranger")
    config = tmp_path / "edge-agent.toml"
    config.write_text('[service]\nendpoint = "https://x.openai.azure.com"\n')
    root = "f/site/metadata/1.root.json"
    with serving(Path("f/site")) as server:
        join = "join", f"{server.url}/", "--config", str(config)
        assert (
            "is not signed with the keys" in command(*join, "--root", "stranger/site/metadata/1.root.json")[1]
        )
        assert "root.json is not valid" in command(*join, "--root", "a.toml")[1]
        assert "none cannot be read" in command(*join, "--root", "none")[1]
        assert "[fleet]" not in config.read_text()
        code, said = command(*join, "--root", root)
        assert (code, said.splitlines()[0]) == (
            0,
            f"{server.url} is signed with the keys of {root}, and has 0 targets",
        )
        assert config.read_text().endswith(
            f'\n\n[fleet]\nrepository = "{server.url}"\nroot_file = "{tmp_path}/fleet-root.json"\n'
        )
        command("publish", "f", "a.toml")
        assert command(*join, "--root", root)[1].splitlines()[0].endswith(" and has 1 target")
        assert config.read_text().count("[fleet]") == 1
        assert command("status", "--config", str(config)) == (
            0,
            f"repository  {server.url}\nversion     {__version__}\nsettings    nothing was looked for yet",
        )
        kept = KeptStanding(tmp_path)
        kept.keep(kept.now.waits(NOTHING, "no link", 0))
        assert "settings    nothing waiting (1970-01-01 " in command("status", "--config", str(config))[1]
    assert (
        "remove its section [fleet] first"
        in command("join", "http://x", "--root", root, "--config", str(config))[1]
    )


def test_a_device_that_is_in_no_fleet(command: Command) -> None:
    assert command("status", "--config", "/dev/null") == (
        0,
        "this device is in no fleet: edge-agent fleet join",
    )


def test_a_device_without_the_package_says_so(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[fleet]\nrepository = "http://127.0.0.1:9"\nreleases = true\n')
    code, said = command("status", "--config", str(tmp_path / "a.toml"))
    assert code == 0
    assert said.splitlines()[-1] == f"release     {NO_PACKAGE}"
