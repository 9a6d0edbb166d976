"""That every fact of the timeline has its place wherever facts are shown or told; the page is in `test_interfaces`."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from edge_agent.drawing.marks import MARKS
from edge_agent.host.journal.sentences import sentence
from edge_agent.telemetry import facts as f
from edge_agent.telemetry.records import EVENTS, Record, as_json, event_of, of_json
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.events import Heard
from edge_agent.vocabulary.journal import INFO, MESSAGES

from .fact_examples import EXAMPLES

KINDS = list(get_args(f.Fact))

# a decision for each: who adds a fact adds it to the table, or here
NOT_DRAWN = {f.StateChanged, f.TurnDone, f.RecordingStarted, f.AudioLastSent, e.LinkPrepared, e.AudioNoted}
NOT_DRAWN |= {f.VolumeChanged, e.StopRequested, e.BudgetSpent, e.EchoJudged, f.ServiceRemarked}
NOT_DRAWN |= {f.RingLost, e.RestRequested, e.MuteRequested}
TOLD_AS = {
    f.LinkUp: "link_up",
    e.Disconnected: "link_down",
    f.ConnectFailed: "link_failed",
}  # by the link itself
TOLD_AS |= {f.TurnDone: "turn", f.StateChanged: "muted"}
DETAILS = {  # in the journal with [log] level = "debug" only
    *(e.AudioLost, e.LinkPrepared, f.LinkMoved, e.BudgetSpent),  # findings and warnings tell these
    *(e.ButtonPressed, e.ButtonReleased, f.TextTaken, f.MuteToggled, e.InterruptRequested),
    *(e.StopRequested, e.SpeechStarted, e.SpeechEnded, f.RecordingStarted, f.RecordingEnded),
    *(
        f.AudioFirstSent,
        f.AudioLastSent,
        f.CommitSent,
        f.ClearSent,
        f.QuestionWithdrawn,
        f.ResponseRequested,
        f.CancelSent,
    ),
    *(f.Interrupted, e.ServiceSpeechStarted, e.ServiceSpeechStopped, e.SilenceTimedOut, e.InputCommitted),
    *(f.AnswerStarted, f.FirstDelta, f.AnswerDone, f.ServiceRemarked),
    *(e.PlaybackStarted, e.PlaybackStarved, f.AnswerHeard, e.PlaybackStopped, f.CuePlayed),
    *(f.AnnouncementReady, f.AnnouncementStarted, f.OpeningTaken),
    *(f.ToolStarted, e.RingingStopped, e.RestRequested, e.MuteRequested),
    *(e.WakeWordHeard, e.StopWordHeard, e.OwnWordHeard),
}


def test_every_fact_has_a_name_of_its_own_and_an_example() -> None:
    assert list(EVENTS) == KINDS == [type(example) for example in EXAMPLES]
    assert len(set(EVENTS.values())) == len(KINDS)


def test_every_fact_is_drawn_or_for_a_reason_not() -> None:
    assert set(MARKS) | NOT_DRAWN == set(KINDS)
    assert not set(MARKS) & NOT_DRAWN
    for example in EXAMPLES:
        assert type(example) in NOT_DRAWN or MARKS[type(example)].said(example)


def test_every_fact_is_told_in_the_journal_or_is_a_detail() -> None:
    told = {kind for kind in KINDS if EVENTS[kind] in MESSAGES}
    assert told | TOLD_AS.keys() | DETAILS == set(KINDS)
    assert not (told | TOLD_AS.keys()) & DETAILS
    assert {*TOLD_AS.values()} <= MESSAGES.keys()


@pytest.mark.parametrize("fact", EXAMPLES, ids=event_of)
def test_what_everybody_reads_is_a_sentence(fact: f.Fact) -> None:
    message = MESSAGES.get(event_of(fact))
    is_read = type(fact) not in TOLD_AS and message is not None and message.level >= INFO
    assert bool(sentence(fact)) is is_read


# ---- as JSON ----------------------------------------------------------------
@pytest.mark.parametrize("fact", EXAMPLES, ids=event_of)
def test_there_and_back(fact: f.Fact) -> None:
    reckoned_ms = None if hasattr(fact, "audio_ms") else 1500
    for record in (Record(1.5, fact, 3, reckoned_ms), Record(1.5, fact)):
        line = json.loads(json.dumps(as_json(record)))
        assert of_json(line) == record
        assert of_json({"n": 7, **line, "later": "added"}) == record
        assert next(iter(line)) == "t"
        assert line["event"] == event_of(fact)


def test_what_is_said_once_is_said_exactly() -> None:
    assert Record(1.0, e.SpeechStarted(120)).audio_ms == 120
    assert Record(1.0, f.CommitSent(), reckoned_ms=90).audio_ms == 90
    assert Record(1.0, f.CommitSent()).audio_ms is None


def test_the_lines_are_as_they_always_were() -> None:
    for record, line in (
        (
            Record(1.5, f.CommitSent(), 2, 900),
            '{"t": 1.5, "turn_id": 2, "event": "commit_sent", "audio_ms": 900}',
        ),
        (
            Record(1.5, f.RecordingStarted("button", 900)),
            '{"t": 1.5, "event": "uplink_opened", "opened_by": "button", "audio_ms": 900}',
        ),
        (
            Record(1.5, f.AnswerDone("r", "completed", 9, 700), 2),
            '{"t": 1.5, "turn_id": 2, "event": "response_done", "response_id": "r", "status": "completed",'
            ' "tokens": 9, "answer_ms": 700}',
        ),
        (
            Record(1.5, e.PlaybackStopped((Heard("i", 5),), 120)),
            '{"t": 1.5, "event": "playback_stopped", "heard": [{"item_id": "i", "heard_ms": 5}], "audio_ms": 120}',
        ),
    ):
        assert json.dumps(as_json(record)) == line


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"event": "never heard of", "t": 1.0},
        {"event": "gate_opened", "t": 1.0},
        {"event": "commit_sent"},
        {"event": "cue", "t": 1.0, "name": "no such cue"},
        {"event": "playback_stopped", "t": 1.0, "audio_ms": 1, "heard": 7},
    ],
)
def test_what_this_version_does_not_know(line: dict[str, Any]) -> None:
    assert of_json(line) is None
