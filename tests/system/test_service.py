"""The real unit under a real systemd: starting, staying alive, being told, failing."""

from __future__ import annotations

import json
import time

import pytest

from edge_agent.vocabulary.journal import MESSAGES

from ..virtual_card import plugin
from .conftest import CONFIG, KEY, SYSTEMD
from .machine import Machine

pytestmark = pytest.mark.system

UNIT = "edge-agent.service"
AGAIN = "edge-agent-again.service"
PLAIN_KEY = "/etc/credstore/edge-agent.api-key"
CONFIG_FILE = "/etc/edge-agent/edge-agent.toml"
STARTED = "MESSAGE_ID=39f53479d3a045ac8e11786248231fbf"  # of systemd: a unit has been started
TURN = "MESSAGE_ID=f2eb29c74df14637a429440559d35ef8"
DROP_IN = "/etc/systemd/system/edge-agent.service.d/test.conf"


@pytest.fixture(autouse=True)
def _running(machine: Machine) -> None:
    """Each test finds it running, and with the usual configuration."""
    machine.write(CONFIG_FILE, CONFIG)
    machine.write(PLAIN_KEY, KEY, 0o600)
    machine.run("rm", "-f", DROP_IN)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "reset-failed")
    machine.run("systemctl", "restart", UNIT)
    machine.until(lambda: "link up" in machine.prop("StatusText"), "the link")


def restarted(machine: Machine, times: int) -> bool:
    return machine.prop("NRestarts") == str(times) and machine.prop("ActiveState") == "active"


def heard(machine: Machine, words: str) -> bool:
    return words in machine.run("journalctl", "-u", UNIT, "-o", "cat", "--no-pager")


def spoken_s(machine: Machine) -> float:
    """For how long it has been speaking."""
    return mode_s(machine, "speaking")


def mode_s(machine: Machine, mode: str) -> float:
    """For how long it has been in this mode."""
    status = json.loads(machine.run("edge-agent", "status", "--json"))
    return float(status["mode_s"]) if status["mode"] == mode else 0.0


# ---- starting ---------------------------------------------------------------
def test_it_is_ready_with_its_sound_and_says_how_it_is(machine: Machine) -> None:
    assert machine.prop("ActiveState") == "active"
    assert machine.prop("StatusText").startswith("idle; link up for 0 s; 0 underruns")
    assert machine.run("systemctl", "is-system-running") == "running"
    opened, started = (machine.journal(match)[-1] for match in ("EVENT=device_started", STARTED))
    assert int(opened["__MONOTONIC_TIMESTAMP"]) < int(started["__MONOTONIC_TIMESTAMP"])


def test_a_start_with_one_key_misses_no_other(machine: Machine) -> None:
    assert not heard(machine, "inherited credential")


def test_it_is_nobody_and_shut_in(machine: Machine) -> None:
    for unit in (UNIT, AGAIN):  # with its own errors only, or even an unknown setting is not an error
        machine.run("systemd-analyze", "verify", "--recursive-errors=no", f"/etc/systemd/system/{unit}")
    machine.run("systemd-analyze", "security", "--threshold=12", UNIT)
    uid = machine.run("stat", "-c", "%U:%G", f"/proc/{machine.prop('MainPID')}")
    assert uid == "edge-agent:edge-agent"
    listed = machine.run("stat", "-c", "%A %U %G", "/run/edge-agent", "/run/edge-agent/control.sock")
    assert listed.splitlines() == ["drwxr-x--- edge-agent edge-agent", "srw-rw---- edge-agent edge-agent"]


def test_keys_come_as_credentials(machine: Machine) -> None:
    """The simulated service lets in only who has the key."""
    machine.run("rm", PLAIN_KEY)
    machine.run("systemctl", "restart", UNIT, check=False)
    machine.until(lambda: "link-" in machine.prop("StatusText"), "it to be refused")
    machine.run("mkdir", "-p", "/etc/credstore.encrypted")
    sealed = "/etc/credstore.encrypted/edge-agent.sealed.api-key"
    machine.run(
        "systemd-creds",
        "encrypt",
        "--with-key=host",
        "--name=edge-agent.sealed.api-key",
        "-",
        sealed,
        text=KEY,
    )
    machine.run("systemctl", "restart", UNIT)
    machine.until(lambda: "link up" in machine.prop("StatusText"), "the link, with the sealed key")
    machine.run("rm", sealed)


