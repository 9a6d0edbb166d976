"""The audio process through PulseAudio, as on a desktop: a server of our own, with null sinks."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .audio_bench import Bench
from .folders import folder_in_memory
from .sound import rms, tone
from .test_audio_process import hundreds
from .virtual_card import eventually

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(not shutil.which("pulseaudio"), reason="no PulseAudio here"),
]
pytest.importorskip("pyaudio")

SERVER = """load-module module-native-protocol-unix auth-anonymous=1 socket={socket}
load-module module-null-sink sink_name=mic rate=24000 channels=1
load-module module-null-sink sink_name=spk rate=24000 channels=1
"""
ALSA = """pcm.vmic {{ type pulse server "unix:{socket}" device "mic.monitor" hint.description "mic" }}
pcm.vspk {{ type pulse server "unix:{socket}" device "spk" hint.description "speaker" }}
pcm.default {{ type pulse server "unix:{socket}" device "spk" }}
"""


class Desk:
    """What VirtualCard is to the plugin: `say` and `played`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "pulse.sock"
        self.record = folder / "played.raw"
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self, *command: str, **pipes: object) -> None:
        environment = {"PULSE_SERVER": f"unix:{self.socket}", "HOME": str(self.folder), "PATH": "/usr/bin"}
        self.processes.append(subprocess.Popen(command, env=environment, **pipes))  # type: ignore[call-overload]

    def say(self, pcm: bytes) -> None:
        said = self.folder / "said.raw"
        said.write_bytes(pcm)
        with said.open("rb") as words:
            self.run("pacat", "--device=mic", "--rate=24000", "--channels=1", "--format=s16le", stdin=words)

    def played(self) -> bytes:
        return self.record.read_bytes() if self.record.exists() else b""


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    it = Desk(folder_in_memory())
    script = it.folder / "pulse.pa"
    script.write_text(SERVER.format(socket=it.socket))
    conf = it.folder / "asound.conf"
    conf.write_text(ALSA.format(socket=it.socket))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(conf))
    quiet = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--realtime=no"]
    it.run("pulseaudio", *options, "-F", str(script), **quiet)
    try:
        await eventually(it.socket.exists)
        # an idle null sink wakes up late; somebody who listens keeps it awake
        for sink in ("mic", "spk"):
            with (it.record if sink == "spk" else it.folder / "mic.raw").open("wb") as record:
                listener = ["parec", "-d", f"{sink}.monitor", "--latency-msec=10", "--rate=24000"]
                it.run(*listener, "--channels=1", "--format=s16le", stdout=record, stderr=subprocess.DEVNULL)
        await eventually(lambda: len(it.played()) > 0)
        yield it
    finally:
        for process in reversed(it.processes):
            process.terminate()
            process.wait()


async def test_sound_goes_in_and_out(desk: Desk) -> None:
    it = Bench(desk)
    try:
        await it.until(e.AudioStarted)
        it.process.send(c.OpenUplink("closed"))
        await it.until(e.UplinkOpened)
        desk.say(tone(24_000, 1000))
        while rms((await it.until(e.MicAudioRecorded, after=len(it.events))).pcm) < 3000:
            pass
        it.process.send(c.Play("item", tone(24_000, 600, 880)))
        it.process.send(c.FinishPlayback())
        await it.until(e.PlaybackDrained)
        await asyncio.to_thread(desk.processes[-1].wait)
        played = hundreds(desk.played(), 24_000)
        assert len(played) >= 4
        assert set(played) <= {870, 880, 890}
    finally:
        it.process.stop()
