"""The link of a device with GPT-Live: one session at a time, begun when it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from tests.fuzzer.clock import Clock
from tests.fuzzer.connector import Connector

from .service import Session

SET_UP_MS = (300, 600, 1100)
FEED_MS = 20


class Link(Connector):
    """`leaves` is told of each piece of sound that goes."""

    def __init__(
        self,
        clock: Clock,
        random: Random,
        make: Callable[[], Session],
        post: Callable[[e.Event], None],
        leaves: Callable[[Session, c.AppendAudio], None],
    ) -> None:
        super().__init__(clock, random, post)
        self._make, self._leaves = make, leaves
        self.session: Session | None = None
        self.wanted = False

    # ---- commands -------------------------------------------------------
    def send(self, command: c.ServiceCommand | c.LinkCommand) -> None:
        match command:
            case c.OpenLink():
                if not (self.wanted or self.session):
                    self._try_after(self._random.choice(SET_UP_MS))
                self.wanted = True
            case c.CloseLink():
                self.wanted = False
                self._leave("nobody talks")
            case c.RenewLink():
                self._leave("a new session is wanted")
                self._try_after(self._random.choice(SET_UP_MS))
            case c.AppendAudio(pcm) if self.session:
                self.session.stream.add(pcm)
            case _ if self.session and isinstance(command, c.ServiceCommand):
                if isinstance(command, c.MuteInput):
                    self.session.stream.drop()
                self.session.up.send(command)

    def _leave(self, reason: str) -> None:
        if self.session:
            self.session.dead = True
            self.session = None
            self._post(e.Disconnected(self._generation, reason))

    # ---- what happens to it ---------------------------------------------
    def told(self, session: Session, event: e.ServiceEvent) -> None:
        if session is self.session:
            self._post(event)

    def ended(self, session: Session, reason: str) -> None:
        """The service has ended it, and says why."""
        if session is self.session and not session.dead:
            self._post(e.SessionEnded(reason, 1.0))
            self._lost(session)

    def _lost(self, session: Session) -> None:
        if session is self.session:
            self._leave("dropped")
            if self.wanted:
                self._try_after(self._random.choice((30, 250, 500)))

    def drop(self, away_ms: int, noticed_ms: int) -> None:
        self.network = False
        if self.session:
            self.session.dead = True
            self._clock.after(noticed_ms, self._lost, self.session)
        self._clock.after(away_ms, self.heal)

    def prepare(self, *, urgent: bool) -> None:
        if self.session and not self.session.dead:
            self._post(e.LinkPrepared(urgent))

    @property
    def _lacks_session(self) -> bool:
        return self.wanted and not self.session

    def _connect(self) -> None:
        self.session = session = self._make()
        self._generation += 1
        self._post(e.Connected(self._generation, f"s{session.number}", 3600.0))
        self._feed(session)

    def _feed(self, session: Session) -> None:
        """The clock of a session goes on."""
        if session is not self.session:
            return
        if not session.dead:
            for piece in session.stream.due(self._clock.now_ms / 1000):
                if isinstance(piece, c.AppendAudio):
                    self._leaves(session, piece)
                session.up.send(piece)
        self._clock.after(FEED_MS, self._feed, session)
