"""A technician's commands see the world of the installed service: its environment, and what its user may do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.config import Config
from edge_agent.config.model import AudioSettings
from edge_agent.config.panel_settings import PanelSettings
from edge_agent.doctor.service import complaints, configured_files, device_files, service
from edge_agent.host.systemd.environment_file import variables
from edge_agent.host.systemd.installed import InstalledService, installed
from edge_agent.host.systemd.rights import BOTH, READ, WRITE, CannotTry, NoSuchUser, denied
from edge_agent.host.systemd.service_view import ServiceView, enter

NOBODY = InstalledService("nobody", "", (), {})
QUIET = replace(Config(), audio=AudioSettings(backend="simulated"), panel=PanelSettings(backend="none"))


# ---- environment files, each line as systemd 252 was seen to read it ------------------------
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=1", "1"),
        ("  A = two words  ", "two words"),
        ("A=", ""),
        ('A="a b" ', "a b"),
        ("A='x $y \"z\"'", 'x $y "z"'),
        (r'A="q\"r\\s\nt"', r"q\"r\s\nt".replace(r"\"", '"')),
        (r"A=a\ b", "a b"),
        ("A=one\\\ntwo", "onetwo"),
        ('A="multi\nline"', "multi\nline"),
        ("A=a#b", "a#b"),
        ('A=a"b"c', 'a"b"c'),
        ('A="a" "b"', "ab"),
        ("A='it'\"s\"", "its"),
        ("A=trail\\\\", "trail\\"),
        ("A=1\nA=2", "2"),
    ],
)
def test_environment_files(text: str, value: str) -> None:
    assert variables(f"# A=no\n; A=no\n\n{text}\n") == {"A": value}


@pytest.mark.parametrize("text", ["export A=1", "1A=1", "A", "", "#A=1", "A=\\"])
def test_lines_that_set_nothing(text: str) -> None:
    assert variables(text).get("A", "") == ""


# ---- the unit, as `systemctl show` tells it ----------------------------------------------
SHOWN = """LoadState=loaded
UnitFileState=enabled
DropInPaths=/etc/systemd/system/edge-agent.service.d/x.conf
User=edge-agent
Group=edge-agent
SupplementaryGroups=audio gpio
Environment=PYTHONUNBUFFERED=1 "A=b c"
EnvironmentFiles={folder}/environment (ignore_errors=yes)
EnvironmentFiles={folder}/two (ignore_errors=no)
ProtectHome=yes
PrivateTmp=yes
PrivateNetwork=no
InaccessiblePaths=-/srv
StateDirectory=edge-agent
MemoryMax=67108864
"""


class Systemd:
    """What `systemctl show` answers, and, of a user's session, `systemctl --user show`."""

    def __init__(self, system: str = "LoadState=not-found\n", session: str = "LoadState=not-found\n") -> None:
        self.system, self.session = system, session

    def __call__(self, command: Sequence[str]) -> tuple[int, str]:
        return 0, self.session if "--user" in command else self.system


def test_the_unit_is_read_with_its_drop_ins_and_files(tmp_path: Path) -> None:
    (tmp_path / "environment").write_text("A=first\nHTTPS_PROXY=http://proxy:1\n")
    found = installed(Systemd(SHOWN.format(folder=tmp_path)))
    assert found
    assert (found.user, found.group, found.groups) == ("edge-agent", "edge-agent", ("audio", "gpio"))
    assert found.variables == {"PYTHONUNBUFFERED": "1", "A": "first", "HTTPS_PROXY": "http://proxy:1"}
    assert found.origins == dict.fromkeys(("A", "HTTPS_PROXY"), tmp_path / "environment")
    assert (found.files, found.missing) == ((tmp_path / "environment",), (tmp_path / "two",))
    assert {Path("/srv"), Path("/run/user"), Path("/tmp")} <= {*found.hidden}  # noqa: S108
    assert (found.state, found.memory_max) == (Path("/var/lib/edge-agent"), 64 * 2**20)


