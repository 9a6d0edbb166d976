"""What a broker is told, and what it may ask for: the parts that only decide."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.config import load
from edge_agent.config.model import Config, MqttSettings
from edge_agent.config.mqtt_settings import COMMANDS
from edge_agent.config.price_settings import Prices
from edge_agent.fleet.outcome import DeviceReport, FleetOutcome, OutcomeStep, report_text
from edge_agent.fleet.target import TargetKind
from edge_agent.host.control import requests
from edge_agent.host.control.requests import RequestRefused
from edge_agent.mqtt.commands import LONGEST_COMMAND, BrokerCommand, Paces, answer, request_of
from edge_agent.mqtt.discovery import document
from edge_agent.mqtt.entities import ENTITIES, LONGEST_STATE
from edge_agent.mqtt.fleet_side import release_of
from edge_agent.mqtt.group_side import event_of, message_of
from edge_agent.mqtt.identity import NoMachineId, device_id
from edge_agent.mqtt.presses import DOUBLE, LONG, SHORT, Presses
from edge_agent.mqtt.spoken import WhatWasSaid
from edge_agent.mqtt.states import MOST_EVENTS, NewestMessages, TopicMessage, of_state, of_status
from edge_agent.mqtt.topics import Topics, slug
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import Mode, State

from .home_assistant import complaints
from .markdown import DOCS, blocks

EVERYTHING = MqttSettings(host="broker", allow=", ".join(COMMANDS), captions=True)
TOPICS = Topics("edge-agent", "kitchen", "homeassistant")
STATUS: dict[str, Any] = json.loads(blocks(DOCS / "status-json.md")[0]) | {"release": {}}


# ---- settings ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('host = "mqtt://broker"', "is an address; write the name alone"),
        ('host = "broker:1883"', "holds a port; write that as port"),
        ('host = "my broker"', "is not the name of a computer"),
        ('host = "broker/x"', "is not the name of a computer"),
        ("port = 65536", "65536 is out of range: 0 to 65535"),
        ("port = -1", "-1 is out of range: 0 to 65535"),
        ('prefix = ""', "'' is not the beginning of a topic"),
        ('prefix = "home/+/voice"', "is not the beginning of a topic"),
        ('prefix = "/home"', "is not the beginning of a topic"),
        ('prefix = "$SYS"', "is not the beginning of a topic"),
        (f'prefix = "{"x" * 201}"', "is not the beginning of a topic"),
        ('discovery = "home#"', "is not the beginning of a topic"),
        ('device = "kiosk.lan"', "'kiosk.lan' cannot be in a topic; use 1 to 64 letters, digits, _ and -"),
        ('device = "group"', "'group' is where groups of devices have their topics"),
        ('group = "down stairs"', "'down stairs' cannot be in a topic; use 1 to 64 letters, digits, _ and -"),
        ('group = "home"\n[service]\nprovider = "openai-live"', "and not with GPT-Live"),
        ('allow = "mute, reboot"', "'reboot' is not a command; did you mean"),
        ('protocol = "3.1"', "must be one of '5', '3.1.1'"),
        ("captions = true", "works only with [log] transcripts = true"),
        ('ca = "/none.pem"', "works only with tls = true"),
        ('tls = true\nca = "/none.pem"', "'/none.pem' cannot be read (No such file or directory)"),
        ('tls = true\ncertificate = "/dev/null"', "'/dev/null' is empty; write it again"),
        ('password_file = "/none"', "works only with user; set that too"),
        ('user = "me"\npassword_file = "/"', "'/' cannot be read (Is a directory)"),
        ('password = "secret"', "others may read this file"),
    ],
)
def test_wrong_settings(line: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "edge-agent.toml"
    file.write_text(
        '[mqtt]\nhost = "broker"\n'.replace(
            'host = "broker"\n', "" if "host" in line else 'host = "broker"\n'
        )
        + line
        + "\n"
    )
    _, problems = load(file, environ={})
    assert [complaint in str(problem) for problem in problems] == [True]
    assert "secret" not in str(problems)


def test_right_settings(tmp_path: Path) -> None:
    file = tmp_path / "edge-agent.toml"
    (tmp_path / "word").write_text("word\n")
    settings = 'host = "::1"\nuser = "me"\nprefix = "a/b"\ndiscovery = ""\nallow = "mute,volume,"\ntls = true'
    file.write_text(f'[mqtt]\n{settings}\npassword_file = "{tmp_path}/word"\n')
    config, problems = load(file, environ={})
    assert problems == []
    assert config.mqtt.allowed == {"mute", "volume"}
    assert (config.mqtt.address, MqttSettings(host="h", port=1).address) == ("[::1]:8883", "h:1")
    assert MqttSettings(host="h").used_port == 1883


def test_a_device_has_a_name_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "machine-id"
    names = set()
    for number in "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdee":
        file.write_text(f"{number}\n")
        names.add(device_id(file))
        assert number[:12] != device_id(file)
    assert [len(name) for name in names] == [12, 12]


@pytest.mark.parametrize("text", ["", "uninitialized\n", "0" * 32, "g" * 32, "é" * 32, None])
def test_without_a_machine_id_it_is_told_what_to_do(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "machine-id"
    if text is not None:
        file.write_text(text)
    with pytest.raises(NoMachineId, match=r"systemd-machine-id-setup.*\[mqtt\] device"):
        device_id(file)


# ---- what is told -----------------------------------------------------------
@pytest.mark.parametrize("name", ["Kitchen", "kiosk-7.lan", "台所", "x" * 300])
@pytest.mark.parametrize("settings", [EVERYTHING, MqttSettings(host="broker")])
def test_home_assistant_takes_the_document(name: str, settings: MqttSettings) -> None:
    config = Config(mqtt=settings, prices=Prices(currency="EUR"))
    made = json.loads(json.dumps(document(config, TOPICS, name)))
    assert complaints(TOPICS.discovered, made) == []
    assert made["components"]["cost"]["unit_of_measurement"] == "EUR"


def test_what_home_assistant_refuses_is_seen() -> None:
    made = document(Config(mqtt=EVERYTHING), TOPICS, "Kitchen")
    components = made["components"]
    broken: list[dict[str, Any]] = [
        {**made, "~": "edge-agent/kitchen"},
        {name: value for name, value in made.items() if name != "origin"},
        {**made, "device": {"name": "Kitchen"}},
        {**made, "components": {}},
        *(
            {**made, "components": {**components, **wrong}}
            for wrong in (
                {"state": {**components["state"], "unique_id": ""}},
                {"state": {**components["state"], "unique_id": components["mute"]["unique_id"]}},
                {"state": {**components["state"], "default_entity_id": "kitchen_state"}},
                {"state": {**components["state"], "object_id": "kitchen_state"}},
                {"state": {**components["state"], "unit_of_measurement": "x"}},
                {"cost": {**components["cost"], "state_class": "measurement"}},
                {
                    "volume": {
                        name: value for name, value in components["volume"].items() if "command" not in name
                    }
                },
            )
        ),
    ]
    assert [made for made in broken if not complaints(TOPICS.discovered, made)] == []
    assert complaints("homeassistant/device/kiosk.lan/config", made)


def test_what_is_not_shown_is_named_so_that_it_goes() -> None:
    made = document(Config(), TOPICS, "Kitchen")["components"]
    assert made.keys() == {entity.key for entity in ENTITIES}
    gone = {key for key, component in made.items() if component.keys() == {"platform"}}
    assert gone == {"mute", "volume", "interrupt", "forget", "stop-ringing", "reload", "heard", "said"} | {
        *("cancel-timers", "restart", "say", "announce", "start", "ask-user")
    }
    made = document(Config(mqtt=EVERYTHING), TOPICS, "Kitchen")["components"]
    assert {key for key, component in made.items() if component.keys() == {"platform"}} == {
        "muted",
        "loudness",
    }


def told(status: dict[str, Any], settings: MqttSettings = EVERYTHING) -> dict[str, str]:
    return {message.topic: message.payload for message in of_status(status, settings, TOPICS)}


def test_the_states() -> None:
    finding = {"code": "link-dns", "what": "its name is not found", "todo": "look"}
    status = {**STATUS, "findings": [finding], "muted": False}
    found = told(status)
    assert found["edge-agent/kitchen/state"] == "idle"
    assert found["edge-agent/kitchen/mute"] == "OFF"
    assert found["edge-agent/kitchen/findings"] == "ON"
    assert json.loads(found["edge-agent/kitchen/findings/attributes"]) == {
        "codes": "link-dns",
        "findings": [finding],
    }
    assert found["edge-agent/kitchen/cost"] == "0.0817"
    assert found["edge-agent/kitchen/level"] == "-120"
    assert found["edge-agent/kitchen/latency"] == "None"
    last = {**STATUS["latency"], "last": {**STATUS["latency"]["last"], "release_to_sound_ms": 259}}
    assert told({**status, "latency": last})["edge-agent/kitchen/latency"] == "259"
    assert told({**status, "latency": {**last, "last": None}})["edge-agent/kitchen/latency"] == "None"


@pytest.mark.parametrize(
    ("step", "latest", "in_progress"),
    [
        ("waiting", "9.9.9", False),
        ("trying", "9.9.9", True),
        ("failed", "0.1.0", False),
        ("", "0.1.0", False),
    ],
)
def test_a_release_of_the_fleet_is_an_update_until_it_is_tried(
    step: str, latest: str, in_progress: bool
) -> None:
    release = (
        FleetOutcome("next", "0" * 64, TargetKind.RELEASE, OutcomeStep(step), version="9.9.9")
        if step
        else None
    )
    fleet = report_text(DeviceReport("0.1.0", None, release))
    found = told({**STATUS, "version": "0.1.0", "release": release_of(fleet)})["edge-agent/kitchen/update"]
    assert json.loads(found) == {
        "installed_version": "0.1.0",
        "latest_version": latest,
        "in_progress": in_progress,
    }
    assert release_of("") == {}


def test_how_loud_it_is_in_the_room_is_not_told_while_it_is_muted() -> None:
    assert told({**STATUS, "muted": True})["edge-agent/kitchen/level"] == "None"


@pytest.mark.parametrize("settings", [EVERYTHING, MqttSettings(host="broker")])
def test_the_quick_ones_are_the_same_and_need_no_status(settings: MqttSettings) -> None:
    state = State(muted=True, online=True, volume=35)
    quick = {message.topic: message.payload for message in of_state(state, settings, TOPICS)}
    assert quick == {
        "edge-agent/kitchen/state": "muted",
        "edge-agent/kitchen/mute": "ON",
        "edge-agent/kitchen/volume": "35",
    }
    all_of_it = told({**STATUS, "mode": "muted", "muted": True, "volume": 35}, settings)
    assert quick.items() <= all_of_it.items()
    assert (
        max(map(len, (value for topic, value in all_of_it.items() if "attributes" not in topic)))
        <= LONGEST_STATE
    )


def test_only_what_changes_is_sent_and_only_the_newest() -> None:
    newest = NewestMessages()
    for volume in range(100):
        newest.put(TopicMessage("volume", str(volume)))
        newest.put(TopicMessage("state", "idle"))
    assert len(newest) == 2
    assert [newest.take(), newest.take(), newest.take()] == [
        TopicMessage("volume", "99"),
        TopicMessage("state", "idle"),
        None,
    ]
    newest.put(TopicMessage("state", "idle"))
    assert newest.take() is None
    newest.put(TopicMessage("state", "muted"))
    newest.put(TopicMessage("state", "idle"))  # it has changed back before anybody was told
    assert newest.take() is None
    for _ in range(2):  # what happens is not what is
        newest.put(TopicMessage("button", "short", lasts=False))
        assert newest.take() == TopicMessage("button", "short", lasts=False)
    newest.forget("state")
    newest.put(TopicMessage("state", "idle"))
    assert newest.take() == TopicMessage("state", "idle")
    newest.put(TopicMessage("volume", "5"))
    newest.begin()
    assert newest.take() is None
    newest.put(TopicMessage("state", "idle"))
    assert newest.take() == TopicMessage("state", "idle")


def test_all_that_happens_is_sent_though_everything_is_told_again() -> None:
    newest = NewestMessages()
    answers = [TopicMessage("answer", str(number), lasts=False) for number in range(MOST_EVENTS)]
    newest.put(TopicMessage("answer", "too long ago", lasts=False))
    for one in answers:
        newest.put(one)
    newest.put(TopicMessage("state", "idle"))
    assert len(newest) == MOST_EVENTS + 1
    newest.repeat()
    newest.put(TopicMessage("state", "idle"))
    assert [newest.take() for _ in range(len(newest))] == [TopicMessage("state", "idle"), *answers]
    newest.put(answers[0])
    newest.begin()
    assert newest.take() is None


def test_topics() -> None:
    assert TOPICS.asked("edge-agent/kitchen/command/mute") == "mute"
    assert TOPICS.asked("homeassistant/status") == ""
    assert TOPICS.commands == "edge-agent/kitchen/command/+"
    assert (TOPICS.client, TOPICS.answer) == ("edge-agent-kitchen", "edge-agent/kitchen/answer")
    assert TOPICS.home_status == "homeassistant/status"
    assert Topics.of(replace(EVERYTHING, prefix="a/b"), "x").availability == "a/b/x/availability"
    assert (slug("Kiosk 7.lan!", "x"), slug("台所", "x")) == ("kiosk_7_lan", "x")


def test_gestures_and_modes_are_all_named() -> None:
    made = document(Config(), TOPICS, "Kitchen")["components"]
    assert made["state"]["options"] == [mode.value for mode in Mode]
    assert made["button"]["event_types"] == [SHORT, LONG, DOUBLE]


def cancel(which: str) -> dict[str, Any]:
    return {"do": "tools", "name": "cancel_timer", "arguments": {"which": which}}


# ---- what may be asked ------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "payload", "request_"),
    [
        ("mute", b"ON", {"do": "mute"}),
        ("mute", b"OFF", {"do": "unmute"}),
        ("volume", b"35", {"do": "volume", "percent": 35}),
        ("volume", b" 35.0 ", {"do": "volume", "percent": 35}),
        ("interrupt", b"PRESS", {"do": "interrupt"}),
        ("forget", b"", {"do": "forget"}),
        ("stop-ringing", b"PRESS", {"do": "stop-ringing"}),
        ("reload", b"PRESS", {"do": "reload"}),
        ("restart", b"PRESS", {"do": "restart"}),
        ("cancel-timers", b"PRESS", cancel("all")),
        ("cancel-timers", b"", cancel("all")),
        ("cancel-timers", b" tea\n", cancel("tea")),
        ("announce", b"Dinner is ready.", {"do": "announce", "text": "Dinner is ready."}),
        (
            "announce",
            b'{"text": "Dinner", "volume": 80, "when_busy": "wait"}',
            {"do": "announce", "text": "Dinner", "volume": 80, "when_busy": "wait"},
        ),
        ("start", b"PRESS", {"do": "start"}),
        ("start", b"Ask whether it rains.", {"do": "start", "text": "Ask whether it rains."}),
        (
            "ask-user",
            b'{"text": "Close?", "answer_s": 9}',
            {"do": "ask-user", "text": "Close?", "answer_s": 9},
        ),
        ("say", "Où est-il?\n".encode(), {"do": "say", "text": "Où est-il?"}),
    ],
)
def test_commands(name: str, payload: bytes, request_: dict[str, Any]) -> None:
    asked = BrokerCommand(name, payload)
    assert request_of(asked, EVERYTHING.allowed) == request_
    with pytest.raises(RequestRefused, match=r"is not allowed; add it to \[mqtt\] allow"):
        request_of(asked, EVERYTHING.allowed - {name, request_["do"]})
    with pytest.raises(RequestRefused, match="must not be retained"):
        request_of(replace(asked, kept=True), EVERYTHING.allowed)


@pytest.mark.parametrize(
    ("name", "payload", "why"),
    [
        ("mute", b"true", "mute needs ON or OFF"),
        ("volume", b"loud", "volume needs a whole number"),
        ("volume", b"35.5", "volume needs a whole number"),
        ("volume", b"nan", "volume needs a whole number"),
        ("volume", b"inf", "volume needs a whole number"),
        ("announce", b"{", "announce needs text, or an object of JSON"),
        ("announce", b'{"txet": "x"}', "'txet' is not a field; did you mean 'text'?"),
        ("announce", b'{"do": "unmute", "text": "x"}', "'do' is not a field"),
        ("volumes", b"3", "'volumes' is not a command; did you mean 'volume'?"),
        ("mute", b"x" * (LONGEST_COMMAND + 1), "at most 4096 bytes"),
    ],
)
def test_what_cannot_be_understood(name: str, payload: bytes, why: str) -> None:
    with pytest.raises(RequestRefused, match=why.replace("?", r"\?")):
        request_of(BrokerCommand(name, payload), EVERYTHING.allowed)


COMMAND = st.builds(
    BrokerCommand,
    st.sampled_from(["mute", "volume", "interrupt", "forget", "stop-ringing", "reload", "press", "say", ""]),
    st.sampled_from([b"ON", b"OFF", b"PRESS", b"30", b"101", b"-1", b""]) | st.binary(max_size=20),
    st.booleans(),
)


@given(COMMAND, st.frozensets(st.sampled_from(COMMANDS)))
def test_what_is_asked_is_allowed_and_known_to_the_control_socket(
    asked: BrokerCommand, allowed: frozenset[str]
) -> None:
    with suppress(RequestRefused):
        request = request_of(asked, allowed)
        assert request["do"] in allowed
        assert not asked.kept
        requests.event_of(request)


def test_what_makes_it_speak_has_a_pace_of_its_own() -> None:
    paces = Paces()
    for _ in range(3):
        paces.grant({"do": "say"}, 100.0)
        paces.grant({"do": "mute"}, 100.0)
    with pytest.raises(RequestRefused, match="one in 5 s is taken"):
        paces.grant({"do": "say"}, 100.1)
    paces.grant({"do": "say"}, 106.0)
    assert [paces.answers(100.0) for _ in range(11)] == [True] * 10 + [False]


def test_answers() -> None:
    assert answer(BrokerCommand("mute", b"ON")) == {"command": "mute", "ok": True}
    assert answer(BrokerCommand("start", b""), came={"outcome": "muted"}) == {
        "command": "start",
        "ok": True,
        "outcome": "muted",
    }
    assert answer(BrokerCommand("x" * 99, b""), "why") == {"command": "x" * 80, "ok": False, "error": "why"}


# ---- the button, and what is said -------------------------------------------
def done(*steps: tuple[float, e.Event | None]) -> list[str]:
    """What is made of (s, event); None: time passes."""
    presses = Presses(long_s=1.5, double_s=0.35)
    return [
        gesture
        for at, event in steps
        for gesture in (presses.feed(event, at) if event else presses.expire(at))
    ]


PRESS, RELEASE = e.ButtonPressed(), e.ButtonReleased()


@pytest.mark.parametrize(
    ("steps", "gestures"),
    [
        ([(0.0, PRESS), (0.1, RELEASE), (0.2, None), (0.4, None), (0.5, None)], [SHORT]),
        ([(0.0, PRESS), (1.6, RELEASE), (3.0, None)], [LONG]),
        ([(0.0, PRESS), (0.1, RELEASE), (0.3, PRESS), (0.4, RELEASE), (3.0, None)], [DOUBLE]),
        ([(0.0, PRESS), (0.1, RELEASE), (0.3, e.MuteSwitched()), (0.4, RELEASE), (3.0, None)], [DOUBLE]),
        ([(0.0, PRESS), (0.1, RELEASE), (0.5, PRESS), (0.6, RELEASE), (3.0, None)], [SHORT, SHORT]),
        ([(0.0, PRESS), (0.1, RELEASE), (0.3, PRESS), (2.0, RELEASE)], [SHORT, LONG]),
        ([(0.0, RELEASE), (3.0, None)], []),
    ],
)
def test_presses(steps: list[tuple[float, e.Event | None]], gestures: list[str]) -> None:
    assert done(*steps) == gestures


def test_what_was_said_is_told_when_it_is_whole() -> None:
    spoken = WhatWasSaid(TOPICS)
    told = [
        message
        for event in (
            e.UserTranscribed("q1", " What time\nis it? "),
            e.TranscriptDelta("r1", "a1", "It is "),
            e.TranscriptDelta("r1", "a1", "noon. " + "x" * 300),
            e.ResponseDone("r1", "completed"),
        )
        for message in spoken.feed(event, State())
    ]
    assert [message.topic.removeprefix("edge-agent/kitchen/") for message in told] == [
        "heard",
        "heard/attributes",
        "said",
        "said/attributes",
    ]
    assert not any(message.lasts for message in told)
    assert told[0].payload == "What time is it?"
    assert len(told[2].payload) == LONGEST_STATE
    assert json.loads(told[3].payload)["text"].startswith("It is noon. xxx")
    forgotten = spoken.feed(e.ForgetRequested(), State(muted=True))
    assert [message.payload for message in forgotten] == ["None", "{}"] * 2


def test_nothing_that_was_said_is_told_while_it_is_muted() -> None:
    spoken = WhatWasSaid(TOPICS)
    assert spoken.feed(e.UserTranscribed("q1", "a secret"), State(muted=True)) == []
    assert spoken.feed(e.UserTranscribed("q2", " "), State()) == []


def test_where_words_come_piece_by_piece_what_was_heard_is_told_with_the_answer() -> None:
    spoken = WhatWasSaid(TOPICS)
    told = [
        message.payload
        for event in (
            e.WordsTranscribed("u1", "user", " How", 0, 200),
            e.WordsTranscribed("u1", "user", " much?", 200, 600),
            e.AudioDelta("a1", "a1", bytes(48)),
            e.WordsTranscribed("a1", "assistant", " Four.", 0, 400),
            e.AudioFinished("a1", "a1"),
        )
        for message in spoken.feed(event, State())
        if not message.topic.endswith("attributes")
    ]
    assert told == ["How much?", "Four."]


def test_what_came_of_timers_is_told_without_their_names() -> None:
    asked = BrokerCommand("cancel-timers", b"tea")
    came = {"output": '{"cancelled": ["timer pills"]}', "took_ms": 1, "failed": False}
    assert answer(asked, came=came) == {"command": "cancel-timers", "ok": True}
    failed = answer(asked, came={**came, "output": "no such timer; 1: pills", "failed": True})
    assert failed["ok"] is False
    assert "pills" not in str(failed)
    assert answer(asked, "too often") == {"command": "cancel-timers", "ok": False, "error": "too often"}


# ---- several devices ----------------------------------------------------------
CLAIM = e.Claim("ready", 21.5, "kitchen")


def test_where_the_devices_of_a_group_tell_each_other() -> None:
    topics = Topics.of(MqttSettings(group="home"), "kitchen")
    assert (topics.in_group, topics.all_in_group) == (
        "edge-agent/group/home/kitchen",
        "edge-agent/group/home/+",
    )
    assert topics.teller("edge-agent/group/home/hall") == "hall"
    assert topics.teller(topics.in_group) == topics.teller("edge-agent/group/office/hall") == ""
    assert TOPICS.teller("edge-agent/group//hall") == ""


def test_what_they_tell_is_understood_by_the_others() -> None:
    assert message_of(c.ClaimCall(CLAIM)) == '{"over_noise_db": 21.5, "readiness": "ready"}'
    said = message_of(c.ClaimCall(CLAIM)).encode()
    assert event_of("kitchen", said) == e.CallClaimed(CLAIM)
    for engaged in True, False:
        said = message_of(c.TellEngaged(engaged)).encode()
        assert event_of("kitchen", said) == e.DeviceEngaged("kitchen", engaged)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff",
        b"[" * 5000,
        b"{}",
        b'{"engaged": 1}',
        b'{"over_noise_db": "loud", "readiness": "ready"}',
        b'{"over_noise_db": NaN, "readiness": "ready"}',
        b'{"over_noise_db": 1e999, "readiness": "ready"}',
        b'{"over_noise_db": -1, "readiness": "ready"}',
        b'{"over_noise_db": 20, "readiness": "eager"}',
    ],
)
def test_what_means_nothing_decides_nothing(said: bytes) -> None:
    assert event_of("hall", said) is None
