from __future__ import annotations

import re

from edge_agent.cli.display import Display
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State, Turn

IDLE, LISTENING = State(online=True), State(Turn.LISTENING, online=True)
THINKING, SPEAKING = State(Turn.THINKING, online=True), State(Turn.SPEAKING, online=True)


def shown(*steps: tuple[e.Event, State], colour: bool = False) -> list[str]:
    lines: list[str] = []
    display = Display(lines.append, colour=colour, clock=iter(range(1000)).__next__)
    for event, state in steps:
        display.watch(event, state)
    return [re.sub(r"^ *\d+\.\d\d +", "", line) for line in lines]


def test_a_conversation() -> None:
    assert shown(
        (e.AudioStarted("a card", 0), State()),
        (e.Connected(1, "sess_1"), IDLE),
        (e.ButtonPressed(), LISTENING),
        (e.UplinkClosed(1, 500, 900), THINKING),
        (e.UserTranscribed("u", "Hello?"), THINKING),
        (e.TranscriptDelta("r", "i", "Hi "), THINKING),
        (e.TranscriptDelta("r", "i", "there."), SPEAKING),
        (e.PlaybackStarted("i", 1000), SPEAKING),
        (e.ResponseDone("r", "completed"), SPEAKING),
        (e.PlaybackStopped((e.Heard("i", 420),), 1500), IDLE),
        (e.UplinkOpened(2, "speech", 1600), LISTENING),
        (e.ResponseDone("r", "failed", "server_error", "sorry"), IDLE),
        (e.LinkFailed("dns", "no network", told=False), IDLE),
        (e.Disconnected(1, "gone"), State()),
    ) == [
        "device  a card",
        "! offline",
        "link  up: sess_1",
        "○ idle",
        "● listening  button pressed",
        "◐ thinking",
        "you  Hello?",
        "♪ speaking",
        "first sound 4.00 s after the end of the question",
        "agent  Hi there.",
        "agent  (interrupted: 0.420 s heard)",
        "○ idle",
        "● listening  voice heard",
        "agent  (failed: sorry)",
        "○ idle",
        "link  no network",
        "link  down: gone",
        "! offline",
    ]


def test_half_an_answer_is_not_put_before_the_next() -> None:
    assert shown(
        (e.TranscriptDelta("r1", "i1", "Half of"), SPEAKING),
        (e.Disconnected(1, "gone"), SPEAKING),
        (e.TranscriptDelta("r2", "i2", "All of it."), SPEAKING),
        (e.ResponseDone("r2", "completed"), SPEAKING),
    ) == ["♪ speaking", "agent  Half of", "link  down: gone", "agent  All of it."]


def test_what_is_not_as_configured() -> None:
    assert shown((e.AudioNoted("no canceller"), IDLE)) == ["note  no canceller", "○ idle"]


def test_a_light_has_its_colour_on_a_terminal() -> None:
    assert "\x1b[90m○ idle" in shown((e.Tick(), IDLE), colour=True)[0]
