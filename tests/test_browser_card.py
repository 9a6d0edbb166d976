"""A browser as a sound card: what it holds, and what becomes of a page that goes and comes back."""

from __future__ import annotations

import time
from queue import SimpleQueue
from typing import TypeVar

import numpy as np
import pytest

from edge_agent.audio.build import build_engine
from edge_agent.audio.cards import browser
from edge_agent.audio.cards.browser import COUNTER, MOST_BLOCKS, MOST_HELD_MS, BrowserCard
from edge_agent.audio.cards.errors import SoundFailed
from edge_agent.audio.process.thread import AudioThread
from edge_agent.config import Config
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import FRAME_MS, HELD_FRAMES

from .sound import tone

RATE_HZ = 24_000
BLOCK = RATE_HZ * FRAME_MS // 1000
SILENCE = bytes(2 * BLOCK)


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "SILENT_S", 0.02)


def plugged() -> tuple[BrowserCard, list[bytes]]:
    card, speaker = BrowserCard(RATE_HZ), list[bytes]()
    card.plug(speaker.append)
    card.hear(0, SILENCE)  # nobody hears yet
    with pytest.raises(SoundFailed):
        card.read()
    return card, speaker


def step(card: BrowserCard, played: int) -> int:
    """A block in, a block out; what it holds then."""
    card.hear(played % COUNTER, SILENCE)
    card.write(card.read())
    return card.out_latency_ms


def test_it_holds_what_the_page_has_not_played_yet() -> None:
    card, speaker = plugged()
    assert card.out_latency_ms == HELD_FRAMES * FRAME_MS
    assert [step(card, 0) for _ in range(4)] == [40, 40, 60, 80]
    assert [step(card, played * BLOCK) for played in (1, 2, 2, 3)] == [80, 80, 100, 100]
    assert step(card, 3 * BLOCK + 24) == 119
    assert len(speaker) == 9


def test_the_count_of_the_page_begins_again_at_its_end() -> None:
    card, _ = plugged()
    at = COUNTER - BLOCK
    assert [step(card, at + played * BLOCK) for played in (0, 0, 0, 1, 2, 3)] == [40, 40, 60, 60, 60, 60]


@pytest.mark.parametrize(
    ("played", "held_ms"), [(COUNTER // 2 + 4 * BLOCK, MOST_HELD_MS), (10 * BLOCK, HELD_FRAMES * FRAME_MS)]
)
def test_a_page_that_counts_wrongly_is_not_believed(played: int, held_ms: int) -> None:
    card, _ = plugged()
    step(card, 0)
    assert step(card, played) == held_ms


def test_a_page_that_is_gone_is_found_again() -> None:
    card, speaker = plugged()
    assert step(card, 5 * BLOCK) == 40
    card.hear(5 * BLOCK, SILENCE)
    card.unplug()
    card.hear(5 * BLOCK, SILENCE)
    for _ in range(2):
        with pytest.raises(SoundFailed, match="the page that talks is closed"):
            card.read()
    card.write(SILENCE)
    assert len(speaker) == 1
    card.plug(speaker.append)
    assert step(card, 9 * BLOCK) == 40  # it held nothing


def test_a_page_that_sends_nothing_may_go_on() -> None:
    card, _ = plugged()
    card.hurry()
    with pytest.raises(SoundFailed):
        card.read()
    assert step(card, 0) == 40


def test_a_page_that_sends_too_much_is_unplugged() -> None:
    card, _ = plugged()
    for _ in range(MOST_BLOCKS + 1):
        card.hear(0, SILENCE)
    assert not card.plugged


def test_what_was_heard_of_an_answer_when_the_page_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the loop, as on a device: to the frame, and the device goes on when there is a page again."""
    monkeypatch.setattr(browser, "SILENT_S", 5.0)
    card, speaker = BrowserCard(RATE_HZ), SimpleQueue[bytes]()
    card.plug(speaker.put)
    events: SimpleQueue[e.Event] = SimpleQueue()
    failures: list[Exception] = []
    thread = AudioThread(card, build_engine(Config(), events.put), events.put, failures.append)
    thread.send(c.Play("item", tone(RATE_HZ, 2000)))
    thread.start()
    while not card._is_read:
        time.sleep(0)  # for the other thread
    blocks = answered = 0
    while answered < 20:
        card.hear(max(0, blocks - 3) * BLOCK, SILENCE)
        answered += any(speaker.get(timeout=5))
        blocks += 1
    card.unplug()
    stopped, lost = next_of(events, e.PlaybackStopped), next_of(events, e.AudioLost)
    assert stopped.heard == (e.Heard("item", (answered - 4) * FRAME_MS),)
    assert lost.part == "sound"
    thread.send(c.SetVolume(50))
    card.plug(speaker.put)
    card.hear(0, SILENCE)
    assert next_of(events, e.AudioStarted).device == card.name
    thread.send(c.Play("item", tone(RATE_HZ, 2000)))
    for _ in range(20):
        card.hear(0, SILENCE)
        last = speaker.get(timeout=5)
    assert 0 < np.abs(np.frombuffer(last, np.int16)).max() < 7000  # softer, and no longer full volume
    card.unplug()
    thread.stop()
    assert failures == []


Told = TypeVar("Told", bound=e.Event)


def next_of(events: SimpleQueue[e.Event], kind: type[Told]) -> Told:
    while not isinstance(event := events.get(timeout=5), kind):
        pass
    return event
