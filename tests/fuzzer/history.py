"""A person and a sound card around a machine that decides, in simulated time: what every history has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from math import ceil, inf
from random import Random
from typing import Any, Protocol

from edge_agent.conversation.deciding import Machine
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Output
from edge_agent.vocabulary.state import State, Turn

from .clock import Clock
from .connector import Connector
from .microphone import Voices
from .plan import Plan
from .sound import Sound

START_S = 5000.0  # of the clock that the machine reads
CALM_MS = 2000
REST_MS = 400_000  # within which everything comes to rest
MOST_EVENTS = 40_000
SOUND = (
    c.OpenUplink | c.CloseUplink | c.MuteMicrophone | c.ForgetPreroll | c.AcceptVoice | c.Play | c.FinishPlayback
    | c.StopPlayback | c.PlayCue | c.SetVolume | c.Announce | c.StopAnnouncing
)  # fmt: skip


class Stopped(Exception):
    """The history is at its end before its time: the machine raised, or does not end."""


class Doer(Protocol):
    @property
    def done(self) -> bool: ...
    def seen(self, trigger: str) -> None: ...


class Speaker(Doer, Protocol):
    def speak(self, voices: tuple[tuple[int, int], ...], lead_ms: int, tail_ms: int) -> None: ...


class Watcher(Protocol):
    """`complaints`: a kind and a line of text each."""

    @property
    def complaints(self) -> list[tuple[str, str]]: ...
    def complain(self, kind: str, text: str) -> None: ...
    def handled(self, event: e.Event, before: State, outputs: Sequence[Output]) -> None: ...
    def settled(self) -> None: ...
    def enters(self, text: str) -> None: ...
    def asks_at_the_end(self) -> None: ...
    def over(self) -> None: ...


class History(ABC):
    """`trace`: keeps what happens in `trace`."""

    conversation: Machine
    sound: Sound
    link: Connector
    oracles: Watcher
    person: Speaker
    misfortune: Doer
    waits_for_word: bool
    answer_ms: int  # within which a question must be answered at the end

    def __init__(self, seed: int, plan: Plan, *, trace: bool = False) -> None:
        self.plan = plan
        self.trace: list[str] | None = [] if trace else None
        self.clock = Clock()
        self.voices = Voices()
        self.voice_until_ms = self.held_until_ms = 0
        self.button = plan.settings["mode"] == "button"
        self.hold = plan.settings["button"] == "hold"
        self.settings = plan.turn_settings()
        self._late_ms = Random(f"late {seed}").choice((0, 0, 1, 30))
        self._inbox: deque[e.Event] = deque()
        self._handling = self.over = False
        self._events = 0
        self._due_ms: float = inf

    @property
    def now_s(self) -> float:
        return START_S + self.clock.now_ms / 1000

    # ---- the history ----------------------------------------------------
    def run(self) -> None:
        try:
            while not (self.person.done and self.misfortune.done):
                self._run_until(self.clock.now_ms + 500)
            self._run_until(max(self.clock.now_ms, self.voice_until_ms) + CALM_MS)
            if self.plan.stops:
                self._stop()
                return
            self._come_to_rest()
            self._ask_at_the_end()
        except Stopped:
            return
        finally:
            self.oracles.over()

    def _come_to_rest(self) -> None:
        self.note("-- left alone")
        self._begin_to_rest()
        until_ms = self.clock.now_ms + REST_MS
        while self.conversation.state.turn is not Turn.IDLE or self.sound.is_open:
            if self.clock.now_ms > until_ms:
                self.oracles.complain("no-rest", f"{self.conversation.state.turn} for {REST_MS / 1000} s")
                return
            self._run_until(self.clock.now_ms + 500)
        self._run_until(self.clock.now_ms + 1000)

    def _begin_to_rest(self) -> None:
        """Nobody does anything any more."""
        if self.plan.away_at_rest:
            self.link.drop(REST_MS, 100)

    def _ask_at_the_end(self) -> None:
        """Everything is well again: a question must be answered."""
        self.note("-- all is well: is a question answered?")
        self._soothe()
        self.link.heal()
        self.link.refuse("")
        self.duplex(full=True)
        if self.conversation.state.muted:
            self.post(e.MuteSwitched(False))
        self.post(e.BudgetSpent(False))
        until_ms = self.clock.now_ms + 60_000
        while self.clock.now_ms < until_ms and not self._well:
            self._run_until(self.clock.now_ms + 500)
        self._run_until(max(self.clock.now_ms, self.held_until_ms) + 4000)
        self.oracles.asks_at_the_end()
        self.person.speak(((1000, 0),), 100, 100)
        self._run_until(self.clock.now_ms + self.answer_ms)

    @abstractmethod
    def _soothe(self) -> None:
        """The service means well from now on."""

    @property
    def _well(self) -> bool:
        state = self.conversation.state
        return self.sound.present and (state.online or state.standby) and state.turn is Turn.IDLE

    def _stop(self) -> None:
        self.post(e.StopRequested())
        self._run_until(self.clock.now_ms + 5000)
        if not self.over:
            self.oracles.complain("no-shutdown", "5 s after it was told to stop")

    def _run_until(self, end_ms: int) -> None:
        while not self.over:
            tick_ms = max(self._due_ms, self.clock.now_ms)
            if min(tick_ms, self.clock.next_ms) > end_ms:
                break
            if tick_ms <= self.clock.next_ms:
                self.clock.now_ms = int(tick_ms)
                self.post(e.Tick())
            else:
                self.clock.step()
        self.clock.now_ms = max(self.clock.now_ms, end_ms)

    # ---- the shell ------------------------------------------------------
    def post(self, event: e.Event) -> None:
        self._inbox.append(event)
        if self._handling:
            return
        self._handling = True
        while self._inbox:
            self._handle(self._inbox.popleft())
        self._handling = False
        self._due_ms = self._tick_ms()
        self.oracles.settled()

    def _tick_ms(self) -> float:
        """When to send the next `Tick`: never early, and perhaps late."""
        deadline = self.conversation.deadline
        if deadline is None:
            return inf
        due_ms = ceil((deadline - START_S) * 1000)
        early = START_S + due_ms / 1000 < deadline
        return due_ms + early + self._late_ms

    def _handle(self, event: e.Event) -> None:
        self._events += 1
        before = self.conversation.state
        if self.trace is not None:
            self.note(f"> {_short(event)}")
        try:
            outputs = self.conversation.handle(event, self.now_s)
        except Exception as error:
            self.oracles.complain("raises", f"{type(error).__name__} at {type(event).__name__}: {error}")
            raise Stopped from error
        if self._events > MOST_EVENTS:
            self.oracles.complain("endless", f"{MOST_EVENTS} events")
            raise Stopped
        after = self.conversation.state
        if self.trace is not None:
            for output in outputs:
                self.note(f"      < {_short(output)}")
            if after != before:
                self.note(f"        {before} -> {after}")
        self.oracles.handled(event, before, outputs)
        for output in outputs:
            self._execute(output)
        if after.turn is not before.turn:
            self._seen(after.turn.value)
        if isinstance(event, e.AudioLost | e.Disconnected):
            self._seen("lost" if isinstance(event, e.AudioLost) else "dropped")

    @abstractmethod
    def _execute(self, output: Any) -> None:
        """Does what was decided."""

    def _seen(self, trigger: str) -> None:
        for actor in (self.person, self.misfortune):
            actor.seen(trigger)

    # ---- what actors do -------------------------------------------------
    def at(self, at_ms: int, call: Callable[..., None], *arguments: Any) -> None:
        self.clock.after(at_ms - self.clock.now_ms, call, *arguments)

    def voice(self, on: bool) -> None:
        self.note(f"voice {'begins' if on else 'ends'}")
        self.sound.hear(voice=on)

    def tap_to_end(self) -> None:
        """A second tap, if the utterance has not ended by itself."""
        if self.conversation.state.turn is Turn.LISTENING:
            self.post(e.ButtonPressed())
            self.clock.after(80, self.post, e.ButtonReleased())

    def enter(self, text: str) -> None:
        self.oracles.enters(text)
        self.post(e.TextEntered(text))

    def duplex(self, *, full: bool) -> None:
        if self.sound.full_duplex != full:
            self.sound.full_duplex = full
            self.sound.up.send(e.EchoJudged(full, 20.0))

    def note(self, text: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{self.clock.now_ms / 1000:9.3f} {text}")


def _short(thing: Any) -> str:
    if isinstance(thing, e.MicAudioRecorded | e.AudioDelta | c.AppendAudio | c.Play):
        first = int.from_bytes(thing.pcm[:2], "little") if thing.pcm else 0
        ids = {name: getattr(thing, name) for name in ("uplink_id", "item_id") if hasattr(thing, name)}
        return f"{type(thing).__name__}({ids}, {len(thing.pcm) // 48} ms from frame {first})"
    return repr(thing)
