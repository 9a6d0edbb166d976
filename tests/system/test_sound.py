"""Real sound in the real unit: PortAudio and ALSA on a virtual card, the echo canceller, the neural detector."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio.convert import convert
from edge_agent.audio.wav import read_wav

from ..sound import rms
from ..virtual_card import MIC_HZ, SPEAKER_HZ, plugin
from .conftest import CONFIG, install
from .machine import Machine
from .tree import ROOT

pytestmark = pytest.mark.system

CARD = "/var/lib/edge-agent/card"
ALSA = f"""pcm_type.vcard {{ lib "/opt/vcard/libasound_module_pcm_vcard.so" }}
pcm.vmic {{ type vcard infile "{CARD}/mic.raw" ctl "{CARD}/mic.ctl" rate {MIC_HZ} channels 1 noise 12 }}
pcm.vspk {{ type vcard outfile "{CARD}/speaker.raw" ctl "{CARD}/speaker.ctl" rate {SPEAKER_HZ} channels 2 }}
pcm.default {{ type plug slave.pcm "vmic" }}
"""
REAL = CONFIG.replace(
    'backend = "simulated"',
    """microphone = "vmic"
speaker = "vspk"
echo = "linear"
cues = false
[turns]
mode = "hands-free"
[gate]
confirm = "silero"
""",
)
LINE = ROOT / "edge_agent" / "audio" / "sounds" / "speech" / "line-1.wav"


@pytest.fixture(scope="module")
def machine(debian: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with Machine(debian, tmp_path_factory.mktemp("machine") / "boot.log") as made:
        made.copy_in(plugin(), "/opt/vcard")
        made.write("/opt/vcard/asound.conf", ALSA)
        made.write(f"{CARD}/mic.raw", "")
        made.run("chmod", "777", CARD)
        made.write("/etc/edge-agent/environment", "ALSA_CONFIG_PATH=/opt/vcard/asound.conf\n")
        install(made, wheel, REAL)
        made.until(lambda: sounds(made) == 1, "the sound")
        yield made


def sounds(machine: Machine) -> int:
    """How often the devices have come to sound."""
    return len(machine.journal("EVENT=device_started"))


def heard(machine: Machine, words: str) -> int:
    return machine.run("journalctl", "-u", "edge-agent", "-o", "cat", "--no-pager").count(words)


def played(machine: Machine) -> bytes:
    file = machine.root / CARD[1:] / "speaker.raw"
    return file.read_bytes() if file.exists() else b""


def ask(machine: Machine) -> None:
    """Somebody talks to it; an answer sounds then."""
    before = len(played(machine))
    pcm, rate_hz, _ = read_wav(LINE)
    with (machine.root / CARD[1:] / "mic.raw").open("ab") as microphone:
        microphone.write(convert(pcm, rate_hz, MIC_HZ))
    machine.until(lambda: rms(played(machine)[before:][-SPEAKER_HZ:]) > 300, "an answer at the speaker")


def test_it_hears_and_answers(machine: Machine) -> None:
    """Under MemoryDenyWriteExecute=, PrivateDevices= and the rest, none of the libraries is missing."""
    ask(machine)
    loudest = int(np.abs(np.frombuffer(played(machine), np.int16).astype(int)).max())
    print(f"\nloudest sample of the answer: {loudest}; {machine.prop('StatusText')}")
    assert not heard(machine, "needs")
    assert machine.run("stat", "-c", "%U", f"/proc/{child(machine)}") == "edge-agent"


def child(machine: Machine) -> str:
    return machine.run("pgrep", "-f", "edge_agent.audio.process.child")


def test_an_audio_process_that_hangs_is_replaced(machine: Machine) -> None:
    before, pid = sounds(machine), child(machine)
    machine.run("kill", "-STOP", pid)
    took = machine.until(lambda: sounds(machine) > before, "the sound to be back")
    print(f"\nfrom the hang to sound again: {took:.1f} s")
    assert child(machine) != pid
    assert machine.prop("NRestarts") == "0"
    ask(machine)


def test_a_card_that_hangs_is_opened_again(machine: Machine) -> None:
    before = sounds(machine)
    machine.write(f"{CARD}/mic.ctl", "stall")
    machine.until(lambda: heard(machine, "a device is not responding"), "it to be noticed")
    machine.run("rm", f"{CARD}/mic.ctl")
    machine.until(lambda: sounds(machine) > before, "the sound to be back")
    assert machine.prop("NRestarts") == "0"


def test_killed_with_a_real_sound_process_it_listens_again(machine: Machine) -> None:
    ask(machine)
    before = sounds(machine)
    began = time.monotonic()
    machine.run("systemctl", "kill", "--signal=KILL", "edge-agent")
    machine.until(lambda: sounds(machine) > before, "it to listen")
    print(f"\nfrom SIGKILL to sound again: {time.monotonic() - began:.2f} s")
    ask(machine)


def test_a_file_of_alsa_that_is_broken_stands_in_the_journal_once(machine: Machine) -> None:
    before = sounds(machine)
    machine.write("/opt/vcard/asound.conf", f"</nowhere/asound.conf>\n{ALSA}")
    machine.run("kill", "-KILL", child(machine))
    why = "cannot read"
    machine.until(lambda: heard(machine, why), "the reason in the journal")
    assert "FINDING sound-missing: ALSA cannot read" in machine.run("edge-agent", "status")
    lines = len(machine.journal())
    began = time.monotonic()
    machine.until(lambda: time.monotonic() - began > 5, "twenty more tries")
    assert heard(machine, why) == 1
    assert len(machine.journal()) - lines <= 2
    machine.write("/opt/vcard/asound.conf", ALSA)
    machine.until(lambda: sounds(machine) > before, "the sound to be back")


def test_no_second_device_is_started_beside_the_service(machine: Machine) -> None:
    done = machine.call("edge-agent", "run")
    assert done.returncode == 1
    assert "the service edge-agent is already running on this machine; stop it first" in done.stderr