# ---- staying alive ----------------------------------------------------------
def test_killed_in_the_middle_of_an_answer_it_listens_again(machine: Machine) -> None:
    machine.run("edge-agent", "say", "Are you there?")
    machine.until(lambda: "speaking" in machine.prop("StatusText"), "an answer")
    began = time.monotonic()
    machine.run("systemctl", "kill", "--signal=KILL", UNIT)
    machine.until(lambda: restarted(machine, 1), "the restart")
    machine.until(lambda: machine.call("edge-agent", "press").stdout == "listening\n", "it to listen")
    print(f"\nfrom SIGKILL to listening: {time.monotonic() - began:.2f} s")


def test_a_restart_on_request_is_not_a_failure(machine: Machine) -> None:
    def failures() -> int:
        return machine.run("journalctl", "-u", UNIT, "-o", "cat", "--no-pager").count("Failed with result")

    before = machine.prop("MainPID"), failures()
    machine.run("edge-agent", "restart")
    machine.until(lambda: restarted(machine, 1), "the restart")
    assert machine.prop("MainPID") != before[0]
    assert failures() == before[1]


def test_a_device_that_hangs_is_restarted(machine: Machine) -> None:
    machine.run("kill", "-STOP", machine.prop("MainPID"))
    took = machine.until(lambda: restarted(machine, 1), "the watchdog", within_s=20)
    print(f"\nfrom the hang to ready again: {took:.1f} s")
    assert heard(machine, "Watchdog timeout")


def test_sound_that_hangs_is_a_device_that_hangs(machine: Machine) -> None:
    """A speaker that takes nothing more, while the event loop goes on: a pipe that nobody reads."""
    pipe = "/var/lib/edge-agent/speaker"
    machine.run("sh", "-c", f"rm -f {pipe}; mkfifo -m 666 {pipe}")
    with machine.start("sh", "-c", f"exec 3<{pipe}; exec sleep 60") as reader:
        machine.write(CONFIG_FILE, CONFIG.replace("[panel]", f'speaker_wav = "{pipe}"\n[panel]'))
        machine.run("systemctl", "restart", UNIT)
        machine.write(CONFIG_FILE, CONFIG)
        took = machine.until(lambda: restarted(machine, 1), "the watchdog", within_s=20)
        reader.kill()
    print(f"\nfrom the first sound to ready again: {took:.1f} s")
    assert heard(machine, "the audio has stalled")
    assert heard(machine, "Watchdog timeout")


def test_real_sound_in_its_sandbox_and_a_process_of_it_that_hangs(machine: Machine) -> None:
    """PortAudio on the virtual card. Its process is healed without a restart of the device."""
    machine.copy_in(plugin(), "/opt/vcard")
    folder = "/var/lib/edge-agent"
    machine.write(
        "/etc/edge-agent/asound.conf",
        f"""pcm_type.vcard {{ lib "/opt/vcard/{plugin().name}" }}
pcm.vmic {{ type vcard infile "{folder}/mic.raw" ctl "{folder}/mic.ctl" rate 16000 began "{folder}/began"
  channels 1 noise 12 echo 0 echo_ms 20 }}
pcm.vspk {{ type vcard outfile "{folder}/speaker.raw" ctl "{folder}/speaker.ctl" rate 48000 channels 2 }}
pcm.default {{ type plug slave.pcm "vmic" }}
""",
    )
    machine.write("/etc/edge-agent/environment", "ALSA_CONFIG_PATH=/etc/edge-agent/asound.conf\n")
    machine.write(f"{folder}/mic.raw", "", 0o644)
    machine.write(
        CONFIG_FILE,
        CONFIG.replace('backend = "simulated"', 'microphone = "vmic"\nspeaker = "vspk"\necho = "off"', 1),
    )
    machine.run("systemctl", "restart", UNIT)
    machine.until(lambda: "idle; link up" in machine.prop("StatusText"), "the link")
    assert "vmic, 16000 Hz" in machine.run("edge-agent", "status")
    machine.run("edge-agent", "say", "Are you there?")
    machine.until(lambda: spoken_s(machine) > 1, "an answer to be heard")
    assert json.loads(machine.run("edge-agent", "status", "--json"))["sound"]["counters"]["latency_ms"] > 0
    machine.run("edge-agent", "interrupt")
    child = machine.run("pgrep", "-f", "edge_agent.audio.process.child")
    machine.run("kill", "-STOP", child)
    took = machine.until(
        lambda: machine.journal("EVENT=device_started", f"_PID={machine.prop('MainPID')}")[1:], ""
    )
    print(f"\nfrom the hang of the audio process to sound again: {took:.1f} s")
    assert machine.prop("NRestarts") == "0"
    machine.run("rm", "/etc/edge-agent/environment")


