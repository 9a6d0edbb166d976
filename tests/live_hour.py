"""A long conversation with GPT-Live in audio time, in which much goes wrong: each line is answered, or it is told why
not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from edge_agent.audio.sounds import spoken_lines
from edge_agent.simulator.answers import Asked, ReplyPart
from edge_agent.simulator.live.live_door import LiveDoor
from edge_agent.simulator.speech import Bundled
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue

from .live_world import LiveWorld
from .world import LINES

QUESTIONS = [line.text for line in spoken_lines()]
TROUBLES = (
    "drop", "reset", "close:1011", "closes:connection_lost", "closes:remote_hangup", "closes:expired", "bunch:1500",
    "unknown",
)  # fmt: skip
PAUSES_S = (0.5, 1.0, 3.0, 8.0, 20.0, 40.0)  # in the last a session is closed
NOT_TOLD = {Cue.LISTENING, Cue.DONE, Cue.UNMUTED, Cue.MUTED, Cue.NOTHING_HEARD}
PATIENCE_S = 90.0
CLOSES_S = 25.0  # a session that nobody uses


class Heard:
    """Answers as the bundled clips do, and knows what was asked."""

    def __init__(self) -> None:
        self.questions: list[str] = []
        self._answers = Bundled()

    def answer(self, asked: Asked) -> Sequence[ReplyPart]:
        self.questions.append(asked.text)
        return self._answers.answer(asked)


class HourWorld(LiveWorld):
    """Keeps the service's own books, in s: of each session the larger of the two readings that it may bill."""

    def __init__(self, **options: Any) -> None:
        self.books_s = 0.0
        super().__init__(**options)

    def _lose(self, reason: str) -> None:
        assert self.session
        least_s = self.ledger.prices.live_least_s
        self.books_s += max(self.session.clock.position_ms / 1000, self.now - self._began, least_s)
        super()._lose(reason)


@dataclass
class Hour:
    """What came of it. `unanswered`: and nobody was told. `idle_open_s`: with nobody there, at the longest.
    `booked_s`: by the device; `books_s`: by the service."""

    lasted_s: float = 0.0
    said: int = 0
    answered: int = 0
    told: int = 0
    unanswered: list[str] = field(default_factory=list)
    again: int = 0  # lines that were asked more than once
    troubles: int = 0
    sessions: int = 0
    idle_open_s: float = 0.0
    longest_gap_ms: int = 0
    sounding_while_muted_ms: int = 0
    booked_s: float = 0.0
    books_s: float = 0.0

    @property
    def is_right(self) -> bool:
        """The service tells whole seconds, of each session."""
        costs_alike = abs(self.booked_s - self.books_s) <= 0.5 * self.sessions
        closes = self.idle_open_s <= CLOSES_S + 1
        return not self.unanswered and closes and costs_alike and not self.sounding_while_muted_ms


class Conversation:
    def __init__(self, seed: int, mode: str, door: LiveDoor) -> None:
        self._random = Random(seed)
        self._heard = Heard()
        self._world = HourWorld(mode=mode, door=door, answers=self._heard, limits={"offline_s": 30.0})
        self._by_hand = mode == "button"
        self._trouble_at: float | None = None
        self._away_until = 0.0  # without a network
        self._idle_since: float | None = None
        self.hour = Hour()

    def run(self, minutes: float) -> Hour:
        world = self._world
        while world.now < minutes * 60:
            self._wait(self._random.choice(PAUSES_S))
            if self._random.random() < 0.1:
                self._mute()
            elif self._random.random() < 0.1:
                world.post(e.LinkPrepared(urgent=self._random.random() < 0.3))
            else:
                self._ask()
        self._wait(2 * CLOSES_S)
        return self._sum_up()

    def _sum_up(self) -> Hour:
        world, hour = self._world, self.hour
        hour.lasted_s, hour.sessions = world.now, len(world.sessions)
        hour.longest_gap_ms = max(session.appended.longest_gap_ms for session in world.sessions)
        hour.sounding_while_muted_ms = sum(one.appended.sounding_while_muted_ms for one in world.sessions)
        hour.booked_s, hour.books_s = world.ledger.total.live_s, world.books_s
        assert not world.online
        return hour

    # ---- what is done -----------------------------------------------------
    def _ask(self) -> None:
        """One of the lines, with trouble at some time of it; until it is answered, or told that it is not."""
        world, random = self._world, self._random
        number = random.randrange(len(LINES))
        asked, cues = len(self._heard.questions), len(world.cues)
        if random.random() < 0.8:
            self._trouble_at = world.now + random.uniform(0, 9)
        self.hour.said += 1
        if self._by_hand:
            world.post(e.ButtonPressed())
        self._say(LINES[number])
        if self._by_hand:
            world.post(e.ButtonReleased())
        self._until(lambda: world.turn != "listening")
        for _ in range(2):  # an answer may go on after a pause
            self._until(lambda: world.turn == "idle")
            self._wait(1.0)
        times = self._heard.questions[asked:].count(QUESTIONS[number])
        told = any(cue not in {one.value for one in NOT_TOLD} for cue in world.cues[cues:])
        self.hour.answered += times > 0
        self.hour.again += times > 1
        self.hour.told += told and not times
        if not (times or told):
            heard = self._heard.questions[asked:]
            self.hour.unanswered.append(f"at {world.now:.0f} s: {QUESTIONS[number]!r}, heard {heard}")

    def _mute(self) -> None:
        world = self._world
        world.post(e.MuteSwitched(True))
        self._say(LINES[0][: 32 * 1500])
        world.post(e.MuteSwitched(False))

    # ---- time -------------------------------------------------------------
    def _say(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), 640):
            self._frame(pcm[at : at + 640].ljust(640, b"\0"))

    def _wait(self, s: float) -> None:
        end = self._world.now + s
        while self._world.now < end:
            self._frame(bytes(640))

    def _until(self, done: Callable[[], bool]) -> None:
        end = self._world.now + PATIENCE_S
        while not done():
            assert self._world.now < end, f"{self._world.conversation.state} for {PATIENCE_S} s"
            self._frame(bytes(640))

    def _frame(self, mic: bytes) -> None:
        world = self._world
        world.unreachable = world.now < self._away_until
        world.frame(mic)
        if self._trouble_at is not None and world.now >= self._trouble_at:
            self._trouble_at = None
            self._go_wrong()
        is_idle = world.turn == "idle" and not world.conversation.dialogue.bursts.coming
        if not (is_idle and world.online):
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = world.now
        else:
            self.hour.idle_open_s = max(self.hour.idle_open_s, world.now - self._idle_since)

    def _go_wrong(self) -> None:
        world, random = self._world, self._random
        self.hour.troubles += 1
        if random.random() < 0.3:
            self._away_until = world.now + random.choice((0.5, 3.0, 12.0))
        if world.session:
            world.inject(random.choice(TROUBLES))
