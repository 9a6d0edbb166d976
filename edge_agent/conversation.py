"""The turn machine: events in, commands out. No I/O, no clock, no threads.

This file is the only place that changes what the device is doing. Beside it stand small machines of their
own: `utterance` (what is being said, and how long to listen), `question` (what was asked and is not answered
yet), `commits` (which utterances are ended by us), `responses` (which answer of the service is ours),
`retries` (whether to ask again) and `answer` (what was received and heard).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from . import commands as c
from . import commits, retries
from . import events as e
from .answer import Answer, CutOff
from .causes import spoken_cause
from .commands import Cue
from .commits import Commits
from .question import Question
from .responses import Refused, Responses
from .retries import Retries
from .state import LEGAL, State, Turn
from .transcript import Transcript
from .turns import TurnSettings
from .utterance import AUDIO_REPLY_S, Utterance

ANSWERED_MS = 1000  # less of an answer, when the link is lost, is none
DOUBT_S = 5.0  # for an answer to begin, after an error that may have meant its request


class Conversation:
    """Decides; never acts. `handle` every event, and `Tick` when `deadline` (same clock as `now`) comes."""

    def __init__(self, settings: TurnSettings | None = None, *, volume: int = 100) -> None:
        self.settings = settings or TurnSettings()
        self.state = State(volume=volume)
        self.turns = 0  # how many there have been
        self.transcript = Transcript()
        self._due: float | None = None  # of this turn; the utterance has its own
        self._question = Question()
        self._commits = Commits()
        self._responses = Responses()
        self._answer = Answer()
        self._utterance = Utterance(self.settings, 0)
        self._sounds = False  # the devices are open
        self._retries = Retries()
        self._cause, self._hopeless = Cue.OFFLINE, False  # why the link is down; waiting alone will not help
        self._stopping = False

    @property
    def deadline(self) -> float | None:
        """When to send `Tick`; never None in a turn."""
        return min((at for at in (self._turn_due, self._retries.at) if at is not None), default=None)

    @property
    def _turn_due(self) -> float | None:
        return self._utterance.due if self.state.turn is Turn.LISTENING else self._due

    def handle(self, event: e.Event, now: float) -> list[c.Command]:
        """The commands that an event leads to, in the order to carry them out."""
        return list(self._handle(event, now))

    def _handle(self, event: e.Event, now: float) -> Iterator[c.Command]:
        turn = self.state.turn
        match event:
            case e.PlaybackStopped(heard):
                yield from self._settle(self._answer.stopped(heard))
            case e.PlaybackDrained(heard):
                if self._answer.drained(heard) and turn is Turn.SPEAKING:
                    yield from self._finish_speaking(now)
            case e.AudioLost(part):
                yield from self._lose_sound(part)
            case e.StopRequested():
                yield from self._stop(now)
            case e.Tick() if self._stopping:
                yield c.Shutdown()
            case _ if self._stopping or (isinstance(event, e.ServiceEvent) and not self.state.online):
                pass  # too late
            # ---- link
            case e.Connected():
                yield from self._connect(now)
            case e.Disconnected():
                yield from self._disconnect(now)
            case e.LinkFailed(code, told=told):
                self._cause, self._hopeless = spoken_cause(code), told
                if told and turn is Turn.THINKING:
                    yield from self._give_up(self._cause)
            # ---- people
            case e.MuteSwitched(muted):
                yield from self._mute(not self.state.muted if muted is None else muted)
            case e.VolumeSet() | e.VolumeStepped():
                self.state = replace(self.state, volume=event.applied_to(self.state.volume))
                yield c.SetVolume(self.state.volume)
            case e.InterruptRequested():
                yield from self._end_turn()
            case e.TextEntered(text):
                yield from self._begin_turn()
                self._question.write(text)
                self.transcript.add(f"text_{self.turns}", "user", text)
                yield from self._ask(now)
            case e.ButtonPressed() if self.state.muted:
                yield c.PlayCue(Cue.MUTED)
            case e.ButtonPressed() if turn is not Turn.LISTENING:
                yield from self._invite(now)
            # ---- sound
            case e.AudioStarted():
                yield from self._find_sound()
            case e.UplinkOpened(opened_by="speech") if turn is not Turn.LISTENING and not self.state.muted:
                yield from self._listen(now)
                self._utterance.open(event)
            case e.MicAudioRecorded(uplink_id) | e.UplinkClosed(uplink_id) if not (
                turn is Turn.LISTENING and self._utterance.owns(uplink_id)
            ):
                pass  # of an utterance that is over
            case e.MicAudioRecorded(_, pcm):
                self._question.add(pcm)
                yield from self._send_question()
            case e.UplinkClosed():
                yield from self._ask(now, wanted=self._utterance.wants_answer(event))
                if self._utterance.again:
                    yield from self._invite(now)
            # ---- the service's ear
            case e.ServiceSpeechStarted() if not self.settings.service_ends or self._commits.pending:
                pass  # of no matter, or about what is over
            case e.ServiceSpeechStarted() if turn in (Turn.THINKING, Turn.SPEAKING) and not self.state.muted:
                yield from self._go_on(now)
            case e.InputCommitted(item_id):
                self.transcript.begin(item_id, "user")
                ours = self._commits.settled()
                if turn is Turn.LISTENING and self.settings.service_ends and not ours:
                    yield c.CloseUplink()
                    self._await_answer(now)
                    self._responses.expect()
            case e.UserTranscribed(item_id, text):
                self.transcript.add(item_id, "user", text)
            # ---- the answer
            case e.ResponseStarted(response_id, request_id):
                yield from self._responses.started(response_id, request_id)
                self._expect_sound(now)
            case e.AudioDelta(response_id, pcm=pcm) if pcm and response_id == self._responses.current:
                yield from self._speak(event, now)
            case e.AudioFinished(response_id, item_id) if response_id == self._responses.current:
                self._answer.finish([item_id])
            case e.TranscriptDelta(response_id, item_id, text) if response_id == self._responses.current:
                self.transcript.add(item_id, "assistant", text)
            case e.ResponseDone():
                yield from self._finish_response(event, now)
            case e.ServiceErred(commits.EMPTY):
                self._commits.settled()
            case e.ServiceErred(code, request_id=request_id):
                yield from self._refuse(code, request_id, now)
            case e.PlaybackStarved() if turn is Turn.SPEAKING:
                self._due = now + self.settings.stall_s
            # ---- time
            case e.Tick():
                yield from self._tick(now)
            case _ if turn is Turn.LISTENING:
                detected = self.state.online and not self._question.undetected
                yield from self._utterance.handle(event, now, detected=detected)
            case _:
                pass  # an event that no longer matters

    # ---- listening ------------------------------------------------------
    def _begin_turn(self) -> Iterator[c.Command]:
        """The old turn ends; what of it waits for the link is answered together with the new one."""
        waiting = self._question if self.state.turn is Turn.THINKING and not self.state.online else None
        yield from self._end_turn()
        self.turns += 1
        self._question = waiting or Question()

    def _listen(self, now: float, *, voice: bool = False) -> Iterator[c.Command]:
        yield from self._begin_turn()
        self._question.begin()
        self._utterance = Utterance(self.settings, now, sounds=self._sounds, voice=voice)
        self._go(Turn.LISTENING)

    def _invite(self, now: float) -> Iterator[c.Command]:
        """The button asks to be heard."""
        yield from self._listen(now)
        yield c.OpenUplink(self.settings.until)
        yield c.PlayCue(Cue.LISTENING)

    def _go_on(self, now: float) -> Iterator[c.Command]:
        """The service hears more: it has cancelled the answer by itself, and waits for the end of it."""
        self._responses.interrupted()
        yield from self._listen(now, voice=True)
        yield c.OpenUplink("closed")

    # ---- asking ---------------------------------------------------------
    def _ask(self, now: float, *, wanted: bool = True) -> Iterator[c.Command]:
        """The question is complete: send what is left of it, and want an answer.

        `wanted`: to what was said last; what waits from before is asked in any case.
        """
        yield from self._question.end(wanted=wanted)
        if self._question.empty:
            yield from self._end_turn()
            return
        self._await_answer(now)
        if self.state.online:
            yield from self._send_question()
            yield from self._responses.ask()
            if self._question.spoken:
                yield c.PlayCue(Cue.DONE)
        elif self._hopeless:
            yield from self._give_up(self._cause)
        else:
            self._due = now + self.settings.offline_s
            yield c.PlayCue(Cue.OFFLINE)

    def _await_answer(self, now: float) -> None:
        self._retries = Retries()
        self._go(Turn.THINKING, due=now + self.settings.answer_s)

    def _send_question(self) -> Iterator[c.Command]:
        if self.state.online:
            yield from self._commits.count(self._question.unsent(detects=self.settings.service_ends))

    # ---- answering ------------------------------------------------------
    def _expect_sound(self, now: float) -> None:
        if self.state.turn is Turn.THINKING and self._responses.current:
            self._due = now + self.settings.answer_s

    def _speak(self, delta: e.AudioDelta, now: float) -> Iterator[c.Command]:
        self._answer.receive(delta.item_id, len(delta.pcm))
        if self._answer.unsettled_ms >= ANSWERED_MS:
            self._question = Question()
        due = now + self._answer.unsettled_ms / 1000 + self.settings.stall_s
        if self.state.turn is Turn.THINKING:
            self._go(Turn.SPEAKING, due=due)
        self._due = due
        yield c.Play(delta.item_id, delta.pcm)
        if self.state.lost:
            yield from self._end_turn()
            yield from self._settle(self._answer.forsaken())

    def _finish_response(self, done: e.ResponseDone, now: float) -> Iterator[c.Command]:
        if not self._responses.done(done.response_id):
            for item_id in done.item_ids:
                if item_id not in self._answer:  # else it was played, and PlaybackStopped settles it
                    yield c.DeleteItem(item_id)
            yield from self._responses.next()
            return
        completed, speaking = done.status == "completed", self.state.turn is Turn.SPEAKING
        if completed:
            self._answer.finish(done.item_ids)
        if speaking:
            yield c.FinishPlayback()
        calls = done.calls if completed else ()
        for call in calls:
            yield c.CreateFunctionOutput(call.call_id, '{"error": "this device has no such function"}')
        if calls and self._retries.may_call():
            yield from self._responses.ask()
        elif speaking:
            self._question = Question()
        else:
            yield from self._fail(done.reason, now)

    def _finish_speaking(self, now: float) -> Iterator[c.Command]:
        if self._responses.pending:
            self._go(Turn.THINKING, due=now + self.settings.answer_s)
        else:
            self._go(Turn.IDLE)
            if not self.state.online:
                yield c.PlayCue(Cue.OFFLINE)

    def _refuse(self, code: str, request_id: str | None, now: float) -> Iterator[c.Command]:
        """The service refuses something: perhaps the request for an answer."""
        match self._responses.refused(code, request_id):
            case Refused.LOST:
                yield from self._fail(code, now)
            case Refused.PERHAPS if self._due:
                self._due = min(self._due, now + DOUBT_S)
        yield from self._responses.next()

    def _fail(self, code: str, now: float) -> Iterator[c.Command]:
        """The answer will not come. Once more, if that may help; else tell the user."""
        if self.state.turn is not Turn.THINKING:
            return
        if not self._retries.may_help(code, now):
            yield from self._give_up(spoken_cause(code) if code in retries.MOST else Cue.GAVE_UP)

    def _settle(self, cuts: Iterable[CutOff]) -> Iterator[c.Command]:
        """Tell the service, and the transcript, what was heard of an answer that was cut off."""
        for cut in cuts:
            self.transcript.cut(cut.item_id, cut.share)
            if self.state.online and cut.known:
                yield c.TruncateItem(cut.item_id, cut.heard_ms) if cut.heard_ms else c.DeleteItem(cut.item_id)
        if self._stopping and not self._answer.stopping:
            yield c.Shutdown()

    # ---- ending ---------------------------------------------------------
    def _end_turn(self) -> Iterator[c.Command]:
        """Whatever is going on ends now, politely; nothing of it is answered."""
        match self.state.turn:
            case Turn.LISTENING:
                yield c.CloseUplink()
                yield from self._question.take_back()
            case Turn.SPEAKING:
                yield self._answer.stop()
        yield from self._responses.give_up()
        self._question, self._retries = Question(), Retries()
        if self.state.turn is not Turn.IDLE:
            self._go(Turn.IDLE)

    def _give_up(self, cue: Cue) -> Iterator[c.Command]:
        yield from self._end_turn()
        yield c.PlayCue(cue)

    def _stop(self, now: float) -> Iterator[c.Command]:
        yield from self._end_turn()
        self._stopping = True
        self._due = now + AUDIO_REPLY_S
        if not self._answer.stopping:
            yield c.Shutdown()

    def _mute(self, muted: bool) -> Iterator[c.Command]:
        if muted == self.state.muted:
            return
        if muted:
            yield from self._end_turn()
        self.state = replace(self.state, muted=muted)
        yield c.MuteMicrophone(muted)
        yield c.PlayCue(Cue.MUTED if muted else Cue.UNMUTED)

    # ---- sound ----------------------------------------------------------
    def _find_sound(self) -> Iterator[c.Command]:
        """The sound is there, and knows nothing of what was before."""
        self._sounds = True
        self.state = replace(self.state, lost="")
        yield from self._settle(self._answer.forsaken())
        yield c.SetVolume(self.state.volume)
        yield c.MuteMicrophone(self.state.muted)
        if self.state.turn is Turn.LISTENING and not self._utterance.closing:
            yield c.OpenUplink(self.settings.until)

    def _lose_sound(self, part: str) -> Iterator[c.Command]:
        self._sounds = False
        self.state = replace(self.state, lost=part)
        if self.state.turn is not Turn.THINKING:  # then it may be back before the answer
            yield from self._end_turn()
        yield from self._settle(self._answer.forsaken())

    # ---- link -----------------------------------------------------------
    def _connect(self, now: float) -> Iterator[c.Command]:
        self.state = replace(self.state, online=True)
        self._hopeless, self._cause = False, Cue.OFFLINE
        yield from self._send_question()
        if self.state.turn is Turn.THINKING:
            self._due = now + self.settings.answer_s
            yield from self._responses.ask()

    def _disconnect(self, now: float) -> Iterator[c.Command]:
        self.state = replace(self.state, online=False)
        self._responses.reset()
        self._commits.reset()
        self._retries.at = None
        self._answer.lose()
        self._question.rewind()
        speaking = self.state.turn is Turn.SPEAKING
        if self.state.turn is Turn.LISTENING:
            yield from self._utterance.lose_service(now)
        elif speaking and self._question.empty:
            yield c.FinishPlayback()  # what came is still worth hearing
        elif speaking or self.state.turn is Turn.THINKING:
            yield from self._question.end()
            if self._question.empty:
                yield from self._give_up(Cue.OFFLINE)
                return
            if speaking:
                yield self._answer.stop()
                self._go(Turn.THINKING)
            self._due = now + self.settings.offline_s

    # ---- time -----------------------------------------------------------
    def _tick(self, now: float) -> Iterator[c.Command]:
        if self._retries.due(now):
            yield from self._responses.ask()
        due = self._turn_due
        if due is None or now < due:
            return
        match self.state.turn:
            case Turn.LISTENING if self._utterance.closing and self._question.ms:
                yield from self._ask(now)  # the sound does not answer: what came of it is what there is
            case Turn.LISTENING if self._utterance.talking and not self._utterance.closing:
                yield from self._utterance.close(now)
            case Turn.THINKING:
                yield from self._give_up(Cue.GAVE_UP if self.state.online else self._cause)
                self._responses.forget()
                self._commits.reset()
            case _:
                yield from self._give_up(Cue.GAVE_UP)

    def _go(self, turn: Turn, *, due: float | None = None) -> None:
        assert turn in LEGAL[self.state.turn], f"{self.state.turn} -> {turn}"
        self.state = replace(self.state, turn=turn)
        self._due = due