def test_what_fails_again_and_again_rests_and_is_tried_again(machine: Machine) -> None:
    machine.write(DROP_IN, "[Service]\nExecStart=\nExecStart=/bin/false\nRestartSec=50ms\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", UNIT, check=False)
    machine.until(lambda: heard(machine, "Start request repeated too quickly"), "the limit")
    machine.until(lambda: machine.prop("ActiveState", AGAIN) == "activating", "the rest to begin")
    machine.run("rm", DROP_IN)
    machine.run("systemctl", "daemon-reload")
    (sleeping,) = machine.run("pgrep", "-f", "/bin/sleep 300").split()
    machine.run("kill", sleeping, check=False)
    machine.run("systemctl", "stop", "edge-agent-again")


def test_it_says_goodbye_in_time(machine: Machine) -> None:
    machine.run("edge-agent", "say", "Are you there?")
    machine.until(lambda: spoken_s(machine) > 0.5, "an answer to be heard")
    began = time.monotonic()
    machine.run("systemctl", "stop", UNIT)
    print(f"\nstopped in {time.monotonic() - began:.2f} s")
    assert (machine.prop("Result"), machine.prop("ActiveState")) == ("success", "inactive")
    seen = machine.run("journalctl", "-u", "simulator", "-o", "cat", "--no-pager")
    assert "conversation.item.truncate" in seen


def test_the_journal_has_fields(machine: Machine) -> None:
    machine.run("edge-agent", "say", "Are you there?")
    machine.until(lambda: spoken_s(machine) > 0.3, "an answer to be heard")
    machine.run("edge-agent", "interrupt")
    turn = f"MESSAGE_ID={MESSAGES['turn'].id}"
    machine.until(lambda: machine.journal(turn, "TURN_ID=1", "--since=-20s"), "the turn in the journal")
    told = machine.journal(turn, "TURN_ID=1", "--since=-20s")[-1]
    assert told["MESSAGE"].startswith("turn 1 interrupted")
    assert (told["PRIORITY"], told["OUTCOME"], told["_COMM"]) == ("6", "interrupted", "edge-agent")
    assert int(told["HEARD_MS"]) > 0
    machine.write(CONFIG_FILE, CONFIG.replace("8123", "8124"))
    machine.run("systemctl", "reload", UNIT)
    machine.until(
        lambda: machine.journal("FINDING=link-unreachable", "PRIORITY=4"), "the finding in the journal"
    )
    assert "link-unreachable" in machine.run("edge-agent", "logs", "--errors")
    assert "turn 1 interrupted" in machine.run("edge-agent", "logs", "--turns")
    everything = machine.run("journalctl", "-u", UNIT, "-o", "export", "--no-pager", "--all")
    assert KEY not in everything
    assert "Are you there" not in everything


def test_a_turn_is_one_record_of_the_journal(machine: Machine) -> None:
    before = len(machine.journal(TURN))
    machine.run("edge-agent", "say", "Are you there?")
    machine.until(lambda: spoken_s(machine) > 0.5, "an answer to be heard")
    machine.run("edge-agent", "interrupt")
    machine.until(lambda: len(machine.journal(TURN)) > before, "the end of the turn")
    record = machine.journal(TURN)[-1]
    assert (record["EVENT"], record["OUTCOME"], record["PRIORITY"]) == ("turn", "interrupted", "6")
    assert int(record["HEARD_MS"]) >= 500
    assert record["_SYSTEMD_UNIT"] == UNIT
    assert machine.run("edge-agent", "logs", "--turns").splitlines()[-1].endswith(record["MESSAGE"])
    assert KEY not in machine.run("journalctl", "-u", UNIT, "-o", "export")


