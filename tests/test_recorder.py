"""What is kept of the last turns, and how much."""

from __future__ import annotations

import json
from typing import Any

from edge_agent.conversation.machine import Conversation
from edge_agent.replay.recorder import LONGEST_SEGMENT, Recorder, unpack
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .conversation.playbook import drained

PCM = b"\x4a\x3b" * 24 * 100


class Kept:
    """A conversation, and what its recorder keeps of it."""

    def __init__(self, **limits: int) -> None:
        self.conversation, self.now = Conversation(), 0.0
        self.recorder = Recorder(**limits)
        self.recorder.begin(self.conversation)
        self(e.AudioStarted("card", 0), e.Connected(1))

    def __call__(self, *events: e.Event) -> None:
        for event in events:
            self.now += 0.02
            self.recorder.record(event, self.now, self.conversation.handle(event, self.now))

    def ask(self, number: int, words: str = "Hello") -> None:
        self(e.ButtonPressed(), e.UplinkOpened(number, "button", 0), e.MicAudioRecorded(number, PCM))
        self(e.MicAudioRecorded(number, PCM), e.ButtonReleased(), e.UplinkClosed(number, 200, 1000))
        self(e.InputCommitted(f"u{number}"), e.UserTranscribed(f"u{number}", words))

    def turn(self, number: int, words: str = "Hello") -> None:
        self.ask(number, words)
        response, item = f"r{number}", f"i{number}"
        self(e.ResponseStarted(response), e.TranscriptDelta(response, item, words))
        self(
            e.AudioDelta(response, item, PCM),
            e.ResponseDone(response, "completed", item_ids=(item,)),
            drained(**{item: 100}),
        )

    def record(self, last: int = 50) -> list[dict[str, Any]]:
        return list(unpack(json.loads(json.dumps(self.recorder.packed(last))))["segments"])

    def turns(self, last: int = 50) -> list[list[int]]:
        return [segment["turns"] for segment in self.record(last)]


def test_a_segment_is_a_turn_with_what_came_before_it() -> None:
    kept = Kept()
    kept.turn(1)
    kept.turn(2)
    first, second, rest = kept.record()
    assert (first["turns"], second["turns"], rest["turns"]) == ([1], [2], [])
    assert [next(iter(entry["event"])) for entry in first["entries"]][:3] == [
        "AudioStarted",
        "Connected",
        "ButtonPressed",
    ]
    assert second["checkpoint"]["Checkpoint"]["keeper"]["TurnKeeper"]["number"] == 1
    assert rest["entries"] == []


def test_a_turn_that_interrupts_another_is_in_its_segment() -> None:
    kept = Kept()
    kept.ask(1)
    kept.ask(2)
    kept(e.InterruptRequested())
    assert kept.turns() == [[1, 2], []]


def test_the_state_is_told_where_it_changes() -> None:
    kept = Kept()
    kept.turn(1)
    states = [
        entry["state"]["State"]["turn"]["Turn"]
        for entry in kept.record()[0]["entries"][2:]
        if "state" in entry
    ]
    assert states == ["LISTENING", "THINKING", "SPEAKING", "IDLE"]


def test_as_many_turns_as_are_wanted() -> None:
    kept = Kept()
    for number in range(1, 6):
        kept.turn(number)
    assert kept.turns(2) == [[4], [5], []]
    kept.ask(6)
    assert kept.turns(2) == [[5], [6]]
    assert kept.turns(0) == []


def test_the_oldest_go() -> None:
    kept = Kept(most_segments=3)
    for number in range(1, 10):
        kept.turn(number)
    assert kept.turns() == [[7], [8], [9], []]


def test_it_is_bounded_in_bytes_however_long_a_turn_is() -> None:
    kept = Kept(most_bytes=20_000)
    kept.ask(1)
    most = 0
    for number in range(4000):
        kept(e.AudioDelta("r1", f"item_{number * 7919 % 10_007}", PCM))
        most = max(most, kept.recorder.size)
    assert most <= 20_000 + LONGEST_SEGMENT + 1000
    assert kept.turns()[-1] == [1]


def test_another_conversation_is_another_segment() -> None:
    kept = Kept()
    kept.turn(1)
    kept.conversation = Conversation()
    kept.recorder.begin(kept.conversation)
    kept(e.Connected(1))
    kept.turn(1)
    assert kept.turns() == [[1], [], [1], []]


def test_what_cannot_be_recorded_ends_the_record_and_nothing_else() -> None:
    kept = Kept()
    kept.turn(1)
    kept(e.LinkFailed(object(), "x", told=False))  # type: ignore[arg-type]
    kept.turn(2)
    assert kept.turns() == [[1]]
    assert kept.recorder.packed()["failure"] == "builtins.object is not in snapshot.CLASSES"


def test_before_the_first_conversation_there_is_nothing() -> None:
    assert unpack(Recorder().packed())["segments"] == []


def test_no_sound_and_no_word_is_kept() -> None:
    kept = Kept()
    kept.turn(1, "Rumpelstilzchen")
    call = e.FunctionCall("c1", "lights", '{"room": "Rumpelstilzchen"}')
    kept.ask(2, "Rumpelstilzchen")
    kept(e.ResponseStarted("r2"), e.ResponseDone("r2", "completed", calls=(call,)), e.InterruptRequested())
    kept(e.TextEntered("Rumpelstilzchen"), e.ServiceErred("x", "Rumpelstilzchen"), e.Disconnected(1, "gone"))
    kept(e.LinkFailed("dns", "Rumpelstilzchen", told=False), e.TranscriptionFailed("u", "Rumpelstilzchen"))
    kept(e.Connected(2), e.InterruptRequested())
    said = json.dumps(kept.record())
    for command in (c.CreateUserText, c.RestoreMessage, c.CreateFunctionOutput, c.AppendAudio, c.Play):
        assert f'"{command.__name__}"' in said
    assert "Rumpel" not in said
    assert not any(sound in said for sound in ("J;J", "SjtK", "O0o7", "4a3b"))  # plain, base64, hex
