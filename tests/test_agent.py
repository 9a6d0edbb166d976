"""The inbox: one event after the other, each with all that it leads to."""

from __future__ import annotations

from edge_agent.app.agent import Agent
from edge_agent.config import Config
from edge_agent.conversation.machine import Conversation
from edge_agent.conversation.settings import TurnSettings
from edge_agent.telemetry.timeline import Timeline
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State


class QuickCard:
    """A sound card that answers a command before it returns."""

    def __init__(self) -> None:
        self.agent: Agent
        self.commands: list[str] = []

    def send(self, command: c.AudioCommand) -> None:
        self.commands.append(type(command).__name__)
        if isinstance(command, c.OpenUplink):
            self.agent.post(e.UplinkOpened(1, "button", 0))


class Service:
    def __init__(self) -> None:
        self.commands: list[str] = []

    def send(self, command: c.ServiceCommand | c.LinkCommand | c.ToolCommand) -> None:
        self.commands.append(type(command).__name__)


def test_what_is_posted_while_an_event_is_handled_waits_for_all_that_it_leads_to() -> None:
    card = QuickCard()
    woken: list[float | None] = []
    seen: list[tuple[str, int]] = []  # each event, and the commands that were carried out by then

    def watch(event: e.Event, _: State) -> None:
        seen.append((type(event).__name__, len(card.commands)))

    agent = card.agent = Agent(
        Conversation(TurnSettings.of(Config())),
        audio=card,
        service=Service(),
        tools=Service(),
        timeline=Timeline(lambda: 0.0, lambda _: None),
        clock=lambda: 0.0,
        wake_at=woken.append,
        over=lambda: None,
        watchers=(watch,),
    )
    agent.post(e.AudioStarted("card", 0))
    agent.post(e.Connected(1))
    before = len(card.commands)
    seen.clear()
    woken.clear()
    agent.post(e.ButtonPressed())
    commands = len(card.commands)
    assert card.commands[before:] == ["OpenUplink", "PlayCue"]
    assert seen == [("ButtonPressed", commands), ("UplinkOpened", commands)]
    assert (agent.handled, agent.waiting, len(woken)) == (4, False, 1)