# ---- what the technician's commands see ---------------------------------------
def test_the_commands_read_the_environment_of_the_service(machine: Machine) -> None:
    environment = "/etc/edge-agent/environment"
    machine.write(environment, "EDGE_AGENT_TURNS_MOED=hands-free\n")
    checked = machine.call("edge-agent", "config", "check")
    assert checked.returncode == 78
    assert f"{environment}: EDGE_AGENT_TURNS_MOED: is not a known setting" in checked.stderr
    machine.write(
        environment,
        "HTTPS_PROXY=http://127.0.0.1:3128\nEDGE_AGENT_SERVICE_ENDPOINT=https://d.openai.azure.com\n",
    )
    assert 'endpoint = "https://d.openai.azure.com"' in machine.run("edge-agent", "config", "show")
    said = machine.run("edge-agent", "doctor", "--no-sound", "--no-panel", check=False)
    assert "ok       proxy         http://127.0.0.1:3128 (HTTPS_PROXY)" in said
    assert "failed   connection    d.openai.azure.com:443: the proxy 127.0.0.1:3128 cannot be reached" in said
    machine.write(DROP_IN, "[Service]\nEnvironmentFile=/etc/edge-agent/more\nMemoryMax=64M\n")
    machine.run("systemctl", "daemon-reload")
    machine.write("/etc/edge-agent/more", "NO_PROXY=d.openai.azure.com\n")
    said = machine.run("edge-agent", "doctor", "--no-sound", "--no-panel", check=False)
    assert "HTTPS_PROXY does not apply to this host" in said
    assert "failed   service       MemoryMax= of 64 MB is too little" in said
    machine.run("rm", environment, "/etc/edge-agent/more")


def test_root_is_told_what_the_services_user_could_not_do(machine: Machine) -> None:
    machine.run("chmod", "600", CONFIG_FILE)
    machine.run("chown", "root", "/var/lib/edge-agent")
    said = machine.run("edge-agent", "doctor", "--no-sound", "--no-panel", "--no-network", check=False)
    unable = "the service's user edge-agent cannot"
    assert (
        f"failed   service       {unable} read {CONFIG_FILE}, write /var/lib/edge-agent; check owner" in said
    )
    checked = machine.call("edge-agent", "config", "check")
    assert (checked.returncode, f"{unable} read {CONFIG_FILE}" in checked.stderr) == (78, True)
    machine.run("chmod", "644", CONFIG_FILE)
    machine.run("mkdir", "-p", "/home/sounds", "/dev/snd")
    machine.write(CONFIG_FILE, CONFIG.replace('"simulated"', '"simulated"\nsounds = "/home/sounds"'))
    assert "/home/sounds is hidden from the service" in machine.call("edge-agent", "config", "check").stderr
    machine.write(CONFIG_FILE, CONFIG.replace('backend = "simulated"', ""))
    machine.write("/dev/snd/pcmC9D0c", "", 0o600)
    assert f"note: {unable} open /dev/snd/pcmC9D0c" in machine.call("edge-agent", "devices").stderr
    machine.run("rm", "-r", "/dev/snd")
    other = machine.call("edge-agent", "config", "check", "--config", "/dev/null")
    assert (
        "note: /dev/null is not the configuration of edge-agent.service: checked with this user's"
        in other.stderr
    )


# ---- being told -------------------------------------------------------------
def test_a_new_configuration_is_read_and_a_wrong_one_is_not(machine: Machine) -> None:
    pid = machine.prop("MainPID")
    machine.write(CONFIG_FILE, CONFIG + 'echo = "of"\n')
    machine.run("systemctl", "reload", UNIT)
    machine.until(lambda: "configuration-refused" in machine.prop("StatusText"), "the complaint")
    assert "[panel] 'echo' is not a known setting" in machine.prop("StatusText")
    machine.write(CONFIG_FILE, CONFIG + '[assistant]\nvoice = "echo"\n')
    machine.run("systemctl", "reload", UNIT)
    machine.until(lambda: machine.prop("StatusText").startswith("idle; link up"), "the new one to be used")
    assert heard(machine, "the configuration was reloaded")
    assert (machine.prop("MainPID"), machine.prop("NRestarts")) == (pid, "0")


