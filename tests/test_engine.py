from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_agent.audio.cues import CuePlayer
from edge_agent.audio.echo.duplex import Duplex
from edge_agent.audio.echo.meter import EchoMeter
from edge_agent.audio.engine import Engine, Until
from edge_agent.audio.gate import QUIETEST_DB, Gate
from edge_agent.audio.levels import level
from edge_agent.audio.playback import Playback
from edge_agent.audio.uplink import Uplink
from edge_agent.audio.volume import Volume
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import FULL_SCALE_DB, MIC_FRAME_BYTES, SERVICE_FRAME_BYTES

from .sound import noise, rms, tone

QUIET, VOICE = bytes(MIC_FRAME_BYTES), tone(16000, 20)
ROOM = noise(16000, 20, 0.001)
MS = b"\1\1" * 24


class Bench:
    """An engine whose gate takes every loud frame for a voice."""

    def __init__(
        self,
        hands_free: Until | None = None,
        *,
        half_duplex: bool = False,
        proven: bool | None = True,
        preroll_ms: int = 100,
        measures: bool = False,
    ) -> None:
        self.events: list[e.Event] = []
        self.engine = Engine(
            gate=Gate(any, start_ms=40, hangover_ms=100),
            uplink=Uplink(preroll_ms=preroll_ms, piece_ms=100),
            playback=Playback(prebuffer_ms=0),
            cues=CuePlayer({c.Cue.DONE: MS * 30}),
            volume=Volume(),
            emit=self.events.append,
            hands_free=hands_free,
            measures=measures,
            duplex=Duplex(None if half_duplex else EchoMeter(proven)),
        )

    def hear(self, mic: bytes, ms: int) -> bytes:
        return b"".join(self.engine.step(mic) for _ in range(ms // 20))

    def of(self, *kinds: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kinds)]

    def recorded_ms(self) -> int:
        return sum(len(event.pcm) for event in self.of(e.MicAudioRecorded)) // 48


def test_button_mode_says_nothing_until_it_is_told() -> None:
    bench = Bench()
    bench.hear(VOICE, 900)
    bench.hear(QUIET, 100)
    assert bench.events == []
    bench.engine.execute(c.OpenUplink("closed"))
    bench.hear(VOICE, 200)
    bench.engine.execute(c.CloseUplink())
    assert bench.of(e.UplinkOpened) == [e.UplinkOpened(1, "button", 1000)]
    assert bench.of(e.UplinkClosed) == [e.UplinkClosed(1, 200, 1200, -13.5)]
    assert bench.recorded_ms() == 300


def test_until_silence_the_gate_closes_it() -> None:
    bench = Bench()
    bench.engine.execute(c.OpenUplink("silence"))
    bench.hear(QUIET, 500)
    assert bench.of(e.UplinkClosed) == []
    bench.hear(VOICE, 100)
    bench.hear(QUIET, 200)
    assert len(bench.of(e.UplinkClosed)) == 1
    assert bench.of(e.SpeechStarted, e.SpeechEnded) == [e.SpeechStarted(540), e.SpeechEnded(700)]


def test_hands_free_a_voice_opens_and_silence_closes() -> None:
    bench = Bench("silence")
    bench.hear(QUIET, 400)
    bench.hear(VOICE, 200)
    bench.hear(QUIET, 400)
    kinds = [type(event).__name__ for event in bench.events if not isinstance(event, e.MicAudioRecorded)]
    assert kinds == ["SpeechStarted", "UplinkOpened", "SpeechEnded", "UplinkClosed"]
    assert bench.recorded_ms() == 100 + 160 + 100  # pre-roll with its start, the rest, the hangover


def test_hands_free_until_closed_goes_on_through_pauses() -> None:
    bench = Bench("closed")
    bench.hear(QUIET, 100)
    for _ in range(2):
        bench.hear(VOICE, 200)
        bench.hear(QUIET, 400)
    assert len(bench.of(e.UplinkOpened)) == 1
    assert len(bench.of(e.SpeechStarted)) == 2
    bench.engine.execute(c.CloseUplink())
    assert len(bench.of(e.UplinkClosed)) == 1


def test_a_press_while_a_voice_has_opened_it_only_changes_the_end() -> None:
    bench = Bench("silence")
    bench.hear(QUIET, 100)
    bench.hear(VOICE, 100)
    bench.engine.execute(c.OpenUplink("closed"))
    bench.hear(QUIET, 400)
    assert len(bench.of(e.UplinkOpened)) == 1
    assert bench.of(e.UplinkClosed) == []


def test_what_was_heard_can_be_forgotten() -> None:
    """The next visitor's first words do not begin with the last one's."""
    bench = Bench()
    bench.hear(VOICE, 1000)
    bench.engine.execute(c.ForgetPreroll())
    bench.engine.execute(c.OpenUplink("closed"))
    assert bench.of(e.MicAudioRecorded) == []


def test_muted_it_hears_nothing_and_keeps_nothing() -> None:
    bench = Bench("silence")
    bench.hear(QUIET, 100)
    bench.hear(VOICE, 100)
    bench.engine.execute(c.MuteMicrophone(True))
    before = len(bench.events)
    assert bench.of(e.UplinkClosed)
    bench.hear(VOICE, 1000)
    bench.engine.execute(c.OpenUplink("closed"))
    bench.hear(VOICE, 100)
    assert len(bench.events) == before
    bench.engine.execute(c.MuteMicrophone(False))
    bench.engine.execute(c.OpenUplink("closed"))
    assert bench.of(e.UplinkOpened)[-1].uplink_id == 2
    assert not [
        event for event in bench.events[before:] if isinstance(event, e.MicAudioRecorded)
    ]  # no pre-roll from while it was muted


def test_playing_an_answer() -> None:
    bench = Bench()
    bench.hear(QUIET, 100)
    bench.engine.execute(c.Play("a", MS * 30))
    bench.engine.execute(c.Play("b", MS * 20))
    bench.engine.execute(c.FinishPlayback())
    assert bench.hear(QUIET, 80) == MS * 50 + bytes(30 * 48)
    assert bench.events == [
        e.PlaybackStarted("a", 120),
        e.PlaybackStarted("b", 140),
        e.PlaybackDrained((e.Heard("a", 30), e.Heard("b", 20)), 160),
    ]


def test_an_answer_that_runs_dry() -> None:
    bench = Bench()
    bench.engine.execute(c.Play("a", MS * 20))
    bench.hear(QUIET, 60)
    assert bench.events == [e.PlaybackStarted("a", 20), e.PlaybackStarved("a", 40)]


def test_stop_answers_what_was_heard() -> None:
    bench = Bench()
    bench.engine.execute(c.StopPlayback())
    bench.engine.execute(c.Play("a", MS * 100))
    bench.hear(QUIET, 40)
    bench.engine.execute(c.StopPlayback())
    assert bench.of(e.PlaybackStopped) == [
        e.PlaybackStopped((), 0),
        e.PlaybackStopped((e.Heard("a", 40),), 40),
    ]


def test_a_cue_is_mixed_in_and_counts_for_nothing() -> None:
    bench = Bench()
    bench.engine.execute(c.Play("a", MS * 100))
    bench.engine.execute(c.PlayCue(c.Cue.DONE))
    out = bench.hear(QUIET, 40)
    assert np.frombuffer(out[: 30 * 48], np.int16).max() == 2 * 257
    assert out[30 * 48 :] == MS * 10
    bench.engine.execute(c.StopPlayback())
    assert bench.of(e.PlaybackStopped)[0].heard == (e.Heard("a", 40),)


def test_an_unknown_cue_is_silence() -> None:
    bench = Bench()
    bench.engine.execute(c.PlayCue(c.Cue.MUTED))
    assert bench.hear(QUIET, 20) == bytes(SERVICE_FRAME_BYTES)


def test_half_duplex_is_deaf_while_it_speaks_and_a_little_longer() -> None:
    bench = Bench("silence", half_duplex=True)
    bench.hear(QUIET, 20)
    bench.engine.execute(c.Play("a", MS * 200))
    bench.engine.execute(c.FinishPlayback())
    bench.hear(VOICE, 200)  # the echo of what it says
    bench.hear(VOICE, 960)  # and of the room, and of a speaker that may be late
    assert bench.of(e.SpeechStarted) == []
    bench.hear(VOICE, 200)
    assert len(bench.of(e.SpeechStarted)) == 1


def test_half_duplex_still_hears_what_the_button_opened() -> None:
    bench = Bench(half_duplex=True)
    bench.engine.execute(c.Play("a", MS * 500))
    bench.hear(QUIET, 100)
    bench.engine.execute(c.OpenUplink("closed"))
    bench.hear(VOICE, 100)
    assert bench.recorded_ms() == 100


def test_half_duplex_cues_are_not_heard_either() -> None:
    bench = Bench("silence", half_duplex=True)
    bench.hear(QUIET, 20)
    bench.engine.execute(c.PlayCue(c.Cue.DONE))
    assert rms(bench.hear(VOICE, 300)) > 0
    assert bench.of(e.SpeechStarted) == []
    bench.hear(QUIET, 100)
    bench.engine.execute(c.OpenUplink("closed"))
    bench.engine.execute(c.PlayCue(c.Cue.DONE))
    assert rms(bench.hear(QUIET, 100)) == 0


def test_until_it_is_proven_it_is_deaf_while_it_speaks_but_not_to_the_button() -> None:
    bench = Bench("silence", proven=None)
    bench.hear(QUIET, 500)
    bench.engine.execute(c.Play("a", MS * 3000))
    bench.hear(VOICE, 200)
    assert bench.of(e.SpeechStarted) == []
    bench.hear(QUIET, 1000)
    assert bench.of(e.EchoJudged) == []  # the answer is too soft to tell
    bench.engine.execute(c.OpenUplink("closed"))
    bench.engine.execute(c.PlayCue(c.Cue.DONE))
    assert bench.engine.frames_at_once == 1
    bench.hear(VOICE, 100)
    assert bench.recorded_ms() == 100


def test_a_microphone_that_is_not_there_teaches_nothing() -> None:
    bench = Bench("silence", proven=False)
    bench.engine.trusts_microphone = False
    bench.engine.execute(c.Play("a", tone(24_000, 12_000)))
    bench.hear(QUIET, 12_000)
    assert bench.of(e.EchoJudged) == []
    assert not bench.engine.full_duplex


def test_what_it_has_learned_of_the_room_can_be_kept() -> None:
    bench = Bench("silence", proven=False)
    bench.hear(ROOM, 3000)
    assert bench.engine.learned.full_duplex is False
    assert bench.engine.learned.background_db == pytest.approx(level(ROOM))


def test_proven_it_listens_and_counts_for_the_status() -> None:
    bench = Bench("silence", proven=None)
    bench.engine.delay(60, 20)
    bench.hear(ROOM, 500)
    bench.engine.execute(c.Play("a", tone(24_000, 3000)))
    bench.hear(ROOM, 2400)
    assert bench.engine.speaker_db == pytest.approx(-13.4, abs=0.2)
    assert bench.engine.noise_db == pytest.approx(level(ROOM) - FULL_SCALE_DB)
    assert bench.of(e.EchoJudged) == [e.EchoJudged(full_duplex=True, erle_db=0)]
    assert bench.engine.full_duplex
    assert bench.engine.erle_db == 0
    bench.hear(VOICE, 20)
    assert bench.engine.level_db == pytest.approx(-13.5, abs=0.1)
    bench.hear(VOICE, 60)
    assert len(bench.of(e.UplinkOpened)) == 1


def test_a_sign_of_a_voice_lowers_the_answer_and_stopping_it_restores_the_volume() -> None:
    bench = Bench("silence")
    bench.hear(QUIET, 200)
    bench.engine.execute(c.Play("a", tone(24_000, 3000)))
    loud = rms(bench.hear(QUIET, 40))
    bench.hear(VOICE, 80)
    assert rms(bench.hear(VOICE, 20)) < 0.2 * loud
    bench.engine.execute(c.StopPlayback())
    bench.hear(VOICE, 40)
    bench.engine.execute(c.PlayCue(c.Cue.DONE))
    assert np.frombuffer(bench.hear(VOICE, 20), np.int16).max() == 257


def test_an_echo_that_breaks_in_twice_ends_full_duplex() -> None:
    bench = Bench("silence")
    bench.hear(QUIET, 200)
    for _ in range(2):
        bench.engine.execute(c.Play("a", tone(24_000, 3000)))
        bench.hear(QUIET, 40)
        bench.hear(VOICE, 80)
        bench.engine.execute(c.StopPlayback())
        bench.hear(QUIET, 600)
    assert bench.of(e.EchoJudged) == [e.EchoJudged(full_duplex=False, erle_db=0)]


def test_a_voice_that_opens_the_uplink_is_measured_where_that_is_wanted() -> None:
    bench, other = Bench("silence", measures=True), Bench("silence")
    for each in bench, other:
        each.hear(QUIET, 100)
        each.hear(VOICE, 600)
    (opened,), (measured,) = bench.of(e.UplinkOpened), bench.of(e.VoiceMeasured)
    assert measured.audio_ms == opened.audio_ms + 400
    assert measured.over_noise_db == pytest.approx(level(VOICE) - QUIETEST_DB, abs=0.1)
    assert not other.of(e.VoiceMeasured)
    bench.hear(QUIET, 1000)
    bench.engine.execute(c.OpenUplink("closed"))
    bench.hear(VOICE, 600)
    assert len(bench.of(e.VoiceMeasured)) == 1


def test_a_voice_for_another_device_opens_the_uplink_once_it_has_ended() -> None:
    bench = Bench("silence")
    bench.hear(QUIET, 100)
    bench.hear(VOICE, 200)
    bench.engine.execute(c.CloseUplink(goes_on=True))
    assert bench.of(e.UplinkClosed)
    bench.hear(VOICE, 1000)
    assert len(bench.of(e.UplinkOpened)) == 1
    bench.hear(QUIET, 1000)
    assert bench.of(e.SpeechEnded)
    bench.hear(VOICE, 200)
    assert len(bench.of(e.UplinkOpened)) == 2


def test_several_frames_at_once_while_nothing_sounds() -> None:
    bench = Bench("silence")
    assert bench.engine.frames_at_once == 5
    bench.engine.step(QUIET * 2)
    assert bench.engine.audio_ms == 40
    bench.engine.step(VOICE)
    assert bench.engine.frames_at_once == 2  # something is suspected
    bench.engine.step(VOICE)
    assert bench.of(e.UplinkOpened) == [e.UplinkOpened(1, "speech", 80)]
    bench.engine.execute(c.Play("a", MS * 60))
    assert bench.engine.frames_at_once == 1
    out = bench.engine.step(QUIET * 3)  # asked for before it was known
    assert out == bytes(SERVICE_FRAME_BYTES) + MS * 40  # the first frame's time is over
    bench.engine.step(QUIET)
    bench.engine.execute(c.StopPlayback())
    bench.engine.step(VOICE)  # it fades
    assert bench.engine.frames_at_once == 4  # until there is a piece to send
    bench.engine.execute(c.PlayCue(c.Cue.DONE))
    assert bench.engine.frames_at_once == 1


def test_over_an_answer_each_frame_counts_once_a_voice_is_suspected() -> None:
    bench = Bench("silence")
    bench.hear(QUIET, 200)
    bench.engine.execute(c.Play("a", MS * 2000))
    bench.engine.step(QUIET)
    assert bench.engine.frames_at_once == 2
    bench.engine.step(VOICE)
    assert bench.engine.frames_at_once == 1
    bench.engine.step(QUIET)
    assert bench.engine.frames_at_once == 2


def test_with_a_button_it_dozes_until_it_is_pressed() -> None:
    bench = Bench()
    assert bench.engine.frames_at_once == 25
    bench.engine.step(VOICE * 25)
    bench.engine.execute(c.OpenUplink("closed"))
    assert bench.engine.frames_at_once == 5  # as much as is sent at once
    bench.engine.step(VOICE * 2)
    assert bench.engine.frames_at_once == 3
    assert bench.recorded_ms() == 100
    bench.engine.step(VOICE * 3)
    bench.engine.execute(c.OpenUplink("silence"))
    assert bench.engine.frames_at_once == 5  # a voice may end it
    bench.engine.execute(c.CloseUplink())
    bench.engine.execute(c.Play("a", MS * 200))
    assert bench.engine.frames_at_once == 2
    assert bench.engine.step(VOICE * 2) == MS * 40


def test_unmuting_what_is_not_muted_disturbs_nothing() -> None:
    bench = Bench()
    bench.engine.execute(c.OpenUplink("closed"))
    bench.engine.execute(c.MuteMicrophone(False))
    bench.hear(VOICE, 100)
    assert not bench.of(e.UplinkClosed)


def test_volume_of_all_that_sounds() -> None:
    bench = Bench()
    bench.engine.execute(c.SetVolume(0))
    bench.engine.execute(c.PlayCue(c.Cue.DONE))
    assert bench.hear(QUIET, 100)[960:] == bytes(5 * 960 - 960)


def test_abandoned() -> None:
    """The devices are gone: what was heard is told, and nothing goes on when they are back."""
    bench = Bench()
    bench.engine.execute(c.OpenUplink("closed"))
    bench.engine.execute(c.Play("item", MS * 500))
    bench.engine.execute(c.PlayCue(c.Cue.DONE))
    bench.hear(VOICE, 100)
    assert bench.engine.heard == (e.Heard("item", 100),)
    assert bench.engine.sounding
    bench.events.clear()
    bench.engine.abandon()
    assert bench.events == [e.PlaybackStopped((e.Heard("item", 100),), 100)]
    bench.hear(QUIET, 20)
    assert bench.hear(VOICE, 100) == bytes(5 * 960)
    assert not bench.of(e.UplinkClosed, e.MicAudioRecorded)


def test_the_delay_of_the_card_was_not_heard_yet() -> None:
    bench = Bench()
    bench.engine.delay(60)
    bench.engine.execute(c.Play("item", MS * 500))
    bench.hear(QUIET, 100)
    assert bench.engine.heard == (e.Heard("item", 40),)


def test_while_nobody_listens_nothing_is_cancelled_but_made_up_for_at_the_press() -> None:
    bench = Bench()
    bench.hear(QUIET, 500)
    bench.engine.execute(c.Play("a", tone(24_000, 3000)))
    bench.hear(QUIET, 400)
    bench.hear(VOICE, 40)
    bench.engine.execute(c.StopPlayback())
    bench.engine.execute(c.OpenUplink("closed"))
    assert bench.recorded_ms() == 100  # the pre-roll, once
    assert rms(bench.of(e.MicAudioRecorded)[0].pcm[-30 * 48 :]) > 1000
    bench.hear(VOICE, 100)
    bench.engine.execute(c.CloseUplink())
    bench.engine.execute(c.PlayCue(c.Cue.DONE))
    bench.hear(QUIET, 60)
    bench.engine.execute(c.OpenUplink("closed"))
    assert bench.recorded_ms() == 100 + 100 + 60  # nothing of the last utterance


def test_of_a_press_over_an_answer_only_what_is_made_up_for_leaves() -> None:
    """However long the pre-roll: what was before is the speaker, with nothing taken out."""
    bench = Bench(preroll_ms=800)
    bench.engine.execute(c.Play("a", tone(24_000, 3000)))
    bench.hear(VOICE, 1000)
    bench.engine.execute(c.OpenUplink("closed"))
    assert bench.recorded_ms() == 500


def test_what_was_heard_over_an_answer_is_forgotten_too() -> None:
    bench = Bench()
    bench.engine.execute(c.Play("a", tone(24_000, 3000)))
    bench.hear(VOICE, 400)
    bench.engine.execute(c.ForgetPreroll())
    bench.engine.execute(c.OpenUplink("closed"))
    assert bench.of(e.MicAudioRecorded) == []
