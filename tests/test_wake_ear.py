"""What is a call, what is only an echo of one, and where the question begins.

A frame scores by the share of its samples that are high.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_agent.audio.called import ENDING, KEPT_MS, Called
from edge_agent.audio.cues import CuePlayer
from edge_agent.audio.echo.duplex import Duplex
from edge_agent.audio.echo.meter import EchoMeter
from edge_agent.audio.engine import AT_REST, Engine
from edge_agent.audio.gate import MEMORY, Gate
from edge_agent.audio.levels import level_dbfs
from edge_agent.audio.playback import Playback
from edge_agent.audio.uplink import Uplink
from edge_agent.audio.volume import Volume
from edge_agent.audio.wake_ear import AWAKE, LAG, LOOK_BACK, OWN, WORD, ListenedFor, WakeEar
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES, SERVICE_FRAME_BYTES, MicPcm

QUIET, SILENCE = bytes(MIC_FRAME_BYTES), bytes(SERVICE_FRAME_BYTES)
JARVIS, STOP = ListenedFor("jarvis", 0.5), ListenedFor("stop", 0.5, stops=True)


def word(score: float) -> MicPcm:
    """A frame that scores so."""
    return _high(score, MIC_FRAME_BYTES // 2)


def _high(share: float, samples: int) -> bytes:
    return np.where(np.arange(samples) < share * samples, 9_000, 0).astype(np.int16).tobytes()


PLAYED_WORD = _high(1.0, SERVICE_FRAME_BYTES // 2)
PLAYED_OTHER = _high(0.1, SERVICE_FRAME_BYTES // 2)
CALL, TALK = word(0.9), word(0.3)


class ByShare:
    """Takes the share of high samples, in the frame that has the most, for the score of each word."""

    def __init__(self, words: int = 1) -> None:
        self._words = words
        self.resets = self.frames = 0

    def score(self, pcm: MicPcm) -> list[float]:
        self.frames += len(pcm) // MIC_FRAME_BYTES
        frames = np.frombuffer(pcm, np.int16).reshape(-1, MIC_FRAME_BYTES // 2)
        high = frames > np.maximum(frames.max(axis=1, keepdims=True) // 2, 0)
        return [float(high.mean(axis=1).max())] * self._words

    def reset(self) -> None:
        self.resets += 1


def ear(*words: ListenedFor) -> WakeEar:
    words = words or (JARVIS,)
    return WakeEar(words, ByShare(len(words)), ByShare(len(words)))


def hits(ear: WakeEar, mic: MicPcm, played: bytes = SILENCE, frames: int = 1) -> list[Any]:
    return [hit for _ in range(frames) if (hit := ear.hear(mic, played))]


def test_a_word_counts_once_until_it_was_quiet() -> None:
    listening = ear()
    assert len(hits(listening, CALL, frames=5)) == 1
    assert hits(listening, TALK) + hits(listening, CALL) == []
    hits(listening, QUIET)
    (hit,) = hits(listening, CALL)
    assert (hit.word, hit.own) == (JARVIS, False)
    assert hit.score == pytest.approx(0.9, abs=0.001)


def test_a_score_that_is_high_for_too_short_a_time_is_not_a_call() -> None:
    listening = ear(ListenedFor("jarvis", 0.5, hold_ms=60))
    for _ in range(2):
        assert hits(listening, CALL, frames=3) == []
        hits(listening, TALK)
    assert hits(listening, CALL, frames=3) == []
    assert len(hits(listening, CALL, frames=5)) == 1
    listening.forget()
    assert hits(listening, CALL, frames=3) == []


def test_a_word_that_may_be_about_to_end_is_suspected() -> None:
    listening = ear()
    for mic, suspects in ((QUIET, False), (TALK, True), (QUIET, False)):
        listening.hear(mic, SILENCE)
        assert listening.suspects is suspects
    listening.hear(CALL, SILENCE)
    listening.forget()
    assert not listening.suspects
    assert len(hits(listening, CALL)) == 1


def test_the_surer_word_is_the_one() -> None:
    surer = ListenedFor("nabu", 0.2)
    (hit,) = hits(ear(JARVIS, surer), CALL)
    assert hit.word is surer


def test_what_the_speaker_has_just_said_is_its_own() -> None:
    listening = ear()
    hits(listening, QUIET, PLAYED_WORD, 5)
    hits(listening, QUIET, SILENCE, 10)
    assert [hit.own for hit in hits(listening, CALL)] == [True]


def test_long_after_its_own_word_a_call_is_one() -> None:
    listening = ear()
    hits(listening, QUIET, PLAYED_WORD, 5)
    hits(listening, QUIET, SILENCE, OWN + 10)
    assert [hit.own for hit in hits(listening, CALL)] == [False]


def test_over_other_words_of_the_answer_a_call_is_one() -> None:
    listening = ear()
    hits(listening, QUIET, PLAYED_OTHER, 50)
    assert [hit.own for hit in hits(listening, CALL, PLAYED_OTHER)] == [False]


class Remembers(ByShare):
    """Also how loud the last frame was, in dBFS."""

    def score(self, pcm: MicPcm) -> list[float]:
        self.dbfs = level_dbfs(pcm[-MIC_FRAME_BYTES:])
        return super().score(pcm)


@pytest.mark.parametrize(("noise_dbfs", "louder_db"), [(-66.0, 0.0), (-76.0, 10.0), (-120.0, 30.0)])
def test_a_soft_microphone_is_made_louder_for_the_models(noise_dbfs: float, louder_db: float) -> None:
    microphone = Remembers()
    listening = WakeEar([JARVIS], microphone, ByShare())
    listening.forget()
    room = np.random.default_rng(1).standard_normal((MEMORY + 100, MIC_FRAME_BYTES // 2)) * 10 ** (
        noise_dbfs / 20
    )
    for frame in np.rint(room * 32768).astype(np.int16):
        listening.hear(frame.tobytes(), SILENCE)
    voice = np.rint(np.sin(np.arange(MIC_FRAME_BYTES // 2)) * 32768 * 10 ** (-57 / 20)).astype(np.int16)
    listening.hear(voice.tobytes(), SILENCE)
    assert microphone.dbfs == pytest.approx(-60 + louder_db, abs=1.5)


def test_while_nothing_stands_out_the_models_sleep_and_then_hear_what_was_before() -> None:
    microphone = ByShare()
    listening = WakeEar([JARVIS], microphone, ByShare())
    hum = word(0.04)
    hits(listening, hum, frames=MEMORY + 200)
    assert microphone.frames == MEMORY
    assert len(hits(listening, CALL)) == 1
    assert microphone.frames == MEMORY + LOOK_BACK + 1
    hits(listening, hum, frames=AWAKE + 100)
    assert microphone.frames == MEMORY + LOOK_BACK + AWAKE


# ---- in the engine ----------------------------------------------------------
class Bench:
    def __init__(self, *words: ListenedFor, sends_word: bool = False, proven: bool | None = True) -> None:
        self.events: list[e.Event] = []
        self.engine = Engine(
            gate=Gate(lambda frame: frame != QUIET, start_ms=40, hangover_ms=200),
            uplink=Uplink(preroll_ms=100, piece_ms=20, kept_ms=KEPT_MS),
            playback=Playback(prebuffer_ms=0, fade_ms=0),
            cues=CuePlayer({c.Cue.LISTENING: bytes(SERVICE_FRAME_BYTES)}),
            volume=Volume(),
            emit=self.events.append,
            hands_free="silence",
            accepts_voice=False,
            called=Called(ear(*words), sends_word=sends_word),
            duplex=Duplex(None if proven is None else EchoMeter(proven)),
        )
        self.hear(QUIET, 2000)

    def hear(self, mic: bytes, ms: int) -> None:
        for _ in range(ms // 20):
            self.engine.step(mic)

    def of(self, *kinds: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kinds)]

    def called(self) -> Bench:
        self.hear(CALL, 20)
        assert self.of(e.WakeWordHeard)
        self.engine.execute(c.OpenUplink("silence", called=True))
        return self

    @property
    def recorded(self) -> int:
        return sum(len(event.pcm) for event in self.of(e.MicAudioRecorded)) // SERVICE_FRAME_BYTES


def test_a_voice_alone_records_nothing_and_costs_no_gate() -> None:
    bench = Bench()
    bench.hear(TALK, 1000)
    assert bench.events == []
    bench.hear(QUIET, 40)
    assert bench.engine.frames_at_once == AT_REST


def test_each_frame_counts_when_a_word_may_end() -> None:
    bench = Bench()
    bench.hear(TALK, 20)
    assert bench.engine.frames_at_once == 1


@pytest.mark.parametrize(("sends_word", "frames"), [(False, LAG), (True, LAG + WORD)])
def test_the_question_begins_with_the_end_of_the_word(sends_word: bool, frames: int) -> None:
    bench = Bench(sends_word=sends_word).called()
    assert [event.opened_by for event in bench.of(e.UplinkOpened)] == ["word"]
    assert bench.recorded == frames


def test_what_follows_at_once_is_a_question_even_if_it_is_short() -> None:
    bench = Bench()
    bench.hear(CALL, 20)
    bench.hear(TALK, 240)  # until the machine answers
    bench.engine.execute(c.OpenUplink("silence", called=True))
    assert bench.of(e.SpeechStarted)
    bench.hear(QUIET, 400)
    (closed,) = bench.of(e.UplinkClosed)
    assert closed.speech_ms >= 200


def test_the_end_of_the_word_is_not_a_question() -> None:
    bench = Bench().called()
    bench.hear(TALK, 80)
    bench.hear(QUIET, 1000)
    assert bench.of(e.SpeechStarted, e.UplinkClosed) == []
    bench.hear(TALK, 400)
    assert bench.of(e.SpeechStarted)
    bench.hear(QUIET, 400)
    (closed,) = bench.of(e.UplinkClosed)
    assert 400 <= closed.speech_ms < 500


def test_while_it_records_no_word_is_a_call() -> None:
    bench = Bench().called()
    bench.hear(CALL, 400)
    assert len(bench.of(e.WakeWordHeard)) == 1


def test_a_voice_begins_an_utterance_while_that_is_accepted() -> None:
    bench = Bench()
    bench.engine.execute(c.AcceptVoice(True))
    bench.hear(TALK, 400)
    assert [event.opened_by for event in bench.of(e.UplinkOpened)] == ["speech"]
    bench.hear(QUIET, 400)
    bench.engine.execute(c.AcceptVoice(False))
    bench.hear(TALK, 400)
    assert len(bench.of(e.UplinkOpened)) == 1


def test_lost_devices_accept_no_voice_when_they_are_back() -> None:
    bench = Bench()
    bench.engine.execute(c.AcceptVoice(True))
    bench.engine.abandon()
    bench.hear(TALK, 400)
    assert bench.of(e.UplinkOpened) == []


def test_muted_it_hears_no_word() -> None:
    bench = Bench()
    bench.engine.execute(c.MuteMicrophone(True))
    bench.hear(CALL, 200)
    assert bench.events == []


def test_a_stop_word_counts_only_over_something_to_stop() -> None:
    bench = Bench(STOP)
    bench.hear(CALL, 20)
    bench.hear(QUIET, 100)
    assert bench.events == []
    bench.engine.execute(c.Play("i1", bytes(SERVICE_FRAME_BYTES * 200)))
    bench.hear(QUIET, 100)
    bench.hear(CALL, 20)
    assert [event.word for event in bench.of(e.StopWordHeard)] == ["stop"]


def test_its_own_word_is_told_as_that() -> None:
    bench = Bench(proven=None)
    bench.engine.execute(c.Play("i1", PLAYED_WORD * 20))
    bench.engine.execute(c.FinishPlayback())
    bench.hear(QUIET, 200)
    bench.hear(CALL, 20)
    assert bench.of(e.OwnWordHeard)
    assert not bench.of(e.WakeWordHeard)


def test_of_its_own_answer_a_press_records_nothing_but_a_call_what_follows() -> None:
    bench = Bench(proven=None)
    bench.engine.execute(c.Play("i1", PLAYED_OTHER * 200))
    bench.hear(QUIET, 1000)
    bench.engine.execute(c.OpenUplink("silence"))
    assert bench.recorded == 0
    bench.engine.execute(c.CloseUplink())
    bench.hear(QUIET, 1000)
    bench.called()
    assert bench.recorded == LAG


@pytest.mark.parametrize(("proven", "sounds"), [(True, True), (False, False), (None, False)])
def test_the_cue_is_not_heard_in_what_follows_the_word(proven: bool | None, sounds: bool) -> None:
    bench = Bench(proven=proven).called()
    bench.engine.execute(c.PlayCue(c.Cue.LISTENING))
    assert bench.engine.sounding is sounds


def test_frames_that_a_word_may_have_ended_in() -> None:
    assert ENDING < LAG
