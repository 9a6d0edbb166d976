"""A device that waits for its wake word, over real sockets: in every state, and where the link gives trouble."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from edge_agent.audio.convert import convert
from edge_agent.audio.sounds import spoken_call, spoken_lines
from edge_agent.config import Config
from edge_agent.simulator.speech import recognise
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import service_ms
from edge_agent.vocabulary.state import Turn

from .rig import ENOUGH_MS, Rig

pytestmark = pytest.mark.realtime
pytest.importorskip("pymicro_wakeword")

WAITING = replace(Config(), turns=replace(Config().turns, mode="wake-word", follow_up_s=0.5))
WORDS, _, OTHER = spoken_lines()
CALL, ASK, ASK_ELSE = (convert(clip.pcm, 24_000, 16_000) for clip in (spoken_call(), WORDS, OTHER))
SILENCE = bytes(32 * 1000)


async def rested(rig: Rig) -> None:
    """Until the service has no connection any more."""
    await rig.until(lambda: rig.state.standby and rig.state.turn is Turn.IDLE)
    async with asyncio.timeout(5):
        while rig.service.open:  # noqa: ASYNC110 - the service tells nobody
            await asyncio.sleep(0)


async def called_once(*faults: str) -> None:
    """Nothing leaves before; all that follows the word arrives; then nothing is open."""
    async with Rig(*faults, config=WAITING) as rig:
        await rig.hear_sound(SILENCE + ASK_ELSE + SILENCE)
        assert rig.attempts == 0
        await rig.hear_sound(CALL + ASK)
        await rig.settle()
        assert recognise(rig.appended()[-len(WORDS.pcm) - 48 * 1000 :]) == WORDS.text
        assert len(rig.given) <= 1 + len(faults)
        assert rig.heard_ms[rig.given[-1].text] >= ENOUGH_MS
        await rested(rig)


async def called_in(turn: Turn) -> None:
    """What is asked last is answered, whatever it was doing."""
    async with Rig(config=WAITING) as rig:
        await rig.hear_sound(SILENCE + CALL + ASK)
        await rig.until(lambda: rig.state.turn is turn)
        before_ms = service_ms(rig.appended())
        await rig.hear_sound(CALL + ASK_ELSE)
        await rig.settle()
        assert service_ms(rig.appended()) - before_ms >= service_ms(OTHER.pcm)
        assert rig.heard_ms[rig.given[-1].text] >= ENOUGH_MS
        await rested(rig)


async def called_while_muted() -> None:
    async with Rig(config=WAITING) as rig:
        rig.device.post(e.MuteSwitched(True))
        await rig.hear_sound(SILENCE + CALL + ASK)
        assert not rig.of(e.WakeWordHeard)
        assert rig.attempts == 0


async def test_it_is_called_in_every_state() -> None:
    await asyncio.gather(
        called_once(), called_in(Turn.THINKING), called_in(Turn.SPEAKING), called_while_muted()
    )


async def test_it_is_called_where_the_link_gives_trouble() -> None:
    await asyncio.gather(called_once("drop@connect"), called_once("drop@commit"))
