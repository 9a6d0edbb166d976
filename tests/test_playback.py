from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.audio.fades import fade_in, fade_out
from edge_agent.audio.playback import Playback
from edge_agent.vocabulary.events import Heard
from edge_agent.vocabulary.sound import SERVICE_BYTES_PER_MS, SERVICE_FRAME_BYTES

from .sound import rms, tone

SILENCE = bytes(SERVICE_FRAME_BYTES)
MS = b"\1\1" * (SERVICE_BYTES_PER_MS // 2)


def pull_ms(playback: Playback, ms: int) -> bytes:
    return b"".join(playback.pull() for _ in range(ms // 20))


@given(st.lists(st.integers(1, 5000).map(lambda n: n * 2), max_size=20), st.integers(0, 200))
def test_every_byte_is_played_once_in_order(sizes: list[int], prebuffer_ms: int) -> None:
    playback, pushed = Playback(prebuffer_ms=prebuffer_ms), b""
    for number, size in enumerate(sizes):
        pcm = bytes([1 + number % 250]) * size
        pushed += pcm
        playback.push("item", pcm)
    playback.finish()
    played, drained = b"", 0
    for _ in range(len(pushed) // SERVICE_FRAME_BYTES + 3):
        played += playback.pull()
        drained += bool(playback.drained())
    assert played.rstrip(b"\0") == pushed
    assert drained == bool(pushed)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 200)), max_size=8),
    st.integers(0, 60),
    st.sampled_from([0, 20, 37, 60]),
)
def test_heard_is_what_was_handed_over_less_the_latency(
    pushes: list[tuple[str, int]], pulls: int, latency_ms: int
) -> None:
    pushes = sorted(pushes)  # items come one after the other
    playback = Playback(prebuffer_ms=0, latency_ms=latency_ms)
    total = {"a": 0, "b": 0}
    for item, ms in pushes:
        playback.push(item, MS * ms)
        total[item] += ms
    for _ in range(pulls):
        playback.pull()
    until_now, in_the_end = playback.heard, playback.stop()  # the device plays what it holds
    for heard, held_ms in ((until_now, latency_ms), (in_the_end, 0)):
        played = max(0, pulls * 20 - held_ms)
        first = min(played, total["a"])
        expected = {"a": first, "b": min(played - first, total["b"])}
        assert {h.item_id: h.heard_ms for h in heard} == {k: ms for k, ms in expected.items() if total[k]}


def test_what_the_device_holds_back_is_heard_as_time_passes() -> None:
    playback = Playback(prebuffer_ms=0, latency_ms=40)
    playback.push("item", MS * 200)
    pull_ms(playback, 60)
    assert playback.heard == (Heard("item", 20),)
    for frames, heard_ms in ((1, 40), (2, 60), (9, 60)):
        playback.elapse(frames)
        assert playback.heard == (Heard("item", heard_ms),)
    assert playback.pull(2) == MS * 40
    assert playback.heard == (Heard("item", 60),)
    playback.finish()
    assert playback.pull(6) == MS * 100 + bytes(len(MS) * 20)


def test_it_waits_for_the_prebuffer() -> None:
    playback = Playback(prebuffer_ms=100)
    playback.push("item", MS * 80)
    assert playback.pull() == SILENCE
    playback.push("item", MS * 20)
    assert playback.pull() == MS * 20


def test_a_short_answer_plays_once_it_is_finished() -> None:
    playback = Playback(prebuffer_ms=100)
    playback.push("item", MS * 30)
    playback.finish()
    assert pull_ms(playback, 40) == MS * 30 + bytes(480)


def test_running_dry_is_counted_and_fills_the_prebuffer_again() -> None:
    playback = Playback(prebuffer_ms=40, fade_ms=0)
    playback.push("item", MS * 40)
    pull_ms(playback, 40)
    assert not playback.ran_dry()  # the next piece may still come in time
    assert playback.pull() == SILENCE
    assert playback.ran_dry()
    assert not playback.ran_dry()
    assert playback.underruns == 1
    playback.push("item", MS * 60)
    assert playback.pull() == SILENCE
    playback.push("item", MS * 20)
    assert playback.pull() == MS * 20
    assert playback.stop() == (Heard("item", 60),)


