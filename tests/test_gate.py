from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.audio.cards.adapter import Adapter
from edge_agent.audio.cards.simulated import SimulatedCard, WavSource
from edge_agent.audio.gate import Edge, Gate, NoiseFloor, webrtc_detector
from edge_agent.audio.levels import level
from edge_agent.vocabulary.sound import MIC_FRAME_BYTES

from .sound import click, noise, tone
from .world import LINES

FRAME = MIC_FRAME_BYTES


def frames(pcm: bytes) -> list[bytes]:
    return [pcm[at : at + FRAME] for at in range(0, len(pcm) - FRAME + 1, FRAME)]


def edges(gate: Gate, pcm: bytes) -> list[tuple[int, Edge]]:
    """(ms, edge) of all that the gate says."""
    said = [(number * 20 + 20, gate.feed(frame)) for number, frame in enumerate(frames(pcm))]
    return [(ms, edge) for ms, edge in said if edge]


def over_noise(voice: bytes, level: float) -> bytes:
    """A voice after 2 s of noise, and in it."""
    sound = np.frombuffer(noise(16000, 6000 + len(voice) // 32, level), np.int16).astype(int)
    said = np.frombuffer(voice, np.int16)
    sound[32_000 : 32_000 + len(said)] += said
    return bytes(sound.clip(-32768, 32767).astype(np.int16).tobytes())


class Opinion:
    """A second detector with its answers written down; a chunk is a frame here."""

    def __init__(self, *probabilities: float) -> None:
        self._answers = iter(probabilities)
        self.heard: list[bytes] = []  # since it was asked

    def feed(self, frames: Sequence[bytes]) -> list[list[float]]:
        self.heard.extend(frames)
        return [[next(self._answers, 0.0)] for _ in frames]

    def resume(self) -> None:
        self.heard = []


def real_gate(start_ms: int = 80, hangover_ms: int = 600) -> Gate:
    return Gate(webrtc_detector(3), start_ms=start_ms, hangover_ms=hangover_ms)


@pytest.mark.parametrize("line", range(3))
def test_a_human_voice_opens_it_once_and_silence_closes_it(line: int) -> None:
    said = edges(real_gate(), noise(16000, 1000, 0.001) + LINES[line] + noise(16000, 1500, 0.001))
    assert [edge for _, edge in said] == [Edge.OPENED, Edge.CLOSED]
    assert 1000 < said[0][0] < 1400
    assert said[1][0] > 1000 + len(LINES[line]) / 32


@pytest.mark.parametrize("gain", [0.1, 0.3])
def test_a_soft_voice_opens_it_too(gain: float) -> None:
    soft = (np.frombuffer(LINES[0], np.int16) * gain).astype(np.int16).tobytes()
    assert edges(real_gate(), bytes(32_000) + soft + bytes(48_000))[0][1] is Edge.OPENED


@pytest.mark.parametrize("line", range(3))
@pytest.mark.parametrize(("voice_dbfs", "over_noise_db"), [(-50, 12), (-58, 20), (-64, 20)])
def test_a_voice_opens_it_however_quiet_the_microphone(
    voice_dbfs: int, over_noise_db: int, line: int
) -> None:
    voice = np.frombuffer(LINES[line], np.int16)
    share = 10 ** (voice_dbfs / 20) * 32768 / np.sqrt(np.mean(voice.astype(float) ** 2))
    quiet = noise(16000, 4000 + len(voice) // 16, 10 ** ((voice_dbfs - over_noise_db) / 20))
    sound = np.frombuffer(quiet, np.int16).astype(float)
    sound[48_000 : 48_000 + len(voice)] += voice * share
    said = edges(real_gate(), np.rint(sound).astype(np.int16).tobytes())
    assert [edge for _, edge in said[:1]] == [Edge.OPENED]
    assert 3000 < said[0][0] < 3600


def voiced_ms(voice: bytes, offset: int) -> list[int]:
    """Of each utterance that the gate hears through a card that is so far from zero."""
    sound = np.frombuffer(over_noise(voice, 0.0003), np.int16)
    shifted = (sound.astype(int) + offset).clip(-32768, 32767).astype(np.int16).tobytes()
    adapter = Adapter(SimulatedCard(WavSource(shifted), rate_hz=16_000, paced=False))
    gate, heard = real_gate(), [0]
    for _ in range(len(shifted) // FRAME):
        edge = gate.feed(adapter.read())
        heard[-1] += 20 * gate.voiced
        heard += [0] * (edge is Edge.CLOSED)
    return heard


@pytest.mark.parametrize("level_dbfs", [-20, -35, -45])
def test_a_microphone_with_a_direct_current_is_not_deaf(level_dbfs: int) -> None:
    """Up to a tenth of full scale, as in docs/gate.md."""
    voice = np.frombuffer(LINES[0], np.int16).astype(float)
    voice *= 32767 * 10 ** (level_dbfs / 20) / np.sqrt((voice**2).mean())
    pcm = voice.clip(-32768, 32767).astype(np.int16).tobytes()
    without = voiced_ms(pcm, 0)
    assert len(without) == 2
    for offset in (100, -330, 1000, 3300):
        assert voiced_ms(pcm, offset) == pytest.approx(without, abs=100)


@pytest.mark.parametrize("level", [0.002, 0.01, 0.05])
def test_steady_noise_does_not_open_it(level: float) -> None:
    assert edges(real_gate(), noise(16000, 20_000, level)) == []


def test_clicks_do_not_open_it() -> None:
    assert edges(real_gate(), click(16000, 300) * 30) == []


def test_a_voice_over_noise_opens_it() -> None:
    said = edges(real_gate(), over_noise(LINES[0], 0.01))
    assert [edge for _, edge in said][:1] == [Edge.OPENED]
    assert said[0][0] > 2000


def test_the_counters_leak() -> None:
    pattern = iter([True, True, False, True, True, True] + [False] * 5 + [True] + [False] * 20)
    gate = Gate(lambda _: next(pattern), start_ms=80, hangover_ms=100)
    loud = tone(16000, 20)
    gate.feed(bytes(FRAME))  # the floor is low
    said = [gate.feed(loud) for _ in range(12)]
    assert said[5] is Edge.OPENED  # the one that was not a voice has cost one
    assert Edge.CLOSED in said[6:]


def test_single_frames_do_not_hold_it_open() -> None:
    """Each one takes three of silence back, not all that there were."""
    pattern = iter([True] + ([False] * 4 + [True]) * 9)
    gate = Gate(lambda _: next(pattern), start_ms=20, hangover_ms=100)
    gate.feed(bytes(FRAME))
    loud = tone(16000, 20)
    assert gate.feed(loud) is Edge.OPENED
    assert [gate.feed(loud) for _ in range(9)] == [None] * 8 + [Edge.CLOSED]


def test_a_pause_shorter_than_the_hangover_does_not_close_it() -> None:
    speech = [True] * 10 + [False] * 25 + [True] * 10 + [False] * 25 + [True] * 10
    pattern = iter(speech)
    gate = Gate(lambda _: next(pattern), start_ms=80, hangover_ms=600)
    for _ in range(100):
        gate._floor.exceeded_by(bytes(FRAME))
    assert [gate.feed(tone(16000, 20)) for _ in speech].count(Edge.CLOSED) == 0
    assert gate.is_open


def test_restart_takes_the_background_from_before() -> None:
    gate = Gate(lambda _: True, start_ms=20, hangover_ms=600)
    gate.feed(bytes(FRAME))
    fan = frames(noise(16000, 300, 0.05))
    gate.restart(fan)
    assert [gate.feed(frame) for frame in fan] == [None] * len(fan)
    gate.restart([])
    assert gate.feed(tone(16000, 20)) is Edge.OPENED


def test_reset_closes_it() -> None:
    gate = Gate(lambda _: True, start_ms=20, hangover_ms=600)
    gate.feed(bytes(FRAME))
    assert gate.feed(tone(16000, 20)) is Edge.OPENED
    gate.reset()
    assert not gate.is_open


def test_the_background_is_what_is_left_when_nobody_speaks() -> None:
    floor = NoiseFloor()
    loud, soft = noise(16000, 20, 0.1), noise(16000, 20, 0.003)
    for _ in range(100):
        floor.exceeded_by(soft)
    spoken = [floor.exceeded_by(frame) for _ in range(20) for frame in [loud] * 15 + [soft] * 5]
    assert spoken.count(True) == 300  # for as long as somebody speaks, with pauses
    assert [floor.exceeded_by(loud) for _ in range(120)][-20:] == [False] * 20  # a fan that was switched on
    assert [floor.exceeded_by(soft) for _ in range(30)] == [False] * 30
    assert floor.exceeded_by(loud)


def test_level_is_in_db_over_one_unit() -> None:
    assert level(bytes(FRAME)) == pytest.approx(-30)
    assert level(tone(16000, 20, level=1.0)) == pytest.approx(87.3, abs=0.2)


LOUD, QUIET = tone(16000, 20), bytes(FRAME)


def second_gate(opinion: Opinion, start_ms: int = 20) -> Gate:
    """A gate that has heard silence; its first detector takes all that is loud for a voice."""
    gate = Gate(lambda _: True, opinion, start_ms=start_ms, hangover_ms=100)
    for _ in range(20):
        gate.feed(QUIET)
    return gate


def test_silence_costs_the_second_detector_nothing() -> None:
    opinion = Opinion()
    second_gate(opinion)
    assert opinion.heard == []


def test_the_second_detector_hears_what_was_before_and_decides() -> None:
    opinion = Opinion(*[0.0] * 12, 0.1, 0.9, 0.9)
    gate = second_gate(opinion)
    assert gate.feed(LOUD) is None
    assert (gate.suspected, gate.voiced, gate.is_open) == (True, False, False)
    assert opinion.heard[:-1] == [QUIET] * 12
    assert level(opinion.heard[-1]) >= level(LOUD)
    assert gate.feed(LOUD) is None
    assert gate.voiced
    assert gate.feed(LOUD) is Edge.OPENED


def test_what_the_second_detector_takes_for_noise_never_opens() -> None:
    gate = second_gate(Opinion(*[0.49, 0.9] * 100))
    assert {gate.feed(LOUD) for _ in range(80)} == {None}


def test_it_sleeps_again_when_nothing_is_suspected_any_more() -> None:
    opinion = Opinion()
    gate = second_gate(opinion)
    gate.feed(LOUD)
    for _ in range(40):
        gate.feed(QUIET)
    assert len(opinion.heard) == 12 + 1 + 14


def test_open_it_is_the_second_detector_that_holds() -> None:
    """Neither loud noise keeps the gate open, nor a soft word lets it close."""
    gate = second_gate(Opinion(*[0.0] * 12, 0.9, 0.9, *[0.4] * 50, *[0.1] * 50))
    assert [gate.feed(LOUD) for _ in range(2)][-1] is Edge.OPENED
    assert {gate.feed(QUIET) for _ in range(50)} == {None}
    assert [gate.feed(LOUD) for _ in range(8)] == [None] * 7 + [Edge.CLOSED]


@pytest.mark.parametrize(("sure_after", "cut"), [(2, False), (4, True)])
def test_a_voice_that_may_be_back_just_before_the_end_is_waited_for(sure_after: int, cut: bool) -> None:
    """The quick detector hears it at once, the second one a little later."""
    gate = second_gate(Opinion(*[0.0] * 12, 0.9, 0.9, *[0.1] * (4 + sure_after), *[0.9] * 50))
    assert [gate.feed(LOUD) for _ in range(2)][-1] is Edge.OPENED
    assert {gate.feed(QUIET) for _ in range(4)} == {None}
    assert (Edge.CLOSED in [gate.feed(LOUD) for _ in range(5)]) is cut


def test_restart_lets_the_second_detector_hear_what_was_before() -> None:
    opinion = Opinion()
    gate = second_gate(opinion)
    gate.restart([QUIET] * 3)
    gate.feed(LOUD)
    assert opinion.heard[:-1] == [QUIET] * 3
    assert level(opinion.heard[-1]) >= level(LOUD)


@pytest.mark.parametrize("seed", range(3))
def test_a_fan_that_is_switched_on_is_soon_let_go(seed: int) -> None:
    said = edges(real_gate(), noise(16000, 3000, 0.001) + noise(16000, 10_000, 0.1, seed))
    assert [edge for _, edge in said] in ([], [Edge.OPENED, Edge.CLOSED])
    assert not said or said[-1][0] < 6000


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(6, 40), min_size=3, max_size=10))
def test_no_pattern_of_clicks_opens_it(gaps: list[int]) -> None:
    """However they follow each other, from 120 ms on."""
    assert edges(real_gate(), bytes(8000) + b"".join(click(16000, gap * 20) for gap in gaps)) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_any_bytes_are_a_sound_and_a_reset_closes(seed: int, second: bool) -> None:
    random = Random(seed)
    gate = Gate(webrtc_detector(0), Opinion(*[0.9] * 99) if second else None, start_ms=20, hangover_ms=100)
    for _ in range(60):
        gate.feed(random.choice((QUIET, random.randbytes(FRAME), LOUD)))
    gate.reset()
    assert (gate.is_open, gate.voiced, gate.suspected) == (False, False, False)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.booleans(), st.lists(st.integers(1, 12), max_size=60))
def test_patience_changes_no_edge_and_no_count(seed: int, second: bool, whims: list[int]) -> None:
    """`whims`: after so many frames somebody wants to know at once, or no longer."""
    random = Random(seed)
    sound = [piece for _ in range(12) for piece in [random.choice((QUIET, LOUD))] * random.randint(1, 40)]
    answers = [random.choice((0.1, 0.4, 0.9)) for _ in sound for _ in range(3)]
    impatient = {
        sum(whims[:number]) + at for number in range(0, len(whims), 2) for at in range(whims[number])
    }
    history = []
    for whole in True, False:
        gate = Gate(
            lambda frame: frame == LOUD, Opinion(*answers) if second else None, start_ms=40, hangover_ms=300
        )
        said, voiced = [], 0
        for number, frame in enumerate(sound):
            edge = gate.feed(frame, patient=whole and number not in impatient)
            voiced += gate.voiced_frames
            said += [(number, edge)] * (edge is not None)
        gate.settle()
        history.append((said, voiced + gate.voiced_frames))
    assert history[0] == history[1]


def test_with_patience_the_second_detector_hears_many_frames_in_one_go() -> None:
    opinion = Opinion(*[0.9] * 99)
    gate = second_gate(opinion)
    while not gate.is_open:
        gate.feed(LOUD)
    heard = len(opinion.heard)
    assert gate.undecided_frames == 5  # 100 ms of hang-over
    for _ in range(4):
        gate.feed(LOUD, patient=True)
    assert (gate.undecided_frames, gate.voiced_frames, len(opinion.heard)) == (1, 0, heard)
    gate.feed(LOUD, patient=True)
    assert (gate.undecided_frames, gate.voiced_frames, len(opinion.heard)) == (5, 5, heard + 5)
    gate.feed(LOUD, patient=True)
    gate.settle()
    assert gate.voiced_frames == 1
    gate.settle()
    assert gate.voiced_frames == 0


def test_over_an_echo_another_detector_opens_it_and_its_own_close_it() -> None:
    opinion = Opinion(*[0.9] * 40)
    gate = second_gate(opinion)
    assert gate.feed_over_echo(LOUD, voice=False, suspected=True) is None
    assert (gate.suspected, gate.voiced, gate.is_open) == (True, False, False)
    assert opinion.heard == []
    assert gate.feed_over_echo(LOUD, voice=True, suspected=True) is Edge.OPENED
    assert gate.is_open
    assert {gate.feed_over_echo(LOUD, voice=False, suspected=False) for _ in range(20)} == {None}
    assert len(opinion.heard) > 20  # with what was before
    assert Edge.CLOSED in [gate.feed(QUIET) for _ in range(60)]


def test_over_an_echo_it_needs_no_second_detector() -> None:
    gate = real_gate()
    assert gate.feed_over_echo(LOUD, voice=True, suspected=True) is Edge.OPENED


def test_a_background_that_is_known_is_not_learned_again() -> None:
    quiet = noise(16_000, 20, 0.0005)
    new = Gate(lambda _: True, start_ms=20, hangover_ms=100)
    knows = Gate(lambda _: True, start_ms=20, hangover_ms=100, background_db=level(quiet))
    assert knows.noise_dbfs == pytest.approx(level(quiet) - 90.3)
    assert new.feed(quiet) is None
    assert knows.feed(quiet) is None
    assert knows.feed(noise(16_000, 20, 0.01)) is Edge.OPENED
