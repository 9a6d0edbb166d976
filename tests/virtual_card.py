"""A virtual sound card: real PortAudio and real ALSA on a plugin that is built here (see vcard/pcm_vcard.c)."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from .folders import folder, folder_in_memory

SOURCE = Path(__file__).parent / "vcard" / "pcm_vcard.c"
MIC_HZ, SPEAKER_HZ = 16_000, 48_000


@cache
def plugin() -> Path:
    """The built plugin; skips where it cannot be built."""
    target = folder() / "libasound_module_pcm_vcard.so"
    command = ["gcc", "-shared", "-fPIC", "-DPIC", "-O2", "-o", str(target), str(SOURCE), "-lasound"]
    try:
        built = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no C compiler here")
    if built.returncode:
        pytest.skip(f"no ALSA headers here (libasound2-dev): {built.stderr[:200]}")
    return target


class VirtualCard:
    """`vmic` and `vspk`, as the only sound devices of this process and its children."""

    def __init__(
        self,
        folder: Path,
        *,
        mic_hz: int = MIC_HZ,
        mic_channels: int = 1,
        mic_least: int = 0,
        loop: bool = False,
        speaker_hz: int = SPEAKER_HZ,
        speaker_channels: int = 2,
        echo_gain: float = 0.0,
        echo_ms: int = 20,
        noise: int = 12,
    ) -> None:
        sound = folder_in_memory()  # a disk that is busy would hold up the sound, as no card does
        self._said, self._played = sound / "mic.raw", sound / "speaker.raw"
        self._mic_hz, self._mic_channels, self._speaker_channels = mic_hz, mic_channels, speaker_channels
        self._controls = {"microphone": folder / "mic.ctl", "speaker": folder / "speaker.ctl"}
        self._began = folder / "mic.began"
        self._said.touch()
        self.conf = folder / "asound.conf"
        self.conf.write_text(
            f"""pcm_type.vcard {{ lib "{plugin()}" }}
pcm.vmic {{ type vcard infile "{self._said}" ctl "{self._controls["microphone"]}" rate {mic_hz}
  began "{folder / "mic.began"}" channels {mic_channels} least {mic_least} loop {int(loop)} noise {noise}
  echo {round(echo_gain * 1000)} echo_ms {echo_ms} }}
pcm.vspk {{ type vcard outfile "{self._played}" ctl "{self._controls["speaker"]}" rate {speaker_hz}
  channels {speaker_channels} }}
pcm.default {{ type plug slave.pcm "vmic" }}
"""
        )

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ALSA_CONFIG_PATH", str(self.conf))

    def heard_at(self, audio_ms: int) -> float:
        """When the microphone had heard so much since it was opened; CLOCK_MONOTONIC in s."""
        return int(self._began.read_text()) / 1e9 + audio_ms / 1000

    def is_heard(self) -> bool:
        """Whether the microphone has been opened, since `forget_that_it_was_heard`."""
        return self._began.exists()

    def forget_that_it_was_heard(self) -> None:
        self._began.unlink(missing_ok=True)

    def say(self, pcm: bytes, channel: int | None = None) -> None:
        """A voice at the microphone, from now on; mono, at its rate. `channel`: the only one that hears it."""
        frames = np.repeat(np.frombuffer(pcm, np.int16)[:, None], self._mic_channels, axis=1)
        if channel is not None:
            frames[:, [number for number in range(self._mic_channels) if number != channel]] = 0
        with self._said.open("ab") as said:
            said.write(frames.tobytes())

    def played(self) -> bytes:
        """What the speaker was given until now, its first channel."""
        if not self._played.exists():
            return b""
        data = np.fromfile(self._played, np.int16)
        whole = data[: len(data) // self._speaker_channels * self._speaker_channels]
        return whole.reshape(-1, self._speaker_channels)[:, 0].tobytes()

    def fault(self, part: str, word: str) -> None:
        """`part`: microphone or speaker. See the plugin for the words."""
        control = self._controls[part]
        fresh = control.with_suffix(".new")
        fresh.write_text(word)
        fresh.replace(control)

    def heal(self, part: str) -> None:
        self._controls[part].unlink(missing_ok=True)

    def is_healthy(self, part: str) -> bool:
        return not self._controls[part].exists()


async def eventually(holds: Callable[[], object], limit_s: float = 10) -> None:
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110 - files tell nobody that they change
            await asyncio.sleep(0.01)


def environment(card: VirtualCard) -> dict[str, str]:
    return os.environ | {"ALSA_CONFIG_PATH": str(card.conf)}