def test_silence_while_it_is_starved_does_not_count() -> None:
    playback = Playback(prebuffer_ms=0)
    playback.push("item", MS * 20)
    pull_ms(playback, 200)
    assert playback.stop() == (Heard("item", 20),)


def test_what_the_device_holds_back_while_starved_is_heard_in_the_end() -> None:
    playback = Playback(prebuffer_ms=0, latency_ms=60)
    playback.push("item", MS * 20)
    pull_ms(playback, 60)
    assert playback.heard == (Heard("item", 0),)
    playback.push("item", MS * 20)
    playback.finish()
    pull_ms(playback, 80)
    assert playback.heard == (Heard("item", 40),)


def test_drained_only_when_the_device_has_let_it_go() -> None:
    playback = Playback(prebuffer_ms=0, latency_ms=40)
    playback.push("item", MS * 20)
    playback.finish()
    drained = []
    for _ in range(5):
        playback.pull()
        drained.append(bool(playback.drained()))
    assert drained == [False, False, True, False, False]


def test_stop_fades_out_and_the_fade_does_not_count() -> None:
    playback = Playback(prebuffer_ms=0, fade_ms=12)
    playback.push("item", MS * 100)
    playback.pull()
    assert playback.stop() == (Heard("item", 20),)
    faded = playback.pull()
    assert 0 < rms(faded) < rms(MS)
    assert faded[12 * SERVICE_BYTES_PER_MS :] == bytes(SERVICE_FRAME_BYTES - 12 * SERVICE_BYTES_PER_MS)
    assert playback.pull() == SILENCE


def test_a_long_fade_takes_several_frames() -> None:
    playback = Playback(prebuffer_ms=0, fade_ms=50)
    playback.push("item", MS * 100)
    playback.pull()
    playback.stop()
    assert rms(playback.pull()) > rms(playback.pull()) > rms(playback.pull()) > 0
    assert playback.pull() == SILENCE


def test_stop_before_anything_was_played() -> None:
    playback = Playback(prebuffer_ms=100)
    playback.push("item", MS * 50)
    assert playback.active
    assert playback.stop() == (Heard("item", 0),)
    assert not playback.active
    assert playback.pull() == SILENCE
    assert playback.stop() == ()


def test_items_behind_the_one_that_plays_were_not_heard() -> None:
    playback = Playback(prebuffer_ms=0)
    playback.push("a", MS * 30)
    playback.push("b", MS * 50)
    playback.push("c", MS * 50)
    pull_ms(playback, 60)
    assert playback.item_id == "b"
    assert playback.stop() == (Heard("a", 30), Heard("b", 30), Heard("c", 0))


def test_half_a_sample_waits_for_the_rest_of_it() -> None:
    playback, pcm = Playback(prebuffer_ms=0, fade_ms=0), MS * 21
    playback.push("item", pcm[:961])
    assert playback.pull() == pcm[:960]
    assert playback.pull() == SILENCE
    assert playback.ran_dry()
    playback.push("item", pcm[961:])
    playback.finish()
    assert playback.pull() == pcm[960:] + bytes(912)
    playback.push("other", b"x")
    playback.finish()
    assert playback.pull() == SILENCE
    assert playback.drained() == (Heard("item", 21), Heard("other", 0))


def test_empty_audio_is_nothing() -> None:
    playback = Playback()
    playback.push("item", b"")
    playback.finish()
    assert not playback.active
    assert playback.drained() == ()


def largest_step(*pcm: bytes) -> int:
    return int(np.abs(np.diff(np.frombuffer(b"".join(pcm), np.int16).astype(int))).max())


def test_at_a_dry_end_it_fades_out_and_then_in_again() -> None:
    sound = tone(24_000, 200, 440)
    playback = Playback(prebuffer_ms=0, fade_ms=12, latency_ms=20)
    playback.push("item", sound[: 48 * 65])  # ends in the middle of a frame, and of a swing
    out = pull_ms(playback, 120)
    assert playback.ran_dry()
    assert out[: 48 * 65] == sound[: 48 * 65]
    assert rms(out[48 * 65 : 48 * 77]) > 1000
    assert not any(out[48 * 77 :])
    assert playback.heard == (Heard("item", 65),)
    playback.push("item", sound[48 * 65 :])
    again = pull_ms(playback, 140)
    assert rms(again[: 48 * 5]) < rms(again[48 * 10 : 48 * 15]) < rms(sound)
    assert again[48 * 20 : 48 * 135] == sound[48 * 85 :]
    assert playback.stop() == (Heard("item", 200),)
    assert largest_step(out, again) <= largest_step(sound) + 1


