"""The link: sessions that come and go, one that is prepared, and an outbox that empties slowly."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e

from .clock import Clock
from .connector import Connector
from .service import Session

ASKING = c.AppendAudio | c.CommitInput | c.CreateUserText | c.CreateResponse


class Outbox:
    """What waits to be sent to a session, in order. `leaves` is told of each command that goes."""

    def __init__(
        self, clock: Clock, session: Session, leaves: Callable[[Session, c.ServiceCommand], None]
    ) -> None:
        self._clock, self.session, self._leaves = clock, session, leaves
        self.waiting: deque[c.ServiceCommand] = deque()
        self.slow_ms = 0  # that each command takes to leave
        self._busy = self._half_said = False

    def send(self, command: c.ServiceCommand) -> None:
        if isinstance(command, c.ClearInput):
            kept: deque[c.ServiceCommand] = deque()
            committed = False
            for waiting in reversed(self.waiting):
                committed |= isinstance(waiting, c.CommitInput)
                if committed or not isinstance(waiting, c.AppendAudio):
                    kept.appendleft(waiting)
            self.waiting = kept
        self.waiting.append(command)
        self._go()

    def withdraw(self) -> e.Withdrawn | None:
        """Nothing leaves of a question that was given up; what the service has of it is cleared."""
        taken = [command for command in self.waiting if isinstance(command, ASKING)]
        if not taken:
            return None
        self.waiting = deque(command for command in self.waiting if not isinstance(command, ASKING))
        if self._half_said:
            self.waiting.append(c.ClearInput())
        requests = tuple(command.request_id for command in taken if isinstance(command, c.CreateResponse))
        return e.Withdrawn(sum(isinstance(command, c.CommitInput) for command in taken), requests)

    def _go(self) -> None:
        if self._busy or not self.waiting:
            return
        if not self.slow_ms:
            while self.waiting:
                self._one()
            return
        self._busy = True
        self._clock.after(self.slow_ms, self._written)

    def _written(self) -> None:
        self._busy = False
        if self.waiting and not self.session.dead:
            self._one()
        self._go()

    def _one(self) -> None:
        command = self.waiting.popleft()
        if isinstance(command, c.AppendAudio | c.CommitInput | c.ClearInput):
            self._half_said = isinstance(command, c.AppendAudio)
        self._leaves(self.session, command)
        self.session.up.send(command)


class Link(Connector):
    def __init__(
        self,
        clock: Clock,
        random: Random,
        make: Callable[[], Session],
        post: Callable[[e.Event], None],
        leaves: Callable[[Session, c.ServiceCommand], None],
        *,
        wanted: bool = True,
    ) -> None:
        super().__init__(clock, random, post)
        self._make, self._leaves = make, leaves
        self.line: Outbox | None = None
        self.spare: Outbox | None = None
        self.slow_ms = 0
        self._wanted = wanted
        self._try_after(random.choice((0, 50, 400)))

    # ---- commands -------------------------------------------------------
    def send(self, command: c.ServiceCommand | c.LinkCommand) -> None:
        if isinstance(command, c.OpenLink):
            self._wanted = True
            if not self.line:
                self._try_after(self._random.choice((5, 60, 300)))
        elif isinstance(command, c.CloseLink):
            self._wanted = False
            self._leave("nobody talks")
            self.spare = None
        elif isinstance(command, c.RenewLink):
            self._leave("a new session is wanted")
            self._try_after(self._random.choice((5, 60, 300)))
        elif isinstance(command, c.SwitchLink):
            if self._spare_lives():
                assert self.spare
                self._retire()
                self.line, self.spare = self.spare, None
                self._generation += 1
                self._post(e.LinkSwitched(self._generation, f"s{self.line.session.number}", 3600.0))
            else:
                self._leave("the next session is gone already")
                self._try_after(60)
        elif isinstance(command, c.ChoosePersona):
            self.spare = None
        elif isinstance(command, c.WithdrawQuestion):
            if self.line and (withdrawn := self.line.withdraw()):
                self._post(withdrawn)
        elif self.line and isinstance(command, c.ServiceCommand):
            self.line.send(command)

    @property
    def session(self) -> Session | None:
        return self.line.session if self.line else None

    def _spare_lives(self) -> bool:
        return self.spare is not None and not self.spare.session.dead

    def _leave(self, reason: str) -> None:
        if self.line:
            self._retire()
            self._post(e.Disconnected(self._generation, reason))

    def _retire(self) -> None:
        if self.line:
            self.line.session.dead = True
            self.line.waiting.clear()
            self.line = None

    # ---- what happens to it ---------------------------------------------
    def told(self, session: Session, event: e.ServiceEvent) -> None:
        if self.line and session is self.line.session:
            self._post(event)

    def ended(self, session: Session) -> None:
        """The service, or the network, has ended a session."""
        session.dead = True
        if self.line and session is self.line.session:
            self._leave("dropped")
            if self._spare_lives() and self.spare:
                self.line, self.spare = self.spare, None
                self._up()
            else:
                self._try_after(self._random.choice((30, 250, 500)))

    def drop(self, away_ms: int, noticed_ms: int) -> None:
        self.network = False
        for box in (self.line, self.spare):
            if box:
                box.session.dead = True
        if self.line:
            self._clock.after(noticed_ms, self.ended, self.line.session)
        self._clock.after(away_ms, self.heal)

    def prepare(self, *, urgent: bool) -> None:
        if self.line and self.network and not self.line.session.dead:
            if not self._spare_lives():
                self.spare = Outbox(self._clock, self._make(), self._leaves)
            self._post(e.LinkPrepared(urgent))

    def slow(self, each_ms: int) -> None:
        self.slow_ms = each_ms
        if self.line:
            self.line.slow_ms = each_ms

    @property
    def _lacks_session(self) -> bool:
        return self._wanted and not self.line

    def _connect(self) -> None:
        self.line = Outbox(self._clock, self._make(), self._leaves)
        self._up()

    def _up(self) -> None:
        assert self.line
        self.line.slow_ms = self.slow_ms
        self._generation += 1
        self._post(e.Connected(self._generation, f"s{self.line.session.number}", 3600.0))
