#!/usr/bin/python3
"""Inside the virtual machine: plugs the sound card in, presses the button, speaks, listens, looks at the light."""

import array
import os
import random
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

MIC_HZ, SPEAKER_HZ = 16_000, 48_000  # both ends of a loop run alike
BLOCK = MIC_HZ // 50
BUTTON, LIGHT = 17, 22
CHIP = Path("/sys/kernel/config/gpio-sim/pi")
SOUND_CARD = Path("/sys/bus/platform/drivers/snd_aloop")
FAR_END = "hw:0,1"  # of the loop; the device has the near one


def run(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def status() -> str:
    return run("systemctl", "show", "-P", "StatusText", "edge-agent")


def until(what: str, holds: Callable[[], bool], within_s: float = 30) -> None:
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > within_s:
            print(run("journalctl", "-u", "edge-agent", "-o", "cat", "--no-pager", "-n", "40"))
            sys.exit(f"waited {within_s} s for {what}; {status()}")
        time.sleep(0.02)
    print(f"{time.monotonic() - began:5.1f} s  {what}; {status()}", flush=True)


# ---- pins -------------------------------------------------------------------
def make_pins() -> None:
    """Those of a Raspberry Pi; the button is let go."""
    run("modprobe", "configfs")
    run("modprobe", "gpio-pretended")
    if not CHIP.parent.exists():
        run("mount", "-t", "configfs", "configfs", "/sys/kernel/config")
    (CHIP / "bank0").mkdir(parents=True)
    (CHIP / "bank0" / "num_lines").write_text("54")
    (CHIP / "bank0" / "label").write_text("pinctrl-bcm2711")
    (CHIP / "live").write_text("1")
    Path("/run/cpuinfo").write_text(Path("/proc/cpuinfo").read_text() + "Revision\t: c03114\n")
    run("udevadm", "settle")


def line(number: int) -> Path:
    return next(Path("/sys/devices/platform/gpio-sim.0").glob(f"gpiochip*/sim_gpio{number}"))


def press() -> None:
    (line(BUTTON) / "pull").write_text("pull-down")


def release() -> None:
    (line(BUTTON) / "pull").write_text("pull-up")


def lit() -> bool:
    return (line(LIGHT) / "value").read_text().strip() == "1"


# ---- sound ------------------------------------------------------------------
class Room:
    """What is around the device: air that is never quite still, a voice, an ear."""

    def __init__(self) -> None:
        self.loudest = 0  # of what the ear heard since it was last set
        self._voice: SimpleQueue[bytes] = SimpleQueue()
        form = ("-q", "-D", FAR_END, "-f", "S16_LE", "-c", "1", "-t", "raw", "-r")
        hear, self._to_mouth = os.pipe()
        self._from_ear, say = os.pipe()
        subprocess.Popen(["aplay", *form, str(MIC_HZ)], stdin=hear)
        subprocess.Popen(["arecord", *form, str(SPEAKER_HZ)], stdout=say)
        os.close(hear)
        os.close(say)
        for task in (self._sound, self._hear):
            Thread(target=task, daemon=True).start()

    def say(self, path: str) -> None:
        """16-bit mono, of any rate that is a multiple of 8 kHz."""
        with wave.open(path) as file:
            samples = array.array("h", file.readframes(file.getnframes()))
            step = file.getframerate() / MIC_HZ
        voice = array.array("h", (samples[int(n * step)] for n in range(int(len(samples) / step))))
        for at in range(0, len(voice) - BLOCK, BLOCK):
            self._voice.put(voice[at : at + BLOCK].tobytes())
        while not self._voice.empty():
            time.sleep(0.02)

    def _sound(self) -> None:
        noise = array.array("h", (random.randint(-20, 20) for _ in range(BLOCK))).tobytes()
        with suppress(BrokenPipeError):  # the card was pulled out
            while True:
                os.write(self._to_mouth, noise if self._voice.empty() else self._voice.get())

    def _hear(self) -> None:
        with os.fdopen(self._from_ear, "rb") as ear:
            while block := ear.read(2 * BLOCK):
                self.loudest = max(self.loudest, *map(abs, array.array("h", block)))


# ---- what is looked at ------------------------------------------------------
def main() -> None:
    print(f"\nLinux {run('uname', '-r')}, {run('systemctl', '--version').splitlines()[0]}", flush=True)
    run("systemd-sysusers")
    make_pins()
    run("systemctl", "daemon-reload")
    run("systemctl", "start", "simulator", "edge-agent")
    until("no sound card yet", lambda: "missing" in status())
    run("modprobe", "snd-aloop")
    until("the card is plugged in", lambda: status().startswith("idle; link up"))
    room = Room()

    press()
    until("pressed", lambda: status().startswith("listening") and lit())
    room.say("/opt/device/line-1.wav")
    room.loudest = 0
    release()
    until("released, and answered", lambda: room.loudest > 2000)
    until("the light shines while it speaks", lambda: status().startswith("speaking") and lit())
    until("the answer is over, the light is dark", lambda: status().startswith("idle") and not lit())

    (SOUND_CARD / "unbind").write_text("snd_aloop.0")
    until("the card is pulled out", lambda: "missing" in status())
    (SOUND_CARD / "bind").write_text("snd_aloop.0")
    until("the card is plugged in again", lambda: status().startswith("idle; link up"))
    again = Room()
    run("edge-agent", "say", "Are you there?")
    until("it is heard again", lambda: again.loudest > 2000)

    print(run("systemd-analyze", "security", "--threshold=12", "--no-pager", "edge-agent").splitlines()[-1])
    if run("systemctl", "show", "-P", "NRestarts", "edge-agent") != "0":
        sys.exit("it was restarted")
    print("all is well", flush=True)


main()