def test_the_unit_of_a_session_comes_first_where_it_is_in_use() -> None:
    session = "LoadState=loaded\nUnitFileState=enabled\nStateDirectory=edge-agent\n"
    system = SHOWN.format(folder="/none")
    found = installed(Systemd(system, session), root=False)
    assert found
    assert (found.user, found.hidden) == ("", ())
    unused = installed(Systemd(system, session.replace("enabled", "disabled")), root=False)
    assert unused
    assert unused.user == "edge-agent"


def test_where_it_is_not_installed_or_there_is_no_systemd() -> None:
    assert installed(Systemd()) is None
    assert installed(lambda _: (127, "")) is None
    assert installed(lambda _: (1, "LoadState=loaded\n")) is None


# ---- whose environment -------------------------------------------------------------------
def test_the_environment_of_the_service_takes_the_place_of_the_shells() -> None:
    environ = {
        "PATH": "/bin",
        "https_proxy": "http://shell:1",
        "AZURE_OPENAI_API_KEY": "k",
        "XDG_RUNTIME_DIR": "/r",
    }
    found = replace(NOBODY, variables={"EDGE_AGENT_TURNS_MODE": "toggle"})
    view = enter(None, environ, lambda: found)
    assert view.seen is found
    assert view.unused == ("https_proxy", "AZURE_OPENAI_API_KEY")
    assert environ.pop("HOME")
    assert environ == {"PATH": "/bin", "EDGE_AGENT_TURNS_MODE": "toggle"}
    (note,) = view.notes()
    assert note.startswith("https_proxy, AZURE_OPENAI_API_KEY of this shell: not used")


def test_a_session_keeps_its_way_to_the_sound_server() -> None:
    environ = {"XDG_RUNTIME_DIR": "/run/user/1000", "PULSE_SERVER": "elsewhere", "HOME": "/home/pi"}
    enter(None, environ, lambda: replace(NOBODY, user=""))
    assert environ == {"XDG_RUNTIME_DIR": "/run/user/1000", "HOME": "/home/pi"}


@pytest.mark.parametrize("by_variable", [True, False])
def test_another_configuration_is_not_the_services(tmp_path: Path, by_variable: bool) -> None:
    mine = str(tmp_path / "mine.toml")
    environ = {"HTTPS_PROXY": "x"} | ({"EDGE_AGENT_CONFIG": mine} if by_variable else {})
    before = dict(environ)
    view = enter(None if by_variable else mine, environ, lambda: NOBODY)
    assert (view.seen, environ) == (None, before)
    (note,) = view.notes()
    assert note.startswith(f"{mine} is not the configuration of edge-agent.service: checked with this user's")
    (check,) = service(view, QUIET)
    assert check.status == "skipped"


def test_the_services_own_configuration_by_name_is_the_services() -> None:
    found = replace(NOBODY, variables={"EDGE_AGENT_CONFIG": "/srv/agent.toml"})
    assert enter("/srv/agent.toml", {}, lambda: found).seen is found
    assert enter("/etc/edge-agent/edge-agent.toml", {}, lambda: NOBODY).seen is NOBODY
    assert enter("/etc/edge-agent/edge-agent.toml", {}, lambda: found).seen is None


def test_a_file_that_only_the_service_may_read_is_told() -> None:
    view = ServiceView(replace(NOBODY, unread=(Path("/etc/edge-agent/environment"),)))
    (note,) = view.notes()
    assert "this user may not; use sudo" in note


# ---- what its user may do: asked of the kernel -----------------------------------------------
@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """That everybody can reach."""
    if os.geteuid():
        pytest.skip("needs root")
    for part in (tmp_path, *tmp_path.parents):
        if part.stat().st_uid == os.geteuid() and part != Path("/"):
            part.chmod(part.stat().st_mode | 0o755)
    return tmp_path


def test_root_says_what_the_services_user_could_not_do(folder: Path) -> None:
    files = {}
    for name, mode in ("open", 0o666), ("read", 0o644), ("closed", 0o600):
        files[name] = folder / name
        files[name].touch()
        files[name].chmod(mode)
    asked = [(files[name], how) for name in files for how in (READ, WRITE, BOTH)]
    refused = denied(NOBODY, asked)
    assert [(path.name, how) for path, how in refused] == [
        ("read", WRITE),
        ("read", BOTH),
        ("closed", READ),
        ("closed", WRITE),
        ("closed", BOTH),
    ]
    assert denied(replace(NOBODY, user="root"), [(files["closed"], BOTH)]) == []
    (told,) = complaints(NOBODY, [(files["closed"], READ), (folder, WRITE)])
    assert told[0] == f"the service's user nobody cannot read {files['closed']}, write {folder}"


