"""What tools return, how long they may take, and who must confirm them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.commands import Cue
from ...vocabulary.state import Turn
from .part import NOTHING, Keeper, Output, Outputs, Part

WORKING_S = 1.5  # of waiting for tools, until the user is told that something is going on


class ToolsPart(Part[Keeper]):
    KEPT = ("cue_played", "session_differs")

    cue_played: bool = False  # in this wait
    session_differs: bool = False  # it was told of other tools

    @property
    def due(self) -> float | None:
        run_due, cue_at = self.keeper.calls.due, self._cue_at
        return cue_at if run_due is None else run_due if cue_at is None else min(run_due, cue_at)

    @property
    def _cue_at(self) -> float | None:
        calls = self.keeper.calls
        if calls.waits_since is None:
            return None
        is_told = self.cue_played or calls.asking or self.keeper.turn is not Turn.THINKING
        return None if is_told else calls.waits_since + WORKING_S

    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        calls = self.keeper.calls
        match event:
            case e.ToolsListed(tools):
                calls.tools = {tool.name: tool for tool in tools}
                self.session_differs = self.keeper.state.online  # the next one is told at its beginning
                return NOTHING
            case e.Connected() | e.Disconnected() | e.LinkSwitched():
                self.session_differs = False
            case e.ToolReturned():
                return self.keeper.carry_out(calls.returned(event), now)
            case e.ServiceCallEnded():
                return self.keeper.carry_out(calls.service_ended(event), now)
            case e.ButtonPressed() if calls.asking:
                confirmed = self.keeper.carry_out([calls.confirm(calls.asking, now)], now)
                return [*confirmed, c.PlayCue(Cue.DONE)]
        return None

    def tick(self, now: float, /) -> Outputs:
        yield from self.keeper.carry_out(self.keeper.calls.expire(now), now)
        if self._cue_at is not None and now >= self._cue_at:
            self.cue_played = True
            yield c.PlayCue(Cue.WORKING)

    def rest(self, now: float, /) -> Iterable[Output] | None:
        keeper, calls = self.keeper, self.keeper.calls
        waiting = calls.waits_since is not None and keeper.turn is Turn.THINKING
        self.cue_played &= waiting
        if self.cue_played is not keeper.state.working:
            keeper.state = replace(keeper.state, working=self.cue_played)
        if waiting and not calls.asking and (run := calls.unconfirmed):
            calls.announce(run, now)
            return [c.PlayCue(Cue.CONFIRM)]
        if self.session_differs and keeper.is_quiet:
            self.session_differs = False
            return keeper.update_tools()
        if calls.news and keeper.may_tell:
            return keeper.take_text(calls.news.pop(0), now, "system")
        return None
