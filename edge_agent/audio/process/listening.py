"""The microphone alone, frame by frame, from a process of its own: see `probe`."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import suppress

from ...config.model import AudioSettings
from ...vocabulary.sound import MIC_FRAME_BYTES, MicPcm
from ..cards.adapter import Adapter
from ..cards.errors import SoundFailed
from ..cards.portaudio import PortAudioCard
from .alarm import alarm

OPENING_S, FIRST_FRAME_S, STALLED_S = 5.0, 3.0, 0.5


async def listen(audio: AudioSettings) -> AsyncGenerator[MicPcm, None]:
    """Frames of the microphone, until nobody wants more. Raises SoundFailed, also where a device hangs."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"from {__name__} import main; main()",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert child.stdin
    assert child.stdout
    try:
        child.stdin.write(pickle.dumps(audio))
        child.stdin.close()
        failure = b""
        with suppress(asyncio.IncompleteReadError):
            while (kind := await child.stdout.readexactly(1)) == b"\0":
                yield await child.stdout.readexactly(MIC_FRAME_BYTES)
            failure = kind + await child.stdout.read()
        if failure:
            raise SoundFailed("microphone", failure[1:].decode())
        why = "is not responding" if await child.wait() == -signal.SIGALRM else "has failed"
        raise SoundFailed("microphone", f"the microphone {why}; unplug it and plug it in again")
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()  # to the end of its pipes, or they would outlive it


def main() -> None:
    """In the child: a zero and a frame, again and again; or a one, and why there are no more."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what libraries write there is not sound
    audio = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
    try:
        alarm(OPENING_S)
        card = PortAudioCard(audio, speaks=False)
        adapter = Adapter(card, channel=audio.heard_channel)
        alarm(FIRST_FRAME_S)
        while True:
            frame = adapter.read()
            alarm(STALLED_S)
            out.write(b"\0" + frame)
    except SoundFailed as failure:
        out.write(b"\1" + failure.reason.encode())
    except BrokenPipeError:
        pass
