"""The linear canceller: what it takes out and what it leaves, compiled and in numpy."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.audio.echo.linear import fallback
from edge_agent.audio.echo.linear.kernel import COMPILED, KERNEL, Kernel, find_kernel
from edge_agent.audio.echo.linear.layout import FEATURES, FRAME, PARTITIONS, Floats, size
from edge_agent.audio.echo.linear.linear_canceller import LinearCanceller, LinearFrames
from edge_agent.audio.resample import Resampler
from edge_agent.audio.sounds import spoken_answers

from .world import LINES

RATE = 16_000
SECOND = RATE
KERNELS: list[Kernel] = [fallback, *([KERNEL] if COMPILED else [])]
both = pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.__name__.split(".")[-1])


def floats(pcm: bytes) -> Floats:
    return np.frombuffer(pcm, np.int16).astype(np.float32) / np.float32(32768)


@cache
def answer(seconds: float = 6) -> Floats:
    """What the speaker plays: an answer, at full volume."""
    pcm = b"".join(clip.pcm for clip in spoken_answers())
    played = floats(Resampler(24_000, RATE).process(pcm[: len(pcm) // 960 * 960]))
    return np.resize(played, int(seconds * SECOND) // FRAME * FRAME)


def heard(played: Floats, *, t60: float = 0.3, walls: int = 0, noise: float = 3e-4) -> Floats:
    """What the microphone hears of it: a driven loudspeaker, walls that send it back, and the noise of the room."""
    random = np.random.default_rng(walls)
    time = np.arange(int(t60 * RATE)) / RATE
    response = random.standard_normal(len(time)) * 10 ** (-3 * time / t60) * 0.03
    response[32] = 0.5
    loudspeaker = np.tanh(1.5 * played)
    echo = np.fft.irfft(np.fft.rfft(loudspeaker, 2 * len(played)) * np.fft.rfft(response, 2 * len(played)))
    return (0.5 * echo[: len(played)] + noise * random.standard_normal(len(played))).astype(np.float32)


def later_and_later(signal: Floats, ppm: float) -> Floats:
    """As a clock records it that is too fast by so much."""
    fine = 8
    spectrum = np.fft.rfft(signal)
    smooth = np.fft.irfft(np.pad(spectrum, (0, (fine - 1) * len(signal) // 2)), fine * len(signal)) * fine
    at = np.arange(len(signal)) * (1 - ppm * 1e-6) * fine
    return np.asarray(np.interp(at, np.arange(len(smooth)), smooth), np.float32)


def voice(length: int, at: int) -> Floats:
    near = np.zeros(length, np.float32)
    line = floats(LINES[0])[: length - at]
    near[at : at + len(line)] = 0.3 * line
    return near


def db(signal: Floats) -> float:
    return float(10 * np.log10((signal.astype(np.float64) ** 2).mean() + 1e-12))


def erle_db(mic: Floats, frames: LinearFrames, begin_s: float) -> float:
    begin = int(begin_s * SECOND)
    return db(mic[begin:]) - db(frames.residual[begin:])


def the_same(one: LinearFrames, other: LinearFrames) -> bool:
    pairs = (
        (getattr(one, name), getattr(other, name)) for name in ("residual", "estimate", "features", "uplink")
    )
    return all(np.array_equal(a, b) for a, b in pairs)


# ---- the extension ---------------------------------------------------------
def test_it_is_compiled() -> None:
    if not COMPILED:
        pytest.skip("the echo canceller is not compiled: ./scripts/build-extension does")
    assert find_kernel() == (KERNEL, True)


def test_without_the_extension_numpy_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "edge_agent.audio.echo.linear._linear", None)
    monkeypatch.delattr(
        "edge_agent.audio.echo.linear._linear", raising=False
    )  # else the package still has it
    assert find_kernel() == (fallback, False)


def test_both_give_the_same_numbers() -> None:
    played = answer()
    mic = np.clip(heard(played) + voice(len(played), 3 * SECOND), -1, 1)
    numpy, compiled = (
        LinearCanceller(kernel=kernel).process(mic, played, uplink=True) for kernel in (fallback, KERNEL)
    )
    assert np.abs(numpy.residual - compiled.residual).max() < 1e-5
    assert np.abs(numpy.uplink - compiled.uplink).max() < 1e-3
    # a threshold may be passed in the one and not quite in the other
    assert (np.abs(numpy.features - compiled.features) < 1e-2).mean() > 0.999


def test_one_goes_on_with_what_the_other_has_learned() -> None:
    played = answer()
    mic = heard(played)
    first = LinearCanceller(kernel=fallback)
    first.process(mic, played, uplink=True)
    others = [LinearCanceller(kernel=kernel) for kernel in (fallback, KERNEL)]
    for other in others:
        other.restore(first.snapshot())
    numpy, compiled = (other.process(mic, played, uplink=True) for other in others)
    assert np.abs(numpy.residual - compiled.residual).max() < 1e-5
    assert (np.abs(numpy.features - compiled.features) < 1e-2).mean() > 0.999


@both
def test_what_does_not_fit_is_refused(kernel: Kernel) -> None:
    canceller = LinearCanceller(kernel=kernel)
    for near, far in ((FRAME, 2 * FRAME), (FRAME + 1, FRAME + 1)):
        with pytest.raises(ValueError, match="whole frames of 320"):
            canceller.process(np.zeros(near, np.float32), np.zeros(far, np.float32))
    assert len(canceller.process(np.zeros(0, np.float32), np.zeros(0, np.float32)).features) == 0


@pytest.mark.skipif(not COMPILED, reason="the echo canceller is not compiled: ./scripts/build-extension does")
def test_the_extension_looks_at_sizes_before_it_writes() -> None:
    state, process = bytearray(size(1)), cast("Any", KERNEL).process
    names = ("near", "far", "residual", "estimate", "features", "uplink")
    good = {name: np.zeros(FEATURES if name == "features" else FRAME, np.float32) for name in names}
    KERNEL.begin(state)
    process(state, *good.values(), 0.9, 0.9)
    for name in names[1:]:
        with pytest.raises(ValueError, match=f"{name} has 4 bytes"):
            process(state, *(good | {name: np.zeros(1, np.float32)}).values(), 0.9, 0.9)
        shifted = np.zeros(4 * good[name].size + 1, np.uint8)[1:]
        with pytest.raises(ValueError, match=f"{name} is not aligned"):
            process(state, *(good | {name: shifted}).values(), 0.9, 0.9)
    for wrong in (bytearray(len(state) - 4), bytearray(0), bytearray(len(state) * 200)):
        with pytest.raises(ValueError, match="wrong size"):
            KERNEL.begin(wrong)
        with pytest.raises(ValueError, match="wrong size"):
            process(wrong, *good.values(), 0.9, 0.9)
    with pytest.raises(BufferError):
        KERNEL.begin(bytes(state))
    with pytest.raises(TypeError):
        process(state, None, *list(good.values())[1:], 0.9, 0.9)
    with pytest.raises(TypeError):
        process(state)


# ---- the echo --------------------------------------------------------------
@pytest.mark.parametrize(("t60", "least_db"), [(0.2, 20), (0.5, 17), (1.0, 14)])
def test_it_takes_the_echo_out(t60: float, least_db: float) -> None:
    played = answer(12)
    mic = heard(played, t60=t60)
    assert erle_db(mic, LinearCanceller().process(mic, played), 6) > least_db


def test_it_leaves_the_voice_as_it_was() -> None:
    played = answer(12)
    near = voice(len(played), 8 * SECOND)
    mic = heard(played) + near
    residual = LinearCanceller().process(mic, played).residual
    spoken = np.flatnonzero(near)
    error = (residual - near)[spoken[0] : spoken[-1]]
    assert db(error) < db(near[spoken[0] : spoken[-1]]) - 6
    assert db(residual[spoken[0] : spoken[-1]]) > db(near[spoken[0] : spoken[-1]]) - 1


@both
def test_it_follows_when_something_has_moved(kernel: Kernel) -> None:
    played = answer(8)
    half = len(played) // 2 // FRAME * FRAME
    mic = np.concatenate([heard(played)[:half], heard(played, walls=7)[half:]])
    assert erle_db(mic, LinearCanceller(8, kernel=kernel).process(mic, played), 6.5) > 10


@pytest.mark.parametrize("ppm", [-150, 150])
def test_it_follows_clocks_that_drift_apart(ppm: float) -> None:
    played = answer(24)
    late = np.concatenate([np.zeros(480, np.float32), heard(played)])[: len(played)]
    mic = later_and_later(late, ppm)
    assert erle_db(mic, LinearCanceller().process(mic, played), 18) > 16


def steady() -> Floats:
    return np.random.default_rng(2).standard_normal(4 * SECOND).astype(np.float32) * np.float32(0.1)


def jump(played: Floats) -> Floats:
    return np.concatenate([np.zeros(14, np.float32), 0.5 * played[:-14]])


def other_room(played: Floats) -> Floats:
    return heard(played, walls=7)


def other_sound(played: Floats) -> Floats:
    return np.random.default_rng(1).standard_normal(len(played)).astype(np.float32) * np.float32(0.2)


@both
def test_where_no_echo_is_heard_no_drift_is_seen(kernel: Kernel) -> None:
    played = steady()
    canceller = LinearCanceller(4, kernel=kernel)
    canceller.process(np.float32(0.01) * other_sound(played), played)
    assert abs(canceller.drift_ppm) < 1


@both
@pytest.mark.parametrize("then", [jump, other_room, other_sound])
def test_what_changes_at_once_is_not_taken_for_a_drift(
    kernel: Kernel, then: Callable[[Floats], Floats]
) -> None:
    played = np.random.default_rng(2).standard_normal(4 * SECOND).astype(np.float32) * np.float32(0.1)
    half = len(played) // 2 // FRAME * FRAME
    mic = np.concatenate([0.5 * played[:half], then(played)[half:]])
    canceller = LinearCanceller(4, kernel=kernel)
    canceller.process(mic, played)
    assert abs(canceller.drift_ppm) < 20


@both
def test_while_nothing_is_played_it_changes_nothing_and_learns_nothing(kernel: Kernel) -> None:
    canceller = LinearCanceller(8, kernel=kernel)
    played = answer(2)
    canceller.process(heard(played), played)
    canceller.process(np.zeros(8 * FRAME, np.float32), np.zeros(8 * FRAME, np.float32))
    weights = canceller.snapshot()[-8 * 2 * 1000 :]
    near = voice(2 * SECOND, 0)
    frames = canceller.process(near, np.zeros_like(near))
    assert np.array_equal(frames.residual, near)
    assert not frames.estimate.any()
    assert canceller.snapshot()[-8 * 2 * 1000 :] == weights


@both
def test_a_frame_at_the_limit_of_the_microphone_teaches_nothing(kernel: Kernel) -> None:
    played, canceller = answer(2), LinearCanceller(8, kernel=kernel)
    mic = np.where(np.arange(len(played)) % FRAME < 2, np.float32(1), heard(played))
    frames = canceller.process(mic, played)
    assert np.array_equal(frames.residual, mic)
    assert (frames.features[:, 63] == 1).all()


@both
@pytest.mark.parametrize(("at_s", "seconds"), [(0, FRAME / RATE), (0, 1), (3, 2)])
def test_a_microphone_that_is_switched_off_teaches_nothing_about_the_room(
    kernel: Kernel, at_s: int, seconds: float
) -> None:
    played = answer(8)
    mic = heard(played, noise=3e-3)
    off = mic.copy()
    off[at_s * SECOND : at_s * SECOND + int(seconds * SECOND)] = 0
    heard_all = LinearCanceller(kernel=kernel).process(mic, played, uplink=True)
    was_off = LinearCanceller(kernel=kernel).process(off, played, uplink=True)
    late = slice(6 * SECOND // FRAME, None)
    over, over_when_off = heard_all.features[late, :20].mean(), was_off.features[late, :20].mean()
    assert over_when_off < over + 0.5
    assert db(was_off.uplink[6 * SECOND :]) < db(heard_all.uplink[6 * SECOND :]) + 1


@both
@pytest.mark.parametrize("rubbish", [np.nan, np.inf, -np.inf, 1e30])
def test_rubbish_passes_without_harm(kernel: Kernel, rubbish: float) -> None:
    played = answer(4)
    mic, far = heard(played), played.copy()
    mic[SECOND // 2], far[SECOND] = rubbish, rubbish
    frames = LinearCanceller(8, kernel=kernel).process(mic, far, uplink=True)
    assert all(np.isfinite(part).all() for part in (frames.residual, frames.features, frames.uplink))
    mic[SECOND // 2] = 0
    assert erle_db(mic, frames, 2) > 10


@both
def test_a_filter_that_makes_all_worse_begins_again(kernel: Kernel) -> None:
    played = answer(4)
    memory = memoryview(bytearray(size(4)))
    canceller = LinearCanceller(4, memory=memory, kernel=kernel)
    canceller.process(np.clip(4 * heard(played), -0.99, 0.99), played)
    frames = canceller.process(1e-3 * heard(played), played)
    assert db(frames.residual[2 * SECOND :]) < -60


@both
def test_memory_that_was_damaged_heals(kernel: Kernel) -> None:
    played = answer(3)
    mic = heard(played)
    for damage in (np.nan, 1e30, -5.0):
        memory = bytearray(size(4))
        canceller = LinearCanceller(4, memory=memoryview(memory), kernel=kernel)
        np.frombuffer(memory, np.float32)[:] = damage
        frames = canceller.process(mic, played, uplink=True)
        assert erle_db(mic, frames, 2) > 8
        assert np.isfinite(frames.features).all()
        assert np.isfinite(frames.uplink).all()


@both
def test_what_is_left_of_it_must_be_numbers(kernel: Kernel) -> None:
    played, memory = answer(3), bytearray(size(4))
    canceller = LinearCanceller(4, memory=memoryview(memory), kernel=kernel)
    np.frombuffer(memory, np.float32)[: len(canceller.snapshot()) // 4 - 100] = np.nan
    first = canceller.process(*(signal[: 2 * FRAME] for signal in (heard(played), played)), uplink=True)
    assert np.array_equal(first.residual[:FRAME], heard(played)[:FRAME])
    assert not first.features[0].any()
    assert erle_db(heard(played), canceller.process(heard(played), played), 2) > 8


@both
@given(st.data())
def test_it_does_not_matter_how_many_frames_come_together(kernel: Kernel, data: st.DataObject) -> None:
    played = answer(0.4)
    mic = heard(played)
    whole = LinearCanceller(2, kernel=kernel).process(mic, played, uplink=True)
    canceller, at, parts = LinearCanceller(2, kernel=kernel), 0, []
    while at < len(mic):
        count = data.draw(st.integers(1, 8)) * FRAME
        parts.append(canceller.process(mic[at : at + count], played[at : at + count], uplink=True))
        at += count
    names = ("residual", "estimate", "features", "uplink")
    assert the_same(
        whole, LinearFrames(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    )


# ---- what was learned ------------------------------------------------------
@both
def test_what_was_learned_outlives_it(kernel: Kernel) -> None:
    played = answer(6)
    mic = heard(played)
    first = LinearCanceller(8, kernel=kernel)
    first.process(mic, played)
    second = LinearCanceller(8, kernel=kernel)
    second.restore(first.snapshot())
    begun = second.process(mic[: 2 * SECOND], played[: 2 * SECOND])
    fresh = LinearCanceller(8, kernel=kernel).process(mic[: 2 * SECOND], played[: 2 * SECOND])
    assert erle_db(mic[: 2 * SECOND], begun, 0) > erle_db(mic[: 2 * SECOND], fresh, 0) + 4
    second.reset()
    assert second.snapshot() == LinearCanceller(8, kernel=kernel).snapshot()


def test_a_snapshot_of_something_else_is_refused() -> None:
    canceller = LinearCanceller(2)
    good = canceller.snapshot()
    for wrong in (b"", good[:-4], b"x" + good[1:], LinearCanceller(3).snapshot()):
        with pytest.raises(ValueError, match="not a snapshot"):
            canceller.restore(wrong)
    with pytest.raises(ValueError, match="damaged"):
        canceller.restore(good[:-4] + np.float32(np.nan).tobytes())


@both
def test_another_one_goes_on_in_the_same_memory(kernel: Kernel) -> None:
    memory = memoryview(bytearray(size()))
    played = answer(4)
    mic = heard(played)
    first = LinearCanceller(memory=memory, kernel=kernel)
    first.process(mic, played)
    learned = first.snapshot()
    assert len(learned) < size(PARTITIONS)
    second = LinearCanceller(memory=memory, kernel=kernel)
    assert second.snapshot() == learned
    quiet = np.zeros(FRAME, np.float32)
    assert not second.process(quiet, quiet).estimate.any()


@both
def test_what_was_played_before_a_rest_is_not_taken_out_after_it(kernel: Kernel) -> None:
    played = answer(2)
    canceller = LinearCanceller(4, kernel=kernel)
    canceller.process(heard(played), played)
    learned = canceller.snapshot()
    canceller.rest()
    near, quiet = voice(SECOND, 0), np.zeros(SECOND, np.float32)
    assert np.array_equal(canceller.process(near, quiet).residual, near)
    assert canceller.snapshot()[:1000] == learned[:1000]


# ---- what the detector and the service get ---------------------------------
@both
def test_a_voice_over_the_answer_stands_out(kernel: Kernel) -> None:
    played = answer(8)
    at = 6 * SECOND
    alone = LinearCanceller(kernel=kernel).process(heard(played), played).features
    mixed = LinearCanceller(kernel=kernel).process(heard(played) + voice(len(played), at), played).features
    frames = slice(at // FRAME + 10, at // FRAME + 60)
    assert mixed[frames, 40:60].mean() > alone[frames, 40:60].mean() + 1
    assert alone.min() >= np.log(1e-3) - 1e-3
    assert alone.max() <= 10


@both
def test_what_is_sent_has_less_echo_and_the_voice(kernel: Kernel) -> None:
    played = answer(8)
    mic = heard(played)
    frames = LinearCanceller(kernel=kernel).process(mic, played, uplink=True)
    late = frames.residual[4 * SECOND - FRAME : -FRAME]
    assert db(frames.uplink[4 * SECOND :]) < db(late) - 3
    near = voice(2 * SECOND, 0)
    sent = LinearCanceller(kernel=kernel).process(near, np.zeros_like(near), uplink=True).uplink
    assert np.abs(sent[FRAME:] - near[:-FRAME]).max() < 1e-3
