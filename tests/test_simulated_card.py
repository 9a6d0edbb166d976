from __future__ import annotations

import threading
import wave
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest

from edge_agent.app.daemon import WrongConfiguration
from edge_agent.audio.build import build_engine
from edge_agent.audio.cards.adapter import Adapter
from edge_agent.audio.cards.errors import no_such_channel
from edge_agent.audio.cards.simulated import EchoPath, SimulatedCard, SpokenSource, WavSource, wav_source
from edge_agent.audio.convert import UnusualRate, convert, to_mono
from edge_agent.audio.process.thread import AudioThread
from edge_agent.audio.riff import BadWav
from edge_agent.audio.wav import WavWriter, read_wav
from edge_agent.cli.run import open_card
from edge_agent.config import Config
from edge_agent.config.model import AudioSettings
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .sound import rms, tone


class Tape:
    """Keeps what was played or heard."""

    def __init__(self) -> None:
        self.pcm = b""
        self.closed = False

    def write(self, pcm: bytes) -> None:
        self.pcm += pcm

    def close(self) -> None:
        self.closed = True


def test_sample_n_of_both_sides_is_the_same_instant() -> None:
    speaker, microphone = Tape(), Tape()
    source = WavSource(tone(16_000, 100))
    card = SimulatedCard(source, rate_hz=16_000, speaker=[speaker], microphone=[microphone], paced=False)
    for number in range(8):
        card.read()
        card.write(np.full(320, number + 1, np.int16).tobytes())
    card.close()
    assert speaker.closed
    assert microphone.closed
    assert microphone.pcm == tone(16_000, 100) + bytes(60 * 32)
    played = np.frombuffer(speaker.pcm, np.int16)
    assert len(played) == 10 * 320
    assert not played[:640].any()  # it holds two blocks when the first was heard
    assert (played[640:960] == 1).all()


def test_the_recording_ends_the_silence_does_not() -> None:
    card = SimulatedCard(WavSource(tone(16_000, 30)), rate_hz=16_000, paced=False)
    assert not card.over
    card.read()
    assert not card.over
    assert card.read()[10 * 32 :] == bytes(10 * 32)
    assert card.over
    assert card.read() == bytes(640)


def test_it_is_paced_by_the_clock() -> None:
    now, slept = 50.0, []

    def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(round(seconds, 6))
        now += seconds

    card = SimulatedCard(WavSource(b""), rate_hz=16_000, sleep=sleep, clock=lambda: now)
    card.read()
    now += 0.015  # work takes its time, and the card does not wait for it
    card.read()
    now += 0.050
    card.read()
    assert slept == [0.02, 0.005, 0.0]


def test_who_is_in_a_hurry_waits_for_no_more_than_a_block() -> None:
    now = 50.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    card = SimulatedCard(WavSource(b""), rate_hz=16_000, sleep=sleep, clock=lambda: now)
    now += 0.05
    card.hurry()
    assert card.read(5) == bytes(3 * 640)
    assert now == pytest.approx(50.06)
    card.hurry()
    assert card.read(5) == bytes(640)  # at least one
    now += 0.2
    assert card.read(5) == bytes(5 * 640)  # late, and so nobody waits
    card.hurry()
    assert card.read(5) == bytes(5 * 640)
    assert now == pytest.approx(50.28)


def test_somebody_speaks() -> None:
    source = SpokenSource()
    assert source.next(6) == bytes(6)
    source.say(b"\1\1\2\2")
    source.say(b"\3\3")
    assert source.next(2) == b"\1\1"
    assert source.next(6) == b"\2\2\3\3\0\0"
    assert not source.over
    source.finished = True
    assert source.over


@pytest.mark.parametrize("channels", [1, 2])
def test_the_echo_comes_later_and_softer(channels: int) -> None:
    echo = EchoPath(0.5, 30, 16_000)
    card = SimulatedCard(WavSource(b""), rate_hz=16_000, channels=channels, echo=echo, paced=False)
    loud = np.full(320, 1000, np.int16).tobytes()
    card.read()
    heard = b""
    for block in (loud, bytes(640), bytes(640), bytes(640)):
        card.write(block)
        heard += to_mono(card.read(), channels, 0)
    samples = np.frombuffer(heard, np.int16)
    assert list(np.flatnonzero(samples)[[0, -1]]) == [800, 1119]  # a block and 30 ms later, 20 ms long
    assert set(samples[800:1120]) == {500}


