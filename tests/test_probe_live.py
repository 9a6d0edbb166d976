"""The probes of GPT-Live against the simulated service, in a time of their own: they find what it is set to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from edge_agent.audio.sounds import spoken_lines
from edge_agent.config import Config
from edge_agent.config.model import ServiceSettings
from edge_agent.probe.clock_probes import frozen, short
from edge_agent.probe.inquiry import Inquiry, Meter, Probe, chosen, inquire, plan
from edge_agent.probe.questions import QUESTIONS
from edge_agent.probe.room import quiet_room
from edge_agent.probe.session_record import SessionRecord, SocketEnd
from edge_agent.probe.talk import Lab
from edge_agent.probe.written import document, text
from edge_agent.realtime.wire import Json
from edge_agent.simulator.answers import Script, Speech
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.live.behaviour import Behaviour
from edge_agent.simulator.live.duplex_session import DuplexSession
from edge_agent.simulator.live.live_door import (
    AZURE_LIVE,
    AZURE_PATHS,
    OPENAI_LIVE,
    OPENAI_PATH,
    LiveDoor,
    live_door,
)
from edge_agent.simulator.outbox import Close, Drop
from edge_agent.simulator.published import published
from edge_agent.simulator.refusal import HttpRefusal, LateHttpRefusal
from edge_agent.simulator.speech import recognise

from .sound import tone

STEP_S = 0.02
LIFE_S = 7200.0
LONG = Speech("one two three four five six seven eight nine ten " * 2, tone(24_000, 14_000, 300))
MINUTE = 0.05


class World:
    """A service and its clock."""

    def __init__(
        self, door: LiveDoor, *faults: str, speech: Speech = LONG, behaviour: Behaviour | None = None
    ) -> None:
        self.door, self.speech, self.behaviour = door, speech, behaviour
        self.faults = FaultScript(parse(one) for one in faults)
        self.now = 1000.0
        self.wires: list[VirtualWire] = []

    def step(self) -> None:
        self.now += STEP_S
        for wire in self.wires:
            wire.poll()

    async def open(self, *, wrong_key: bool = False) -> VirtualWire:
        wire = VirtualWire(self)
        self.wires.append(wire)
        if wrong_key:
            path = OPENAI_PATH if self.door is OPENAI_LIVE else AZURE_PATHS[0]
            self.refuse(wire.record, live_door(path, {"Authorization": "Bearer wrong"}, "right"))
        return wire

    def refuse(self, record: SessionRecord, refusal: object) -> None:
        """As the door does it, before the upgrade or after it."""
        if isinstance(refusal, HttpRefusal):
            record.refused = f"HTTP {refusal.status}"
        else:
            assert isinstance(refusal, LateHttpRefusal)
            error = {"type": "error", "error": {"code": refusal.code, "message": refusal.message}}
            record.heard.append((self.now, error))
            record.ending = SocketEnd(refusal.close, self.now)


class VirtualWire:
    def __init__(self, world: World) -> None:
        self._world = world
        self.record = SessionRecord(world.now)
        self.closed = False
        self._session = DuplexSession(
            world.door,
            schema=published("live"),
            answers=Script([world.speech]),
            recognise=recognise,
            faults=world.faults,
            behaviour=world.behaviour,
            random=Random(len(world.wires)),
            expires_at=world.now + LIFE_S,
        )
        self._session.open(world.now)

    @property
    def now(self) -> float:
        return self._world.now

    async def send(self, event: Json) -> None:
        if not self.record.is_over:
            self._session.receive(json.dumps(event), self.now)
            self.poll()

    async def until(self, at: float, holds: Callable[[], bool] = lambda: False) -> bool:
        while self.now < at and not (holds() or self.record.is_over):
            self._world.step()
        return holds()

    async def close(self) -> None:
        self.closed = True

    def poll(self) -> None:
        for output in self._session.outbox.due(self.now) if not self.record.is_over else ():
            match output:
                case Close(code):
                    self.record.ending = SocketEnd(code, self.now)
                case Drop():
                    self.record.ending = SocketEnd(None, self.now)
                case dict():
                    self.record.heard.append((self.now, output))


def config_of(provider: Any = "openai-live") -> Config:
    return Config(service=ServiceSettings(provider=provider, endpoint="https://kitchen.openai.azure.com"))


def lab_of(world: World) -> Lab:
    return Lab(config_of(world.door.name), world.open, spoken_lines()[0].pcm, quiet_room(), lambda: world.now)


def asked(world: World, *only: str, **bounds: Any) -> Inquiry:
    meter = Meter(lambda: world.now, MINUTE, **bounds)
    inquiry = asyncio.run(inquire(lab_of(world), chosen(only), meter))
    assert all(wire.closed for wire in world.wires)
    return inquiry


def answers(inquiry: Inquiry) -> dict[str, str]:
    return {answer.question: answer.answer for answer in inquiry.answers}


# ---- what the simulated service is set to -------------------------------------------
ALIKE = {  # at both doors
    "start": "0.5 s",
    "lifetime": "7199 s",
    "two-sessions": "yes",
    "close-code": "1000",
    "16-khz": "yes",
    "history": "yes",
    "acknowledgement-delay": "yes",
    "first-seconds": "the second",
    "ahead": "no",
    "uplink": "no",
    "large-append": "yes",
    "burst": "at real time",
    "mute": "yes",
    "frozen-lasts": "at least 20 s",
    "stop": "no",
    "fixture": "yes",
    "own-voice": "it breaks off",
    "unheard": "after 31 s",
}


@pytest.mark.parametrize(
    ("door", "own"),
    [
        (
            OPENAI_LIVE,
            {
                "refusal": "error invalid_api_key",
                "silence": "sent",
                "event-ids": "yes",
                "frozen-billed": "no",
            },
        ),
        (
            AZURE_LIVE,
            {
                "refusal": "HTTP 401",
                "silence": "left out",
                "event-ids": "no",
                "frozen-billed": "yes",
                "acknowledgement-delay": "no",
            },
        ),
    ],
)
def test_all_of_them_within_five_minutes_and_a_dollar(door: LiveDoor, own: dict[str, str]) -> None:
    inquiry = asked(World(door))
    assert inquiry.left_out == []
    found = answers(inquiry)
    assert found.pop("billed").endswith(" s")
    assert found.pop("placed") in {"0.6 s", "0.7 s", "0.8 s", "0.9 s", "1.0 s"}
    assert found == ALIKE | own
    assert found.keys() | {"billed", "placed"} == QUESTIONS.keys()
    assert inquiry.seconds < 200
    assert inquiry.cost < 0.25


@pytest.mark.parametrize(
    ("behaviour", "probe", "question", "answer"),
    [
        (Behaviour(hears_bursts_at_once=True), "burst", "burst", "at arrival"),
        (Behaviour(muted_is_frozen=True), "mute", "mute", "no"),
        (Behaviour(least_billed_s=15), "short", "first-seconds", "15 s"),
        (Behaviour(stops_when_told=True), "stop", "stop", "yes"),
        (Behaviour(takes_fixtures=False), "fixture", "fixture", "refused: invalid_value"),
    ],
)
def test_a_service_that_does_otherwise(behaviour: Behaviour, probe: str, question: str, answer: str) -> None:
    assert answers(asked(World(OPENAI_LIVE, behaviour=behaviour), probe))[question] == answer


def test_a_voice_that_it_does_not_hear_again() -> None:
    soft = replace(LONG, pcm=tone(24_000, 14_000, 300, level=0.01))
    assert answers(asked(World(OPENAI_LIVE, speech=soft), "own-voice"))["own-voice"] == "nothing"


@pytest.mark.parametrize("probe", ["question", "stop", "fixture", "own-voice"])
def test_a_model_that_says_nothing(probe: str) -> None:
    inquiry = asked(World(OPENAI_LIVE, "soundless:nothing@response#*"), probe)
    assert inquiry.left_out == [(probe, "the model did not answer the question")]
    assert answers(inquiry).keys() == {"billed"}


def test_a_model_that_answers_only_over_a_rooms_sound_and_places_no_text() -> None:
    faults = "soundless:nothing@response#1", "error:busy@item#*"
    found = answers(asked(World(OPENAI_LIVE, *faults), "question"))
    assert found == {"silence": "sent", "placed": "not at all", "uplink": "yes", "billed": found["billed"]}


def test_what_was_not_begun_cannot_end() -> None:
    inquiry = asked(World(OPENAI_LIVE), "unheard-end")
    assert inquiry.left_out == [("unheard-end", "no session without sound was begun")]


def test_a_session_that_is_refused_ends_it() -> None:
    inquiry = asked(World(OPENAI_LIVE, "error:model_not_found@session.update#*"))
    assert inquiry.left_out[0] == ("unheard", "no session: model_not_found")
    assert {why for _, why in inquiry.left_out} == {"no session: model_not_found"}
    assert len(inquiry.left_out) == len(plan())
    assert inquiry.cost == 0


def test_one_session_at_a_time() -> None:
    (two,) = [
        lesson
        for lesson in asked(World(OPENAI_LIVE, "error:concurrency_limit@session.update#2"), "begin").answers
        if lesson.question == "two-sessions"
    ]
    assert (two.answer, two.evidence) == ("no", "no session: concurrency_limit")
    inquiry = asked(World(OPENAI_LIVE, "error:concurrency_limit@session.update#1"), "begin")
    assert inquiry.left_out == [("begin", "no session: concurrency_limit")]


def test_a_session_that_ends_while_it_is_frozen_or_unheard() -> None:
    world = World(OPENAI_LIVE, "closes:content@speech")
    found = answers(asked(world, "frozen"))
    assert found["frozen-lasts"].startswith("ended after")
    quiet = World(OPENAI_LIVE, "never-updated@session.update#*")
    assert asked(quiet, "unheard").left_out == [
        ("unheard", "no session: no session.started"),
        ("unheard-end", "no session: no session.started"),
    ]


# ---- the bounds ---------------------------------------------------------------------
def test_what_would_take_too_long_or_cost_too_much_is_not_begun() -> None:
    inquiry = asked(World(OPENAI_LIVE), longest_s=40.0)
    assert inquiry.seconds < 40
    assert {why for _, why in inquiry.left_out} == {"there was no time left for it"}
    inquiry = asked(World(OPENAI_LIVE), most_cost=0.05)
    assert inquiry.cost < 0.05
    assert {why for _, why in inquiry.left_out} == {"it would have cost too much"}


@pytest.mark.parametrize(
    ("bounds", "why"),
    [({"longest_s": 10.0}, "the 10 s were over"), ({"most_cost": 0.005}, "the money was spent")],
)
def test_a_probe_that_takes_longer_than_it_should_is_broken_off(bounds: dict[str, Any], why: str) -> None:
    world = World(OPENAI_LIVE)
    probes = [Probe("endless", "", 0, 0, frozen), Probe("after it", "", 0, 0, short)]
    inquiry = asyncio.run(inquire(lab_of(world), probes, Meter(lambda: world.now, MINUTE, **bounds)))
    assert inquiry.left_out == [("endless", why), ("after it", why)]
    assert inquiry.seconds < 10.5
    assert inquiry.cost < 0.009
    assert all(wire.closed for wire in world.wires)


# ---- the report ---------------------------------------------------------------------
def test_the_report_says_what_differs_and_what_to_change() -> None:
    inquiry = asked(World(OPENAI_LIVE), "begin", "own-voice", longest_s=200.0)
    told = document(inquiry, config_of(), "2026-11-28T22:00:00+00:00", "1.0")
    assert json.loads(json.dumps(told)) == told
    by_name = {answer["name"]: answer for answer in told["answers"]}
    assert by_name["own-voice"]["differs"]
    assert "half-duplex" in by_name["own-voice"]["change"]
    assert by_name["two-sessions"] == {
        "name": "two-sessions",
        "question": "May there be two sessions at once?",
        "answer": "yes",
        "evidence": "session.started came while another session stood",
        "assumed": ["yes"],
        "differs": False,
        "change": "",
    }
    assert not any(line.startswith("not asked") for line in text(inquiry, config_of(), "today"))
    lines = list(text(Inquiry(inquiry.answers, [("mute", "why not")], 9.6, 0.01), config_of(), "today"))
    assert lines[0] == "GPT-Live at OpenAI: openai-live, gpt-live-1, today; 10 s, 0.010 USD"
    assert "What does the model do when it hears itself, 20 dB softer?  it breaks off" in lines
    assert any("The device assumes 'nothing'" in line for line in lines)
    assert lines[-1] == "not asked: mute: why not"
    assert next(iter(text(inquiry, config_of("azure-live"), "today"))).startswith("GPT-Live: azure-live")


def test_every_question_has_words() -> None:
    assert all(question.text.endswith("?") for question in QUESTIONS.values())
    assert all(question.change for question in QUESTIONS.values() if question.assumed)
