"""Announcements on a whole device, in audio time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge_agent.audio.cards.simulated import EchoPath
from edge_agent.audio.sounds import spoken_answers, spoken_call, spoken_lines
from edge_agent.audio.volume import gain
from edge_agent.config import Config
from edge_agent.config.wake_words import WakeWord
from edge_agent.simulator.answers import Script, Speech
from edge_agent.telemetry import facts as f
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.announcements import WhenBusy
from edge_agent.vocabulary.sound import service_ms

from .sound import noise, rms, tone
from .world import LINES, World

SPEECH = spoken_answers()[0].pcm[: 48 * 2500]
SHORT = SPEECH[: 48 * 800]
ANSWER = tone(24_000, 2500, 300)
long = pytest.mark.realtime  # they are not that
ROOM_NOISE = noise(16_000, 4000, 0.0005)


def device(config: Config | None = None, **settings: Any) -> World:
    made = World(config, answers=Script([Speech("answer", ANSWER)]), **{"mode": "button", **settings})
    made.wait(100)
    return made


def announce(
    made: World, number: int = 1, when_busy: WhenBusy = "wait", *, pcm: bytes = SPEECH, **fields: Any
) -> None:
    made.post(e.AnnouncementMade(number, pcm, when_busy, **{"chime": False} | fields))


def ended(made: World) -> list[tuple[int, str]]:
    return [(fact.number, fact.outcome) for fact in made.facts(f.AnnouncementEnded)]


def over(made: World, number: int = 1) -> None:
    made.until(lambda: number in dict(ended(made)))


def heard_of(made: World, pcm: bytes, sound_from: int = 0) -> int:
    """Where in what the speaker played this sound is, whole, in bytes; -1: it is not."""
    return bytes(made.heard).find(pcm, sound_from)


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize("muted", [True, False])
def test_it_is_played_sample_by_sample(online: bool, muted: bool) -> None:
    made = device(online=online)
    made.post(e.MuteSwitched(muted))
    made.wait(500)
    announce(made)
    over(made)
    assert ended(made) == [(1, "heard")]
    assert heard_of(made, SPEECH) > 0
    assert made.appended == b""


def test_a_tone_comes_first_and_its_volume_is_its_own() -> None:
    made = device()
    made.post(e.VolumeSet(50))
    began = len(made.heard)
    announce(made, chime=True, volume=80)
    over(made)
    announced = np.frombuffer(made.heard[began:], np.int16)
    assert len(announced) - len(SPEECH) // 2 == pytest.approx(24 * 720, abs=24 * 100)  # the tone
    spoken = announced[-len(SPEECH) // 2 - 960 :]
    assert rms(spoken.tobytes()) == pytest.approx(rms(SPEECH) * gain(80), rel=0.05)
    made.post(e.TextEntered("Hello"))
    made.until(lambda: made.engine.played_ms > 1000)
    assert rms(bytes(made.heard[-48_000 // 2 :])) == pytest.approx(rms(ANSWER) * gain(50), rel=0.1)


def test_an_answer_that_it_interrupts_is_truncated_exactly() -> None:
    made = device()
    made.post(e.TextEntered("Hello"))
    made.until(lambda: made.engine.played_ms > 1100)
    announce(made, when_busy="interrupt")
    over(made)
    (truncated,) = made.sent_of(c.TruncateItem)
    assert truncated.audio_end_ms == made.engine.played_ms
    at = bytes(made.heard).find(ANSWER[: 48 * 1000])
    heard = bytes(made.heard)[at : at + 48 * truncated.audio_end_ms]
    assert heard == ANSWER[: len(heard)]
    assert ended(made) == [(1, "heard")]


def test_it_waits_for_the_end_of_an_answer() -> None:
    made = device()
    made.post(e.TextEntered("Hello"))
    made.until(lambda: made.engine.played_ms > 1100)
    announce(made)
    over(made)
    assert made.engine.played_ms == service_ms(ANSWER)
    assert 0 <= heard_of(made, ANSWER) < heard_of(made, SPEECH[48 * 20 :])  # after its fade
    assert made.sent_of(c.TruncateItem) == []


def test_an_answer_that_comes_meanwhile_is_heard_after_it_whole() -> None:
    made = device()
    announce(made)
    made.wait(400)
    made.post(e.TextEntered("Hello"))
    over(made)
    assert made.engine.played_ms == 0
    made.until(lambda: made.turn == "idle")
    assert heard_of(made, ANSWER, heard_of(made, SPEECH) + len(SPEECH)) > 0


def test_while_it_rings_it_waits_and_goes_on_where_it_was() -> None:
    made = device()
    announce(made, pcm=tone(24_000, 3000, 300))
    made.wait(1000)
    made.post(e.TimeReached(1, "timer", "Tea."))
    made.wait(4000)
    assert ended(made) == []
    made.post(e.RingingStopped())
    stopped_at = made.now
    over(made)
    assert ended(made) == [(1, "heard")]
    assert 1.8 < made.now - stopped_at < 2.3


@pytest.mark.parametrize("stops", [e.ButtonPressed(), e.InterruptRequested()])
def test_who_stops_it_hears_no_more_of_it(stops: e.Event) -> None:
    made = device(online=False)
    announce(made)
    made.wait(1000)
    made.post(stops)
    made.wait(400)
    assert ended(made) == [(1, "interrupted")]
    stopped_at = len(made.heard)
    made.wait(500)
    assert not any(made.heard[stopped_at:])


# ---- beside its own loudspeaker ---------------------------------------------
def beside(gain_: float, **settings: Any) -> World:
    config = Config()
    config = replace(config, audio=replace(config.audio, echo="linear"), **settings.pop("config", {}))
    made = World(config, echo=EchoPath(gain_, 80, 24_000), **settings)
    listen(made, 1000)
    return made


def listen(made: World, ms: int) -> None:
    for at in range(ms // 20):
        made.frame(ROOM_NOISE[at * 640 % 128_000 :][:640])


LONG = spoken_answers()[0].pcm


@long
@pytest.mark.parametrize("gain_", [0.1, 0.5])
def test_its_microphone_takes_nothing_of_it_for_a_voice(gain_: float) -> None:
    made = beside(gain_, mode="hands-free")
    announce(made, pcm=LONG, chime=True)
    listen(made, service_ms(LONG) + 3000)
    assert ended(made) == [(1, "heard")]
    assert [event for event in made.events if isinstance(event, e.SpeechStarted | e.UplinkOpened)] == []
    assert made.appended == b""
    assert made.conversation.turns == 0


@long
def test_whoever_speaks_over_it_is_heard() -> None:
    made = beside(0.1, mode="hands-free")
    announce(made, pcm=LONG)
    listen(made, 4000)
    assert made.engine.full_duplex
    made.say(LINES[0])
    assert ended(made) == [(1, "interrupted")]
    made.until(lambda: made.turn == "speaking")


@long
def test_its_own_wake_word_calls_nobody() -> None:
    pytest.importorskip("pymicro_wakeword")
    called = {"wake": (WakeWord("hey_jarvis"),)}
    made = beside(0.5, mode="wake-word", online=False, config=called)
    announce(made, pcm=spoken_call().pcm + bytes(48_000) + spoken_call().pcm)
    listen(made, 6000)
    assert ended(made) == [(1, "heard")]
    assert [event for event in made.events if isinstance(event, e.WakeWordHeard)] == []
    assert [event for event in made.events if isinstance(event, e.OwnWordHeard)]
    assert made.sessions == []


# ---- questions ----------------------------------------------------------------
def asking(
    echo: EchoPath | None = None, *, wants_words: bool = True, is_said: bool = False, **settings: Any
) -> World:
    """A device that asks."""
    config = Config()
    config = replace(
        config,
        assistant=replace(config.assistant, transcription="whisper-1"),
        audio=replace(config.audio, echo=settings.pop("cancels", "linear")),
    )
    online = settings.get("mode") != "wake-word"
    made = World(config, answers=Script([Speech("asks", SHORT), Speech("thanks", SHORT)]), echo=echo,
                 online=online, **{"mode": "button", **settings})  # fmt: skip
    listen(made, 500)
    made.post(e.OpeningRequested(1, "Shall I?", is_said, wants_words, 6))
    while made.turn != "listening":
        listen(made, 100)
        assert made.now < 30
    return made


MODES: list[dict[str, Any]] = [
    {"button": "hold"},
    {"button": "tap"},
    {"mode": "hands-free"},
    {"mode": "hands-free", "end": "server"},
    {"mode": "wake-word"},
]


@pytest.mark.parametrize("settings", MODES)
def test_a_question_is_asked_heard_out_and_answered(settings: dict[str, Any]) -> None:
    made = asking(**settings)
    assert heard_of(made, SHORT[48 * 20 : -48 * 20]) > 0
    listen(made, 600)
    made.say(LINES[0])
    made.until(lambda: bool(made.settled))
    (settled,) = made.settled
    assert isinstance(settled, c.SettleOpening)
    assert (settled.outcome, settled.text) == ("answered", spoken_lines()[0].text)
    made.until(lambda: made.turn == "idle")
    assert made.conversation.turns == 2


@long
@pytest.mark.parametrize("cancels", ["linear", "half-duplex"])
@pytest.mark.parametrize("settings", [MODES[1], MODES[2]])
@pytest.mark.parametrize("gain_", [0.1, 0.5])
def test_the_end_of_its_own_question_is_not_an_answer(
    gain_: float, settings: dict[str, Any], cancels: str
) -> None:
    made = asking(EchoPath(gain_, 80, 24_000), cancels=cancels, **settings)
    listen(made, 10_000)
    assert made.settled == [c.SettleOpening(1, "nobody-answered")]
    assert made.turn == "idle"


@pytest.mark.parametrize("settings", MODES)
def test_a_conversation_begins_without_words(settings: dict[str, Any]) -> None:
    made = asking(wants_words=False, is_said=True, **settings)
    assert made.settled == [c.SettleOpening(1, "started")]
    listen(made, 600)
    made.say(LINES[0])
    made.until(lambda: made.turn == "speaking")
