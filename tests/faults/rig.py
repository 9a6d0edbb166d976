"""A whole device over real sockets, in a hurry: its sound runs in the event loop, four times as fast as in life.

Utterances are tones of their own pitch, so that the service can tell which one it is asked, and how much of it.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import numpy as np

from edge_agent.app.agent import Watcher
from edge_agent.app.device import Device, Sound
from edge_agent.audio.build import build_engine
from edge_agent.audio.cards.card import Card
from edge_agent.audio.engine import Engine
from edge_agent.audio.process.shared_state import Counters
from edge_agent.config import Config
from edge_agent.config.own_tools import OwnTool
from edge_agent.simulator.answers import Asked, Call, ReplyPart, Speech
from edge_agent.simulator.faults import FaultScript, parse
from edge_agent.simulator.reply import Pace
from edge_agent.simulator.server import SimulatedService, WireRecord
from edge_agent.telemetry import facts as f
from edge_agent.telemetry.records import Record
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import AudioCommand, Cue
from edge_agent.vocabulary.sound import FRAME_MS, MIC_FRAME_BYTES
from edge_agent.vocabulary.state import State, Turn

from ..sound import tone
from .proxy import Proxy

SPEED = 4  # times real time
UTTERANCE_MS = 800
ANSWER_MS = 2500
ENOUGH_MS = 900  # of an answer, to be one
QUIET = bytes(MIC_FRAME_BYTES)
PACE = Pace(think_ms=300, delta_ms=200, speed=8)
LOOK_UP = OwnTool("look_up", "Looks something up.", command=("sleep", "0.5"))
UNLIMITED = {"visit_idle_s": 0.0, "idle_close_s": 0.0}
HELD_BYTES = 4096  # that the proxy takes at once
HURRIED = {"answer_s": 4.0, "stall_s": 1.5, "offline_s": 20.0}


def pitch_hz(utterance: int) -> int:
    return 400 + 200 * utterance


def heard_in(pcm: bytes) -> dict[int, int]:
    """How many ms of each utterance are in 24 kHz sound."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float64)
    frames = samples[: len(samples) // 480 * 480].reshape(-1, 480)
    found: Counter[int] = Counter()
    spectra = np.abs(np.fft.rfft(frames, axis=1)) if len(frames) else np.empty((0, 241))
    for spectrum in spectra:
        peak = int(spectrum.argmax())
        if spectrum[peak] > 480 * 500 / 4:
            found[round((peak * 50 - 400) / 200)] += 20
    return dict(found)


@dataclass
class Given:
    """An answer that the service began."""

    text: str
    asked: dict[int, int]  # utterance -> ms of it


class Ear:
    """What the service answers: `answer-1`, `answer-2` ..., and what each of them was asked. `preamble_ms`: of an item
    that it says first. `calls`: whether it needs a tool for it."""

    def __init__(
        self, given: list[Given], preamble_ms: int = 0, calls: Callable[[], bool] = lambda: False
    ) -> None:
        self._given, self._preamble_ms, self._calls = given, preamble_ms, calls
        self._last = Asked()

    def answer(self, asked: Asked) -> Sequence[ReplyPart]:
        is_told = bool(asked.outputs)
        self._last = asked = asked if asked.pcm or asked.text else self._last
        if self._calls() and not is_told:
            return [Call("look_up")]
        self._given.append(Given(f"answer-{len(self._given) + 1}", heard_in(asked.pcm)))
        said = [Speech(f"{self._given[-1].text} indeed", tone(24_000, ANSWER_MS, frequency_hz=5000))]
        if self._preamble_ms:
            said.insert(0, Speech("one moment", tone(24_000, self._preamble_ms, frequency_hz=3000)))
        return said


class LoopSound:
    """Engine and card as a task."""

    def __init__(self, engine: Engine, post: Callable[[e.Event], None]) -> None:
        self._engine, self._post = engine, post
        self._task: asyncio.Task[None]
        self.microphone = b""
        self.counters = Counters()
        self.pid = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    def send(self, command: AudioCommand) -> None:
        self._engine.execute(command)

    def restart(self) -> None: ...

    def stop(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        self._post(e.AudioStarted("the loop", 0))
        due = monotonic()
        while True:
            frame, self.microphone = self.microphone[:MIC_FRAME_BYTES], self.microphone[MIC_FRAME_BYTES:]
            self._engine.step(frame.ljust(MIC_FRAME_BYTES, b"\0"))
            due = max(due + FRAME_MS / 1000 / SPEED, monotonic() - 0.1)
            await asyncio.sleep(max(0.0, due - monotonic()))


class LoopDevice(Device):
    """A device whose sound is a task of this loop."""

    sound: LoopSound

    def _in_thread(self, config: Config, _: Card) -> Sound:
        engine = build_engine(config, self.post)
        self.sound = LoopSound(engine, self.post)
        return self.sound


class Rig:
    """`async with Rig() as rig:` is a device with its link up, or one that waits for its wake word."""

    def __init__(
        self,
        *faults: str,
        config: Config | None = None,
        name: str = "",
        limits: Mapping[str, float] = UNLIMITED,
        proxied: bool = False,
        preamble_ms: int = 0,
        watchers: tuple[Watcher, ...] = (),
        **options: Any,
    ) -> None:
        """`name`: what the service is called, instead of by its address. `proxied`: the way to it is `proxy`,
        which holds little when it is frozen."""
        self._name = name
        self.breaks: Callable[[], object] = lambda: None  # something around it
        self.mends: Callable[[], object] = lambda: None
        self.given: list[Given] = []
        self.calls = False  # the service needs a tool for its answers
        self.script = FaultScript(parse(text) for text in faults)
        self.service = SimulatedService(
            answers=lambda: Ear(self.given, preamble_ms, lambda: self.calls),
            faults=self.script,
            pace=options.pop("pace", PACE),
            record=self._record,
            **options,
        )
        base = config or Config()
        base = replace(base, service=replace(base.service, connect_timeout_s=2.0))
        self.config = replace(
            base,
            audio=replace(base.audio, echo="off"),
            gate=replace(base.gate, confirm="off"),
            limits=replace(base.limits, **{**HURRIED, **UNLIMITED, **limits}),
            tools=(LOOK_UP,),
        )
        self._proxied, self._watchers = proxied, watchers
        self.proxy: Proxy
        self.records: list[Record] = []
        self.events: list[tuple[float, e.Event]] = []
        self.cues: list[Cue] = []
        self.entries: list[WireRecord] = []
        self.states: list[State] = []
        self.heard_ms: defaultdict[str, int] = defaultdict(int)  # answer -> ms
        self.muted_frames = 0
        self.said = 0
        self._texts: dict[str, str] = {}
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Rig:
        await self.service.__aenter__()
        url = self.service.url
        if self._name:
            url = url.replace("127.0.0.1", self._name)
        if self._proxied:
            self.proxy = await Proxy(url, holds=HELD_BYTES).__aenter__()
            url = self.proxy.url
        await self.start(url)
        return self

    async def start(self, endpoint: str) -> None:
        config = replace(self.config, service=replace(self.config.service, endpoint=endpoint))
        watchers = self._watch, *self._watchers
        self.device = LoopDevice(config, object(), records=self._note, watchers=watchers)  # type: ignore[arg-type]
        self._run = asyncio.create_task(self.device.run())
        await self.until(lambda: self.online or (self.states and self.state.standby))

    async def __aexit__(self, *_: object) -> None:
        self.device.stop()
        await asyncio.wait({self._run}, timeout=5)
        self._run.cancel()
        if self._proxied:
            await self.proxy.__aexit__()
        await self.service.__aexit__()

    # ---- looking --------------------------------------------------------
    @property
    def state(self) -> State:
        return self.states[-1] if self.states else State()

    @property
    def online(self) -> bool:
        return self.state.online

    @property
    def answering(self) -> bool:
        """Whether a response is under way."""
        started, done = self.of(e.ResponseStarted), self.of(e.ResponseDone)
        return len(started) > len(done)

    @property
    def speaks(self) -> bool:
        """Whether the service has begun to, as far as it knows itself."""
        return any("audio.delta" in entry.event["type"] for entry in self.entries)

    @property
    def attempts(self) -> int:
        """Connections that were tried at the service."""
        return len(self.service.attempts)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for _, event in self.events if isinstance(event, kind)]

    def answers_to(self, utterance: int) -> list[Given]:
        """Those that were heard."""
        return [
            given
            for given in self.given
            if utterance in given.asked and self.heard_ms[given.text] >= ENOUGH_MS
        ]

    def appended(self, connection: int | None = None, since: float = 0.0) -> bytes:
        """The sound that the service was sent, at 24 kHz: on all connections, or one."""
        return b"".join(
            b64decode(entry.event["audio"])
            for entry in self.entries
            if entry.event["type"] == "input_audio_buffer.append"
            and connection in (None, entry.connection)
            and entry.t >= since
        )

    def when(self, kind: type[Any], since: float) -> float | None:
        """Seconds from `since` to the first such event after it."""
        return next(
            (at - since for at, event in self.events if at >= since and isinstance(event, kind)), None
        )

    def _record(self, entry: WireRecord) -> None:
        self.entries.append(entry)
        self._changed.set()

    def _note(self, record: Record) -> None:
        self.records.append(record)
        if isinstance(record.fact, f.CuePlayed):
            self.cues.append(record.fact.name)

    def _watch(self, event: e.Event, state: State) -> None:
        self.events.append((monotonic(), event))
        self.states.append(state)
        match event:
            case e.TranscriptDelta(_, item_id, text):
                self._texts[item_id] = self._texts.get(item_id, "") + text
            case e.PlaybackDrained(heard) | e.PlaybackStopped(heard):
                for item in heard:
                    text = self._texts.get(item.item_id, "").partition(" ")[0]
                    self.heard_ms[text] = max(self.heard_ms[text], item.heard_ms)
        self._changed.set()

    async def until(self, holds: Callable[[], object], limit_s: float = 20.0) -> None:
        try:
            async with asyncio.timeout(limit_s):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(
                f"not within {limit_s} s: {self.state}; cues {self.cues}; given {self.given}; heard"
                f" {dict(self.heard_ms)}; last events {[type(ev).__name__ for _, ev in self.events[-12:]]}"
            ) from None

    # ---- doing ----------------------------------------------------------
    def inject(self, fault: str) -> None:
        self.service.inject(fault)

    def press(self) -> None:
        self.device.post(e.ButtonPressed())

    def release(self) -> None:
        self.device.post(e.ButtonReleased())

    async def hear(self, ms: int, utterance: int | None = None) -> None:
        """So much of an utterance, or of silence, is said into the microphone."""
        silence = bytes(32 * ms)
        await self.hear_sound(
            silence if utterance is None else tone(16_000, ms, frequency_hz=pitch_hz(utterance))
        )

    async def hear_sound(self, pcm: bytes) -> None:
        """At 16 kHz."""
        sound = self.device.sound
        sound.microphone += pcm
        while sound.microphone:  # noqa: ASYNC110 - the card is the clock
            await asyncio.sleep(FRAME_MS / 1000 / SPEED)

    async def begin(self) -> int:
        """The button goes down; the number of what is said now."""
        self.said += 1
        self.press()
        await self.until(lambda: self.state.turn is Turn.LISTENING)
        return self.said

    async def say(self) -> int:
        """A whole utterance, from press to release."""
        utterance = await self.begin()
        await self.hear(UTTERANCE_MS, utterance)
        self.release()
        return utterance

    async def settle(self, limit_s: float = 20.0) -> None:
        """Until the turn is over."""
        await self.until(lambda: self.state.turn is Turn.IDLE, limit_s)
