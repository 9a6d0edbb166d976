"""The turn machine as playbooks: this event, these commands."""

from __future__ import annotations

import itertools
from typing import Any

from edge_agent.conversation.machine import Conversation
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import CallYielded, TurnEnded
from edge_agent.vocabulary.state import Mode, Turn

from ..settings import turn_settings

PCM = bytes(48 * 200)  # 200 ms
ASK = c.CreateResponse
CALL = e.FunctionCall("c1", "f", "{}")


class Play:
    """Feeds a conversation and looks at what it says."""

    def __init__(self, *, online: bool = True, **settings: Any) -> None:
        self.conversation = Conversation(turn_settings(**settings))
        self.ended: list[TurnEnded] = []
        self.yielded: list[CallYielded] = []
        self.now = 100.0
        self.last: list[c.Command] = []  # what the last event led to
        if online:
            self(e.Connected(1))

    def __call__(self, event: e.Event, *, after: float = 0.0) -> list[c.Command]:
        self.now += after
        outputs = self.conversation.handle(event, self.now)
        self.ended += [output for output in outputs if isinstance(output, TurnEnded)]
        self.yielded += [output for output in outputs if isinstance(output, CallYielded)]
        self.last = [output for output in outputs if not isinstance(output, TurnEnded | CallYielded)]
        return self.last

    def tick(self) -> list[c.Command]:
        """The deadline is reached."""
        assert self.conversation.deadline is not None
        self.now = max(self.now, self.conversation.deadline)
        return self(e.Tick())

    def turn(self) -> Turn:
        return self.conversation.state.turn

    def mode(self) -> Mode:
        return self.conversation.state.mode

    def listening(self) -> Play:
        self(e.ButtonPressed())
        self(e.UplinkOpened(1, "button", 0))
        self(e.MicAudioRecorded(1, PCM))
        return self

    def thinking(self) -> Play:
        self.listening()
        self(e.ButtonReleased())
        self(e.UplinkClosed(1, 400, 1000))
        assert self.turn() is Turn.THINKING
        return self

    def thinking_by_voice(self) -> Play:
        """A first turn is answered, with a request that the service has named; of a second it has heard the end."""
        self(e.TextEntered("Hello"))
        self(e.ResponseStarted("r0", "ask_1"))
        self(e.AudioDelta("r0", "i0", PCM))
        self(e.ResponseDone("r0", "completed", item_ids=("i0",)))
        self(drained(i0=200))
        self(e.UplinkOpened(1, "speech", 0))
        self(e.MicAudioRecorded(1, PCM))
        self(e.InputCommitted("u1"))
        assert self.turn() is Turn.THINKING
        return self

    def speaking(self, ms: int = 1000) -> Play:
        self.thinking()
        self(e.ResponseStarted("r1", "ask_1"))
        self(e.AudioDelta("r1", "i1", bytes(48 * ms)))
        assert self.turn() is Turn.SPEAKING
        return self


def with_sound(**settings: Any) -> Play:
    play = Play(**settings)
    play(e.AudioStarted("card", 0))
    return play


def done(status: Any = "completed", reason: str = "", **fields: Any) -> e.ResponseDone:
    return e.ResponseDone("r1", status, reason, **fields)


def drained(**heard_ms: int) -> e.PlaybackDrained:
    return e.PlaybackDrained(tuple(itertools.starmap(e.Heard, heard_ms.items())), 0)
