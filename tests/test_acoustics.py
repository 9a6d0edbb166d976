"""Sound that is made here, with an echo that is known: is it found again?"""

from __future__ import annotations

import numpy as np
import pytest

from edge_agent.audio.levels import Samples, ac_dbfs, decibels
from edge_agent.config.model import Echo
from edge_agent.doctor import verdict
from edge_agent.doctor.acoustics import (
    Ambience,
    MeasuredEcho,
    chirp,
    echo_of,
    pcm_of,
    samples_of,
    speech_like,
)
from edge_agent.doctor.cancelling import cancelled

from .sound import noise, tone

PLAYED = np.concatenate([chirp(), np.zeros(11_200)])
QUIET = noise(16_000, 1700, 0.001)  # -60 dBFS


def room(played: Samples, ms: float, gain: float, *reflections: tuple[float, float]) -> Samples:
    """What comes back: after `ms`, with `gain`; reflections as (ms after it, gain)."""
    heard = np.zeros(len(played))
    for after_ms, part in ((0.0, 1.0), *reflections):
        late = round((ms + after_ms) * 16)
        heard[late:] += played[: len(played) - late] * gain * part
    return heard


@pytest.mark.parametrize("ms", [1, 20, 82.5, 300, 600])
@pytest.mark.parametrize("gain", [1.0, 0.3, 0.03])
@pytest.mark.parametrize("reflections", [(), ((7, 0.5), (19, 0.25), (80, 0.1))])
def test_delay_and_loss_of_an_echo(
    ms: float, gain: float, reflections: tuple[tuple[float, float], ...]
) -> None:
    clean = room(PLAYED, ms, gain, *reflections)
    echo = echo_of(PLAYED, clean + samples_of(QUIET))
    assert echo.heard
    assert echo.delay_ms == pytest.approx(ms, abs=1)
    loss_db = decibels(float((PLAYED**2).sum())) - decibels(float((clean**2).sum()))
    assert echo.return_loss_db == pytest.approx(loss_db, abs=1)
    assert echo.level_dbfs == pytest.approx(ac_dbfs(PLAYED[:16_000]) - loss_db, abs=1)


@pytest.mark.parametrize("level", [0.0, 0.0001, 0.003, 0.1])
def test_no_echo_is_found_in_noise(level: float) -> None:
    assert not any(echo_of(PLAYED, samples_of(noise(16_000, 1700, level, seed))).heard for seed in range(5))


def test_no_echo_is_found_in_a_hum_or_a_voice() -> None:
    assert not echo_of(PLAYED, samples_of(tone(16_000, 1700, 50))).heard
    assert not echo_of(PLAYED, speech_like(1700, seed=7)).heard


def test_what_a_microphone_delivers() -> None:
    assert Ambience.of(bytes(32_000)).zeros
    assert Ambience.of(b"").constant
    stuck = Ambience.of(np.full(16_000, -3, np.int16).tobytes())
    assert (stuck.constant, stuck.zeros) == (True, False)
    hears = Ambience.of(noise(16_000, 1000, 0.001) + noise(16_000, 1000, 0.1))
    assert hears.floor_dbfs == pytest.approx(-60, abs=1)
    assert hears.level_dbfs == pytest.approx(-23, abs=1)
    assert hears.clipped == 0
    assert Ambience.of(pcm_of(10 * samples_of(tone(16_000, 1000)))).clipped > 0.5
    offset = samples_of(noise(16_000, 1000, 0.001)) + 0.2  # a microphone with an offset is not loud
    assert Ambience.of(pcm_of(offset)).level_dbfs == pytest.approx(-60, abs=1)
    assert Ambience.of(pcm_of(offset)).offset == pytest.approx(offset.mean(), abs=0.001)
    assert ac_dbfs(np.zeros(0)) == -120


def test_noise_like_speech_has_the_level_of_an_answer() -> None:
    sound = speech_like(4000)
    assert ac_dbfs(sound) == pytest.approx(-20, abs=0.5)
    assert np.abs(sound).max() < 1


