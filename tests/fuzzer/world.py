"""One history: a person, a sound card, a link and a service around the turn machine, in simulated time."""

from __future__ import annotations

from random import Random
from typing import Any

from edge_agent.conversation.machine import Conversation
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.state import State

from .actors import LinkMisfortune, Person
from .answers import Response
from .history import SOUND, History
from .link import Link
from .oracles import Oracles
from .plan import Plan
from .service import Session
from .sound import Sound, Until
from .tools import TOOLS, Tools

SERVICE = (
    c.AppendAudio | c.CommitInput | c.ClearInput | c.DetectTurns | c.CreateUserText | c.CreateFunctionOutput
    | c.CreateResponse | c.CancelResponse | c.TruncateItem | c.DeleteItem | c.RestoreMessage | c.RestoreCall
)  # fmt: skip
LINK = (
    c.OpenLink
    | c.CloseLink
    | c.RenewLink
    | c.SwitchLink
    | c.ChoosePersona
    | c.WithdrawQuestion
    | c.UpdateTools
)


class World(History):
    """`conversation`: another turn machine than the plan's."""

    oracles: Oracles
    link: Link
    answer_ms = 40_000

    def __init__(
        self, seed: int, plan: Plan, conversation: Conversation | None = None, *, trace: bool = False
    ) -> None:
        super().__init__(seed, plan, trace=trace)
        self.temper = plan.new_temper()
        self.conversation = conversation or Conversation(self.settings, State(muted=plan.muted))
        self.oracles = Oracles(self)
        self._random = Random(f"service {seed}")
        self.sessions: list[Session] = []
        hands_free: Until | None = (
            None if self.button else "silence" if plan.settings["end"] == "local" else "closed"
        )
        self.waits_for_word = self.settings.waits_for_word
        self.sound = Sound(
            self.clock, Random(f"sound {seed}"), self.voices, self.post, hands_free,
            waits_for_word=self.waits_for_word,
        )  # fmt: skip
        self.link = Link(
            self.clock, Random(f"link {seed}"), self._session, self.post, self._leaves,
            wanted=not self.waits_for_word,
        )  # fmt: skip
        self.tools = Tools(self.clock, Random(f"tools {seed}"), self.post)
        self.clock.after(0, self.post, e.ToolsListed(TOOLS))
        self.clock.after(0, self.sound.begin)
        self.person = Person(self, plan.acts_of("person"))
        self.misfortune = LinkMisfortune(self, plan.acts_of("world"))

    def _begin_to_rest(self) -> None:
        self.temper.deaths_when_asked = min(self.temper.deaths_when_asked, 100)
        super()._begin_to_rest()

    def _soothe(self) -> None:
        self.temper.badness = self.temper.calls = 0.0
        self.temper.deaths_when_asked = 0
        self.link.slow(0)

    def _execute(self, output: Any) -> None:
        if isinstance(output, SERVICE | LINK):
            self.link.send(output)
            if isinstance(output, c.CreateResponse):
                self._seen("asked")
            elif isinstance(output, c.AppendAudio):
                self._seen("recorded")
        elif isinstance(output, c.ToolCommand):
            self.tools.take(output)
        elif isinstance(output, SOUND):
            self.sound.down.send(output)
        elif isinstance(output, c.Shutdown):
            self.over = True

    # ---- the service ----------------------------------------------------
    def _session(self) -> Session:
        session = Session(
            len(self.sessions), self.clock, self._random, self.temper, self.voices, self.oracles,
            lambda session, event: self.link.told(session, event), lambda session: self.link.ended(session),
        )  # fmt: skip
        self.sessions.append(session)
        return session

    def _leaves(self, session: Session, command: c.ServiceCommand) -> None:
        self.oracles.leaves(session, command)

    @property
    def responses(self) -> list[tuple[Session, Response]]:
        return [(session, response) for session in self.sessions for response in session.responses]
