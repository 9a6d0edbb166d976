"""PulseAudio and PipeWire in the session of a user: what the system's service says of them, and the service in that
session. The microphone is a room of the server that sounds are played into, the speaker another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio.convert import convert
from edge_agent.audio.wav import load

from . import tree
from .conftest import CONFIG, KEY, install
from .machine import Machine
from .test_sound import LINE

pytestmark = pytest.mark.system

USER, UID = "kiosk", 1000
RUNTIME = f"/run/user/{UID}"
UNIT = "edge-agent.service"
SERVERS = {  # the units of each
    "pulseaudio": ("pulseaudio.socket", "pulseaudio.service"),
    "pipewire": ("pipewire.socket", "pipewire-pulse.socket", "pipewire.service", "pipewire-pulse.service"),
}
RATE_HZ = 48_000


def config(device: str) -> str:
    sound = f'microphone = "{device}"\nspeaker = "{device}"\ncues = false\n[turns]\nmode = "hands-free"'
    return CONFIG.replace('backend = "simulated"', sound)


class Session:
    """Of the user whose sound server it is."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def run(self, *command: str, check: bool = True) -> str:
        world = "env", f"XDG_RUNTIME_DIR={RUNTIME}", f"HOME=/home/{USER}"
        return self.machine.run(*world, *command, user=USER, check=check)

    def systemctl(self, *words: str, check: bool = True) -> str:
        return self.run("systemctl", "--user", *words, check=check)

    def pactl(self, *words: str) -> str:
        return self.run("pactl", *words)

    def start_server(self, server: str) -> None:
        """This one, and no other, with a room to hear and a room to play in."""
        for name, units in SERVERS.items():
            if name != server:
                self.systemctl("mask", "--now", "--quiet", "--runtime", *units)
        self.systemctl("unmask", "--quiet", "--runtime", *SERVERS[server])
        self.systemctl("start", *SERVERS[server])
        if server == "pipewire":
            self.systemctl("restart", "wireplumber.service")
        self.machine.until(lambda: "Server Name" in self.run("pactl", "info", check=False), server)
        self.make("out")
        self.make("room")

    def make(self, name: str) -> None:
        """A room: the one to hear is the default microphone, the other the default speaker."""
        made = f"sink_name={name}", f"rate={RATE_HZ}", "channels=1", "channel_map=mono"
        self.pactl("load-module", "module-null-sink", *made)
        self.machine.until(lambda: f"{name}.monitor" in self.pactl("list", "short", "sources"), name)
        if name == "room":
            self.pactl("set-default-source", "room.monitor")
            self.systemctl("restart", "play-noise", check=False)  # the server has moved it
        else:
            self.pactl("set-default-sink", name)

    @contextmanager
    def sounding(self, name: str) -> Iterator[None]:
        """In the room, again and again."""
        form = f"--raw --latency-msec=20 --format=s16le --rate={RATE_HZ} --channels=1"
        play = f"while :; do pacat {form} -d room /srv/{name}.raw || sleep 0.2; done"
        self.run("systemd-run", "--user", "--quiet", "--collect", f"--unit=play-{name}", "sh", "-c", play)
        try:
            yield
        finally:
            self.systemctl("stop", f"play-{name}", check=False)

    def status(self) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.run("edge-agent", "status", "--json", check=False) or "{}")
        return told

    def hears(self) -> bool:
        sound = self.status().get("sound")
        return isinstance(sound, dict) and bool(sound["up"])

    def finding(self, code: str) -> str:
        found = self.status().get("findings")
        if not isinstance(found, list):  # a busy device may not answer in time
            return ""
        return next((f"{one['what']}; {one['todo']}" for one in found if one["code"] == code), "")

    def losses(self) -> int:
        """How often it was told that nothing is heard."""
        codes = "FINDING=microphone-missing", "FINDING=sound-missing"
        told = self.run("journalctl", "--user", "-u", UNIT, "-o", "cat", "--no-pager", *codes)
        return sum(not line.startswith("resolved") for line in told.splitlines())

    def answers(self) -> None:
        """What is said in the room is answered."""
        before = self.status()["turns"]
        with self.sounding("line"):
            self.machine.until(lambda: self.status()["mode"] == "speaking", "an answer", 60)
        self.machine.until(lambda: self.status()["turns"] != before, "the turn to be counted", 60)
        self.run("edge-agent", "interrupt")


