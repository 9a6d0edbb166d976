"""Whole conversations, in audio time: engine, machine, codec and simulated service, no sockets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_agent.audio.sounds import cues, spoken_answers, spoken_lines
from edge_agent.config import Config
from edge_agent.simulator.answers import Call, Script, Speech
from edge_agent.simulator.speech import Parrot, recognise
from edge_agent.telemetry import facts as f
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .sound import noise, rms, tone
from .turn_dialects import TURN_DIALECTS
from .world import LINES, World

SPEECH = Speech("one two three four five six", tone(24_000, 3000, 300))
no_cues = Config().__class__(audio=Config().audio.__class__(cues=False))


def hold(world: World, pcm: bytes) -> None:
    world.press()
    world.say(pcm)
    world.release()
    world.wait(60)


def finish(world: World) -> None:
    world.until(lambda: world.turn == "idle")


@pytest.mark.parametrize("dialect", list(TURN_DIALECTS))
def test_hold_and_talk(dialect: Any) -> None:
    world = World(dialect=dialect)
    world.wait(500)
    hold(world, LINES[0])
    assert world.turn == "thinking"
    finish(world)
    assert world.refusals == []
    answer = spoken_answers()[0]
    played = world.fact(f.AnswerHeard).audio_ms - world.fact(e.PlaybackStarted).audio_ms
    assert played == pytest.approx(len(answer.pcm) / 48, abs=40)
    assert bytes(answer.pcm[4800:96_000]) in bytes(world.heard)


def test_no_word_is_lost_and_the_300_ms_before_the_press_are_in_it() -> None:
    world = World(answers=Script([SPEECH]))
    before = tone(16_000, 1000, 500)
    world.say(before)
    hold(world, LINES[0])
    assert recognise(world.appended) == spoken_lines()[0].text
    first = world.sent_of(c.AppendAudio)[0].pcm
    assert len(first) == 300 * 48
    assert rms(first) > 5000
    total_ms = len(world.appended) // 48
    assert total_ms == pytest.approx(300 + len(LINES[0]) // 32, abs=40)


def test_what_is_sent_is_coalesced() -> None:
    world = World(answers=Script([SPEECH]))
    world.wait(500)
    hold(world, LINES[1])
    pieces = [len(command.pcm) // 48 for command in world.sent_of(c.AppendAudio)]
    assert pieces[0] == 300
    assert set(pieces[1:-1]) == {200}


def test_tap_ends_with_silence() -> None:
    world = World(button="tap", answers=Script([SPEECH]))
    world.wait(500)
    world.press()
    world.release()
    world.wait(1000)
    assert world.turn == "listening"
    world.say(LINES[0])
    world.wait(700)
    assert world.turn in ("thinking", "speaking")
    finish(world)


def test_tap_and_nothing_said() -> None:
    world = World(button="tap")
    world.press()
    world.wait(7900)
    assert world.turn == "listening"
    world.wait(200)
    assert world.turn == "idle"
    assert world.fact(f.CuePlayed).name == "gave-up"
    assert world.sent_of(c.CommitInput) == []


@pytest.mark.parametrize("end", ["local", "server", "semantic"])
def test_hands_free(end: str) -> None:
    world = World(mode="hands-free", end=end)
    world.wait(1000)
    for line in LINES:
        world.say(line)
        world.until(lambda: world.turn == "speaking", 5000)
        finish(world)
        world.wait(500)
    answers = [event for event in world.events if isinstance(event, e.ResponseDone)]
    assert [answer.status for answer in answers] == ["completed"] * 3
    assert world.refusals == []
    assert bool(world.sent_of(c.CommitInput)) == (end == "local")


def test_hands_free_silence_sends_nothing() -> None:
    world = World(mode="hands-free")
    world.say(noise(16_000, 30_000, 0.003))
    assert world.appended == b""


@pytest.mark.parametrize("end", ["local", "server"])
def test_speaking_over_the_answer(end: str) -> None:
    world = World(mode="hands-free", end=end, answers=Script([Speech("long", tone(24_000, 20_000, 200))]))
    world.wait(1000)
    world.say(LINES[0])
    world.until(lambda: world.turn == "speaking", 5000)
    world.wait(2000)
    began = world.now
    world.say(LINES[2])
    stopped = world.fact(e.PlaybackStopped)
    (heard,) = stopped.heard
    truncated = world.sent_of(c.TruncateItem)
    assert [(t.item_id, t.audio_end_ms) for t in truncated] == [(heard.item_id, heard.heard_ms)]
    assert stopped.audio_ms / 1000 - began < 0.25
    assert 2000 <= heard.heard_ms <= 2400
    world.until(lambda: world.turn == "speaking", 8000)
    assert [error["code"] for error in world.refusals] == []


def test_truncation_is_exact_to_the_millisecond_that_was_played() -> None:
    """The number the service is told is the number of milliseconds of the answer in the speaker's sound."""
    ramp = (np.arange(24_000 * 8) % 30_000 + 1).astype(np.int16)  # every sample tells its place
    world = World(no_cues, answers=Script([Speech("ramp", ramp.tobytes())]))
    for wait_ms in (60, 340, 1000, 2220):
        world.heard.clear()
        hold(world, LINES[0])
        world.until(lambda: world.turn == "speaking")
        world.until(lambda: any(isinstance(it.fact, e.PlaybackStarted) for it in world.records[-3:]))
        world.wait(wait_ms)
        world.press()
        world.wait(100)
        told = world.sent_of(c.TruncateItem)[-1].audio_end_ms
        played = np.frombuffer(bytes(world.heard), np.int16)
        content = played[played != 0]
        first_difference = int(np.argmax(content != ramp[: len(content)]))
        assert first_difference == told * 24  # all of it sounded, unchanged; what follows is the fade
        world.release()
        world.wait(100)
        world.post(e.InterruptRequested())
        world.wait(1000)
    assert world.refusals == []


