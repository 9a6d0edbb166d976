"""The canceller and what stands around it: reference, bypass, duplex, ducking."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from edge_agent.audio.build import build_duplex
from edge_agent.audio.ducking import Ducker, EarlySign
from edge_agent.audio.echo.aec3 import LAG, Aec3, EchoUnavailable
from edge_agent.audio.echo.break_in import BreakIn
from edge_agent.audio.echo.canceller import Cleaned, Reference
from edge_agent.audio.echo.duplex import Duplex
from edge_agent.audio.echo.learned import Learned
from edge_agent.audio.echo.meter import EchoMeter
from edge_agent.audio.levels import level
from edge_agent.audio.resample import Resampler
from edge_agent.audio.sounds import spoken_answers
from edge_agent.config.packages import to_install
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES, SERVICE_FRAME_BYTES

from .sound import noise, rms, tone
from .world import LINES

QUIET, SILENT = bytes(MIC_FRAME_BYTES), bytes(SERVICE_FRAME_BYTES)


def frames(pcm: bytes, size: int = MIC_FRAME_BYTES) -> list[bytes]:
    return [pcm[at : at + size] for at in range(0, len(pcm) - size + 1, size)]


# ---- the reference ---------------------------------------------------------
@pytest.mark.parametrize(("latency_ms", "late"), [(40, 2), (79, 2), (80, 3), (150, 6)])
def test_the_reference_comes_with_its_echo_but_never_after_it(latency_ms: int, late: int) -> None:
    reference = Reference(latency_ms)
    got = []
    for number in range(10):
        got.append(rms(reference.pop()) > 1000)
        reference.put(tone(24_000, 20) if number == 0 else SILENT)
    assert got.index(True) == late


def test_frames_that_nobody_wrote_are_silent() -> None:
    reference = Reference()
    reference.put(tone(24_000, 20))
    assert [rms(reference.pop()) > 0 for _ in range(3)] == [False, True, False]


def test_several_frames_at_once_keep_their_places() -> None:
    reference, loud = Reference(80), tone(24_000, 20)
    got = []
    for frames in ([SILENT, loud], [loud], [SILENT, SILENT]):
        got += [rms(reference.pop()) > 0 for _ in frames]
        reference.put(b"".join(frames))
    got += [rms(reference.pop()) > 0 for _ in range(3)]
    assert [at for at, sounds in enumerate(got) if sounds] == [4, 5]


# ---- the canceller ---------------------------------------------------------
def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    with pytest.raises(EchoUnavailable, match="needs pywebrtc-audio"):
        Aec3()
    said: list[str] = []
    assert not build_duplex("aec3", said.append).full
    assert to_install("pywebrtc-audio") in said[0]
    assert "half-duplex" in said[0]


def test_it_takes_the_echo_out_and_leaves_the_voice() -> None:
    pytest.importorskip("pywebrtc_audio")
    answer = b"".join(clip.pcm for clip in spoken_answers())[: 48 * 8000]
    duplex = Duplex(EchoMeter(), Aec3())
    speaker = Reference()  # a room that only delays: by 80 ms
    to_mic = Resampler(24_000, 16_000)
    room, left, heard = [QUIET] * 3, [], []
    voice = bytes(32 * 4000) + LINES[0]
    for played, near in zip(frames(answer, SERVICE_FRAME_BYTES), frames(voice), strict=False):
        echo = np.frombuffer(room.pop(0), np.int16) * 0.5
        mic = (echo + np.frombuffer(near, np.int16)).astype(np.int16).tobytes()
        heard.append(mic)
        left.append(duplex.hear(mic, measured=True)[0].heard)
        duplex.played(played)
        speaker.put(played)
        room.append(to_mic.process(speaker.pop()))
    echo_db = [level(b"".join(part[100:200])) for part in (heard, left)]
    assert echo_db[0] - echo_db[1] > 30
    assert level(b"".join(left[200:300])) > 55
    assert duplex.full
    assert duplex.erle_db > 30
    assert duplex.return_loss_db == pytest.approx(6, abs=1.5)


def test_it_falls_asleep_and_wakes_up_without_a_click_or_a_gap() -> None:
    pytest.importorskip("pywebrtc_audio")
    duplex = Duplex(EchoMeter(), Aec3())
    hum = tone(16_000, 5000, 1000, 0.1)
    out = b""
    for number, mic in enumerate(frames(hum)):
        out += duplex.hear(mic, measured=True)[0].heard
        duplex.played(noise(24_000, 20, 0.0005) if number in range(60, 100) else SILENT)
    came = np.frombuffer(out[LAG:], np.int16).astype(int)
    went = np.frombuffer(hum[:-LAG], np.int16).astype(int)
    for second in (slice(0, 15_000), slice(50_000, 70_000)):  # asleep
        assert (came[second] == went[second]).all()
    assert np.abs(np.diff(came)).max() <= 1.1 * np.abs(np.diff(went)).max()
    assert np.abs(came - went)[20_000:40_000].max() > 0  # it was awake
    assert abs(np.abs(came[16_000:48_000]).reshape(-1, 320).max(axis=1) / 3276 - 1).max() < 0.1


def test_what_was_heard_before_a_mute_does_not_come_out_after_it() -> None:
    pytest.importorskip("pywebrtc_audio")
    duplex = Duplex(EchoMeter(), Aec3())
    for sounding in (False, True):
        for _ in range(30):
            duplex.hear(tone(16_000, 20), measured=True)
            duplex.played(noise(24_000, 20) if sounding else SILENT)
        duplex.skip()
        out = b"".join(duplex.hear(QUIET, measured=True)[0].heard for _ in range(5))
        assert rms(out) < 0.01 * rms(tone(16_000, 20))


# ---- duplex ----------------------------------------------------------------
def played_late(duplex: Duplex, late: int, seconds: int = 12) -> list[bool]:
    """Whether it is deaf in each frame of the 2 s after an answer that is heard so many frames late."""
    clips = b"".join(clip.pcm for clip in spoken_answers())
    answer = (clips * 3)[: 48_000 * seconds]
    to_mic, deaf = Resampler(24_000, 16_000), []
    room = [noise(16_000, 20, 0.001, seed) for seed in range(late)]
    for number, played in enumerate([*frames(answer, SERVICE_FRAME_BYTES), *[SILENT] * 100]):
        heard = np.frombuffer(to_mic.process(played), np.int16) * 0.3
        room.append(
            (heard + np.frombuffer(noise(16_000, 20, 0.001, number), np.int16)).astype(np.int16).tobytes()
        )
        duplex.hear(room.pop(0), measured=True)
        duplex.played(played)
        deaf.append(duplex.is_deaf(speaking=number < 50 * seconds))
    return deaf[50 * seconds :]


def test_a_speaker_later_than_it_says_is_found_out_and_waited_for() -> None:
    duplex = Duplex()
    deaf = played_late(duplex, late=37)
    assert duplex.late_ms == pytest.approx(35 * 20, abs=20)
    assert all(deaf[: 35 + 14])
    assert not any(deaf[37 + 20 :])


def test_what_was_learned_holds_for_another_one() -> None:
    first = Duplex()
    played_late(first, late=37)
    again = Duplex(late_ms=first.learned.late_ms)
    deaf = played_late(again, late=37, seconds=2)
    assert again.learned == Learned(late_ms=700)
    assert all(deaf[: 35 + 14])
    assert not any(deaf[37 + 20 :])
    judged = Duplex(EchoMeter(full_duplex=False, relapses=3))
    assert judged.learned == Learned(full_duplex=False, relapses=3)


def test_a_speaker_that_is_as_late_as_it_says_is_not_waited_for() -> None:
    duplex = Duplex()
    deaf = played_late(duplex, late=2)
    assert duplex.late_ms == 0
    assert not any(deaf[20:])


def test_a_reference_is_shifted_both_ways_without_losing_what_was_played() -> None:
    reference, got = Reference(200), []
    for number in range(30):
        if number == 15:
            reference.shift(4)
        if number == 25:
            reference.shift(-2)
        got.append(reference.pop()[0])
        reference.put(bytes([number + 1]) * SERVICE_FRAME_BYTES)
    late = [number - at for number, at in enumerate(got) if at]
    assert late[:6] == [8] * 6
    assert late[6:16] == [12] * 10
    assert late[16:] == [10] * 5
    reference.shift(-100)
    assert len(reference._line) == 2  # what a card holds


def test_a_canceller_that_is_not_compiled_is_told() -> None:
    said: list[str] = []
    build_duplex("linear", said.append, compiled=True)
    assert said == []
    build_duplex("linear", said.append, compiled=False)
    assert "C compiler" in said[0]


def test_full_duplex_has_to_be_earned() -> None:
    assert not Duplex(EchoMeter()).full
    assert not Duplex(EchoMeter()).hopeless
    assert Duplex(EchoMeter(full_duplex=False)).hopeless
    assert Duplex(EchoMeter(full_duplex=True)).full


def test_half_duplex_measures_nothing_and_stays() -> None:
    duplex = Duplex()
    assert duplex.hopeless
    assert duplex.hear(LINES[0][:640], measured=True) == (Cleaned(LINES[0][:640], LINES[0][:640]), False)
    duplex.played(tone(24_000, 20))
    assert not duplex.broke_in(echo=True)
    assert (duplex.erle_db, duplex.return_loss_db) == (0, 0)
    duplex.skip()


def test_another_device_is_as_late_as_it_says() -> None:
    duplex = Duplex(EchoMeter())
    duplex.delay(200)
    duplex.played(tone(24_000, 20))
    assert len(duplex._reference._line) == 9


def test_the_room_goes_on_sounding_for_a_while() -> None:
    duplex = Duplex()
    assert duplex.is_deaf(speaking=True)
    deaf = [duplex.is_deaf(speaking=False) for _ in range(60)]
    assert deaf == [True] * 49 + [False] * 11  # a second, while nobody knows how late the speaker is
    assert not Duplex(EchoMeter(full_duplex=True)).is_deaf(speaking=True)


def test_nothing_is_measured_while_somebody_is_known_to_speak() -> None:
    duplex = Duplex(EchoMeter())
    for _ in range(200):
        duplex.hear(QUIET, measured=False)
        duplex.played(tone(24_000, 20))
    assert not duplex.full


@pytest.mark.parametrize(
    ("full", "listening", "deaf"),
    [(True, True, False), (True, False, True), (False, True, True), (None, True, True), (False, False, True)],
)
def test_while_it_speaks_only_who_is_listened_to_is_heard(
    full: bool | None, listening: bool, deaf: bool
) -> None:
    """Where nobody listens nothing is cancelled either: it would be the speaker's own sound."""
    duplex = Duplex(EchoMeter(full))
    assert not duplex.is_deaf(speaking=False, listening=listening)
    for frame in range(70):
        assert duplex.is_deaf(speaking=frame < 10, listening=listening) is (deaf and frame < 9 + 50)