def test_stopped_at_the_last_sample_that_came_it_fades_out_as_well() -> None:
    sound = tone(24_000, 41, 440)
    playback = Playback(prebuffer_ms=0, fade_ms=12)
    playback.push("item", sound)
    out = pull_ms(playback, 40)
    assert playback.stop() == (Heard("item", 40),)
    out += playback.pull()
    assert rms(out[48 * 40 :]) > 1000
    assert largest_step(out) <= largest_step(sound) + 1


def test_stopped_while_it_waits_for_more_it_stays_silent() -> None:
    playback = Playback(prebuffer_ms=100, fade_ms=12)
    playback.push("item", tone(24_000, 100))
    pull_ms(playback, 140)
    playback.push("item", tone(24_000, 50))
    assert playback.pull() == SILENCE
    playback.stop()
    assert playback.pull() == SILENCE


HISTORY = st.lists(
    st.one_of(
        st.integers(1, 250).map(lambda ms: ("push", ms)),
        st.integers(1, 12).map(lambda frames: ("pull", frames)),
        st.sampled_from([("pause", 0), ("pause", 1)]),
    ),
    max_size=40,
)


@given(HISTORY, st.sampled_from([0, 60, 100]), st.integers(1, 2))
def test_heard_is_exact_and_nothing_clicks_however_it_comes(
    history: list[tuple[str, int]], prebuffer_ms: int, at_once: int
) -> None:
    sound = tone(24_000, sum(number for word, number in history if word == "push") + 40, 300)
    sound = sound[: -48 * 40] + fade_out(sound[-48 * 40 :])
    playback, pushed, heard_ms, out = Playback(prebuffer_ms=prebuffer_ms), 0, 0, b""
    ends = [("push", 40), ("pause", 0), ("finish", 0), ("pull", len(sound) // 48 // 20 + 5)]
    for word, number in [*history, *ends]:
        match word:
            case "push":
                playback.push("item", sound[pushed : pushed + 48 * number])
                pushed += 48 * number
            case "pause":
                playback.pause(bool(number))
            case "finish":
                playback.finish()
            case _:
                for _ in range(number):
                    frames = playback.pull(at_once)
                    before, heard_ms = heard_ms, sum(item.heard_ms for item in playback.heard)
                    played = sound[48 * before : 48 * heard_ms]
                    assert frames[: len(played)] in (played, fade_in(played))
                    out += frames
    assert heard_ms * 48 == len(sound)
    assert playback.drained() == (Heard("item", heard_ms),)
    assert largest_step(out) <= largest_step(sound) + 1


def test_a_pause_loses_nothing_and_does_not_click() -> None:
    sound = tone(24_000, 200)
    playback = Playback(prebuffer_ms=0, latency_ms=20)
    playback.push("item", sound)
    out = pull_ms(playback, 60)
    playback.pause(True)
    playback.pause(True)
    out += pull_ms(playback, 60)
    assert playback.heard == (Heard("item", 60),)
    playback.pause(False)
    out += pull_ms(playback, 140)
    assert playback.heard == (Heard("item", 180),)
    assert out[: 48 * 60] == sound[: 48 * 60]
    assert rms(out[48 * 60 : 48 * 72]) < rms(sound[48 * 60 : 48 * 72])  # the fade
    assert not any(out[48 * 72 : 48 * 120])
    assert out[48 * 140 :] == sound[48 * 80 :]
    jumps = np.abs(np.diff(np.frombuffer(out, np.int16).astype(int)))
    assert jumps.max() <= np.abs(np.diff(np.frombuffer(sound, np.int16).astype(int))).max() + 1


def test_what_is_stopped_in_a_pause_stays_silent() -> None:
    playback = Playback(prebuffer_ms=0)
    playback.pause(True)  # nothing plays yet
    playback.pause(False)
    playback.push("item", MS * 200)
    assert pull_ms(playback, 40) == MS * 40
    playback.pause(True)
    pull_ms(playback, 40)
    assert playback.stop() == (Heard("item", 40),)
    assert pull_ms(playback, 40) == SILENCE * 2
    playback.push("next", MS * 200)
    assert pull_ms(playback, 40) == MS * 40
