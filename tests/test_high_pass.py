"""What is taken out of a microphone before anybody looks at it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.audio.cards.adapter import Adapter
from edge_agent.audio.cards.simulated import SimulatedCard, WavSource
from edge_agent.audio.high_pass import HighPass
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES

from .sound import noise, rms, tone
from .world import LINES

SECOND = 50 * MIC_FRAME_BYTES


def constant(value: int, ms: int) -> bytes:
    return np.full(16 * ms, value, np.int16).tobytes()


def shifted(pcm: bytes, offset: int) -> bytes:
    return (np.frombuffer(pcm, np.int16).astype(int) + offset).clip(-32768, 32767).astype(np.int16).tobytes()


@given(st.integers(0, 2**32), st.lists(st.sampled_from([1, 2, 5, 10, 25]), max_size=8), st.booleans())
def test_it_is_the_same_however_many_frames_come_at_once(seed: int, counts: list[int], loud: bool) -> None:
    sound = shifted(noise(16_000, 20 * sum(counts), 0.5 if loud else 0.001, seed), 900)
    together, single = HighPass(), HighPass()
    at = 0
    for count in counts:
        piece = sound[at : at + count * MIC_FRAME_BYTES]
        at += len(piece)
        frames = [piece[n : n + MIC_FRAME_BYTES] for n in range(0, len(piece), MIC_FRAME_BYTES)]
        assert together.process(piece) == b"".join(map(single.process, frames))


@pytest.mark.parametrize("offset", [100, -330, 1000, 3300])
def test_the_offset_is_gone_and_the_sound_is_left(offset: int) -> None:
    sound = tone(16_000, 1000, 300)
    out = HighPass().process(shifted(sound, offset))
    assert abs(np.frombuffer(out[SECOND // 2 :], np.int16).mean()) < 1
    assert 20 * np.log10(rms(out) / rms(sound)) == pytest.approx(0, abs=0.1)
    assert HighPass().process(constant(offset, 100)) == bytes(100 * 32)  # from the first sample


@pytest.mark.parametrize(("hz", "lost_db"), [(30, 3.0), (80, 0.6), (200, 0.1), (5000, 0.0)])
def test_what_it_costs_of_each_frequency(hz: int, lost_db: float) -> None:
    sound = tone(16_000, 2000, hz)
    out = HighPass().process(shifted(sound, 900))[SECOND:]
    assert 20 * np.log10(rms(sound[SECOND:]) / rms(out)) == pytest.approx(lost_db, abs=0.1)


def test_digital_silence_stays_digital_silence() -> None:
    high_pass, silence = HighPass(), bytes(SECOND)
    assert high_pass.process(silence) is silence
    high_pass.process(shifted(noise(16_000, 1000, 0.001), 3000))
    after = high_pass.process(bytes(10 * SECOND))
    assert any(after[: 20 * 32])
    assert not any(after[100 * 32 :])
    assert high_pass.process(silence) is silence  # and costs nothing


def test_what_is_centred_on_zero_is_handed_on_as_it_came() -> None:
    high_pass = HighPass()
    for sound in (
        noise(16_000, 1000, 0.001),
        tone(16_000, 1000, 500),
        shifted(noise(16_000, 1000, 0.001), 5),
    ):
        assert high_pass.process(sound) is sound


def test_before_a_quiet_moment_it_is_taken_out_and_a_voice_is_not_taken_for_an_offset() -> None:
    lines = b"".join(LINES)
    # the recordings have an offset
    voice = HighPass().process(lines[: len(lines) // (10 * MIC_FRAME_BYTES) * 10 * MIC_FRAME_BYTES])
    high_pass, loud = HighPass(), tone(16_000, 20, 300)
    assert abs(np.frombuffer(high_pass.process(shifted(loud, 5000)), np.int16).mean()) < 2000
    high_pass.process(noise(16_000, 2000, 0.0003))
    pieces = [voice[at : at + 10 * MIC_FRAME_BYTES] for at in range(0, len(voice), 10 * MIC_FRAME_BYTES)]
    handed_on = sum(high_pass.process(piece) is piece for piece in pieces)
    assert handed_on > 0.8 * len(pieces)


def test_an_offset_that_comes_and_goes_is_taken_out_without_a_step() -> None:
    def off_zero(frame: int) -> int:
        return 300 * (50 <= frame < 200)

    sound = noise(16_000, 10_000, 0.001)
    frames = [sound[at : at + MIC_FRAME_BYTES] for at in range(0, len(sound), MIC_FRAME_BYTES)]
    high_pass = HighPass()
    out = [high_pass.process(shifted(frame, off_zero(number))) for number, frame in enumerate(frames)]
    offsets = [abs(np.frombuffer(frame, np.int16).mean()) for frame in out]
    assert max(offsets[60:200] + offsets[210:]) < 8
    assert out[-1] == frames[-1]
    steps = np.abs(np.diff(np.frombuffer(b"".join(out[210:]), np.int16).astype(int)))
    assert steps.max() <= np.abs(np.diff(np.frombuffer(sound, np.int16).astype(int))).max() + 8


def test_a_step_is_soon_forgotten_and_nothing_wraps_round() -> None:
    high_pass = HighPass()
    high_pass.process(constant(-32768, 20))
    out = np.frombuffer(high_pass.process(constant(32767, 100)), np.int16)
    assert out[0] == 32767
    assert out.min() >= 0
    assert out[16 * 60] < 4


def test_the_adapter_takes_it_out_unless_somebody_looks_for_it() -> None:
    def read(*, raw: bool) -> bytes:
        card = SimulatedCard(WavSource(constant(1000, 100)), rate_hz=16_000, paced=False)
        return Adapter(card, raw=raw).read(5)

    assert read(raw=False) == bytes(100 * 32)
    assert read(raw=True) == constant(1000, 100)