def test_the_groups_of_the_unit_count(folder: Path) -> None:
    card = folder / "pcmC0D0p"
    card.touch()
    os.chown(card, 0, 29)  # audio
    card.chmod(0o660)
    assert denied(NOBODY, [(card, BOTH)])
    assert denied(replace(NOBODY, groups=("audio",)), [(card, BOTH)]) == []


def test_what_its_sandbox_hides_is_told_with_its_name(tmp_path: Path) -> None:
    hidden = replace(NOBODY, user="", hidden=(tmp_path,))
    ((what, todo),) = complaints(hidden, [(tmp_path / "sounds", READ)])
    assert (
        what
        == f"{tmp_path}/sounds is hidden from the service (ProtectHome=, PrivateTmp= of edge-agent.service)"
    )
    assert todo == "move it to /etc/edge-agent"


def test_a_user_or_group_that_does_not_exist() -> None:
    with pytest.raises(NoSuchUser, match="the user who-is-that does not exist"):
        denied(replace(NOBODY, user="who-is-that"), [])
    with pytest.raises(NoSuchUser, match="the group what-is-that does not exist"):
        denied(replace(NOBODY, groups=("what-is-that",)), [])
    ((what, _),) = complaints(replace(NOBODY, user="who-is-that"), [])
    assert what == "the user who-is-that does not exist, so edge-agent.service cannot start"


def test_who_is_not_root_cannot_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CannotTry):
        denied(NOBODY, [(Path("/"), READ)])
    assert complaints(NOBODY, [(Path("/"), READ)]) == []


# ---- what is asked ---------------------------------------------------------------------------
def test_the_files_that_a_configuration_names(tmp_path: Path) -> None:
    for name in "c.toml", "mic.wav", "trust.pem", "native", "board.toml":
        (tmp_path / name).touch()
    config = replace(
        QUIET,
        path=tmp_path / "c.toml",
        board=str(tmp_path / "board.toml"),
        audio=AudioSettings(mic_wav=str(tmp_path / "mic.wav"), sounds=str(tmp_path / "missing")),
    )
    given = {"SSL_CERT_FILE": str(tmp_path / "trust.pem"), "PULSE_SERVER": f"unix:{tmp_path}/native"}
    asked = configured_files(config, given)
    assert [(path.name, how) for path, how in asked] == [
        *((name, READ) for name in ("c.toml", "mic.wav", "board.toml", "trust.pem")),
        ("native", BOTH),
    ]


def test_the_devices_that_a_configuration_uses(tmp_path: Path) -> None:
    (tmp_path / "snd").mkdir()
    for name in "snd/pcmC0D0c", "snd/controlC0", "snd/timer", "gpiochip0":
        (tmp_path / name).touch()
    used = device_files(Config(), tmp_path)
    assert [path.name for path, _ in used] == ["gpiochip0", "controlC0", "pcmC0D0c"]
    assert device_files(QUIET, tmp_path) == []


def test_limits_that_are_too_tight_are_told(tmp_path: Path) -> None:
    found = replace(
        NOBODY,
        user="",
        memory_max=64 * 2**20,
        has_network=False,
        missing=(tmp_path / "two",),
        drop_ins=(tmp_path / "x.conf",),
    )
    file, memory, network = sorted(str(check) for check in service(ServiceView(found), QUIET))
    assert "MemoryMax= of 64 MB is too little" in memory
    assert f"correct {tmp_path}/x.conf" in network
    assert "two is missing, so edge-agent.service cannot start" in file


def test_nothing_is_wrong() -> None:
    (check,) = service(ServiceView(replace(NOBODY, user="root", groups=("audio",))), QUIET)
    assert str(check).endswith("as edge-agent.service has it: user root, groups audio")
    (check,) = service(ServiceView(), QUIET)
    assert check.status == "skipped"