@pytest.fixture(scope="module")
def machine(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with Machine(tree.build(sound_servers=True), tmp_path_factory.mktemp("machine") / "boot.log") as made:
        install(made, wheel)
        made.run("systemctl", "stop", UNIT)
        made.run("useradd", "--create-home", "--uid", str(UID), USER)
        made.run("loginctl", "enable-linger", USER)
        made.until(lambda: made.prop("ActiveState", f"user@{UID}.service") == "active", "the session")
        made.write(f"/home/{USER}/.config/edge-agent/api-key", KEY, 0o600)
        made.run("chown", "-R", f"{USER}:", f"/home/{USER}")
        noise = np.random.default_rng(7).normal(0, 12, 10 * RATE_HZ).astype("<i2").tobytes()
        said = convert(load(LINE), 24_000, RATE_HZ)
        for name, pcm in ("noise", noise), ("line", said + noise[: 4 * RATE_HZ]):
            (made.root / f"srv/{name}.raw").write_bytes(pcm)
        yield made


@pytest.fixture(scope="module", params=list(SERVERS))
def session(machine: Machine, request: pytest.FixtureRequest) -> Iterator[Session]:
    """With a server, and the service in it; there is always some noise in the room."""
    made = Session(machine)
    made.start_server(request.param)
    machine.write("/etc/edge-agent/edge-agent.toml", config("pulse"))
    with made.sounding("noise"):
        made.systemctl("daemon-reload")
        made.systemctl("enable", "--now", "--quiet", UNIT)
        machine.until(made.hears, "the sound")
        yield made
    made.systemctl("stop", UNIT)
    made.systemctl("stop", *SERVERS[request.param])


def test_in_the_session_it_hears_and_answers(session: Session) -> None:
    session.answers()
    assert session.systemctl("show", "-P", "StatusText", UNIT).partition(";")[0] in (
        "idle",
        "speaking",
        "thinking",
    )
    assert "turn 1 " in session.run("edge-agent", "logs", "--turns")


def test_the_other_ways_to_the_server(session: Session, machine: Machine) -> None:
    """The system's default, and the plugin of PipeWire."""
    ways = ["default"] if "pipewire" not in session.pactl("info").lower() else ["pipewire"]
    for device in ways:
        machine.write("/etc/edge-agent/edge-agent.toml", config(device))
        session.systemctl("restart", UNIT)
        machine.until(session.hears, f"the sound of {device}")
        session.answers()
    machine.write("/etc/edge-agent/edge-agent.toml", config("pulse"))
    session.systemctl("restart", UNIT)
    machine.until(session.hears, "the sound")


def test_a_microphone_that_is_suspended_is_told_and_comes_back(session: Session, machine: Machine) -> None:
    before = session.losses()
    session.pactl("suspend-sink", "room", "1")
    machine.until(lambda: session.losses() > before, "it to be told")
    session.pactl("suspend-sink", "room", "0")
    machine.until(session.hears, "the sound")
    session.answers()


def test_another_default_is_followed(session: Session, machine: Machine) -> None:
    """The server moves the stream: to the monitor of the speaker here, where nothing sounds."""
    session.pactl("set-default-source", "out.monitor")
    machine.until(lambda: session.finding("microphone-missing"), "the silence to be told")
    session.pactl("set-default-source", "room.monitor")
    machine.until(session.hears, "the sound")


def test_a_card_that_goes_and_comes_back(session: Session, machine: Machine) -> None:
    modules = session.pactl("list", "short", "modules").splitlines()
    room = next(line.split()[0] for line in modules if "sink_name=room" in line)
    session.pactl("unload-module", room)
    machine.until(lambda: "room.monitor" not in session.pactl("list", "short", "sources"), "it to go")
    session.make("room")
    machine.until(session.hears, "the sound")
    session.answers()


def test_a_server_that_ends_and_starts_again(session: Session, machine: Machine) -> None:
    server = "pulseaudio" if "pipewire" not in session.pactl("info").lower() else "pipewire"
    session.systemctl("stop", *SERVERS[server])
    told = ""

    def is_told() -> bool:
        nonlocal told
        told = session.finding("microphone-missing")
        return "no sound server answers" in told

    machine.until(is_told, "it to be told", 20)
    assert "plug" not in told
    session.start_server(server)
    machine.until(session.hears, "the sound")
    session.answers()


def test_the_doctor_sees_the_session(session: Session) -> None:
    said = session.run("edge-agent", "doctor", "--no-network", "--no-panel", check=False)
    assert "ok       service       as edge-agent.service has it: in this user's session" in said
    session.systemctl("stop", UNIT)
    said = session.run("edge-agent", "doctor", "--no-network", "--no-panel", check=False)
    session.systemctl("start", UNIT)
    assert "pulse, " in next(line for line in said.splitlines() if " microphone " in line)


def test_the_systems_service_says_that_the_server_is_missing(session: Session, machine: Machine) -> None:
    machine.write("/etc/edge-agent/environment", f"PULSE_SERVER=unix:{RUNTIME}/pulse/native\n")
    machine.run("systemctl", "start", UNIT, check=False)
    said = machine.run("edge-agent", "status")
    assert "leads to PulseAudio or PipeWire, and no sound server answers the user edge-agent" in said
    assert "run edge-agent in the session of the server's user, or name a card" in said
    doctor = machine.run("edge-agent", "doctor", "--no-network", "--no-panel", "--no-sound", check=False)
    assert f"failed   service       {RUNTIME}/pulse/native is hidden from the service" in doctor
    machine.run("systemctl", "stop", UNIT)
    machine.run("rm", "/etc/edge-agent/environment")
