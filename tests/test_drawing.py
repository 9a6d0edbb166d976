from __future__ import annotations

from xml.etree import ElementTree

from edge_agent.drawing.conversation import Captions, Envelope, draw
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State

from .sound import tone


def test_the_envelope_is_the_peak_of_each_block() -> None:
    envelope = Envelope(16_000)
    envelope.write(tone(16_000, 20, level=0.5))
    envelope.write(bytes(640) + tone(16_000, 20))
    envelope.close()
    assert [round(peak, 2) for peak in envelope.peaks] == [0.5, 0, 0.3]


def test_captions_know_where_words_begin() -> None:
    captions = Captions()
    for event in (
        e.UplinkOpened(1, "button", 500),
        e.UserTranscribed("u", "Hi & bye."),
        e.PlaybackStarted("i", 1500),
        e.TranscriptDelta("r", "i", "Hello "),
        e.TranscriptDelta("r", "i", "there."),
        e.TranscriptDelta("r", "never played", "x"),
    ):
        captions.watch(event, State())
    assert [(c.audio_ms, c.who, c.text) for c in captions.all()] == [
        (500, "you", "Hi & bye."),
        (1500, "agent", "Hello there."),
    ]


def test_a_picture_is_valid_svg_with_all_of_it() -> None:
    captions = Captions()
    captions.watch(e.UserTranscribed("u", "Hi <b> & bye, " * 30), State())
    records = [
        {"t": 0, "event": "state", "audio_ms": 100, "mode": "listening"},
        {"t": 0, "event": "button_pressed", "audio_ms": 90},
        {"t": 0, "event": "first_delta", "audio_ms": 95},
        {"t": 0, "event": "commit_sent", "audio_ms": 96},
        {"t": 0, "event": "interrupted", "audio_ms": 1200, "heard_ms": 420},
        {"t": 0, "event": "state", "audio_ms": 2900, "mode": "idle"},
        {"t": 0, "event": "unknown", "audio_ms": 1200},
    ]
    svg = draw(records, [0.1, 0.9] * 100, [0.5] * 150, captions.all())
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
    ):
        assert expected in words


def test_nothing_is_a_picture_too() -> None:
    ElementTree.fromstring(draw([], [], []))  # noqa: S314