# ---- ducking and breaking in -------------------------------------------------
def test_three_frames_are_an_early_sign() -> None:
    sign = EarlySign()
    assert [sign.feed(bool(int(voiced))) for voiced in "110111001"] == [False] * 4 + [True] * 2 + [False] * 3


def ducked(signs: str, ducker: Ducker, *, is_open: bool = False) -> str:
    """Of each frame: down, silent or neither."""
    shown = ""
    for sign in signs:
        ducker.feed(sign == "1", is_open=is_open)
        shown += "s" if ducker.silent else "d" if ducker.down else "."
    return shown


def test_the_speaker_comes_back_when_nothing_comes_of_it() -> None:
    ducker = Ducker()
    assert ducked("0", ducker) == "."
    assert ducked("1" + "0" * 22, ducker) == "d" * 20 + "." * 3
    assert ducked("1", ducker) == "d"
    ducker.reset()
    assert ducked("0", ducker) == "."


def test_a_sign_that_lasts_pauses_it_for_a_while() -> None:
    ducker = Ducker()
    assert ducked("1111" + "1111" + "00000000" + "0" * 13, ducker) == "ddds" + "s" * 11 + "d" * 12 + ".."
    assert ducked("1" * 40, ducker) == "ddd" + "s" * 25 + "d" * 12  # for ever would be lost on a radio
    assert ducked("1" * 5 + "0" * 15 + "1" * 5, ducker)[-3:] == "ddd"  # the same doubt
    assert ducked("0" * 21 + "1" * 5, ducker)[-2:] == "ss"  # another one


def test_an_open_gate_keeps_it_down() -> None:
    assert ducked("0" * 30, Ducker(), is_open=True) == "d" * 30


@pytest.mark.parametrize(
    ("over_speaker", "goes_on_ms", "echo"),
    [(True, 0, True), (True, 120, True), (True, 200, False), (False, 0, None)],
)
def test_a_person_goes_on_when_the_speaker_has_stopped(
    over_speaker: bool, goes_on_ms: int, echo: bool | None
) -> None:
    break_in = BreakIn()
    assert break_in.was_echo() is None
    break_in.opened(over_speaker=over_speaker)
    for _ in range(5):
        break_in.feed(voiced=True, sounding=True)
    for ms in range(0, 600, 20):
        break_in.feed(voiced=ms < goes_on_ms, sounding=False)
    assert break_in.was_echo() is echo
