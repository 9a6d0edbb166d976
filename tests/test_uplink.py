from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.audio.echo.stereo import Stereo
from edge_agent.audio.levels import level_dbfs
from edge_agent.audio.resample import Resampler
from edge_agent.audio.uplink import Uplink
from edge_agent.vocabulary.events import MicAudioRecorded, UplinkClosed, UplinkOpened

from .sound import tone


def frame(number: int) -> bytes:
    return np.full(320, number, np.int16).tobytes()


def sizes(events: list[object]) -> list[int]:
    """Milliseconds of each piece."""
    return [len(event.pcm) // 48 for event in events if isinstance(event, MicAudioRecorded)]


def test_the_first_piece_holds_the_preroll_and_goes_at_once() -> None:
    uplink = Uplink(preroll_ms=300, piece_ms=100)
    for number in range(50):
        assert uplink.feed(frame(number), voiced=False) == []
    opened = uplink.open("button", 1000)
    assert opened[0] == UplinkOpened(1, "button", 1000)
    assert sizes(list(opened)) == [300]


def test_then_pieces_and_the_rest_at_the_end() -> None:
    uplink = Uplink(preroll_ms=0, piece_ms=100)
    assert uplink.open("speech", 0) == [UplinkOpened(1, "speech", 0)]
    sent = [event for number in range(13) for event in uplink.feed(frame(number), voiced=number < 4)]
    assert sizes(list(sent)) == [100, 100]
    closed = uplink.close(260)
    assert sizes(list(closed)) == [60]
    assert closed[-1] == UplinkClosed(1, 80, 260, -68.7)
    assert uplink.close(280) == []


def test_it_tells_how_loud_each_utterance_was() -> None:
    uplink = Uplink(preroll_ms=0, piece_ms=100)
    for level, loudest_dbfs in (0.5, -9.0), (0.05, -29.0):
        uplink.open("button", 0)
        for _ in range(10):
            uplink.feed(tone(16_000, 20, level=level), voiced=True)
        uplink.feed(frame(0), voiced=False)
        *_, closed = uplink.close(220)
        assert isinstance(closed, UplinkClosed)
        assert closed.loudest_dbfs == pytest.approx(loudest_dbfs, abs=0.2)
    uplink.open("button", 0)
    assert uplink.close(20) == [UplinkClosed(3, 0, 20)]


def test_forget_empties_the_preroll() -> None:
    uplink = Uplink(preroll_ms=300, piece_ms=100)
    uplink.feed(frame(7), voiced=False)
    uplink.forget()
    assert sizes(list(uplink.open("button", 20))) == []


@given(
    st.integers(0, 25),
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
    st.sampled_from([20, 40, 100]),
)
def test_no_sample_is_lost_or_doubled(before: int, spans: list[int], piece_ms: int) -> None:
    """Open and closed in turns: what leaves is the preroll and all that followed, resampled as a whole."""
    preroll_ms = 200
    uplink = Uplink(preroll_ms=preroll_ms, piece_ms=piece_ms)
    number, open_, recorded, expected, ring = 0, False, b"", b"", list[bytes]()
    signal = tone(16000, 20 * (before + sum(spans) + 1), 300)
    frames = [signal[at : at + 640] for at in range(0, len(signal), 640)]

    def take(events: list[object]) -> bytes:
        return b"".join(event.pcm for event in events if isinstance(event, MicAudioRecorded))

    utterance = b""
    for span in [before, *spans]:
        for _ in range(span):
            recorded += take(list(uplink.feed(frames[number], voiced=False)))
            if open_:
                utterance += frames[number]
            else:
                ring = [*ring, frames[number]][-(preroll_ms // 20) :]
            number += 1
        if open_:
            recorded += take(list(uplink.close(number * 20)))
            expected += Resampler(16000, 24000).process(utterance)
            ring = []
        else:
            recorded += take(list(uplink.open("button", number * 20)))
            utterance = b"".join(ring)
        open_ = not open_
    if open_:
        recorded += take(list(uplink.close(number * 20)))
        expected += Resampler(16000, 24000).process(utterance)
    assert len(recorded) == len(expected)
    off = np.frombuffer(recorded, np.int16).astype(int) - np.frombuffer(expected, np.int16)
    assert not len(off) or np.abs(off).max() <= 1  # sums of other lengths are rounded otherwise


def test_a_service_that_takes_the_rate_of_the_microphone_gets_its_samples() -> None:
    uplink = Uplink(preroll_ms=100, piece_ms=100, rate_hz=16_000)
    frames = [frame(number) for number in range(12)]
    for each in frames[:5]:
        uplink.feed(each, voiced=False)
    pieces = [
        *uplink.open("button", 0),
        *(it for each in frames[5:] for it in uplink.feed(each, voiced=True)),
    ]
    recorded = [it for it in [*pieces, *uplink.close(0)] if isinstance(it, MicAudioRecorded)]
    assert b"".join(it.pcm for it in recorded) == b"".join(frames)
    assert [it.ms for it in recorded] == [100, 100, 40]


def test_two_channels() -> None:
    stereo = Stereo()
    mic, played = tone(16_000, 20, 300), tone(24_000, 20, 500)
    both = stereo.beside(mic, played)
    uplink = Uplink(preroll_ms=100, piece_ms=100, rate_hz=16_000, channels=2)
    uplink.feed(both, voiced=False)
    uplink.recall([mic])  # what was kept stays: the service takes the echo out
    assert uplink.preroll == (mic,)
    _, recorded = uplink.open("button", 0)
    assert isinstance(recorded, MicAudioRecorded)
    assert (recorded.pcm, recorded.ms) == (both, 20)
    assert np.frombuffer(both, np.int16)[1::2].tobytes() == Resampler(24_000, 16_000).process(played)
    (closed,) = uplink.close(0)
    assert isinstance(closed, UplinkClosed)
    assert closed.loudest_dbfs == round(level_dbfs(mic), 1)  # of the microphone


def test_a_gain_makes_what_is_sent_louder_and_cuts_off_at_full_scale() -> None:
    uplink = Uplink(preroll_ms=0, piece_ms=20, rate_hz=16_000, gain_db=20)
    uplink.open("button", 0)
    sent = [*uplink.feed((1000).to_bytes(2, "little") * 320, voiced=True)]
    sent += uplink.feed((-4000).to_bytes(2, "little", signed=True) * 320, voiced=True)
    pieces = [np.frombuffer(event.pcm, np.int16) for event in sent if isinstance(event, MicAudioRecorded)]
    assert [set(piece.tolist()) for piece in pieces] == [{10_000}, {-32768}]


def test_two_channels_are_kept_as_they_came() -> None:
    uplink = Uplink(preroll_ms=20, piece_ms=20, rate_hz=16_000, channels=2)
    both = Stereo().beside(tone(16_000, 20), tone(24_000, 20))
    uplink.feed(both, voiced=False)
    uplink.recall([tone(16_000, 20)])
    (_, piece) = uplink.open("button", 0)
    assert isinstance(piece, MicAudioRecorded)
    assert piece.pcm == both


def test_what_is_made_up_for_takes_the_place_of_what_was_kept() -> None:
    uplink = Uplink(preroll_ms=60, piece_ms=20, rate_hz=16_000)
    for number in range(3):
        uplink.feed(frame(number), voiced=False)
    uplink.recall([frame(8), frame(9)])
    assert uplink.preroll == (frame(0), frame(8), frame(9))
