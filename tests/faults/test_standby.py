"""While nobody talks nothing is sent, and the link may rest; the one who talks then loses no word by it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import monotonic

import pytest

from edge_agent.audio.convert import convert
from edge_agent.audio.gate import SOFT_MS
from edge_agent.audio.sounds import spoken_lines
from edge_agent.config import Config
from edge_agent.simulator.speech import recognise
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import FRAME_MS, service_ms

from .rig import ENOUGH_MS, UTTERANCE_MS, Rig, heard_in

pytestmark = pytest.mark.realtime

HANDS_FREE = replace(Config(), turns=replace(Config().turns, mode="hands-free"))
RESTS = {"idle_close_s": 0.3}
SHRILL, TONE_MS = 1, 160  # what the voice begins with; it opens the gate
LONGEST_PREROLL_MS = Config().gate.preroll_ms + Config().gate.start_ms + SOFT_MS
WORDS = next(iter(spoken_lines()))
QUIET_S = 12.0  # long enough for a ping
PING_BYTES = 6 + 4, 6 + 125  # header and mask, and what it may hold


async def rested(rig: Rig) -> None:
    """Until the service has no connection any more."""
    await rig.until(lambda: rig.state.standby)
    async with asyncio.timeout(5):
        while rig.service.open:  # noqa: ASYNC110 - the service tells nobody
            await asyncio.sleep(0)


def assert_once(rig: Rig) -> None:
    """It was answered, over a link that was opened for it."""
    (answer,) = rig.given
    assert rig.heard_ms[answer.text] >= ENOUGH_MS
    assert rig.attempts == 2
    assert rig.of(e.Disconnected)[0].reason == "the conversation is idle"


async def pressed() -> float:
    """Somebody talks already when the button goes down. Milliseconds from there to the first sound on the wire."""
    async with Rig(limits=RESTS) as rig:
        await rested(rig)
        preroll_ms = rig.config.gate.preroll_ms
        await rig.hear(preroll_ms, 1)
        began = monotonic()
        rig.press()
        assert not rig.online
        await rig.hear(UTTERANCE_MS, 1)
        rig.release()
        first = next(x.t for x in rig.entries if x.event["type"] == "input_audio_buffer.append")
        await rig.settle()
        assert abs(heard_in(rig.appended())[1] - preroll_ms - UTTERANCE_MS) <= FRAME_MS
        assert rig.given[0].asked == heard_in(rig.appended())
        assert_once(rig)
        return (first - began) * 1000


async def spoken() -> float:
    """The same, opened by the voice: from where it began."""
    async with Rig(config=HANDS_FREE, limits=RESTS) as rig:
        await rig.hear(1000)
        await rested(rig)
        began = monotonic()
        await rig.hear(TONE_MS, SHRILL)
        await rig.hear_sound(convert(WORDS.pcm, 24_000, 16_000))
        first = next(x.t for x in rig.entries if x.event["type"] == "input_audio_buffer.append")
        await rig.settle()
        sent = rig.appended()
        assert abs(heard_in(sent[: 48 * (LONGEST_PREROLL_MS + TONE_MS)])[SHRILL] - TONE_MS) <= FRAME_MS
        assert recognise(sent) == WORDS.text
        assert service_ms(sent) >= TONE_MS + service_ms(WORDS.pcm)
        assert_once(rig)
        return (first - began) * 1000


async def test_a_link_that_rests_costs_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    press_ms, voice_ms = await asyncio.gather(pressed(), spoken())
    with capsys.disabled():
        print(
            f"\nfrom the press to the first sound on the wire {press_ms:.0f} ms, from the voice {voice_ms:.0f} ms"
        )


async def quiet(config: Config) -> tuple[int, int]:
    """Nobody talks: the link stays up, and the service gets no event. Bytes that passed up and down."""
    async with Rig(config=config, proxied=True) as rig:
        await rig.hear(200)
        (relay,) = rig.proxy.relays
        entries, before = len(rig.entries), dict(relay.passed)
        await asyncio.sleep(QUIET_S)
        assert len(rig.entries) == entries
        assert rig.service.open == rig.attempts == 1
        assert rig.online
        return relay.passed["up"] - before["up"], relay.passed["down"] - before["down"]


async def test_nothing_but_pings_passes_while_nobody_talks() -> None:
    least, most = PING_BYTES
    for up, down in await asyncio.gather(quiet(Config()), quiet(HANDS_FREE)):
        assert least <= up <= most
        assert 0 < down <= most