def test_the_echo_keeps_its_place_when_several_blocks_are_read_at_once() -> None:
    echo = EchoPath(1.0, 10, 16_000)
    card = SimulatedCard(WavSource(b""), rate_hz=16_000, echo=echo, paced=False)
    loud = np.full(320, 1000, np.int16).tobytes()
    heard = card.read(3)  # only the first two blocks' echo is known
    card.write(bytes(1280) + loud)  # from 80 ms on
    heard += card.read(2)
    card.write(bytes(1280))
    heard += card.read()
    assert list(np.flatnonzero(np.frombuffer(heard, np.int16))[[0, -1]]) == [1440, 1759]  # 90 to 110 ms


def test_a_loud_echo_is_clipped() -> None:
    echo = EchoPath(10, 0, 16_000)
    echo.play(np.full(4, 20_000, np.int16).tobytes())
    assert set(np.frombuffer(echo.add_to(bytes(8), 1), np.int16)) == {32767}


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 22_050, 44_100, 48_000])
def test_the_adapter_makes_any_card_16_and_24_khz(rate_hz: int) -> None:
    left, right = tone(rate_hz, 400, 400), tone(rate_hz, 400, 900)
    stereo = np.stack([np.frombuffer(left, np.int16), np.frombuffer(right, np.int16)], axis=1).tobytes()
    speaker = Tape()
    card = SimulatedCard(WavSource(stereo), rate_hz=rate_hz, channels=2, speaker=[speaker], paced=False)
    adapter = Adapter(card, channel=1)
    heard = b""
    for _ in range(20):
        frame = adapter.read()
        assert len(frame) == 640
        heard += frame
        adapter.write(tone(24_000, 20, 500))
    spectrum = np.abs(np.fft.rfft(np.frombuffer(heard, np.int16)[1600:4800]))
    assert np.argmax(spectrum) * 5 == 900
    assert len(speaker.pcm) == 22 * (rate_hz // 50) * 2
    assert rms(speaker.pcm) > 3000


def test_channels_are_mixed_or_picked() -> None:
    stereo = np.array([[100, 300], [200, 0]], np.int16).tobytes()
    assert list(np.frombuffer(to_mono(stereo, 2), np.int16)) == [200, 100]
    assert list(np.frombuffer(to_mono(stereo, 2, 1), np.int16)) == [300, 0]
    assert to_mono(stereo, 1) == stereo


def test_wav_files(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "a.wav", 16_000)
    writer.write(b"\1\0\2\0")
    writer.close()
    assert read_wav(tmp_path / "a.wav") == (b"\1\0\2\0", 16_000, 1)


def test_files_that_are_no_wav(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound at all")
    (tmp_path / "empty.wav").write_bytes(b"")
    for name, words in (
        ("missing.wav", "cannot be read"),
        ("text.wav", "not a usable WAV"),
        ("empty.wav", "not a usable WAV"),
        ("", "cannot be read"),
    ):
        with pytest.raises(BadWav, match=words):
            read_wav(tmp_path / name)
    with pytest.raises(BadWav, match="cannot be written"):
        WavWriter(tmp_path / "no" / "where.wav", 16_000)


def test_a_microphone_without_a_sample(tmp_path: Path) -> None:
    WavWriter(tmp_path / "none.wav", 16_000).close()
    with pytest.raises(BadWav, match=r"none.wav: contains no audio; record some$"):
        wav_source(str(tmp_path / "none.wav"))


def test_a_disk_that_is_full() -> None:
    writer = WavWriter("/dev/full", 16_000)
    with pytest.raises(BadWav, match=r"/dev/full: cannot be written \(No space left on device\)"):
        writer.write(bytes(2**20))
    with pytest.raises(BadWav, match="No space left"):
        writer.close()


@pytest.mark.parametrize("rate_hz", [0, 500, 44_101, 400_000_050])
def test_a_file_at_a_rate_that_nobody_uses(tmp_path: Path, rate_hz: int) -> None:
    path = tmp_path / "odd.wav"
    writer = WavWriter(path, 16_000)
    writer.write(bytes(640))
    writer.close()
    whole = bytearray(path.read_bytes())
    whole[24:28] = rate_hz.to_bytes(4, "little")
    path.write_bytes(whole)
    with pytest.raises(BadWav, match=rf"odd\.wav: has a sample rate of {rate_hz} Hz"):
        wav_source(str(path))


def test_the_loop_in_a_thread() -> None:
    """Commands go in, events come out, sound goes through; it ends within a frame."""
    done = threading.Event()
    events: list[e.Event] = []

    def emit(event: e.Event) -> None:
        events.append(event)
        if isinstance(event, e.PlaybackDrained):
            done.set()

    speaker = Tape()
    card = SimulatedCard(WavSource(b""), rate_hz=24_000, speaker=[speaker])
    failures: list[Exception] = []
    thread = AudioThread(card, build_engine(Config(), emit), emit, failures.append)
    thread.start()
    answer = tone(24_000, 100)
    thread.send(c.Play("item", answer))
    thread.send(c.FinishPlayback())
    assert done.wait(5)
    thread.stop()
    assert isinstance(events[0], e.AudioStarted)
    assert answer in speaker.pcm
    assert speaker.closed
    assert not failures


def test_what_ends_the_thread_is_told() -> None:
    class Full(Tape):
        def write(self, pcm: bytes) -> None:
            raise OSError("no space left on device")

    told: SimpleQueue[Exception] = SimpleQueue()
    card = SimulatedCard(WavSource(b""), rate_hz=24_000)
    card._speaker = [Full()]
    AudioThread(card, build_engine(Config(), lambda _: None), lambda _: None, told.put).start()
    assert "no space" in str(told.get(timeout=5))


def test_extensible_wav_files(tmp_path: Path) -> None:
    """As ffmpeg and sox write them for several channels."""
    import struct

    pcm = np.arange(12, dtype=np.int16).tobytes()
    guid = b"\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
    fmt = struct.pack("<HHIIHHHHI", 0xFFFE, 3, 16_000, 96_000, 6, 16, 22, 16, 7) + guid
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(pcm)) + pcm
    (tmp_path / "x.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert read_wav(tmp_path / "x.wav") == (pcm, 16_000, 3)


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 16_000, 22_050, 44_100, 96_000])
def test_whole_recordings_at_any_usual_rate(rate_hz: int) -> None:
    out = np.frombuffer(convert(tone(rate_hz, 1000, 1000), rate_hz), np.int16)
    assert len(out) % 480 == 0
    assert len(out) == pytest.approx(24_000, abs=480)
    assert np.argmax(np.abs(np.fft.rfft(out[:24_000]))) == pytest.approx(1000, abs=2)


@pytest.mark.parametrize("rate_hz", [0, 500, 44_101, 1_000_000])
def test_rates_that_nobody_uses_are_refused(rate_hz: int) -> None:
    with pytest.raises(UnusualRate, match="not supported"):
        convert(b"", rate_hz)


def test_a_channel_that_the_recording_has_not(tmp_path: Path) -> None:
    path = str(tmp_path / "two.wav")
    with wave.open(path, "wb") as file:
        file.setparams((2, 2, 24_000, 0, "NONE", ""))
        file.writeframes(bytes(4 * 480))
    audio = AudioSettings(backend="simulated", mic_wav=path, mic_channel=2)
    with pytest.raises(WrongConfiguration) as wrong:
        open_card(replace(Config(), audio=audio))
    assert str(wrong.value).endswith(
        "has 2 channels, so there is no channel 2; set audio.mic_channel to 0 or 1"
    )
    card = open_card(replace(Config(), audio=replace(audio, mic_wav="")))
    assert card
    assert card.in_channels == 3
    assert no_such_channel("x", 9, 6).endswith("to one of 0 to 5")
