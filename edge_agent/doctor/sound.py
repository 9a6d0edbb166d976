"""The checks of microphone, speaker and the way between them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..audio.cards.alsa_cards import Direction
from ..audio.cards.errors import SoundFailed
from ..audio.cards.inventory import Inventory
from ..audio.levels import ac_dbfs
from ..audio.process.probe import Take, inventory, record, silence
from ..config.model import AudioSettings
from ..config.packages import to_install
from ..vocabulary.sound import FRAME_MS, MIC_RATE_HZ, MicPcm
from . import verdict
from .acoustics import CHIRP_MS, Ambience, chirp, echo_of, pcm_of, samples_of, speech_like
from .cancelling import cancelled
from .result import Check, ok, sentence, skipped

SETTLING_MS = 500  # until a microphone is itself
LISTENING_MS = 1500
TRYING_MS = 600
TAIL_MS = 1500  # longer than any round trip that can be used
SPEECH_MS, JUDGED_MS = 4000, 1500  # a canceller needs the time between
SOUND_CHECKS = ("microphone", "speaker", "acoustics", "echo")


async def sound_checks(audio: AudioSettings) -> AsyncIterator[Check]:
    """Each runs in its own process, so that a hanging device is only a failed check."""
    hearing: Ambience | None = None
    listed: Inventory | None = None

    async def others(direction: Direction) -> list[str]:
        """Names of what could be chosen, where nothing was."""
        nonlocal listed
        if getattr(audio, direction):
            return []
        try:
            listed = listed or await inventory(audio)
        except SoundFailed:
            return []
        found = listed.of(direction)
        real = [device for device in found if device.card_id]
        return [device.setting for device in real or found if not device.chosen]

    try:
        quiet, heard = await quiet_room(audio)
        hearing = Ambience.of(heard)
        hears = verdict.microphone(_device(quiet), hearing, quiet.dead)
        hears = verdict.chosen(hears, audio.microphone, await others("microphone"))
    except SoundFailed as failure:
        hears = sentence("microphone", failure.reason)
    yield hears
    try:
        speaks = ok(
            "speaker", f"{_device(await record(audio, silence(TRYING_MS), hears=False))}: opens and plays"
        )
        speaks = verdict.chosen(speaks, audio.speaker, await others("speaker"))
    except SoundFailed as failure:
        speaks = sentence("speaker", failure.reason)
    yield speaks
    for part in (hears, speaks):
        if part.status == "failed":
            for name in ("acoustics", "echo"):
                yield skipped(name, f"the {part.name} does not work")
            return
    assert hearing
    async for check in acoustic_checks(audio, hearing):
        yield check


async def quiet_room(audio: AudioSettings) -> tuple[Take, MicPcm]:
    """With nothing played; and what was heard once the microphone was itself. Raises SoundFailed."""
    quiet = await record(audio, silence(SETTLING_MS + LISTENING_MS), speaks=False)
    return quiet, quiet.heard[_bytes(SETTLING_MS) :]


async def acoustic_checks(audio: AudioSettings, hearing: Ambience) -> AsyncIterator[Check]:
    """Plays a sweep, and noise like speech, and listens."""
    lead, sweep, speech = SETTLING_MS, CHIRP_MS + TAIL_MS, SPEECH_MS
    try:
        play = (
            silence(lead)
            + pcm_of(chirp())
            + silence(TAIL_MS)
            + pcm_of(speech_like(speech))
            + silence(TAIL_MS)
        )
        take = await record(audio, play)
        if take.lost:
            take = await record(audio, play)
    except SoundFailed as failure:
        yield sentence("acoustics", failure.reason)
        yield skipped("echo", "the sound test failed")
        return
    part = slice(_bytes(lead), _bytes(lead + sweep))
    echo = echo_of(samples_of(take.played[part]), samples_of(take.heard[part]))
    clipped = Ambience.of(take.heard).clipped
    told_ms = take.latency_ms - audio.speaker_delay_ms
    yield verdict.acoustics(
        echo, clipped, take.lost, audio.echo, told_ms=told_ms, added_ms=audio.speaker_delay_ms
    )
    if not echo.heard:
        yield skipped("echo", "the microphone does not hear the speaker")
        return
    played, heard = samples_of(take.played), samples_of(take.heard)
    result = cancelled(audio.echo, heard, played, take.latency_ms)
    end = lead + sweep + speech
    judged = slice((end - JUDGED_MS) * MIC_RATE_HZ // 1000, end * MIC_RATE_HZ // 1000)
    yield verdict.echo(
        audio.echo,
        hearing.floor_dbfs,
        ac_dbfs(played[judged]),
        ac_dbfs(heard[judged]),
        None if result is None else ac_dbfs(result.left[judged]),
        to_install("pywebrtc-audio"),
        opened=result is not None
        and any(result.taken_for_voice[(end - JUDGED_MS) // FRAME_MS : end // FRAME_MS]),
    )


def _device(take: Take) -> str:
    """Without the word that the check is called by."""
    name = take.device.partition(" ")[2].removesuffix(", 1 ch")
    return "; ".join((name, *take.notes))


def _bytes(ms: int) -> int:
    return ms // FRAME_MS * FRAME_MS * MIC_RATE_HZ // 1000 * 2
