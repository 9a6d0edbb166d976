"""What must hold after every event, and at the end. A complaint is a kind and a line of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Output, TurnEnded
from edge_agent.vocabulary.sound import FRAME_MS
from edge_agent.vocabulary.state import LEGAL, State, Turn

from .answers import Response
from .fates import Fates
from .items import Items
from .microphone import frames
from .service import Session

if TYPE_CHECKING:
    from .world import World

TELLING = frozenset(c.Cue) - {c.Cue.LISTENING, c.Cue.DONE, c.Cue.UNMUTED, c.Cue.OFFLINE}
MOST_REQUESTS = 16  # for one question, of which most find a session that ends at once
SLACK_S = 10.0
REFUSED_MS = 1000  # after the end of a voice that may not be listened to, until nothing is recorded any more
MOST_VAIN_TICKS = 5


class Oracles:
    def __init__(self, world: World) -> None:
        self._world = world
        self.complaints: list[tuple[str, str]] = []
        self.fates = Fates(world, self.complain)
        self.items = Items(world, self.complain)
        self._forbidden_until_ms = float("inf") if world.plan.muted else 0.0  # sound of before must not leave
        self._ended: Counter[int] = Counter()
        self._cues: list[c.Cue] = []  # since the last turn ended
        self._drained = 0  # since then
        self._vain_ticks = 0
        self._since_ms = 0  # in this turn's state
        self._waits_ms = 0  # since when it thinks, without a sound of an answer
        self._requests = 0
        self._open: set[str] = set()  # requests that nothing was heard of
        self._active: set[str] = set()  # responses that are known to be under way
        self._calls: set[str] = set()  # of functions, that the device was told of
        self._called: dict[str, set[str]] = {}  # those of before each request
        self._silent_ms = 0
        self._spent = False  # the day's budget
        self._refused = -1  # the uplink that was open then

    def complain(self, kind: str, text: str) -> None:
        self.complaints.append((kind, f"at {self._world.clock.now_ms / 1000:.3f} s: {text}"))
        self._world.note(f"!!! {kind}: {text}")

    # ---- after each event -----------------------------------------------
    def handled(self, event: e.Event, before: State, outputs: Sequence[Output]) -> None:
        world, after = self._world, self._world.conversation.state
        self._learn(event)
        self._transition(before, after, outputs)
        self._deadline(event, before, outputs)
        self.fates.handled(event, before, outputs)
        if after.muted and not before.muted:
            self._forbidden_until_ms = float("inf")
        elif before.muted and not after.muted:
            self._forbidden_until_ms = world.clock.now_ms
        self._cues += [output.cue for output in outputs if isinstance(output, c.PlayCue)]
        for output in outputs:
            self._look_at(output, after)
        self._press(event, before, outputs)
        self.items.handled(event, outputs)

    def _look_at(self, output: Output, after: State) -> None:
        match output:
            case c.AcceptVoice(True) if after.muted or after.turn is not Turn.IDLE:
                self.complain("accepts-voice", f"in {after}")
            case c.OpenUplink() if after.muted:
                self.complain("muted-opens", "OpenUplink while muted")
            case c.AppendAudio() if after.muted:
                self.complain("muted-sends", "AppendAudio while muted")
            case c.CreateResponse(request_id):
                self._create(request_id)
            case c.CancelResponse(response_id):
                self._active.discard(response_id)
            case c.CreateFunctionOutput():
                self._requests, self._waits_ms = 0, self._world.clock.now_ms
            case c.SwitchLink() | c.RenewLink() | c.CloseLink():
                self._open.clear()
                self._active.clear()
            case TurnEnded():
                self._turn_ended(output)

    def _transition(self, before: State, after: State, outputs: Sequence[Output]) -> None:
        if after.turn is before.turn:
            return
        now_ms = self._world.clock.now_ms
        self._since_ms = now_ms
        if before.turn in (Turn.IDLE, Turn.LISTENING) or after.turn is not Turn.THINKING:
            self._waits_ms = now_ms
        ended = any(isinstance(output, TurnEnded) for output in outputs)
        if after.turn not in LEGAL[before.turn] and not ended:
            self.complain("transition", f"{before.turn} -> {after.turn}, and no turn ended")
        if after.turn is Turn.IDLE and not ended:
            self.complain("transition", f"{before.turn} -> idle, and no turn ended")

    def _deadline(self, event: e.Event, before: State, outputs: Sequence[Output]) -> None:
        conversation, limits = self._world.conversation, self._world.settings.limits
        turn = conversation.state.turn
        if turn is not Turn.IDLE and conversation.deadline is None:
            self.complain("no-deadline", f"{turn}")
        vain = isinstance(event, e.Tick) and not outputs and conversation.state == before
        self._vain_ticks = self._vain_ticks + 1 if vain else 0
        if self._vain_ticks == MOST_VAIN_TICKS:
            self.complain("vain-ticks", f"{MOST_VAIN_TICKS} ticks that led to nothing, in {turn}")
        now_ms = self._world.clock.now_ms
        if turn is Turn.LISTENING and now_ms - self._since_ms > 1000 * (limits.listen_s + SLACK_S):
            self.complain("listens-too-long", f"{(now_ms - self._since_ms) / 1000} s")
            self._since_ms = now_ms
        longest_s = limits.offline_s + 2 * limits.answer_s + limits.stall_s + SLACK_S
        if turn is Turn.THINKING and now_ms - self._waits_ms > 1000 * longest_s:
            self.complain("thinks-too-long", f"{(now_ms - self._waits_ms) / 1000} s; {longest_s} s would do")
            self._waits_ms = now_ms

    def _turn_ended(self, ended: TurnEnded) -> None:
        self._ended[ended.turn] += 1
        if self._ended[ended.turn] > 1:
            self.complain("turn-ended-twice", f"{ended}")
        if bool(ended.why) != (ended.outcome in ("unanswered", "cut-short")):
            self.complain("turn-outcome", f"{ended}")
        if ended.outcome == "answered" and not self._drained:
            self.complain("turn-outcome", f"{ended}, and nothing was heard to its end")
        told = TELLING & set(self._cues)
        lost = self._world.conversation.state.lost
        if ended.outcome == "unanswered" and not told and not lost:
            self.complain("unanswered-untold", f"{ended}, with {self._cues}")
        self._cues, self._drained, self._requests = [], 0, 0

    def _press(self, event: e.Event, before: State, outputs: Sequence[Output]) -> None:
        """A press leads to listening, or is told why not; tapped, it may end an utterance."""
        after = self._world.conversation.state
        if not isinstance(event, e.ButtonPressed) or before.turn is Turn.LISTENING:
            return
        cue = any(isinstance(output, c.PlayCue) for output in outputs)
        if after.turn is not Turn.LISTENING and not cue and not after.lost:
            self.complain("press-untold", f"pressed in {before}, now {after}, and no cue")

    # ---- requests -------------------------------------------------------
    def _learn(self, event: e.Event) -> None:
        match event:
            case e.ResponseStarted(response_id, request_id):
                self._active.add(response_id)
                if request_id:
                    self._open.discard(request_id)
                else:
                    self._open.clear()
            case e.ResponseDone(response_id, calls=calls):
                self._calls |= {call.call_id for call in calls}
                if response_id not in self._active:
                    self._open.clear()
                self._active.discard(response_id)
            case e.ServiceErred(_, _, request_id):
                if request_id:
                    self._open.discard(request_id)
                else:
                    self._open.clear()
            case e.PlaybackDrained(heard) if any(item.heard_ms for item in heard):
                self._drained += 1
            case e.BudgetSpent(spent):
                self._spent = spent
            case e.Connected() | e.Disconnected() | e.LinkSwitched():
                self._open.clear()
                self._active.clear()
            case e.UplinkOpened() | e.TextEntered():
                self._requests = 0
            case e.Withdrawn(_, request_ids):
                self._open -= set(request_ids)

    def _create(self, request_id: str) -> None:
        self._requests += 1
        if self._requests == MOST_REQUESTS + 1:
            self.complain("asks-too-often", f"{self._requests} requests for one question")
        if self._world.temper.ear == "none" and self._active:
            self.complain("create-while-active", f"{request_id} while {sorted(self._active)} is under way")
        if self._open:
            self.complain("create-while-active", f"{request_id} while {sorted(self._open)} is not answered")
        self._open.add(request_id)
        self._called[request_id] = set(self._calls)

    # ---- what leaves ----------------------------------------------------
    def leaves(self, session: Session, command: c.ServiceCommand) -> None:
        if isinstance(command, c.AppendAudio):
            first = min(frames(command.pcm), default=None)
            if first is not None and first * FRAME_MS + FRAME_MS <= self._forbidden_until_ms:
                self.complain("muted-leaves", f"frame {first} leaves, said before or while it was muted")

    def begun(self, session: Session, response: Response) -> None:
        self.items.begun(session, response)

    def requested(self, request_id: str, unanswered: set[str]) -> None:
        """A request reaches the service; calls that cross it on their way are told of too late."""
        if missing := unanswered & self._called[request_id]:
            self.complain("output-missing", f"of {sorted(missing)}")

    # ---- between two events ---------------------------------------------
    def settled(self) -> None:
        """What the machine knows and what the engine does agree, once nothing is under way between them."""
        world, sound = self._world, self._world.sound
        turn = world.conversation.state.turn
        if not sound.present or sound.up.under_way or sound.down.under_way or world.over:
            self._silent_ms = world.clock.now_ms
            return
        if self._spent:
            self._refused = sound.uplinks
        if sound.is_open and turn is not Turn.LISTENING:
            refused = self._refused == sound.uplinks and sound.gate_ended_ms + REFUSED_MS > world.clock.now_ms
            if not refused:
                self._once("deaf", f"the uplink is open in {turn}: a voice would open no turn")
        if turn is Turn.LISTENING and not sound.is_open and world.clock.now_ms - self._silent_ms > 1000:
            self._once("listens-to-nothing", "the uplink is closed")

    def _once(self, kind: str, text: str) -> None:
        if all(kind != known for known, _ in self.complaints):
            self.complain(kind, text)

    # ---- the end --------------------------------------------------------
    def enters(self, text: str) -> None:
        self.fates.enters(text)

    def asks_at_the_end(self) -> None:
        self.fates.asks_at_the_end()

    def over(self) -> None:
        conversation = self._world.conversation
        if conversation.state.turn is Turn.IDLE:
            for turn in range(1, conversation.turns + 1):
                if not self._ended[turn]:
                    self.complain("turn-never-ended", f"turn {turn}")
        if any(kind in ("raises", "endless", "no-rest") for kind, _ in self.complaints):
            return
        for session in self._world.sessions[-1:] if not self._world.over else ():
            if conversation.state.online and conversation.state.turn is Turn.IDLE and session.unanswered:
                self.complain("output-never", f"of {session.unanswered}")
        self.items.over()
        self.fates.over()