def test_interrupted_before_the_first_sample_the_item_is_deleted() -> None:
    config = Config().__class__(audio=Config().audio.__class__(prebuffer_ms=2000))
    world = World(config, answers=Script([SPEECH]))
    hold(world, LINES[0])
    world.until(lambda: world.turn == "speaking")
    world.post(e.InterruptRequested())
    world.wait(500)
    assert len(world.sent_of(c.DeleteItem)) == 1
    assert world.sent_of(c.TruncateItem) == []
    assert world.refusals == []
    assert world.session is not None
    assert [item.body["role"] for item in world.session.items.order] == ["user"]


def test_a_cancel_that_overtakes_the_response() -> None:
    world = World(answers=Script([SPEECH]))
    hold(world, LINES[0])
    world.post(e.InterruptRequested())  # response.created has come, nothing else
    world.wait(2000)
    assert world.turn == "idle"
    assert rms(bytes(world.heard[-48_000:])) == 0
    assert world.refusals == []


def test_several_items_in_one_answer() -> None:
    parts = [Speech("first", tone(24_000, 400, 300)), Speech("second", tone(24_000, 4000, 500))]
    world = World(answers=Script(parts))
    hold(world, LINES[0])
    world.until(lambda: world.turn == "speaking")
    started = world.facts(e.PlaybackStarted)
    world.wait(1500)
    world.post(e.InterruptRequested())
    world.wait(100)
    started = world.facts(e.PlaybackStarted)
    assert len(started) == 2
    (truncated,) = world.sent_of(c.TruncateItem)
    assert truncated.item_id == started[1].item_id
    assert world.refusals == []


def test_a_function_call_is_answered() -> None:
    world = World(
        answers=Script([Speech("wait", tone(24_000, 300)), Call("light_on", '{"room": 1}')], [SPEECH])
    )
    hold(world, LINES[0])
    finish(world)
    assert len(world.sent_of(c.CreateFunctionOutput)) == 1
    assert len(world.sent_of(c.CreateResponse)) == 2
    assert world.refusals == []


def test_text_in_sound_out() -> None:
    world = World(answers=Script([SPEECH]))
    world.post(e.TextEntered("hello"))
    finish(world)
    assert rms(bytes(world.heard)) > 1000


