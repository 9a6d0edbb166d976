"""What the parts of both machines need of this one: `parts.part.Keeper`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary.commands import Cue, Tell
from ...vocabulary.notices import Outcome, Output
from ...vocabulary.state import State, Turn
from ..calls import TELL, CallCommand, Calls
from ..presence import Presence
from ..settings import TurnSettings
from .dialogue import PLACED_S, Dialogue
from .link_keeping import LinkKeeping
from .listening import Listening
from .speaking import Speaking

TYPED = "The user has typed this; answer it now: {}"


class DuplexKeeper:
    def __init__(
        self, dialogue: Dialogue, link: LinkKeeping, listening: Listening, speaking: Speaking
    ) -> None:
        self._dialogue, self._link, self._listening, self._speaking = dialogue, link, listening, speaking

    @property
    def state(self) -> State:
        return self._dialogue.state

    @state.setter
    def state(self, state: State) -> None:
        self._dialogue.state = state

    @property
    def settings(self) -> TurnSettings:
        return self._dialogue.settings

    @property
    def presence(self) -> Presence:
        return self._dialogue.presence

    @property
    def calls(self) -> Calls:
        return self._dialogue.calls

    @property
    def turn(self) -> Turn:
        return self._dialogue.turn

    @property
    def number(self) -> int:
        return self._dialogue.number

    @property
    def outcome(self) -> Outcome:
        return self._dialogue.outcome

    @property
    def sounds(self) -> bool:
        return self._dialogue.sounds

    @property
    def spent(self) -> bool:
        return self._dialogue.spent

    @property
    def is_quiet(self) -> bool:
        bursts = self._dialogue.bursts
        return self.turn is Turn.IDLE and not (bursts.coming or bursts.sounds)

    @property
    def may_tell(self) -> bool:
        return self.is_quiet and (self.state.online or self.state.standby) and not self.spent

    @property
    def takes_in(self) -> bool:
        return False

    # ---- whose turn it is -------------------------------------------------
    def interrupt(self, now: float) -> Iterator[Output]:
        """Whatever is going on ends now. What the model has heard it answers, whatever it is told."""
        dialogue = self._dialogue
        asked = dialogue.asked_at is not None or dialogue.works
        unanswered = asked or (dialogue.listens and bool(dialogue.kept.pieces or dialogue.texts))
        yield from self._listening.leave()
        yield from self._speaking.stop(now)
        for command in dialogue.calls.cancel():
            self._note(command)
            if isinstance(command, c.ToolCommand):
                yield command
        dialogue.finish_work()
        if unanswered:
            dialogue.outcome = "interrupted"
            yield from self._link.leave(c.CloseLink())
        dialogue.give_up()
        yield from self._link.spare()

    def wait_longer(self, s: float) -> None:
        if self._dialogue.asked_at is not None:
            self._dialogue.asked_at += s

    def invite(self, now: float, *, called: bool = False) -> Iterator[Output]:
        yield from self.carry_out(self.calls.cancel(), now)
        yield from self._listening.invite(now, called=called)

    def begin_by_itself(self, now: float, first_word_s: float) -> Iterator[Output]:
        yield from self._listening.begin_by_itself(now, first_word_s)
        yield from self._dialogue.show()

    # ---- words ------------------------------------------------------------
    def take_text(self, text: str, now: float, role: c.Role = "user") -> Iterator[Output]:
        dialogue = self._dialogue
        dialogue.transcript.note(role, text)
        told = Tell("commentary", TYPED.format(text) if role == "user" else text)
        dialogue.texts.append(told)
        if dialogue.state.online:
            yield told
            dialogue.heard_by = max(dialogue.heard_by, now + PLACED_S)
            dialogue.early_at = now if dialogue.bursts.coming else None
        yield from self._link.want()
        dialogue.ask(now)
        yield from dialogue.show()

    def remark(self, text: str) -> Iterator[Output]:
        self._dialogue.transcript.note("system", text)
        if self._dialogue.state.online:
            yield Tell("thinking", text)

    # ---- tools ------------------------------------------------------------
    def carry_out(self, commands: Iterable[CallCommand], now: float) -> Iterator[Output]:
        """What calls lead to. The output of a call from a lost session is told in words, once nobody talks."""
        dialogue = self._dialogue
        told = False
        for command in commands:
            note = self._note(command)
            if isinstance(command, c.ToolCommand):
                yield command
            elif isinstance(command, c.CreateFunctionOutput) and command.call_id in dialogue.lost_calls:
                yield from self._tell_later(f"{note} {TELL}", now)
            else:
                told = True
                yield command
        if told and not dialogue.calls_open:
            dialogue.go_on_working(now)
            yield c.ContinueWork()
        elif not dialogue.works:
            dialogue.finish_work()

    def _tell_later(self, text: str, now: float) -> Iterator[Output]:
        """Once nobody talks, or in the next session."""
        dialogue = self._dialogue
        if dialogue.state.online:
            dialogue.calls.news.append(text)
            return
        dialogue.texts.append(Tell("commentary", text))
        if not dialogue.listens:
            dialogue.ask(now)
        yield from self._link.want()

    def _note(self, command: CallCommand) -> str:
        """Whatever becomes of the session, the next one is told of it."""
        note = self._dialogue.calls.note(command)
        if note:
            self._dialogue.transcript.note_done(note)
        return note

    def update_tools(self) -> Iterator[Output]:
        """What a session may call is fixed at its start."""
        yield from self._link.leave(c.RenewLink())

    # ---- sessions ---------------------------------------------------------
    def mute(self, muted: bool) -> Iterator[Output]:
        self.state = replace(self.state, muted=muted)
        yield c.MuteMicrophone(muted)
        if self.state.online:
            yield c.MuteInput(muted)
        yield c.PlayCue(Cue.MUTED if muted else Cue.UNMUTED)

    def leave(self, command: c.CloseLink | c.RenewLink) -> Iterator[Output]:
        """There is none, and nobody waits for one any more."""
        self.state = replace(self.state, standby=True)
        yield command

    def forget(self, _: c.CloseLink | c.RenewLink | None = None, *, called: bool = False) -> Iterator[Output]:
        yield from self._link.forget(called=called)
