"""Muted, nothing leaves; a visit leaves nothing behind; and nothing of what was said is kept anywhere.

Every utterance is a tone of its own pitch, so that its sound is known wherever it turns up.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.config import Config
from edge_agent.conversation.machine import Conversation
from edge_agent.host.journal.sentences import JournalWriter
from edge_agent.host.state_file import Memory
from edge_agent.simulator.faults import parse
from edge_agent.simulator.reply import Pace
from edge_agent.simulator.session import Session
from edge_agent.telemetry.records import as_json
from edge_agent.telemetry.status import StatusBoard
from edge_agent.telemetry.turn_log import TurnLog
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import service_ms
from edge_agent.vocabulary.state import Turn

from ..sound import tone
from ..test_status import whole
from ..world import World
from .matrix import reach
from .rig import UTTERANCE_MS, Ear, Given, Rig, heard_in, pitch_hz
from .troubles import STATES, State

SECRET = 9  # what is said when nobody may hear it, or by who has left
NEXT = 7  # what is said afterwards
WHISPERED = 18  # and more: what is said while muted; far from the pitch of anything else
MOST_LATE_MS = 2000  # of sound that the system had taken already when it was taken back
WRITTEN = replace(Config(), assistant=replace(Config().assistant, transcription="whisper-1"))
PREROLL_MS = WRITTEN.gate.preroll_ms
BASE64 = re.compile(r"[A-Za-z0-9+/]{64}")


def said(ms: int, utterance: int) -> bytes:
    return tone(16_000, ms, frequency_hz=pitch_hz(utterance))


# ---- muted, on the wire ----------------------------------------------------------
async def whisper(rig: Rig) -> None:
    """Somebody talks, and uses the button, while it is muted; then asks aloud, and is answered."""
    await rig.hear(200, SECRET)
    rig.press()
    await rig.hear(400, SECRET)
    rig.release()
    await rig.hear(200, SECRET)
    await rig.until(lambda: rig.online or len(rig.of(e.Connected)) > 1)  # it may rest again already
    await rig.hear(200, SECRET)
    rig.device.post(e.MuteSwitched(False))
    rig.said = NEXT - 1
    await rig.say()
    await rig.settle()
    assert len(rig.answers_to(NEXT)) == 1
    assert SECRET not in heard_in(rig.appended())


async def muted_in(state: State) -> None:
    async with Rig() as rig:
        await reach(rig, state)
        rig.device.post(e.MuteSwitched(True))
        assert rig.state.turn is Turn.IDLE
        await whisper(rig)


async def muted_while_offline() -> None:
    """What was said before, and not ended, is not sent later either."""
    async with Rig() as rig:
        utterance = await reach(rig, "listening")
        refused = parse("drop@connect#*")
        rig.script.add(refused)
        rig.inject("drop")
        await rig.until(lambda: not rig.online)
        await rig.hear(200, utterance)
        rig.device.post(e.MuteSwitched(True))
        rig.script.remove(refused)
        await whisper(rig)
        assert utterance not in heard_in(rig.appended(connection=2))


async def muted_while_the_link_is_opened() -> None:
    async with Rig(limits={"idle_close_s": 0.3}) as rig:
        await rig.until(lambda: rig.state.standby)
        await rig.hear(400, 1)
        rig.press()
        assert rig.of(e.MicAudioRecorded)
        assert not rig.online
        rig.device.post(e.MuteSwitched(True))
        await whisper(rig)
        assert 1 not in heard_in(rig.appended())


@pytest.mark.realtime
async def test_muted_nothing_leaves_whatever_it_was_doing() -> None:
    await asyncio.gather(
        *(muted_in(state) for state in STATES), muted_while_offline(), muted_while_the_link_is_opened()
    )


@pytest.mark.realtime
async def test_muted_on_a_slow_link(capsys: pytest.CaptureFixture[str]) -> None:
    """What waits on the device to be sent never leaves; what the system had taken is little."""
    async with Rig(proxied=True) as rig:
        utterance = await rig.begin()
        await rig.hear(400, utterance)
        rig.proxy.freeze()
        began = monotonic()
        await rig.hear(8000, utterance)
        rig.device.post(e.MuteSwitched(True))
        await rig.hear(400, SECRET)
        rig.proxy.thaw()
        await rig.until(lambda: [x for x in rig.entries if x.event["type"] == "input_audio_buffer.clear"])
        late_ms = service_ms(rig.appended(since=began))
        with capsys.disabled():
            print(f"\n8000 ms were said while nothing passed, then muted: {late_ms} ms of it arrived")
        assert late_ms <= MOST_LATE_MS
        await whisper(rig)
        assert rig.attempts == 1


@pytest.mark.realtime
@pytest.mark.parametrize("wish", [e.MuteSwitched(True), e.InterruptRequested()], ids=["mute", "interrupt"])
async def test_given_up_on_a_slow_link_while_it_thinks(
    wish: e.Event, capsys: pytest.CaptureFixture[str]
) -> None:
    """All is said, and most of it still waits: neither the rest of it, nor its commit, nor the request leaves."""
    async with Rig(proxied=True) as rig:
        utterance = await rig.begin()
        await rig.hear(400, utterance)
        rig.proxy.freeze()
        began = monotonic()
        await rig.hear(8000, utterance)
        rig.release()
        await rig.until(lambda: rig.state.turn is Turn.THINKING)
        rig.device.post(wish)
        assert rig.state.turn is Turn.IDLE
        rig.proxy.thaw()
        await rig.until(lambda: [x for x in rig.entries if x.event["type"] == "input_audio_buffer.clear"])
        late_ms = service_ms(rig.appended(since=began))
        with capsys.disabled():
            print(f"\n8000 ms were said while nothing passed, then given up: {late_ms} ms of it arrived")
        assert late_ms <= MOST_LATE_MS
        asked = {"input_audio_buffer.commit", "response.create"} & {x.event["type"] for x in rig.entries}
        assert not asked
        assert rig.attempts == 1
        if isinstance(wish, e.MuteSwitched):
            rig.device.post(e.MuteSwitched(False))
        rig.said = NEXT - 1
        await rig.say()
        await rig.settle()
        assert len(rig.answers_to(NEXT)) == 1


# ---- muted, in any history -------------------------------------------------------
steps = st.lists(
    st.sampled_from(
        [
            *("say", "say", "mute", "unmute", "press", "release", "call"),
            *("drop", "connect", "prepare", "forget", "wait"),
        ]
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=25)
@given(steps, st.sampled_from(["button", "hands-free", "wake-word"]))
def test_nothing_that_was_said_while_muted_ever_leaves(steps: list[str], mode: str) -> None:
    world = World(pace=Pace(think_ms=100, delta_ms=100, speed=8), answers=Ear([]), mode=mode)
    for number, step in enumerate(steps):
        match step:
            case "say":
                world.say(said(200, number + WHISPERED * world.conversation.state.muted))
            case "mute" | "unmute":
                world.post(e.MuteSwitched(step == "mute"))
            case "press":
                world.press()
            case "release":
                world.release()
            case "call":
                world.post(e.WakeWordHeard("hey_jarvis", 0.98, 0))
            case "drop" if world.session:
                world.disconnect()
            case "connect" if world.session is None:
                world.connect()
            case "prepare" if world.conversation.state.online:
                world.prepare(urgent=True)
            case "forget":
                world.post(e.ForgetRequested())
            case _:
                world.wait(400)
    if world.session is None:
        world.connect()
    world.wait(400)
    assert max(heard_in(world.appended), default=0) < WHISPERED


# ---- visits ----------------------------------------------------------------------
class Visits(World):
    """Keeps what each session was given."""

    def __init__(self, config: Config) -> None:
        self.given: list[tuple[Session, c.ServiceCommand]] = []
        self.answers: list[Given] = []
        super().__init__(config, pace=Pace(think_ms=300, delta_ms=200, speed=4), answers=Ear(self.answers))

    def _to_service(self, command: c.ServiceCommand | c.LinkCommand) -> None:
        super()._to_service(command)
        if self.session is not None and isinstance(command, c.ServiceCommand):
            self.given.append((self.session, command))

    def ask(self, ms: int, utterance: int) -> None:
        self.press()
        self.say(said(ms, utterance))
        self.release()
        self.until(lambda: self.turn == "idle")

    def check(self, since: int) -> None:
        """Nothing of the first visitor was given to anybody since then, and nothing of it is there."""
        given = [command for _, command in self.given[since:]]
        sound = b"".join(command.pcm for command in given if isinstance(command, c.AppendAudio))
        assert set(heard_in(sound)) == {NEXT}
        assert not [command for command in given if isinstance(command, c.RestoreMessage)]
        assert self.session
        texts = json.dumps([item.body for item in self.session.items.order])
        lengths = re.findall(r"([\d.]+) seconds", texts)
        assert min(map(float, lengths)) > 1  # only the second visitor talks for so long
        assert texts.count("answer-") == 1
        assert {key for item in self.session.items.order for key in heard_in(item.pcm)} == {NEXT}


def visit(config: Config, *, lasts_ms: int, forget: bool, events: dict[int, str]) -> None:
    """Somebody asks twice, and has left after `lasts_ms`; somebody else asks. `events`: what befalls the link, in
    ms from the end of the visit."""
    world = Visits(config)

    def befall(what: str) -> None:
        if what == "prepare" and world.conversation.state.online:
            world.prepare()
        elif what == "drop" and world.session:
            world.disconnect()
        elif what == "connect" and world.session is None:
            world.connect()

    script = said(UTTERANCE_MS, 1) + bytes(32 * 4000) + said(600, 2)
    presses = {0: "press", 800: "release", 4800: "press", 5400: "release"}
    for at in range(0, lasts_ms, 20):
        if at in presses:
            (world.press if presses[at] == "press" else world.release)()
        if at - lasts_ms in events:
            befall(events[at - lasts_ms])
        world.frame(script[32 * at : 32 * (at + 20)].ljust(640, b"\0"))
    if forget:
        world.post(e.ForgetRequested())
        world.release()
    else:
        world.release()
        if world.session is None:
            world.connect()
        world.until(lambda: world.turn == "idle")
        world.wait(round(config.limits.visit_idle_s * 1000) + 40)
    assert world.conversation.said == []
    assert not world.conversation.keeper.exchange.asks
    since = len(world.given)
    for at in range(0, PREROLL_MS + 100, 20):
        if at in events:
            befall(events[at])
        world.frame()
    if world.session is None:
        world.connect()
    world.ask(1100, NEXT)
    world.wait(300)
    world.check(since)


@pytest.mark.realtime
@settings(max_examples=60)
@given(
    lasts_ms=st.integers(1, 420).map(lambda frames: frames * 20),
    forget=st.booleans(),
    events=st.dictionaries(
        st.integers(-20, 15).map(lambda frames: frames * 20),
        st.sampled_from(["prepare", "drop", "connect"]),
        max_size=3,
    ),
)
def test_the_next_visitor_finds_nothing(lasts_ms: int, forget: bool, events: dict[int, str]) -> None:
    limits = replace(WRITTEN.limits, visit_idle_s=5.0, idle_close_s=0.0)
    visit(replace(WRITTEN, limits=limits), lasts_ms=lasts_ms, forget=forget, events=events)


async def next_visitor(state: State, fault: str, how: str) -> None:
    """On the wire. `fault` comes just before the end of the visit, or just after."""
    limits = {"visit_idle_s": 0.5} if how == "visit_idle_s" else {}
    async with Rig(config=WRITTEN, limits=limits) as rig:
        rig.said = SECRET - 1
        await reach(rig, state)
        if fault == "drop before":
            rig.inject("drop")
            await rig.until(lambda: not rig.online)
        if how == "forgotten":
            rig.device.post(e.ForgetRequested())
        rig.release()
        await rig.settle()
        if fault == "drop after" and rig.online:
            rig.inject("drop")
        if how == "visit_idle_s":
            await rig.until(lambda: rig.online)
            await rig.until(lambda: rig.of(e.Disconnected) and not rig.device.said)
        await rig.until(lambda: rig.online)
        await rig.hear(PREROLL_MS)
        assert rig.device.said == []
        conversation = rig.device._agent.conversation
        assert isinstance(conversation, Conversation)
        assert not conversation.keeper.exchange.asks
        began, connection = monotonic(), rig.service.connections
        rig.said, rig.calls = NEXT - 1, False
        await rig.say()
        await rig.settle()
        entries = [x for x in rig.entries if x.connection >= connection]
        assert set(heard_in(rig.appended(since=began))) == {NEXT}
        assert not [x for x in entries if x.event["type"] == "conversation.item.create"]
        sent = b"".join(b64decode(x.event["audio"]) for x in entries if "audio" in x.event)
        assert SECRET not in heard_in(sent)


@pytest.mark.realtime
@pytest.mark.parametrize("fault", ["", "drop before", "drop after"])
@pytest.mark.parametrize("how", ["forgotten", "visit_idle_s"])
async def test_the_next_visitor_finds_nothing_on_the_wire(fault: str, how: str) -> None:
    states = STATES[1:] if how == "forgotten" else ("listening", "speaking")
    await asyncio.gather(*(next_visitor(state, fault, how) for state in states))


# ---- nothing is kept -------------------------------------------------------------
def written() -> str:
    """All that is in the folders of the device."""
    folders = [Path(os.environ[name]) for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert files  # it does remember something: the volume
    return "\n".join(path.read_bytes().decode("latin-1") for path in files)


@pytest.mark.realtime
async def test_nothing_of_what_was_said_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "edge_agent")
    log, memory = JournalWriter(), Memory()
    status = StatusBoard(monotonic, log.finding)
    turns = TurnLog(log.turn)
    async with Rig(
        "unknown@commit",
        "bad-json@commit",
        config=WRITTEN,
        watchers=(status.watch, memory.watch),
    ) as rig:
        rig.device.post(e.VolumeSet(80))
        await rig.say()
        await rig.until(lambda: rig.of(e.UserTranscribed))
        await rig.settle()
        rig.device.post(e.TextEntered("A secret, in writing"))
        await rig.settle()
        await reach(rig, "interrupted")
        rig.release()
        await rig.settle()
        rig.inject("drop")
        await rig.until(lambda: not rig.online)
        await rig.until(lambda: rig.online)
    for record in rig.records:
        log.record(record)
        turns.record(record)
    assert "seconds of sound" in rig.of(e.UserTranscribed)[0].transcript
    ours = [record for record in caplog.records if not record.name.startswith("websockets.server")]
    kept = {
        "log": "\n".join(record.getMessage() for record in ours),
        "timeline": json.dumps([as_json(record) for record in rig.records]),
        "status": json.dumps(whole(status)),
        "disk": written(),
    }
    assert "is up" in kept["log"]
    for place, text in kept.items():
        for words in ("seconds of sound", "answer-", "secret"):
            assert words not in text, (place, words)
        assert not BASE64.search(text), place
