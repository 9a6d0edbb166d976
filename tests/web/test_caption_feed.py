"""What a page with captions is told."""

from __future__ import annotations

from typing import Any

from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import SERVICE_BYTES_PER_MS
from edge_agent.vocabulary.state import Mode, State, Turn
from edge_agent.web.caption_feed import CaptionFeed
from edge_agent.web.mailbox import Letter

IDLE, SPEAKING = State(online=True), State(Turn.SPEAKING, online=True)
LIGHT = {"light": {"mode": "idle", "colour": "dark", "sign": "○"}}


def told(letters: list[Letter]) -> list[dict[str, Any]]:
    return [letter.message for letter in letters]


def fed(feed: CaptionFeed, *events: e.Event, state: State = IDLE, visits: int = 0) -> list[dict[str, Any]]:
    return [message for event in events for message in told(feed.feed(event, state, visits))]


def caption(
    text: str, *, item_id: str = "i1", who: str = "assistant", final: bool = False, cut: bool = False
) -> Any:
    return {"caption": {"id": item_id, "who": who, "text": text, "final": final, "cut": cut}}


def test_words_come_piece_by_piece_under_one_key() -> None:
    feed = CaptionFeed(Mode.IDLE, captions=True)
    first = feed.feed(e.TranscriptDelta("r1", "i1", "Hel"), IDLE, 0)
    second = feed.feed(e.TranscriptDelta("r1", "i1", "lo."), IDLE, 0)
    assert told(first + second) == [caption("Hel"), caption("Hello.")]
    assert first[0].key == second[0].key
    assert fed(feed, e.ResponseDone("r1", "completed")) == [caption("Hello.", final=True)]
    assert fed(feed, e.UserTranscribed("u1", "Hi.")) == [caption("Hi.", item_id="u1", who="user", final=True)]


def test_words_that_nobody_heard_are_not_told() -> None:
    feed = CaptionFeed(Mode.SPEAKING, captions=True)
    fed(feed, e.AudioDelta("r1", "i1", bytes(2000 * SERVICE_BYTES_PER_MS)), state=SPEAKING)
    fed(feed, e.TranscriptDelta("r1", "i1", "One two three four five."), state=SPEAKING)
    fed(feed, e.AudioFinished("r1", "i1"), state=SPEAKING)
    (cut,) = fed(feed, e.PlaybackStopped((e.Heard("i1", 800),), 0), state=SPEAKING)
    assert cut["caption"]["cut"]
    assert "One two three four five.".startswith(cut["caption"]["text"])
    assert "five" not in str(cut)
    assert "five" not in str(told(feed.snapshot()))


def test_the_light_is_told_when_it_changes() -> None:
    feed = CaptionFeed(Mode.IDLE, captions=False)
    assert fed(feed, e.Tick()) == []
    (light,) = fed(feed, e.Tick(), state=SPEAKING)
    assert light == {"light": {"mode": "speaking", "colour": "cyan", "sign": "♪"}}
    assert told(feed.snapshot()) == [{"forget": True}, light]


def test_words_are_told_only_where_they_are_wanted() -> None:
    feed = CaptionFeed(Mode.IDLE, captions=False)
    assert fed(feed, e.TextEntered("secret"), e.TranscriptDelta("r1", "i1", "secret")) == []
    assert told(feed.snapshot()) == [{"forget": True}, LIGHT]


def test_nothing_of_a_visit_is_left_when_it_is_over() -> None:
    feed = CaptionFeed(Mode.IDLE, captions=True)
    words = e.TextEntered("secret"), e.TranscriptDelta("r1", "i1", "secret")
    fed(feed, *words)
    assert fed(feed, e.ForgetRequested()) == [{"forget": True}, LIGHT]
    assert told(feed.snapshot()) == [{"forget": True}, LIGHT]
    fed(feed, *words)
    assert "secret" in str(told(feed.snapshot()))
    assert fed(feed, e.Tick(), visits=1) == [{"forget": True}, LIGHT]  # nobody talked for long enough
    assert told(feed.snapshot()) == [{"forget": True}, LIGHT]
    assert fed(feed, e.Tick(), visits=1) == []
    fed(feed, *words, visits=1)
    assert told(feed.forget()) == [{"forget": True}, LIGHT]  # another configuration
