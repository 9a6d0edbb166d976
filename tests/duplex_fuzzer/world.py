"""One history: a person, a sound card, a link and GPT-Live around the duplex machine, in simulated time."""

from __future__ import annotations

from random import Random
from typing import Any

from edge_agent.conversation.duplex.duplex_machine import DuplexConversation
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State
from tests.fuzzer.actors import Misfortune, Person
from tests.fuzzer.history import SOUND, History
from tests.fuzzer.plan import Act, Plan
from tests.fuzzer.sound import Sound
from tests.fuzzer.tools import TOOLS, Tools

from .link import Link
from .oracles import Oracles
from .service import Answer, Session, Temper

LINK = c.OpenLink | c.CloseLink | c.RenewLink
SERVICE = c.AppendAudio | c.MuteInput | c.Tell | c.CreateFunctionOutput | c.ContinueWork
DISTURBING = (
    e.ButtonPressed | e.ButtonReleased | e.TextEntered | e.MuteSwitched | e.InterruptRequested | e.ForgetRequested
    | e.StopRequested | e.UplinkOpened | e.AudioLost | e.AudioStarted | e.Disconnected | e.BudgetSpent | e.EchoJudged
    | e.LinkPrepared
)  # fmt: skip


class DuplexWorld(History):
    """`conversation`: another machine than the plan's."""

    oracles: Oracles
    link: Link
    answer_ms = 60_000

    def __init__(
        self, seed: int, plan: Plan, conversation: DuplexConversation | None = None, *, trace: bool = False
    ) -> None:
        super().__init__(seed, plan, trace=trace)
        self.temper = Temper(**plan.temper)
        self.conversation: DuplexConversation = conversation or DuplexConversation(
            self.settings, State(muted=plan.muted)
        )
        self.oracles = Oracles(self)
        self._random = Random(f"service {seed}")
        self.sessions: list[Session] = []
        self.acts = 0
        self.waits_for_word = False
        self.sound = Sound(
            self.clock, Random(f"sound {seed}"), self.voices, self.post, None if self.button else "silence"
        )
        self.link = Link(
            self.clock, Random(f"link {seed}"), self._session, self.post, self.oracles.leaves
        )  # fmt: skip
        self.tools = Tools(self.clock, Random(f"tools {seed}"), self.post)
        self.clock.after(0, self.post, e.ToolsListed(TOOLS))
        self.clock.after(0, self.sound.begin)
        self.clock.after(10, self.post, e.EchoJudged(True, 20.0))
        self.person = Person(self, plan.acts_of("person"))
        self.misfortune = LinkMisfortune(self, plan.acts_of("world"))

    def _soothe(self) -> None:
        self.temper.deaf = self.temper.refuses = self.temper.works = self.temper.pauses = 0.0

    def _execute(self, output: Any) -> None:
        if isinstance(output, SERVICE | LINK):
            self.link.send(output)
            if isinstance(output, c.AppendAudio):
                self._seen("recorded")
        elif isinstance(output, SOUND):
            self.sound.down.send(output)
        elif isinstance(output, c.ToolCommand):
            self.tools.take(output)
        elif isinstance(output, c.Shutdown):
            self.over = True

    def post(self, event: e.Event) -> None:
        self.acts += isinstance(event, DISTURBING)
        super().post(event)

    # ---- the service ----------------------------------------------------
    def _session(self) -> Session:
        knows = " ".join(said.text for said in self.conversation.said)
        session = Session(len(self.sessions), self.clock, self._random, self.temper, self.voices, knows, self)
        self.sessions.append(session)
        return session

    def told(self, session: Session, event: e.ServiceEvent, answer: Answer | None) -> None:
        self.link.told(session, event)
        if answer and session is self.link.session and isinstance(event, e.AudioDelta):
            self.oracles.came(answer, event)

    def complain(self, kind: str, text: str) -> None:
        self.oracles.complain(kind, text)

    def ended(self, session: Session, reason: str) -> None:
        self.link.ended(session, reason)


class LinkMisfortune(Misfortune):
    def __init__(self, world: DuplexWorld, acts: list[Act]) -> None:
        super().__init__(world, acts)
        self._link, self._temper = world.link, world.temper

    def slow(self, delay_ms: int, for_ms: int) -> None:
        self._temper.delay_ms = delay_ms
        self._world.clock.after(for_ms, setattr, self._temper, "delay_ms", 20)

    def end(self, reason: str) -> None:
        if self._link.session:
            self._link.session.die(reason)
