"""What must hold after every event, and at the end. A complaint is a kind and a line of text."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from edge_agent.conversation.duplex.kept_sound import MOST_MS
from edge_agent.conversation.transcript import MOST_ITEMS
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Output, TurnEnded
from edge_agent.vocabulary.sound import FRAME_MS
from edge_agent.vocabulary.state import State, Turn
from tests.fuzzer.microphone import frames

from .fates import Fates
from .service import STEP_MS, WORD_MS, Answer, Session

if TYPE_CHECKING:
    from .world import DuplexWorld

NOT_TOLD = frozenset({c.Cue.LISTENING, c.Cue.DONE, c.Cue.UNMUTED, c.Cue.NOTHING_HEARD})
TELLING = frozenset(c.Cue) - NOT_TOLD
AGAIN_MS = 3000  # after a stop, in which nothing sounds
SLACK_MS = 1000
PATIENCE_MS = 90_000  # that a session may stay because an answer does not come
SETTLES_MS = 4000  # after an answer has come: it has been heard


class Positions:
    """Where in a stretch of speech each piece belongs that was played of it, in ms."""

    def __init__(self) -> None:
        self._come: Counter[str] = Counter()
        self._withheld: deque[int] = deque()
        self._played: dict[str, list[int]] = {}

    def handled(self, event: e.Event, outputs: Sequence[Output], withheld: Sequence[e.AudioDelta]) -> None:
        if isinstance(event, e.AudioDelta):
            self._withheld.append(self._come[event.item_id])
            self._come[event.item_id] += STEP_MS
        for output in outputs:
            if isinstance(output, c.Play):
                self._played.setdefault(output.item_id, []).append(self._withheld.popleft())
        while len(self._withheld) > len(withheld):
            self._withheld.pop()

    def heard(self, item_id: str, handed_ms: int) -> list[int]:
        return self._played.get(item_id, [])[: -(-handed_ms // STEP_MS)]


class Oracles:
    def __init__(self, world: DuplexWorld) -> None:
        self._world = world
        self.complaints: list[tuple[str, str]] = []
        self.fates = Fates(world, self.complain)
        self._forbidden_until_ms = float("inf") if world.plan.muted else 0.0  # sound of before must not leave
        self._cues: list[c.Cue] = []  # since the last turn ended
        self._ended: Counter[int] = Counter()
        self._spent_ms: int | None = None
        self._lively_ms = 0  # when somebody last talked, or was to be answered
        self._linked_ms = 0  # when there was a session
        self._stopped_ms: int | None = None
        self._comes = False  # an answer
        self._positions = Positions()
        self._since_ms = 0  # in this turn's state

    def complain(self, kind: str, text: str) -> None:
        if all(kind != known for known, _ in self.complaints):
            self.complaints.append((kind, f"at {self._world.clock.now_ms / 1000:.3f} s: {text}"))
        self._world.note(f"!!! {kind}: {text}")

    # ---- after each event -----------------------------------------------
    def handled(self, event: e.Event, before: State, outputs: Sequence[Output]) -> None:
        world, after, now_ms = self._world, self._world.conversation.state, self._world.clock.now_ms
        if isinstance(event, e.BudgetSpent):
            self._spent_ms = now_ms if event.spent else None
        self._cues += [output.cue for output in outputs if isinstance(output, c.PlayCue)]
        self.fates.handled(event, outputs)
        if after.muted and not before.muted:
            self._forbidden_until_ms = float("inf")
        elif before.muted and not after.muted:
            self._forbidden_until_ms = now_ms
        self._positions.handled(event, outputs, world.conversation.dialogue.bursts.withheld)
        self._stop(event, before, outputs)
        if after.turn is not before.turn:
            self._since_ms = now_ms
        self._deadline(event)
        for output in outputs:
            self._look_at(output, after)
        is_idle = after.turn is before.turn is Turn.IDLE
        if not is_idle or isinstance(event, e.AudioDelta | e.AudioFinished | e.Connected):
            self._lively_ms = now_ms
        if isinstance(event, e.Disconnected):
            self._linked_ms = now_ms
        self._bounded()
        if isinstance(event, e.Connected):
            self._history()

    def _look_at(self, output: Output, after: State) -> None:
        match output:
            case c.OpenUplink() if after.muted:
                self.complain("muted-opens", "OpenUplink while muted")
            case c.AppendAudio() if after.muted:
                self.complain("muted-sends", "AppendAudio while muted")
            case c.OpenLink() | c.RenewLink() if self._spent_ms is not None:
                self.complain("spends", f"{output} on a spent budget")
            case c.OpenUplink() if self._spent_ms is not None:
                self.complain("spends", f"{output} on a spent budget")
            case TurnEnded():
                self._turn_ended(output)

    def _turn_ended(self, ended: TurnEnded) -> None:
        self._ended[ended.turn] += 1
        if self._ended[ended.turn] > 1:
            self.complain("turn-ended-twice", f"{ended}")
        if bool(ended.why) != (ended.outcome == "unanswered"):
            self.complain("turn-outcome", f"{ended}")
        is_shown = bool(self._world.conversation.state.lost)
        if ended.outcome == "unanswered" and not (TELLING & set(self._cues) or is_shown):
            self.complain("unanswered-untold", f"{ended}, with {self._cues}")
        self._cues = []

    def _deadline(self, event: e.Event) -> None:
        world = self._world
        deadline = world.conversation.deadline
        if isinstance(event, e.Tick) and deadline is not None and deadline <= world.now_s:
            self.complain("vain-tick", f"the deadline is {world.now_s - deadline:.3f} s ago after a tick")
        turn = world.conversation.state.turn
        if turn is Turn.THINKING and deadline is None:
            self.complain("no-deadline", f"{turn}")
        limits = world.settings.limits
        turned_s = (world.clock.now_ms - self._since_ms) / 1000
        if turn is Turn.LISTENING and turned_s > limits.listen_s + 10:
            self.complain("listens-too-long", f"{turned_s} s")
        if turn is Turn.THINKING and turned_s > limits.offline_s + PATIENCE_MS / 1000:
            self.complain("thinks-too-long", f"{turned_s} s")

    def _stop(self, event: e.Event, before: State, outputs: Sequence[Output]) -> None:
        """After it was told to stop nothing sounds, until somebody asks for more."""
        world, now_ms = self._world, self._world.clock.now_ms
        mutes = isinstance(event, e.MuteSwitched) and world.conversation.state.muted and not before.muted
        if mutes or isinstance(event, e.InterruptRequested | e.ForgetRequested | e.StopRequested):
            self._stopped_ms = now_ms if self._comes else None
            if before.turn is Turn.SPEAKING and not any(isinstance(one, c.StopPlayback) for one in outputs):
                self.complain("not-stopped", f"{event} in {before}")
        elif isinstance(event, e.UplinkOpened | e.TextEntered | e.ButtonPressed | e.Connected):
            self._stopped_ms = None
        self._comes = bool(world.conversation.dialogue.bursts.coming)
        played = any(isinstance(output, c.Play) for output in outputs)
        if played and self._stopped_ms is not None and now_ms - self._stopped_ms < AGAIN_MS:
            self.complain("plays-after-stop", f"{now_ms - self._stopped_ms} ms after it was told to stop")

    def _bounded(self) -> None:
        dialogue = self._world.conversation.dialogue
        if dialogue.kept.ms > MOST_MS:
            self.complain("unbounded", f"{dialogue.kept.ms} ms are kept")
        if len(dialogue.transcript.items) > MOST_ITEMS:
            self.complain("unbounded", f"{len(dialogue.transcript.items)} items")

    def _history(self) -> None:
        """What is told to a session was heard."""
        if self._world.conversation.dialogue.bursts.sounds:
            return
        handed = self._world.sound.player.handed
        for said in self._world.conversation.said:
            for word in said.text.split() if said.role == "assistant" else ():
                item_id, _, number = word.rpartition(".")
                heard = self._positions.heard(item_id, handed[item_id])
                if int(number) * WORD_MS not in heard:
                    self.complain("unheard-words", f"{word}, and {handed[item_id]} ms of it from {heard[:1]}")

    # ---- what leaves and comes -------------------------------------------
    def leaves(self, session: Session, piece: c.AppendAudio) -> None:
        which = [frame for frame in frames(piece.pcm) if frame]
        if which and min(which) * FRAME_MS + FRAME_MS <= self._forbidden_until_ms:
            self.complain("muted-leaves", f"frame {min(which)} leaves, said before or while it was muted")
        self.fates.leaves(session, which)

    def came(self, answer: Answer, delta: e.AudioDelta) -> None:
        """A piece of an answer was handled."""
        conversation = self._world.conversation
        dialogue = conversation.dialogue
        ms = len(delta.pcm) // 48
        answer.came_ms += ms
        answer.last_ms = self._world.clock.now_ms
        is_taken = dialogue.is_heard(self._world.now_s) and dialogue.early_at is None
        if is_taken and not conversation.state.lost and delta.item_id != dialogue.bursts.deaf:
            answer.took_ms += ms
        if delta.item_id == dialogue.bursts.deaf:
            answer.acts = -1  # a part of it is not to be heard
        if answer.has_come and answer.acts == self._world.acts and not conversation.state.lost:
            self._world.clock.after(SETTLES_MS + answer.length_ms, self._was_heard, answer)

    def _was_heard(self, answer: Answer) -> None:
        if self._world.conversation.dialogue.listens:
            self._world.clock.after(SETTLES_MS, self._was_heard, answer)
            return
        player = self._world.sound.player
        heard_ms = sum(player.handed[item_id] for item_id in answer.item_ids)
        if answer.acts == self._world.acts and heard_ms < answer.length_ms and not self._world.over:
            self.complain("answer-unheard", f"{heard_ms} of {answer.length_ms} ms of {answer.item_ids}")

    # ---- between two events ---------------------------------------------
    def settled(self) -> None:
        world, now_ms = self._world, self._world.clock.now_ms
        state, close_s = world.conversation.state, world.settings.idle_close_s
        if world.sound.is_open or world.sound.player.item_id:
            self._lively_ms = now_ms
        alone_ms = now_ms - self._lively_ms
        if state.online and alone_ms > close_s * 1000 + SLACK_MS:
            self.complain("open-for-nobody", f"for {alone_ms} ms")
        wanted_ms = now_ms - max(self._lively_ms, self._linked_ms)
        if world.link.wanted and not world.link.session and wanted_ms > 2 * SLACK_MS:
            self.complain("wanted-by-nobody", f"for {wanted_ms} ms, in {state}")
        if self._spent_ms is not None and state.online:
            over_ms = now_ms - max(self._spent_ms, self._lively_ms)
            if over_ms > SLACK_MS:
                self.complain("spends", f"a session, {over_ms} ms after it may be")

    # ---- the end --------------------------------------------------------
    def enters(self, text: str) -> None:
        self.fates.enters(text)

    def asks_at_the_end(self) -> None:
        """The question is judged as all others are."""

    def over(self) -> None:
        conversation = self._world.conversation
        if any(kind in ("raises", "endless", "no-rest") for kind, _ in self.complaints):
            return
        if conversation.state.turn is Turn.IDLE:
            for turn in range(1, conversation.turns + 1):
                if not self._ended[turn]:
                    self.complain("turn-never-ended", f"turn {turn}")
            self._history()
        if not self._world.over and (conversation.state.turn is not Turn.IDLE or conversation.state.online):
            self.complain("no-rest", f"{conversation.state}")
        self.fates.over()
