"""What becomes of each thing that was said: answered, or told that it is not; and never asked twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from edge_agent.conversation.calls import TELL
from edge_agent.conversation.duplex.dialogue import BROKEN_OFF
from edge_agent.conversation.duplex.duplex_keeper import TYPED
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Output
from tests.fuzzer.microphone import Run, frames

from .service import Answer, Session

if TYPE_CHECKING:
    from .world import DuplexWorld

ENOUGH_MS = 1000  # of an answer
SOME_MS = 100  # which may be all of it, for all that the device can know
EARLY_MS = 3500  # before the end of what it answers
ENDING = e.InterruptRequested | e.StopWordHeard | e.ForgetRequested | e.StopRequested
GIVES_UP = frozenset(c.Cue) - {c.Cue.LISTENING, c.Cue.DONE, c.Cue.UNMUTED, c.Cue.NOTHING_HEARD, c.Cue.MUTED}


class Fates:
    def __init__(self, world: DuplexWorld, complain: Callable[[str, str], None]) -> None:
        self._world, self._complain = world, complain
        self._settled: set[str] = set()  # runs and texts of which no answer is owed any more
        self._texts: list[str] = []
        self._uplink: dict[int, set[str]] = {}  # the runs in each
        self._ended_uplinks: set[int] = set()
        self._has_voice = False
        self._last_text = ""
        self._settled_ms = 0  # everything

    def _said(self) -> Iterable[str]:
        return [run.name for run in self._world.voices.runs if run.recorded] + self._texts

    def enters(self, text: str) -> None:
        self._texts.append(text)

    def handled(self, event: e.Event, outputs: Sequence[Output]) -> None:
        state = self._world.conversation.state
        match event:
            case e.UplinkOpened(uplink_id):
                self._has_voice = False
                self._uplink[uplink_id] = set()
                self._ended_uplinks.discard(uplink_id)
                if self._world.conversation.dialogue.uplink_id != uplink_id:  # refused
                    self._ended_uplinks.add(uplink_id)
            case e.SpeechStarted():
                self._has_voice = True
            case e.MicAudioRecorded(uplink_id, pcm):
                runs = {run.name for _, run in self._world.voices.voiced(frames(pcm))}
                self._uplink.setdefault(uplink_id, set()).update(runs)
                if uplink_id in self._ended_uplinks:
                    self._settled |= runs
            case e.UplinkClosed(uplink_id, speech_ms) if not speech_ms:
                self._settled |= self._uplink.get(uplink_id, set())
            case e.AudioLost():
                if self._world.conversation.dialogue.bursts.coming:
                    self._settled.update(self._said())
                for uplink_id, runs in self._uplink.items():
                    if not self._has_voice and uplink_id == max(self._uplink):
                        self._settled |= runs
                self._uplink.clear()
            case e.AudioDelta() if state.lost:
                self._settled.update(self._said())  # that it cannot speak is shown
        withdraws = isinstance(event, ENDING) or (isinstance(event, e.MuteSwitched) and state.muted)
        told = any(isinstance(output, c.PlayCue) and output.cue in GIVES_UP for output in outputs)
        if withdraws or told:
            self._settled.update(self._said())
            self._settled_ms = self._world.clock.now_ms
            if withdraws:
                self._ended_uplinks.update(self._uplink)

    def leaves(self, session: Session, which: list[int]) -> None:
        for _, run in self._world.voices.voiced(which):
            for earlier in self._world.sessions:
                if earlier is not session and self._is_answered(run, earlier, surely=True):
                    self._complain("asked-again", f"{run.name}, answered in session {earlier.number}")

    def _is_answered(self, run: Run, session: Session, *, surely: bool = False) -> bool:
        if not session.has(run):
            return False
        heard_ms = session.heard_ms[run.name]
        if session.called_ms is not None and session.called_ms >= heard_ms:
            return not surely  # it was understood; which answer is about it nobody knows
        return self._answers(session, heard_ms, surely=surely)

    def _answers(self, session: Session, asked_ms: int, *, surely: bool = False) -> bool:
        def does(answer: Answer) -> bool:
            if answer.began_ms >= asked_ms and answer.took_ms >= ENOUGH_MS:
                return True
            may_be = answer.began_ms >= asked_ms - EARLY_MS or answer.last_ms >= asked_ms
            return not surely and answer.came_ms >= SOME_MS and may_be

        return any(map(does, session.answers))

    def over(self) -> None:
        world = self._world
        if world.over:
            return
        for run in world.voices.runs:
            if not run.recorded or run.name in self._settled:
                continue
            if not any(self._is_answered(run, session) for session in world.sessions):
                heard = {s.number: len(s.heard.get(run.name, ())) for s in world.sessions}
                self._complain("word-lost", f"{run.name}: {len(run.recorded)} frames, heard {heard}")
        for session in world.sessions:
            if session.called_ms is not None and session.called_ms > self._settled_ms:
                self._look_at_work(session, session.called_ms)
        for text in self._texts:
            placed = [
                (s, s.texts[TYPED.format(text)]) for s in world.sessions if TYPED.format(text) in s.texts
            ]
            known = any(self._answers(s, at) or (s.called_ms or 0) >= at for s, at in placed)
            if text not in self._settled and not known:
                self._complain("text-lost", text)

    def _look_at_work(self, session: Session, called_ms: int) -> None:
        """What was done for somebody is told to them, in whatever session."""
        told = [
            (one, at)
            for one in self._world.sessions
            for text, at in one.texts.items()
            if at >= called_ms and (text == BROKEN_OFF or text.endswith(TELL) or text.startswith("What was"))
        ]
        if not any(self._answers(one, at) for one, at in [(session, called_ms), *told]):
            self._complain("work-lost", f"called in session {session.number} at {called_ms}")
