"""What became of each thing that was said: no word is lost, and none is answered twice.

Something said has a good fate if it was in the conversation of a session that began a response of which a second, or
all, was heard; or if somebody gave it up (a mute, an interruption, a wish to forget), or the person was told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Output, TurnEnded
from edge_agent.vocabulary.sound import FRAME_MS
from edge_agent.vocabulary.state import State, Turn

from .answers import Response
from .service import Session

if TYPE_CHECKING:
    from .world import World

SHORTEST_MS = 400  # that counts as said
HEARD_MS = 1000  # that counts as an answer
SLACK_MS = 700
TELLING = frozenset(c.Cue) - {c.Cue.LISTENING, c.Cue.DONE, c.Cue.UNMUTED, c.Cue.OFFLINE, c.Cue.MUTED}


@dataclass(frozen=True)
class Said:
    name: str
    start_ms: int
    end_ms: int


class Fates:
    def __init__(self, world: World, complain: Callable[[str, str], None]) -> None:
        self._world, self._complain = world, complain
        self._texts: list[Said] = []
        self._excuses: list[int] = []  # when somebody gave something up, or was told
        self._interruptions: list[int] = []
        self._presses: list[int] = []
        self._idle: list[int] = []  # when a turn came to its end
        self._closing = False  # all is said, and its last sound on its way
        self._cut_off: list[int] = []  # when text came in just then
        self._refused = 0  # the uplink that was opened while that was spent
        self._unheeded: list[int] = []  # when it recorded on, and the budget was not spent any more
        self._spent = False  # the day's budget
        self._starts: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self._end_ms: int | None = None  # when the question at the end is asked

    # ---- as it goes -----------------------------------------------------
    def handled(self, event: e.Event, before: State, outputs: Sequence[Output]) -> None:
        now_ms, state = self._world.clock.now_ms, self._world.conversation.state
        if state.turn is Turn.IDLE and before.turn is not Turn.IDLE:
            self._idle.append(now_ms)
        given_up = e.ForgetRequested | e.InterruptRequested | e.StopRequested | e.AudioLost | e.BudgetSpent
        told = any(
            isinstance(output, c.Announce) or (isinstance(output, c.PlayCue) and output.cue in TELLING)
            for output in outputs
        )
        # whoever talks over an announcement that interrupts is not heard
        told |= before.announcing and isinstance(event, e.UplinkOpened) and c.CloseUplink() in outputs
        if told or isinstance(event, given_up) or (state.muted and not before.muted):
            self._excuses.append(now_ms)
        if isinstance(event, e.TextEntered) and before.turn is Turn.LISTENING:
            (self._cut_off if self._closing else self._excuses).append(now_ms)
        if isinstance(event, e.UplinkOpened | e.UplinkClosed):
            self._closing = False
        for output in outputs:
            if isinstance(output, c.OpenUplink | c.CloseUplink):
                self._closing = isinstance(output, c.CloseUplink)
        if isinstance(event, e.BudgetSpent):
            self._spent = event.spent
        elif isinstance(event, e.UplinkOpened):
            self._refused = event.uplink_id if self._spent else 0
        elif isinstance(event, e.MicAudioRecorded) and (self._spent or event.uplink_id == self._refused):
            (self._excuses if self._spent else self._unheeded).append(now_ms)
        if isinstance(event, e.ButtonPressed):
            self._presses.append(now_ms)
        if isinstance(event, e.ButtonPressed | e.UplinkOpened) and before.turn is not Turn.IDLE:
            self._interruptions.append(now_ms)
        for output in outputs:
            if isinstance(output, TurnEnded) and output.outcome == "interrupted":
                self._interruptions.append(now_ms)
            elif isinstance(output, TurnEnded) and output.why:  # whether that is told is asked elsewhere
                self._excuses.append(now_ms)

    def enters(self, text: str) -> None:
        now_ms = self._world.clock.now_ms
        self._texts.append(Said(text, now_ms, now_ms))

    def asks_at_the_end(self) -> None:
        self._end_ms = self._world.clock.now_ms

    # ---- at the end -----------------------------------------------------
    def over(self) -> None:
        heard = [(session, one) for session, one in self._world.responses if self._is_heard(one)]
        all_said = self._said()
        self._ends = {said.name: said.end_ms for said in all_said}
        self._starts = {said.name: said.start_ms for said in all_said}
        for said in all_said:
            at_the_end = self._end_ms is not None and said.start_ms >= self._end_ms
            self._judge(said, [one for _, one in heard], at_the_end=at_the_end)
        self._twice(heard)

    def _said(self) -> list[Said]:
        spoken = [
            Said(run.name, run.start_ms, run.end_ms)
            for run in self._world.voices.runs
            if len(run.recorded) * FRAME_MS >= SHORTEST_MS
            or (self._end_ms is not None and run.start_ms >= self._end_ms)
        ]
        return spoken + self._texts

    def _heard_ms(self, response: Response) -> int:
        return sum(self._world.sound.player.handed[item.item_id] for item in response.items)

    def _sent_ms(self, response: Response) -> int:
        return sum(item.sent_ms for item in response.items)

    def _is_heard(self, response: Response) -> bool:
        heard_ms, sent_ms = self._heard_ms(response), self._sent_ms(response)
        return heard_ms > 0 and (heard_ms >= HEARD_MS or (heard_ms >= sent_ms and response.over))

    def _judge(self, said: Said, heard: list[Response], *, at_the_end: bool) -> None:
        if any(said.name in response.known for response in heard) or self._world.over:
            return
        if at_the_end:
            if not self._excused(said):
                self._complain("no-answer-at-the-end", f"{said.name}, though all is well")
            return
        if self._excused(said):
            return
        kind = self._how_lost(said, heard)
        if kind:
            self._complain(kind, f"{said.name} (until {said.end_ms / 1000})")

    def _how_lost(self, said: Said, heard: list[Response]) -> str:
        """The kind of complaint; empty: none."""
        interrupted = any(said.start_ms < at_ms for at_ms in self._interruptions)
        pressed = any(said.start_ms <= at_ms <= said.end_ms for at_ms in self._presses)
        if pressed and not self._world.button:
            return ""  # somebody broke it in two
        if any(said.start_ms <= at_ms <= said.end_ms + SLACK_MS for at_ms in self._unheeded):
            return "word-lost-to-budget"
        asked = any(said.name in one.known for _, one in self._world.responses)
        if not asked and any(said.start_ms < at_ms <= self._lost_ms(said) for at_ms in self._cut_off):
            return "word-lost-to-text"
        if any(said.end_ms <= self._starts.get(one.newest, 0) < self._lost_ms(said) for one in heard):
            return "word-lost-before-answer"
        if any(said.name in one.touched for one in heard):
            return "word-lost-before-answer" if interrupted else "word-clipped"
        if interrupted:
            return ""
        return "text-lost" if said in self._texts else "word-lost"

    def _lost_ms(self, said: Said) -> int:
        """When nobody could expect an answer to it any more: the device was idle."""
        return next((at_ms for at_ms in self._idle if at_ms > said.end_ms), self._world.clock.now_ms)

    def _excused(self, said: Said) -> bool:
        lost_ms = self._lost_ms(said)
        return any(said.start_ms - SLACK_MS < at_ms <= lost_ms + SLACK_MS for at_ms in self._excuses)

    def _twice(self, heard: list[tuple[Session, Response]]) -> None:
        answered: dict[str, Response] = {}
        for _, response in heard:
            heard_ms = self._heard_ms(response)
            whole = response.status == "completed" and heard_ms >= max(HEARD_MS, self._sent_ms(response))
            if not whole or response.calls or not response.newest:
                continue
            before = answered.get(response.newest)
            if before and self._ends.get(response.newest, 0) <= before.began_ms:
                what = f"{response.newest} by {before.response_id} and by {response.response_id}"
                self._complain("answered-twice", what)
            answered[response.newest] = response
