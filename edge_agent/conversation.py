"""The turn machine: events in, commands out. No I/O, no clock, no threads.

This file is the only place that changes what the device is doing. Beside it stand three small machines of
their own: `question` (what was asked and is not answered yet), `responses` (which answer of the service is
ours) and `answer` (what was received and heard of it).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from . import commands as c
from . import events as e
from . import retries
from .answer import Answer
from .causes import spoken_cause
from .commands import Cue
from .question import Question
from .responses import Refused, Responses
from .retries import Retries
from .state import LEGAL, State, Turn
from .transcript import Transcript
from .turns import TurnSettings
from .utterance import Utterance

AUDIO_REPLY_S = 1.0  # the engine answers a command within a frame or two
SOUND_RETURN_S = 5.0  # it takes longer to open its devices
SERVICE_VAD_S = 10.0  # semantic_vad waits 8 s at the most


class Conversation:
    """Decides; never acts. `handle` every event, and `Tick` when `deadline` (same clock as `now`) comes."""

    def __init__(self, settings: TurnSettings | None = None, *, volume: int = 100) -> None:
        self.settings = settings or TurnSettings()
        self.state = State(volume=volume)
        self.turns = 0  # how many there have been
        self.transcript = Transcript()
        self._due: float | None = None  # of this turn
        self._responses = Responses()
        self._question: Question | None = None
        self._answer = Answer()
        self._utterance = Utterance(self.settings, 0)
        self._sounds = False  # the devices are open
        self._stops = 0  # StopPlayback without its PlaybackStopped
        self._retries = Retries()
        self._cause, self._hopeless = Cue.OFFLINE, False  # why the link is down; waiting alone will not help
        self._stopping = False

    @property
    def deadline(self) -> float | None:
        """When to send `Tick`; never None in a turn."""
        return min((at for at in (self._due, self._retries.at) if at is not None), default=None)

    def handle(self, event: e.Event, now: float) -> list[c.Command]:
        """The commands that an event leads to, in the order to carry them out."""
        return list(self._handle(event, now))

    def _handle(self, event: e.Event, now: float) -> Iterator[c.Command]:
        turn = self.state.turn
        match event:
            case e.PlaybackStopped(heard):
                yield from self._settle(heard)
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
                self._cause = spoken_cause(code)
                self._hopeless = told
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
                yield from self._end_turn()
                self.turns += 1
                self._question = Question(text)
                self.transcript.add(f"text_{self.turns}", "user", text)
                yield from self._ask(now)
            case e.ButtonPressed() if self.state.muted:
                yield c.PlayCue(Cue.MUTED)
            case e.ButtonPressed() if turn is Turn.LISTENING:
                if not self.settings.holds:
                    yield from self._close_uplink(now)
            case e.ButtonPressed():
                yield from self._listen(now)
                self._due = now + (AUDIO_REPLY_S if self._sounds else SOUND_RETURN_S)
                yield c.OpenUplink("closed" if self.settings.holds else "silence")
                yield c.PlayCue(Cue.LISTENING)
            case e.ButtonReleased() if turn is Turn.LISTENING and self.settings.holds:
                yield from self._close_uplink(now)
            # ---- sound
            case e.AudioStarted():
                yield from self._find_sound()
            case e.UplinkOpened(opened_by="speech") if turn is not Turn.LISTENING and not self.state.muted:
                yield from self._listen(now)
                self._utterance.adopt(event)
            case e.UplinkOpened() if turn is Turn.LISTENING and not self._utterance.recording:
                self._utterance.adopt(event)
                if not self._utterance.closing:
                    self._due = self._utterance.first_word_due
            case e.MicAudioRecorded(uplink_id, pcm) if turn is Turn.LISTENING and self._utterance.owns(
                uplink_id
            ):
                yield from self._hear(pcm)
            case e.UplinkClosed(uplink_id) if turn is Turn.LISTENING and self._utterance.owns(uplink_id):
                yield from self._end_utterance(event, now)
            case e.SpeechStarted() if turn is Turn.LISTENING and not self._utterance.closing:
                self._hear_voice()
            case e.SpeechEnded() if turn is Turn.LISTENING and self.settings.service_ends:
                if self.state.online:
                    self._due = min(self._utterance.until, now + SERVICE_VAD_S)
                else:
                    yield from self._close_uplink(now)
            # ---- the service's ear
            case e.ServiceSpeechStarted() if self.settings.service_ends and not self.state.muted:
                yield from self._service_hears(now)
            case e.InputCommitted(item_id):
                self.transcript.begin(item_id, "user")
                if turn is Turn.LISTENING and self.settings.service_ends:
                    yield c.CloseUplink()
                    self._await_answer(now)
                    self._responses.expect()
            case e.UserTranscribed(item_id, text):
                self.transcript.add(item_id, "user", text)
            # ---- the answer
            case e.ResponseStarted(response_id, request_id):
                yield from self._responses.started(response_id, request_id)
            case e.AudioDelta(response_id) if response_id == self._responses.current:
                yield from self._speak(event, now)
            case e.TranscriptDelta(response_id, item_id, text) if response_id == self._responses.current:
                self.transcript.add(item_id, "assistant", text)
            case e.ResponseDone():
                yield from self._finish_response(event, now)
            case e.ServiceErred(code, request_id=request_id):
                if request_id is None and code in retries.MOST:
                    request_id = self._responses.request  # it can only mean what is under way
                if self._responses.refused(request_id, busy=code == retries.BUSY) is Refused.LOST:
                    yield from self._fail(code, now)
            case e.PlaybackStarved() if turn is Turn.SPEAKING:
                self._due = now + self.settings.stall_s
            case e.PlaybackDrained() if turn is Turn.SPEAKING:
                yield from self._finish_speaking(now)
            # ---- time
            case e.Tick():
                yield from self._tick(now)
            case _:
                pass  # an event that no longer matters

    # ---- listening ------------------------------------------------------
    def _listen(self, now: float) -> Iterator[c.Command]:
        yield from self._end_turn()
        self.turns += 1
        self._question = Question()
        self._utterance = Utterance(self.settings, now)
        self._go(Turn.LISTENING, due=self._utterance.until)

    def _hear_voice(self) -> None:
        self._utterance.voice_heard = True
        self._due = self._utterance.until

    def _hear(self, pcm: bytes) -> Iterator[c.Command]:
        assert self._question
        self._question.add(pcm)
        if self.state.online:
            yield from self._question.unsent()

    def _close_uplink(self, now: float) -> Iterator[c.Command]:
        if not self._utterance.closing:
            self._utterance.closing = True
            self._due = now + AUDIO_REPLY_S
            yield c.CloseUplink()

    def _end_utterance(self, closed: e.UplinkClosed, now: float) -> Iterator[c.Command]:
        if self._utterance.wants_answer(closed):
            yield from self._ask(now)
        else:
            yield from self._end_turn()

    def _service_hears(self, now: float) -> Iterator[c.Command]:
        """The service hears a voice in what it was sent."""
        if self.state.turn is Turn.LISTENING:
            self._hear_voice()
        elif self.state.turn is not Turn.IDLE:
            # It has cancelled the answer by itself, and waits for the end of what it hears.
            self._responses.interrupted()
            yield from self._listen(now)
            self._utterance.voice_heard = True
            yield c.OpenUplink("closed")

    # ---- asking ---------------------------------------------------------
    def _ask(self, now: float) -> Iterator[c.Command]:
        """The question is complete: send what is left of it, and want an answer."""
        assert self._question
        self._question.complete = True
        if self._question.too_short:
            yield from self._end_turn()
            return
        self._await_answer(now)
        if self.state.online:
            yield from self._send_question()
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
        assert self._question
        yield from self._question.unsent()
        if self._question.spoken:
            yield c.CommitInput()
        yield from self._responses.ask()

    # ---- answering ------------------------------------------------------
    def _speak(self, delta: e.AudioDelta, now: float) -> Iterator[c.Command]:
        self._answer.receive(delta.item_id, len(delta.pcm))
        due = now + self._answer.unsettled_ms / 1000 + self.settings.stall_s
        if self.state.turn is Turn.THINKING:
            self._question = None
            self._go(Turn.SPEAKING, due=due)
        self._due = due
        yield c.Play(delta.item_id, delta.pcm)
        if self.state.lost:
            yield from self._end_unheard()

    def _finish_response(self, done: e.ResponseDone, now: float) -> Iterator[c.Command]:
        if not self._responses.done(done.response_id):
            for item_id in done.item_ids:
                if item_id not in self._answer:  # else it was played, and PlaybackStopped settles it
                    yield c.DeleteItem(item_id)
            yield from self._responses.next()
            return
        if done.status == "completed":
            self._answer.finish(done.item_ids)
        speaking = self.state.turn is Turn.SPEAKING
        if speaking:
            yield c.FinishPlayback()
        if done.status == "completed" and done.calls:
            for call in done.calls:
                yield c.CreateFunctionOutput(call.call_id, '{"error": "this device has no such function"}')
            yield from self._responses.ask()
        elif not speaking:
            yield from self._fail(done.reason, now)

    def _finish_speaking(self, now: float) -> Iterator[c.Command]:
        self._answer.heard_out()
        if self._responses.pending:
            self._go(Turn.THINKING, due=now + self.settings.answer_s)
        else:
            self._go(Turn.IDLE)
            if not self.state.online:
                yield c.PlayCue(Cue.OFFLINE)

    def _fail(self, code: str, now: float) -> Iterator[c.Command]:
        """The answer will not come. Once more, if that may help; else tell the user."""
        if self.state.turn is not Turn.THINKING:
            return
        if not self._retries.may_help(code, now):
            yield from self._give_up(spoken_cause(code) if code in retries.MOST else Cue.GAVE_UP)

    def _settle(self, heard: tuple[e.Heard, ...]) -> Iterator[c.Command]:
        """Tell the service, and the transcript, what was heard of an answer that was cut off."""
        self._stops = max(0, self._stops - 1)
        for cut in self._answer.settle(heard):
            self.transcript.cut(cut.item_id, cut.share)
            if self.state.online and cut.known:
                yield c.TruncateItem(cut.item_id, cut.heard_ms) if cut.heard_ms else c.DeleteItem(cut.item_id)
        if self._stopping and not self._stops:
            yield c.Shutdown()

    # ---- ending ---------------------------------------------------------
    def _end_turn(self) -> Iterator[c.Command]:
        """Whatever is going on ends now, politely; nothing of it is answered."""
        match self.state.turn:
            case Turn.LISTENING:
                yield c.CloseUplink()
                if self._question and self._question.begun:
                    yield c.ClearInput()
            case Turn.SPEAKING:
                self._stops += 1
                yield c.StopPlayback()
        yield from self._responses.give_up()
        self._question, self._retries = None, Retries()
        if self.state.turn is not Turn.IDLE:
            self._go(Turn.IDLE)

    def _give_up(self, cue: Cue) -> Iterator[c.Command]:
        yield from self._end_turn()
        yield c.PlayCue(cue)

    def _stop(self, now: float) -> Iterator[c.Command]:
        yield from self._end_turn()
        self._stopping = True
        self._due = now + AUDIO_REPLY_S
        if not self._stops:
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
        self._sounds, self._stops = True, 0
        self.state = replace(self.state, lost="")
        yield c.SetVolume(self.state.volume)
        yield c.MuteMicrophone(self.state.muted)
        if self.state.turn is Turn.LISTENING and not self._utterance.closing:
            yield c.OpenUplink("closed" if self.settings.holds else "silence")

    def _lose_sound(self, part: str) -> Iterator[c.Command]:
        self._sounds = False
        self.state = replace(self.state, lost=part)
        if self.state.turn is Turn.THINKING:
            self._stops = 0  # it may be back before the answer
            yield from self._settle(self._answer.unheard())
        else:
            yield from self._end_unheard()

    def _end_unheard(self) -> Iterator[c.Command]:
        """End the turn where the sound does not answer any more: what it has not told was not heard."""
        yield from self._end_turn()
        self._stops = 0
        yield from self._settle(self._answer.unheard())

    # ---- link -----------------------------------------------------------
    def _connect(self, now: float) -> Iterator[c.Command]:
        self.state = replace(self.state, online=True)
        self._hopeless, self._cause = False, Cue.OFFLINE
        if self._question is None:
            return
        if self._question.complete:
            self._due = now + self.settings.answer_s
            yield from self._send_question()
        else:
            yield from self._question.unsent()

    def _disconnect(self, now: float) -> Iterator[c.Command]:
        self.state = replace(self.state, online=False)
        self._responses.reset()
        self._retries.at = None
        self._answer.lose()
        if self._question:
            self._question.rewind()
        if self.state.turn is Turn.SPEAKING:
            yield c.FinishPlayback()  # what came is still worth hearing
        elif self.state.turn is Turn.THINKING and self._question:
            self._question.complete = True
            self._due = now + self.settings.offline_s
        elif self.state.turn is Turn.THINKING:
            yield from self._give_up(Cue.OFFLINE)

    # ---- time -----------------------------------------------------------
    def _tick(self, now: float) -> Iterator[c.Command]:
        if self._retries.due(now):
            yield from self._responses.ask()
        if self._due is None or now < self._due:
            return
        match self.state.turn:
            case Turn.LISTENING if self._utterance.closing and self._question and self._question.ms:
                yield from self._ask(now)  # the sound does not answer: what came of it is what there is
            case Turn.LISTENING if self._utterance.talking and not self._utterance.closing:
                yield from self._close_uplink(now)
            case Turn.THINKING:
                yield from self._give_up(Cue.GAVE_UP if self.state.online else self._cause)
                self._responses.reset()
            case _:
                yield from self._give_up(Cue.GAVE_UP)

    def _go(self, turn: Turn, *, due: float | None = None) -> None:
        assert turn in LEGAL[self.state.turn], f"{self.state.turn} -> {turn}"
        self.state = replace(self.state, turn=turn)
        self._due = due
