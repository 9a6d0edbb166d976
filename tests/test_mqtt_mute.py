"""Muted means that nothing leaves the device: also against a broker, whatever it asks for and whenever."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config.mqtt_settings import COMMANDS
from edge_agent.conversation.machine import Conversation
from edge_agent.conversation.settings import TurnSettings
from edge_agent.host.control.requests import RequestRefused, event_of
from edge_agent.mqtt.commands import NAMES, BrokerCommand, request_of
from edge_agent.mqtt.spoken import WhatWasSaid
from edge_agent.mqtt.states import of_state
from edge_agent.mqtt.topics import Topics
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Output

from .conversation.test_properties import anything, openings, settings_
from .test_mqtt import EVERYTHING

TOPICS = Topics("edge-agent", "kitchen", "homeassistant")
REMOTE = st.builds(
    BrokerCommand,
    st.sampled_from([*NAMES, "press", "unmute"]),
    st.sampled_from([b"ON", b"OFF", b"PRESS", b"30", b"{}", b"Yes?"]) | st.binary(max_size=8),
    st.booleans(),
)
WORLD = (anything | openings).filter(lambda event: not isinstance(event, e.MuteSwitched))
PERSON = st.just(e.MuteSwitched())


def leaves(output: Output) -> bool:
    """Whether it lets the microphone out."""
    match output:
        case c.AppendAudio() | c.OpenUplink() | c.ClaimCall() | c.MuteMicrophone(False):
            return True
    return False


class Home:
    """A device, and all that may be told of it."""

    def __init__(self, conversation: Conversation, allowed: frozenset[str]) -> None:
        self.conversation, self._allowed, self._now = conversation, allowed, 0.0
        self.said = WhatWasSaid(TOPICS)

    @property
    def muted(self) -> bool:
        return self.conversation.state.muted

    def happens(self, event: e.Event) -> list[Output]:
        self._now += 0.1
        return self.conversation.handle(event, self._now)

    def asked(self, command: BrokerCommand) -> list[Output]:
        with suppress(RequestRefused):
            request = request_of(command, self._allowed)
            event = event_of(request)
            if request["do"] in ("start", "ask-user"):  # as `announce.opener` makes it
                event = e.OpeningRequested(
                    1, request.get("text", ""), wants_words=request["do"] == "ask-user"
                )
            if event:
                return self.happens(event)
        return []


@given(
    settings_,
    st.frozensets(st.sampled_from([word for word in COMMANDS if word != "unmute"])),
    st.lists(REMOTE | WORLD | PERSON, max_size=40),
)
def test_who_is_muted_stays_muted_and_nothing_leaves(
    settings: TurnSettings, allowed: frozenset[str], steps: list[BrokerCommand | e.Event]
) -> None:
    home = Home(Conversation(settings), allowed)
    for step in steps:
        was_muted, before = home.muted, home.conversation.state
        if isinstance(step, BrokerCommand):
            outputs = home.asked(step)
            assert home.muted or not was_muted
            assert outputs or home.conversation.state == before
        else:
            outputs = home.happens(step)
            told = home.said.feed(step, home.conversation.state)
            assert not (home.muted and any(message.payload not in ("None", "{}") for message in told))
        if home.muted and was_muted:
            assert not [output for output in outputs if leaves(output)]
        shown = {
            message.topic: message.payload
            for message in of_state(home.conversation.state, EVERYTHING, TOPICS)
        }
        assert shown[TOPICS.state("mute")] == ("ON" if home.muted else "OFF")


@given(st.lists(REMOTE, max_size=20))
def test_without_permission_nothing_is_changed(commands: list[BrokerCommand]) -> None:
    home = Home(Conversation(), frozenset())
    before = home.conversation.state
    assert [home.asked(command) for command in commands] == [[]] * len(commands)
    assert home.conversation.state is before


def test_unmuting_has_its_own_word() -> None:
    home = Home(Conversation(), frozenset({"mute", "unmute"}))
    home.happens(e.MuteSwitched())
    home.asked(BrokerCommand("mute", b"OFF", kept=True))
    assert home.muted
    home.asked(BrokerCommand("mute", b"OFF"))
    assert not home.muted