def test_the_parrot_says_back_what_it_heard() -> None:
    world = World(no_cues, answers=Parrot())
    world.wait(400)
    hold(world, LINES[0])
    finish(world)
    spoken = np.frombuffer(bytes(world.heard), np.int16)
    first = int(np.argmax(spoken != 0))
    back = spoken[first : first + len(world.appended) // 2].tobytes()
    assert recognise(back.ljust(len(world.appended), b"\0")) == spoken_lines()[0].text


def test_muted_nothing_leaves() -> None:
    world = World(mode="hands-free")
    world.post(e.MuteSwitched(True))
    world.wait(200)
    world.say(LINES[0])
    assert world.appended == b""
    world.post(e.MuteSwitched(False))
    world.wait(1000)
    assert world.appended == b""
    world.say(LINES[0])
    assert world.appended != b""


def test_mute_in_the_middle_of_an_utterance() -> None:
    world = World()
    world.press()
    world.say(LINES[0][:32_000])
    before = len(world.appended)
    world.post(e.MuteSwitched(True))
    world.say(LINES[0][32_000:])
    world.release()
    assert len(world.appended) == before
    assert world.turn == "idle"
    assert isinstance(world.sent[-1], c.ClearInput)


def test_pressed_before_the_link_is_up() -> None:
    world = World(online=False, answers=Script([SPEECH]))
    world.wait(400)
    world.press()
    world.say(LINES[0][: len(LINES[0]) // 2])
    assert world.sent == []
    world.connect()
    world.say(LINES[0][len(LINES[0]) // 2 :])
    world.release()
    world.wait(60)
    assert recognise(world.appended) == spoken_lines()[0].text
    finish(world)


def test_said_wholly_without_a_link() -> None:
    world = World(online=False, answers=Script([SPEECH]))
    world.wait(400)
    hold(world, LINES[0])
    assert world.conversation.state.mode.value == "offline"
    world.wait(5000)
    world.connect()
    assert recognise(world.appended) == spoken_lines()[0].text
    finish(world)
    assert rms(bytes(world.heard)) > 100


@pytest.mark.parametrize("fault", ["drop@append#3", "drop@commit", "drop@response", "drop@audio"])
def test_the_link_drops_and_comes_back(fault: str) -> None:
    world = World(faults=[fault], answers=Script([SPEECH]))
    world.wait(400)
    world.press()
    world.say(LINES[0])
    world.release()
    world.wait(600)
    assert world.session is None
    world.connect()
    world.until(lambda: world.turn == "idle", 20_000)
    answered = [event for event in world.events if isinstance(event, e.ResponseDone)]
    assert [answer.status for answer in answered] == ["completed"]


def test_the_transcripts_of_both_sides() -> None:
    config = Config()
    config = config.__class__(assistant=config.assistant.__class__(transcription="whisper-1"))
    world = World(config)
    world.wait(400)
    hold(world, LINES[0])
    finish(world)
    said = [(said.role, said.text) for said in world.conversation.said]
    assert said == [("user", spoken_lines()[0].text), ("assistant", spoken_answers()[0].text)]


def test_failures_are_told() -> None:
    world = World(faults=["fail:content_filter@response"])
    hold(world, LINES[0])
    finish(world)
    assert world.fact(f.CuePlayed).name == "gave-up"
    hold(world, LINES[0])
    finish(world)
    assert world.fact(f.AnswerDone).status == "completed"


@pytest.mark.parametrize("fault", ["fail:server_error@response", "fail-early:server_error@response"])
def test_one_server_error_is_not_noticed(fault: str) -> None:
    world = World(faults=[fault], answers=Script([SPEECH]))
    hold(world, LINES[0])
    finish(world)
    assert world.fact(f.AnswerDone).status == "completed"


def test_a_stalled_answer_ends() -> None:
    world = World(faults=["stall@response"], answers=Script([SPEECH]))
    hold(world, LINES[0])
    finish(world)
    assert world.fact(f.CuePlayed).name == "gave-up"
    assert world.sent_of(c.CancelResponse)


def test_a_service_that_never_answers() -> None:
    world = World(faults=["stall@response#*"], answers=Script([Speech("x", b"\0\0" * 24)]))
    hold(world, LINES[0])
    finish(world)
    assert world.fact(f.CuePlayed).name == "gave-up"


@pytest.mark.parametrize(
    "faults",
    [
        ["unknown@audio"],
        ["late-deltas@cancel"],
        ["no-rate-limits@response"],
        ["items-first@response"],
        ["incomplete:max_output_tokens@response"],
    ],
)
def test_oddities_do_no_harm(faults: list[str]) -> None:
    world = World(faults=faults, answers=Script([SPEECH]))
    hold(world, LINES[0])
    world.until(lambda: world.turn == "speaking")
    if "late-deltas@cancel" in faults:
        world.wait(200)
        world.post(e.InterruptRequested())
        world.wait(500)
        assert rms(bytes(world.heard[-9600:])) == 0
    finish(world)
    hold(world, LINES[0])
    finish(world)
    assert world.fact(f.AnswerDone).status == "completed"


def test_half_duplex_does_not_answer_itself() -> None:
    config = Config()
    config = config.__class__(audio=config.audio.__class__(echo="half-duplex"))
    world = World(config, mode="hands-free")
    world.wait(500)
    world.say(LINES[0])
    spoken = 0
    for _ in range(800):  # the room: what the speaker played is heard 40 ms later
        echo = bytes(world.heard[-3 * 960 : -2 * 960]) or bytes(960)
        heard = np.frombuffer(echo, np.int16)[: 480 // 3 * 3].reshape(-1, 3)[:, :2].reshape(-1)
        world.frame((heard * 0.5).astype(np.int16).tobytes())
        spoken += world.turn == "speaking"
    assert spoken > 200
    assert world.conversation.turns == 1


def test_cues_are_heard_but_never_sent() -> None:
    world = World(answers=Script([SPEECH]))
    world.press()
    world.wait(600)
    sound = cues()[c.Cue.LISTENING]
    assert sound in bytes(world.heard)
    assert rms(world.appended) == 0


def test_an_hour() -> None:
    """A day of short questions: nothing grows that the eye can see from here."""
    world = World(answers=Script([Speech("ok", tone(24_000, 300))]))
    for _ in range(60):
        hold(world, LINES[0][:16_000])
        finish(world)
        world.wait(500)
    assert world.conversation.turns == 60
    assert world.refusals == []
    assert len(world.conversation.keeper.exchange.answer.items) <= 32


@pytest.mark.parametrize("fault", ["binary", "reorder", "freeze"])
def test_what_goes_wrong_in_the_middle_of_an_answer(fault: str) -> None:
    world = World(answers=Script([SPEECH]))
    hold(world, LINES[0])
    world.until(lambda: world.turn == "speaking")
    world.inject(fault)
    world.wait(500)
    if fault == "freeze":
        world.disconnect()
        world.connect()
    finish(world)
    hold(world, LINES[0])
    finish(world)
    assert world.fact(f.AnswerDone).status == "completed"
    assert world.sessions[-1].items.order[-1].body["role"] == "assistant"