@pytest.mark.parametrize(("mode", "erle_db"), [("linear", 15), ("aec3", 30)])
@pytest.mark.parametrize("delay_ms", [60, 700])
def test_the_canceller_is_measured(mode: Echo, erle_db: float, delay_ms: int) -> None:
    """With the delay that the agent would expect; the alignment is what counts."""
    if mode == "aec3":
        pytest.importorskip("pywebrtc_audio")
    played = np.concatenate([chirp(), np.zeros(11_200), speech_like(4000)])
    heard = room(played, delay_ms, 0.3, (7, 0.5)) + samples_of(noise(16_000, len(played) // 16, 0.0003))
    told = cancelled(mode, heard, played, latency_ms=delay_ms)
    assert told is not None
    assert ac_dbfs(heard[-24_000:]) - ac_dbfs(told.left[-24_000:]) > erle_db
    assert not any(told.taken_for_voice[-75:])
    if delay_ms == 700 and mode == "linear":  # AEC3 finds it by itself
        untold = cancelled(mode, heard, played, latency_ms=0)
        assert untold is not None
        assert ac_dbfs(heard[-24_000:]) - ac_dbfs(untold.left[-24_000:]) < 5


HEARD = MeasuredEcho(True, 82.0, 10.0, -25.0)


@pytest.mark.parametrize(
    ("hearing", "status", "words"),
    [
        (Ambience(-52, -61, False, False, 0), "ok", "vmic: level -52 dBFS, noise floor -61 dBFS"),
        (Ambience(-120, -120, True, True, 0), "failed", "nothing but zeros; check the mute switch"),
        (Ambience(-120, -120, True, False, 0), "failed", "always the same value"),
        (Ambience(-3, -20, False, False, 0.1), "failed", "clipping; turn its gain down"),
        (Ambience(-52, -61, False, False, 0, -0.03), "ok", "-61 dBFS, DC offset -3 % of full scale"),
        (Ambience(-52, -61, False, False, 0, 0.009), "ok", "noise floor -61 dBFS"),
        (Ambience(-90, -92, False, False, 0), "warning", "very quiet; turn its gain up"),
        (Ambience(-30, -33, False, False, 0), "warning", "loud background"),
    ],
)
def test_what_is_said_of_the_microphone(hearing: Ambience, status: str, words: str) -> None:
    check = verdict.microphone("vmic", hearing)
    assert check.status == status
    assert words in str(check)


def test_what_is_said_of_a_dead_microphone() -> None:
    hearing = Ambience(-91, -92, False, False, 0)
    check = verdict.microphone("vmic", hearing, "the microphone delivers only zeros; check the cable")
    assert (check.status, check.do) == ("failed", "check the cable")
    assert check.seen == "vmic: the microphone delivers only zeros"


def test_it_is_said_that_nobody_has_chosen_the_device() -> None:
    fine = verdict.microphone("default", Ambience(-52, -61, False, False, 0))
    assert verdict.chosen(fine, "vmic", ["other"]) == fine
    alone = verdict.chosen(fine, "", [])
    assert alone.status == "ok"
    assert alone.seen.endswith("; the system's default, because audio.microphone is not set")
    choice = verdict.chosen(fine, "", ["a", "b"])
    assert (choice.status, choice.do) == ("warning", "to choose, set it to 'a' or 'b'")
    assert choice.figures == fine.figures
    dead = verdict.chosen(verdict.microphone("x", Ambience(-120, -120, True, True, 0)), "", ["a"])
    assert (dead.status, dead.do) == ("failed", "check the mute switch (alsamixer) and the cable")


@pytest.mark.parametrize(
    ("echo", "clipped", "lost", "mode", "status", "words"),
    [
        (HEARD, 0.0, 0, "aec3", "ok", "heard at -25 dBFS, round trip 82 ms, echo return loss 10 dB"),
        (HEARD, 0.1, 0, "aec3", "warning", "the microphone clips"),
        (HEARD, 0.0, 2, "aec3", "warning", "sound was lost 2 times"),
        (
            MeasuredEcho(False, 3, 60, -80),
            0.0,
            0,
            "aec3",
            "failed",
            "the microphone does not hear the speaker",
        ),
        # the last bits of a converter can look like an echo
        (MeasuredEcho(True, 82, 76, -91), 0.0, 0, "aec3", "failed", "does not hear the speaker"),
        (MeasuredEcho(True, 82, 64, -79), 0.0, 0, "aec3", "ok", "heard at -79 dBFS"),
        (MeasuredEcho(False, 3, 60, -80), 0.0, 0, "off", "warning", "headphones"),
        (MeasuredEcho(False, 3, 60, -80), 0.0, 0, "board", "warning", "the board cancels"),
    ],
)
def test_what_is_said_of_the_room(
    echo: MeasuredEcho, clipped: float, lost: int, mode: verdict.EchoMode, status: str, words: str
) -> None:
    check = verdict.acoustics(echo, clipped, lost, mode)
    assert check.status == status
    assert words in str(check)


@pytest.mark.parametrize(
    ("mode", "plain", "left", "status", "words"),
    [
        ("aec3", -30, -70, "ok", 'echo = "aec3" is right'),
        ("aec3", -30, None, "failed", "how to install it"),
        ("aec3", -30, -40, "warning", 'set [audio] echo = "half-duplex"'),
        ("aec3", -55, -70, "ok", "right"),
        ("aec3", -55, None, "failed", "how to install it"),
        ("off", -30, -70, "warning", 'set [audio] echo = "linear"'),
        ("off", -30, None, "warning", 'set [audio] echo = "half-duplex"'),
        ("off", -55, -70, "ok", "right"),
        ("board", -30, -70, "warning", 'set [audio] echo = "linear"'),
        ("board", -55, -70, "ok", "right"),
        ("linear", -30, -40, "ok", 'echo = "linear" is right'),
        ("half-duplex", -30, -40, "ok", 'with echo = "linear" a voice could interrupt it'),
        ("half-duplex", -30, -70, "ok", 'with echo = "linear" a voice could interrupt it'),
        ("half-duplex", -55, None, "ok", 'with echo = "off"'),
    ],
)
def test_which_echo_mode_suits(
    mode: verdict.EchoMode, plain: float, left: float | None, status: str, words: str
) -> None:
    check = verdict.echo(mode, -75, -20, plain, left, "how to install it")
    assert check.status == status
    assert words in str(check)


def test_an_echo_that_would_be_taken_for_a_voice_is_too_much() -> None:
    check = verdict.echo("linear", -75, -20, -30, -40, "", opened=True)
    assert (check.status, check.do) == ("warning", 'set [audio] echo = "half-duplex"')
    assert verdict.echo("half-duplex", -75, -20, -30, -40, "", opened=True).status == "ok"


@pytest.mark.parametrize(
    ("told_ms", "added_ms", "what", "todo"),
    [(40, 0, "", ""), (0, 60, "", ""), (600, 0, "520 ms earlier", "= 0"), (0, 300, "220 ms earlier", "= 80")],
)
def test_a_speaker_that_sounds_when_it_is_not_expected(
    told_ms: int, added_ms: int, what: str, todo: str
) -> None:
    check = verdict.acoustics(HEARD, 0.0, 0, "linear", told_ms=told_ms, added_ms=added_ms)
    assert check.status == ("warning" if what else "ok")
    assert what in check.seen
    assert check.do.endswith(todo)


def test_a_late_speaker_is_told_with_what_to_set() -> None:
    check = verdict.acoustics(MeasuredEcho(True, 740, 10, -25), 0.0, 0, "linear", told_ms=60, added_ms=100)
    assert "580 ms later than is expected" in check.seen
    assert check.do == "set [audio] speaker_delay_ms = 680"


def test_an_echo_below_the_background_is_none() -> None:
    assert verdict.echo("off", -42, -20, -40, None, "").status == "ok"
