from __future__ import annotations

from xml.etree import ElementTree

import pytest

from edge_agent.cli.display import ANSI
from edge_agent.drawing.axis import FILLS
from edge_agent.drawing.conversation import Envelope, draw
from edge_agent.panel.light_patterns import COLOURS
from edge_agent.telemetry import facts as f
from edge_agent.telemetry.captions import Caption
from edge_agent.telemetry.records import Record
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.look import LOOKS, Colour
from edge_agent.vocabulary.state import Mode, Turn

from .sound import tone


def test_the_envelope_is_the_peak_of_each_block() -> None:
    envelope = Envelope(16_000)
    envelope.write(tone(16_000, 20, level=0.5))
    envelope.write(bytes(640) + tone(16_000, 20))
    envelope.close()
    assert [round(peak, 2) for peak in envelope.peaks] == [0.5, 0, 0.3]


def test_a_picture_is_valid_svg_with_all_of_it() -> None:
    captions = [
        Caption("u", "user", "Hi <b> & bye, " * 30, began_ms=0),
        Caption("i", "assistant", "first", began_ms=2000),
        Caption("j", "assistant", "second", began_ms=3000),
        Caption("k", "assistant", "never played"),
    ]
    records = [
        Record(
            0.1, f.StateChanged(Turn.LISTENING, Mode.LISTENING, muted=False, online=True), reckoned_ms=100
        ),
        Record(0.1, e.ButtonPressed(), reckoned_ms=90),
        Record(0.1, f.FirstDelta("r", "i"), reckoned_ms=95),
        Record(0.1, f.CommitSent(), reckoned_ms=96),
        Record(1.2, f.Interrupted("i", 420), reckoned_ms=1200),
        Record(2.9, f.StateChanged(Turn.IDLE, Mode.IDLE, muted=False, online=True), reckoned_ms=2900),
        Record(1.2, f.CancelSent("r"), reckoned_ms=1200),
        Record(0.0, e.ButtonPressed()),  # before the card is open
        Record(0.0, f.StateChanged(Turn.IDLE, Mode.MUTED, muted=True, online=True)),
    ]
    svg = draw(records, [0.1, 0.9] * 100, [0.5] * 150, captions)
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own
    words = " ".join(text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text"))
    for expected in (
        "microphone",
        "speaker",
        "listening",
        "press",
        "interrupted at 420 ms",
        "<b> &",
        "…",
        "2 s",
        "second",
    ):
        assert expected in words
    for unexpected in ("cancel", "never played", "muted"):
        assert unexpected not in words
    assert words.count("press") == 1


@pytest.mark.parametrize("mode", Mode)
def test_every_mode_can_be_drawn(mode: Mode) -> None:
    record = Record(0.0, f.StateChanged(Turn.IDLE, mode, muted=False, online=True), reckoned_ms=0)
    svg = draw([record], [0.0] * 200, [])
    assert f">{mode}</text>" in svg
    assert FILLS[LOOKS[mode].colour] in svg


def test_every_mode_has_its_look_and_every_colour_its_paint() -> None:
    assert set(LOOKS) == set(Mode)
    assert len({look.sign for look in LOOKS.values()}) == len(Mode)
    for paints in (FILLS, ANSI, COLOURS):
        assert set(paints) == set(Colour)


def test_without_sound_and_records_there_are_only_the_names_of_the_rows() -> None:
    root = ElementTree.fromstring(draw([], [], []))  # noqa: S314 - our own
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words == ["A conversation, as the sound card heard it", "microphone", "state", "speaker", "0 s"]
