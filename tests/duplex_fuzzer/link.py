"""The link of a device with GPT-Live: one session at a time, begun when it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from tests.fuzzer.clock import Clock

from .service import Session

SET_UP_MS = (300, 600, 1100)
FEED_MS = 20


class Link:
    """`leaves` is told of each piece of sound that goes."""

    def __init__(
        self,
        clock: Clock,
        random: Random,
        make: Callable[[], Session],
        post: Callable[[e.Event], None],
        leaves: Callable[[Session, c.AppendAudio], None],
    ) -> None:
        self._clock, self._random, self._make = clock, random, make
        self._post, self._leaves = post, leaves
        self.session: Session | None = None
        self.network, self.refusal = True, ""
        self.wanted = False
        self._generation = self._attempt = 0

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
        """No network for so long; that the session is gone is noticed later."""
        self.network = False
        if self.session:
            self.session.dead = True
            self._clock.after(noticed_ms, self._lost, self.session)
        self._clock.after(away_ms, self.heal)

    def heal(self) -> None:
        self.network = True

    def refuse(self, code: str) -> None:
        """The service takes no new sessions; empty: it does."""
        self.refusal = code

    def prepare(self, *, urgent: bool) -> None:
        if self.session and not self.session.dead:
            self._post(e.LinkPrepared(urgent))

    def _try_after(self, wait_ms: int) -> None:
        self._attempt += 1
        self._clock.after(wait_ms, self._try, self._attempt)

    def _try(self, attempt: int) -> None:
        if attempt != self._attempt or self.session or not self.wanted:
            return
        if not self.network:
            self._post(e.LinkFailed("unreachable", "nobody there", told=False))
            self._try_after(self._random.choice((300, 1000, 3000)))
        elif self.refusal:
            self._post(e.LinkFailed(self.refusal, "no", told=self.refusal != "busy"))
            self._try_after(self._random.choice((1000, 5000)))
        else:
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
