from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.audio.resample import Resampler

from .sound import tone

RATES = [8000, 16000, 22050, 24000, 32000, 44100, 48000]
PAIRS = [(a, b) for a in RATES for b in (16000, 24000)] + [(24000, b) for b in RATES]


@pytest.mark.parametrize(("in_hz", "out_hz"), PAIRS)
def test_chunks_are_exact_and_the_tone_survives(in_hz: int, out_hz: int) -> None:
    resampler = Resampler(in_hz, out_hz)
    signal = tone(in_hz, 1000, 1000)
    size = in_hz // 50 * 2
    chunks = [resampler.process(signal[at : at + size]) for at in range(0, len(signal), size)]
    assert {len(chunk) for chunk in chunks} == {out_hz // 50 * 2}
    out = np.frombuffer(b"".join(chunks), np.int16)[out_hz // 10 :].astype(float)
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    peak = int(spectrum.argmax())
    assert peak * out_hz / len(out) == pytest.approx(1000, abs=3)
    rest = np.delete(spectrum, range(max(0, peak - 8), peak + 9))
    assert 20 * np.log10(spectrum[peak] / rest.max()) > 70  # dB: clean


@pytest.mark.parametrize(("in_hz", "out_hz"), [(48000, 16000), (44100, 16000), (24000, 16000)])
def test_what_the_slower_side_cannot_carry_is_gone(in_hz: int, out_hz: int) -> None:
    out = Resampler(in_hz, out_hz).process(tone(in_hz, 1000, out_hz * 0.6))
    samples = np.frombuffer(out, np.int16)[out_hz // 10 :].astype(float)
    assert np.sqrt((samples**2).mean()) < 32767 * 0.3 / 1000  # 60 dB down


@given(st.lists(st.integers(1, 9), max_size=12))
def test_the_cut_into_chunks_does_not_matter(blocks: list[int]) -> None:
    signal = tone(16000, 20 * sum(blocks), 700) if blocks else b""
    whole, parts, at = Resampler(16000, 24000), Resampler(16000, 24000), 0
    out = b""
    for count in blocks:
        out += parts.process(signal[at : at + count * 640])
        at += count * 640
    assert out == whole.process(signal)


def test_reset_begins_anew() -> None:
    resampler = Resampler(16000, 24000)
    first = resampler.process(tone(16000, 40))
    resampler.reset()
    assert resampler.process(tone(16000, 40)) == first


def test_equal_rates_change_nothing() -> None:
    resampler = Resampler(24000, 24000)
    resampler.reset()
    assert resampler.process(b"\1\2\3") == b"\1\2\3"


def test_a_broken_chunk_is_refused() -> None:
    with pytest.raises(ValueError, match="not a multiple of 2"):
        Resampler(16000, 24000).process(b"\0\0" * 3)


def test_loud_sounds_are_clipped_not_wrapped() -> None:
    square = np.where(np.arange(3200) // 40 % 2, 32767, -32768).astype(np.int16).tobytes()
    out = np.frombuffer(Resampler(16000, 24000).process(square), np.int16)
    assert np.abs(np.diff(out.astype(int))).max() < 65535
    assert out.max() == 32767