def test_a_turn_that_is_longer_than_systemd_waits_does_not_fail_the_reload(machine: Machine) -> None:
    machine.write(DROP_IN, "[Service]\nTimeoutStartSec=2\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", UNIT)
    machine.until(lambda: "link up" in machine.prop("StatusText"), "the link")
    machine.run("edge-agent", "press")
    machine.write(CONFIG_FILE, CONFIG + '[assistant]\nvoice = "echo"\n')
    began = time.monotonic()
    machine.run("systemctl", "reload", UNIT)
    assert time.monotonic() - began < 1.5
    assert machine.prop("StatusText").endswith("; a new configuration waits until nobody talks")
    machine.until(lambda: mode_s(machine, "listening") > 3, "a turn that is longer than TimeoutStartSec")
    assert (machine.prop("ActiveState"), machine.prop("SubState")) == ("active", "running")
    assert not heard(machine, "timed out")
    before = machine.prop("MainPID")
    machine.run("edge-agent", "interrupt")
    machine.until(lambda: machine.prop("StatusText").startswith("idle; link up"), "the new one to be used")
    assert (
        machine.run("journalctl", "-u", UNIT, "-o", "cat", "--no-pager", f"_PID={before}").count(
            "was reloaded"
        )
        == 1
    )
    assert (machine.prop("MainPID"), machine.prop("NRestarts")) == (before, "0")


def test_a_wrong_configuration_is_not_tried_again(machine: Machine) -> None:
    machine.write(CONFIG_FILE, '[service]\nendpiont = "x"\n')
    machine.run("systemctl", "restart", UNIT, check=False)
    machine.until(lambda: machine.prop("ActiveState") == "failed", "it to fail")
    assert machine.prop("ExecMainStatus") == "78"
    assert machine.prop("NRestarts") == "0"
    again = ("journalctl", "-u", AGAIN, "-o", "cat", "-n", "3", "--no-pager")
    machine.until(lambda: "exec-condition" in machine.run(*again), "nobody to try again")
    machine.until(lambda: machine.prop("ActiveState", AGAIN) == "inactive", "nobody to try again")
    assert "did you mean 'endpoint'?" in machine.prop("StatusText")
    assert "did you mean 'endpoint'?" in machine.run("systemctl", "status", UNIT, check=False)


def test_who_may_tell_it(machine: Machine) -> None:
    machine.run("useradd", "member", "--groups", "edge-agent", check=False)
    machine.run("useradd", "stranger", check=False)
    assert machine.run("edge-agent", "mute", user="member") == "muted"
    assert machine.prop("StatusText").startswith("muted; link up")
    refused = machine.call("edge-agent", "unmute", user="stranger")
    assert refused.returncode == 1
    assert refused.stderr == (
        "edge-agent: permission denied for the control socket; use sudo, or join the group edge-agent\n"
    )
    machine.run("systemctl", "restart", UNIT)
    machine.until(lambda: machine.prop("StatusText").startswith("muted; link up"), "it to be muted still")
    assert machine.run("edge-agent", "unmute") == "idle"
    machine.run("systemctl", "stop", UNIT)
    down = machine.call("edge-agent", "status")
    assert (down.returncode, down.stdout) == (1, "")
    assert "systemctl start edge-agent" in down.stderr


def test_a_member_changes_what_is_allowed_and_the_file_stays_as_it_is(machine: Machine) -> None:
    machine.run("useradd", "member", "--groups", "edge-agent", check=False)
    machine.run("useradd", "stranger", check=False)
    before = machine.run("cat", CONFIG_FILE)
    assert machine.run("edge-agent", "config", "set", "assistant.voice=echo", user="member").startswith(
        "saved"
    )
    assert 'voice = "echo"  # changes' in machine.run("edge-agent", "config", "show")
    refused = machine.call("edge-agent", "config", "set", "service.proxy=none", user="member")
    assert "[service] proxy: cannot be changed here" in refused.stderr
    assert machine.run("cat", CONFIG_FILE) == before
    seen = machine.call("edge-agent", "config", "show", user="stranger")
    assert "what was changed on the device is in /var/lib/edge-agent" in seen.stderr
    assert machine.run("edge-agent", "config", "undo", user="member").startswith("# nothing is changed")


def test_the_unit_is_the_one_of_the_project(machine: Machine) -> None:
    assert machine.run("cat", f"/etc/systemd/system/{UNIT}") == (SYSTEMD / UNIT).read_text().strip()
