from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_agent.audio.echo.meter import EchoMeter, _alike
from edge_agent.audio.levels import level
from edge_agent.audio.sounds import spoken_answers
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES, SERVICE_FRAME_BYTES

from .world import LINES

Levels = NDArray[np.float64]
QUIET_DB = 25.0


def levels_of(pcm: bytes, frame_bytes: int) -> Levels:
    return np.array(
        [level(pcm[at : at + frame_bytes]) for at in range(0, len(pcm) - frame_bytes, frame_bytes)]
    )


ANSWERS = levels_of(b"".join(clip.pcm for clip in spoken_answers()), SERVICE_FRAME_BYTES)
VOICE = levels_of(b"".join(LINES), MIC_FRAME_BYTES)


def answers(ms: int) -> Levels:
    return np.resize(ANSWERS, ms // 20)


def voice(ms: int, softer_db: float = 0, begin_ms: int = 0) -> Levels:
    """A human reader, again and again."""
    return np.resize(np.roll(VOICE, begin_ms // 20), ms // 20) - softer_db


def room(ms: int, seed: int = 9, level_db: float = QUIET_DB, spread_db: float = 1.0) -> Levels:
    return level_db + np.random.default_rng(seed).normal(0, spread_db, ms // 20)


def both(*levels: Levels) -> Levels:
    return 10 * np.log10(sum((10 ** (level / 10) for level in levels), np.zeros(len(levels[0]))))


def later(levels: Levels, ms: int) -> Levels:
    return np.concatenate((np.full(ms // 20, QUIET_DB), levels))[: len(levels)]


def judge(
    meter: EchoMeter, played: Levels, residual: Levels, mic: Levels | None = None
) -> list[tuple[float, bool | None]]:
    """(seconds of sounding, verdict) of each change."""
    said = []
    all_levels = zip(residual if mic is None else mic, played, residual, strict=True)
    for frames, levels in enumerate(all_levels, 1):
        if meter.feed(*levels):
            said.append((frames * 0.02, meter.full_duplex))
    return said


def verdicts(said: list[tuple[float, bool | None]]) -> list[bool | None]:
    return [verdict for _, verdict in said]


def meter(full_duplex: bool | None = None, background: Levels | None = None) -> EchoMeter:
    fresh = EchoMeter(full_duplex)
    fresh.begin(list(room(500) if background is None else background))
    return fresh


PLAYED = answers(20_000)


def test_headphones_are_found_within_a_second_or_so() -> None:
    fresh = meter()
    assert fresh.full_duplex is None
    ((after_s, verdict),) = judge(fresh, PLAYED, room(20_000))
    assert verdict
    assert 1.0 <= after_s < 1.3
    assert fresh.erle_db == fresh.return_loss_db == 0


@pytest.mark.parametrize("delay_ms", [0, 100, 240])
@pytest.mark.parametrize("loss_db", [-10, 5, 20])
def test_a_speaker_that_comes_through_is_found(delay_ms: int, loss_db: float) -> None:
    fresh = meter()
    heard = both(later(PLAYED - loss_db, delay_ms), room(20_000))
    ((after_s, verdict),) = judge(fresh, PLAYED, heard)
    assert verdict is False
    assert after_s < 3
    assert fresh.return_loss_db == pytest.approx(loss_db, abs=2)
    assert fresh.erle_db == 0


def test_a_canceller_is_given_time_and_then_believed() -> None:
    fresh = meter()
    mic = both(later(PLAYED, 60), room(20_000))
    residual = room(20_000, 8)
    residual[:20] = mic[:20]  # not converged yet
    ((after_s, verdict),) = judge(fresh, PLAYED, residual, mic)
    assert verdict
    assert 1.5 <= after_s < 2.2
    assert fresh.erle_db == pytest.approx(41, abs=2)


def test_after_every_relapse_it_takes_longer_to_be_believed() -> None:
    fresh = meter()
    played, clean = answers(50_000), room(50_000)
    for believed_after_s, lost_after_s in ((1, 3.5), (4, 2.5), (16, 2.5), (32, 2.5)):
        ((after_s, verdict),) = judge(fresh, played, clean, both(played, clean))
        assert verdict
        assert believed_after_s <= after_s < 1.4 * believed_after_s
        said = judge(fresh, played[:200], both(played, clean)[:200])
        assert verdicts(said) == [False]
        assert said[0][0] <= lost_after_s


def test_a_relapse_is_forgiven_after_a_minute() -> None:
    fresh = meter(full_duplex=True)
    played, clean = answers(90_000), room(90_000)
    for _ in range(2):
        assert verdicts(judge(fresh, played[:300], both(played, clean)[:300])) == [False]
        ((after_s, verdict),) = judge(fresh, played, clean)
        assert verdict
        assert after_s < 6


@pytest.mark.parametrize("begin_ms", range(0, 7000, 700))
@pytest.mark.parametrize("knows", [None, True])
def test_somebody_who_talks_over_the_answer_proves_nothing(begin_ms: int, knows: bool | None) -> None:
    fresh = meter(knows)
    residual, echo = both(voice(20_000, 10, begin_ms), room(20_000)), PLAYED - 10
    assert False not in verdicts(judge(fresh, PLAYED, residual, both(residual, echo)))
    judge(fresh, PLAYED, room(20_000), both(echo, room(20_000)))
    assert fresh.full_duplex


def test_nor_does_a_soft_voice_hide_an_echo() -> None:
    heard = both(PLAYED - 5, voice(20_000, 20), room(20_000))
    assert verdicts(judge(meter(), PLAYED, heard)) == [False]


@pytest.mark.parametrize("level_db", [20, 45, 60])
def test_steady_noise_is_no_echo(level_db: float) -> None:
    noise = room(20_000, 3, level_db)
    assert verdicts(judge(meter(background=noise[:25]), PLAYED, noise)) == [True]


def test_a_room_full_of_voices_is_no_echo() -> None:
    babble = room(20_000, 4, 50, spread_db=6)
    assert verdicts(judge(meter(True, babble[:25]), PLAYED, babble)) == []


def test_a_fan_that_is_switched_on_is_no_echo() -> None:
    assert verdicts(judge(meter(full_duplex=True), PLAYED, room(20_000, 3, 50))) == []


def test_a_steady_tone_tells_nothing() -> None:
    tone = np.full(500, 60.0)
    assert judge(meter(), tone, tone) == []


def test_what_is_heard_while_the_speaker_is_silent_does_not_count() -> None:
    assert judge(meter(), np.full(1000, 10.0), PLAYED) == []


def test_an_echo_that_broke_in_twice_is_believed_no_more() -> None:
    fresh = meter(full_duplex=True)
    assert not fresh.broke_in(echo=True)
    assert not fresh.broke_in(echo=False)  # a voice redeems
    assert not fresh.broke_in(echo=True)
    judge(fresh, answers(30_000), room(30_000))  # time heals
    assert not fresh.broke_in(echo=True)
    assert fresh.broke_in(echo=True)
    assert fresh.full_duplex is False
    judge(fresh, answers(6_000), room(6_000))
    assert fresh.full_duplex
    assert fresh.broke_in(echo=True)  # the next time once is enough
    assert not fresh.broke_in(echo=True)


@pytest.mark.parametrize(("voice", "times"), [(None, 2), (False, 3)])
def test_where_a_detector_knows_the_echo_a_short_word_is_forgiven(voice: bool | None, times: int) -> None:
    meter = EchoMeter(full_duplex=True)
    meter.feed(20, 60, 20, voice)
    assert [meter.broke_in(echo=True) for _ in range(times)] == [False] * (times - 1) + [True]


def test_a_segment_is_good_unless_the_detector_took_it_for_a_voice_however_loud_the_rest() -> None:
    meter = EchoMeter()
    meter.begin([20.0] * 25)
    verdicts = [meter.feed(60, 70, 50, False) for _ in range(60)]
    assert meter.full_duplex
    assert verdicts.count(True) == 1


def feed_detected(meter: EchoMeter, seconds: float, *, erle_db: float, arrived: bool) -> float | None:
    """Seconds until it is full duplex, with a detector that hears nothing in the echo."""
    for number in range(1, int(50 * seconds) + 1):
        if meter.feed(54.0, 60.0, 54.0 - erle_db, False, arrived=arrived) and meter.full_duplex:
            return number * 0.02
    return None


def test_the_end_of_a_question_just_before_the_answer_is_not_the_noise_of_the_room() -> None:
    fresh = meter(background=np.concatenate((np.full(8, 60.0), room(340))))
    heard = both(later(PLAYED - 20, 60), room(20_000))
    for levels in zip(heard, PLAYED, heard, strict=True):
        fresh.feed(*levels, False)
    assert fresh.hears_speaker


def test_an_echo_that_is_taken_out_needs_no_second_look() -> None:
    assert feed_detected(meter(), 5, erle_db=10, arrived=True) == 0.5
    assert feed_detected(meter(), 5, erle_db=1, arrived=True) == 1.0


def test_an_echo_that_is_found_later_is_believed_within_a_tenth_of_a_second() -> None:
    fresh = meter()
    assert feed_detected(fresh, 0.7, erle_db=0, arrived=False) is None
    # that the mean of half a second is 4 dB, there must be 0.3 s of them
    assert feed_detected(fresh, 5, erle_db=20, arrived=False) == pytest.approx(0.3, abs=0.11)


def test_an_echo_that_is_taken_out_has_arrived() -> None:
    assert feed_detected(meter(), 5, erle_db=10, arrived=False) == 0.5
    assert feed_detected(meter(), 5, erle_db=1, arrived=False) is None


def test_after_a_relapse_it_is_looked_at_for_longer() -> None:
    relapsed = EchoMeter(full_duplex=False, relapses=1)
    relapsed.begin(list(room(500)))
    assert feed_detected(relapsed, 9, erle_db=10, arrived=True) == 4.0


def test_a_microphone_that_falls_silent_for_good_is_like_nothing() -> None:
    heard = np.zeros(100)
    heard[0] = 80.0
    assert _alike(answers(2000), heard) < 0.5
