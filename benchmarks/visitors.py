"""People who come and go, for hours of audio time: a world in which links drop, rotate, rest and are renewed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from edge_agent.audio.sounds import spoken_answers
from edge_agent.billing.budget import Budget
from edge_agent.billing.ledger import Ledger
from edge_agent.config import Config
from edge_agent.config.known_prices import prices_of
from edge_agent.simulator.answers import Asked, Call, ReplyPart, Speech
from edge_agent.telemetry import facts as f
from edge_agent.telemetry.status import StatusBoard
from edge_agent.vocabulary import events as e
from tests.world import LINES, World


class AnyAnswer:
    """Long ones and short ones, in writing, and calls of functions."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def answer(self, asked: Asked) -> Sequence[ReplyPart]:  # noqa: ARG002
        clip = self._random.choice(spoken_answers())
        speech = Speech(clip.text, clip.pcm)
        match self._random.randrange(8):
            case 0:
                return [Call("open_door", '{"door": 1}')]
            case 1:
                return [Speech("In writing.")]
            case 2:
                return [speech, speech]
        return [speech]


class Visitors(World):
    """People who come and go, over links that do as well."""

    def __init__(self, mode: str, seed: int) -> None:
        self.now = 0.0
        self.random = Random(seed)
        self.board = StatusBoard(lambda: self.now)
        base = Config()
        config = replace(base, limits=replace(base.limits, visit_idle_s=30.0, idle_close_s=45.0))
        self.budget = Budget(Ledger(prices_of(config)), today=lambda: f"day {self.now // 3600}")
        watchers = (self.board.watch, self.budget.watch)
        self.plans: list[tuple[float, Callable[[], None]]] = []
        self.did: Counter[str] = Counter()
        super().__init__(
            config,
            answers=AnyAnswer(self.random),
            watchers=watchers,
            urgent=self.budget.take_change,
            mode=mode,
        )

    def plan(self, in_s: float, do: Callable[[], None]) -> None:
        self.plans.append((self.now + in_s, do))

    def frame(self, mic: bytes = bytes(640)) -> bytes:
        out = super().frame(mic)
        for plan in [plan for plan in self.plans if self.now >= plan[0]]:
            self.plans.remove(plan)
            plan[1]()
        return out

    def lose(self) -> None:
        if self.session:
            self.did["drops"] += 1
            self.disconnect()
            self.plan(self.random.uniform(0.3, 6), self.find)

    def find(self) -> None:
        if self.session is None and not self.conversation.state.standby:
            self.connect()

    def rotate(self) -> None:
        if self.session:
            self.did["rotations"] += 1
            self.prepare(urgent=self.random.random() < 0.5)

    def turn_once(self) -> None:
        """A visitor's next sentence, whatever it comes to."""
        random = self.random
        if random.random() < 0.12:
            self.plan(random.uniform(0, 8), self.lose)
        if random.random() < 0.12:
            self.plan(random.uniform(0, 8), self.rotate)
        match random.randrange(20):
            case 0:
                self.post(e.TextEntered("What time is it?"))
            case 1:
                self.post(e.ForgetRequested())
            case 2:
                self.post(e.MuteSwitched(), e.MuteSwitched())
            case 3:
                self.did["rests"] += 1
                self.wait(60_000)
            case _:
                self.speak()
        if random.random() < 0.2:  # breaks in
            self.wait(random.randrange(500, 4000))
            self.speak()
        for _ in range(4500):
            if self.turn == "idle" and not self.plans:
                break
            self.frame()
        self.wait(random.randrange(500, 3000))
        self.did["turns"] += 1
        self.forget_the_past()

    def speak(self) -> None:
        button = self.config.turns.mode == "button" or self.random.random() < 0.1
        if button:
            self.press()
        self.say(self.random.choice(LINES))
        if button:
            self.release()

    def forget_the_past(self) -> None:
        """What only a test wants to know."""
        self.did["answers heard"] += len(self.facts(f.AnswerHeard))
        self.did["links"] += len(self.facts(f.LinkUp)) + len(self.facts(f.LinkMoved))
        for past in (self.sent, self.events, self.refusals, self.records, self.heard, self.sessions):
            past.clear()
