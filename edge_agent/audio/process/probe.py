"""One question to the sound devices, asked in a process of its own: PortAudio may hang, spin and crash.

`record` and `inventory` are the parent's side. The child runs `main`, with the question on its standard
input; the kernel's alarm clock (`alarm`) ends it when a device hangs in the middle of a call.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Callable
from typing import Any

from ...config.model import AudioSettings
from ...vocabulary.events import SoundSide
from ...vocabulary.frozen import frozen
from ...vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES, MIC_RATE_HZ, SERVICE_RATE_HZ, MicPcm
from ..cards.adapter import Adapter
from ..cards.errors import SoundFailed
from ..cards.inventory import Inventory, take_inventory
from ..cards.portaudio import PortAudioCard
from ..cards.standard_error import drained, listen, pipe
from ..dead_microphone import DeadMicrophone
from ..library_words import broken_file
from ..resample import Resampler
from .alarm import alarm, how_it_ended
from .dead_channels import explained

OPENING_S = 5.0
FIRST_FRAME_S = 3.0  # sound servers take their time
STALLED_S = 0.5
LONGEST_S = 30.0  # whatever the child believes
CLOSING_S = 0.5


@frozen
class Take:
    """Frame for frame: what was heard while this was played. It comes back later, by the round trip."""

    device: str
    notes: tuple[str, ...]
    heard: MicPcm
    played: MicPcm
    lost: int  # times that sound was lost (overruns, underruns)
    latency_ms: int  # that the speaker holds back, as the system says and the configuration adds
    dead: str = ""  # what is wrong with a microphone that hears nothing, and what to do


async def record(audio: AudioSettings, play: MicPcm, *, hears: bool = True, speaks: bool = True) -> Take:
    """Plays and records at the same time. Raises SoundFailed, also where a device hangs."""
    result: Take = await _ask(_record, audio, play, hears, speaks, part=_part(hears, speaks))
    return result


async def inventory(audio: AudioSettings) -> Inventory:
    """Raises SoundFailed."""
    result: Inventory = await _ask(take_inventory, audio, part="sound")
    return result


async def _ask(what: Callable[..., Any], *arguments: Any, part: SoundSide) -> Any:
    try:
        words, written = pipe()
    except OSError as error:
        raise _cannot_start(part, error) from None
    try:
        return await _answer(part, words, written, pickle.dumps((what.__name__, arguments)))
    finally:
        os.close(words)


async def _answer(part: SoundSide, words: int, written: int, question: bytes) -> Any:
    """`words`, `written`: the ends of the pipe that is the child's standard error."""
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",  # not -m: what it answers with must be of this module, not of __main__
            f"from {__name__} import main; main({words})",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=written,
            pass_fds=(words,),
        )
    except OSError as error:
        raise _cannot_start(part, error) from None
    finally:
        os.close(written)
    try:
        async with asyncio.timeout(LONGEST_S):
            answer, _ = await child.communicate(question)
    except TimeoutError:
        answer = b""
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()  # to the end of its pipes, or they would outlive it
    try:
        result, failure = pickle.loads(answer)  # noqa: S301 - from our own process
    except Exception:  # it died before it had answered, or while it did; pickle raises anything
        raise SoundFailed(part, _reason(part, child.returncode or 0, drained(words))) from None
    if failure:
        raise SoundFailed(*failure)
    return result


def _part(hears: bool, speaks: bool) -> SoundSide:
    if hears and speaks:
        return "sound"
    return "microphone" if hears else "speaker"


def _cannot_start(part: SoundSide, error: OSError) -> SoundFailed:
    reason = f"no process can be started to try the sound ({error.strerror or error}); end other programs"
    return SoundFailed(part, reason)


def _reason(part: SoundSide, code: int, text: str) -> str:
    device = "microphone or speaker" if part == "sound" else part
    if code in (-signal.SIGALRM, -signal.SIGKILL):
        return f"the {device} is not responding; unplug it and plug it in again"
    if broken := broken_file(text):
        return broken
    return (
        f"the process that opened the {device} {how_it_ended(code, text)}; plug it in again, or try another"
    )


def _record(audio: AudioSettings, play: MicPcm, hears: bool, speaks: bool) -> Take:
    notes: list[str] = []
    alarm(OPENING_S)
    card = PortAudioCard(audio, notes.append, hears=hears, speaks=speaks)
    try:
        adapter = Adapter(card, channel=audio.heard_channel, raw=True)
        to_service = Resampler(MIC_RATE_HZ, SERVICE_RATE_HZ)
        heard = bytearray()
        health = DeadMicrophone(audio.heard_channel, len(play) // MIC_FRAME_BYTES * FRAME_MS)
        alarm(FIRST_FRAME_S)
        for at in range(0, len(play) - MIC_FRAME_BYTES + 1, MIC_FRAME_BYTES):
            heard += adapter.read()
            health.hear(adapter.raw, card.in_channels)
            alarm(STALLED_S)
            adapter.write(to_service.process(play[at : at + MIC_FRAME_BYTES]))
    finally:
        alarm(CLOSING_S)
        card.close()
        alarm(0)
    lost = card.overruns + card.underruns
    dead = explained(audio, card, health) if hears and not speaks and health.is_dead else ""
    return Take(card.name, tuple(notes), bytes(heard), play[: len(heard)], lost, card.out_latency_ms, dead)


def silence(ms: int) -> MicPcm:
    return bytes(ms // FRAME_MS * MIC_FRAME_BYTES)


QUESTIONS: dict[str, Callable[..., Any]] = {
    question.__name__: question for question in (_record, take_inventory)
}


def main(words: int) -> None:
    """Answers the one question on standard input, and ends. `words`: where its standard error can be read."""
    answer = os.dup(1)
    os.dup2(2, 1)  # what libraries write there is not an answer
    listen(words)
    name, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
    alarm(OPENING_S)
    result: tuple[Any, tuple[SoundSide, str] | None]
    try:
        result = QUESTIONS[name](*arguments), None
    except SoundFailed as failure:
        result = None, (failure.part, failure.reason)
    alarm(0)
    with os.fdopen(answer, "wb") as out:
        pickle.dump(result, out)
