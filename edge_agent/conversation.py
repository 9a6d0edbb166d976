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
from .answer import Answer
from .commands import Cue
from .question import Question
from .responses import Refused, Responses
from .state import LEGAL, State, Turn
from .transcript import Transcript
from .turns import TurnSettings

SHORTEST_COMMIT_MS = 100  # the service refuses less
SHORTEST_PRESS_MS = 300  # less, without a voice in it, is a press to interrupt and not to talk
AUDIO_REPLY_S = 1.0  # the engine answers a command within a frame or two
SERVICE_VAD_S = 10.0  # semantic_vad waits 8 s at the most
BUSY = "conversation_already_has_active_response"
RETRIES = {"server_error": 1, "rate_limit_exceeded": 3, "inference_rate_limit_exceeded": 3, BUSY: 3}
RETRY_S = 0.5  # doubled each time


class Conversation:
    """Decides; never acts. `handle` every event, and `Tick` when `deadline` (same clock as `now`) comes."""

    def __init__(self, settings: TurnSettings | None = None) -> None:
        self.settings = settings or TurnSettings()
        self.state = State()
        self.turns = 0  # how many there have been
        self.transcript = Transcript()
        self._due: float | None = None  # of this turn
        self._retry_at: float | None = None
        self._responses = Responses()
        self._question: Question | None = None
        self._answer = Answer()
        self._uplink: e.UplinkOpened | None = None
        self._closing = False  # the uplink was told to close
        self._voice_heard = False  # in this utterance, by the gate or by the service
        self._listen_until = 0.0
        self._stops = 0  # StopPlayback without its PlaybackStopped
        self._failures = 0  # to answer this question
        self._hopeless = False  # the link is down for a reason that waiting alone may not mend
        self._stopping = False

    @property
    def deadline(self) -> float | None:
        """When to send `Tick`; never None in a turn."""
        return min((at for at in (self._due, self._retry_at) if at is not None), default=None)

    def handle(self, event: e.Event, now: float) -> list[c.Command]:
        """The commands that an event leads to, in the order to carry them out."""
        return list(self._handle(event, now))

    def _handle(self, event: e.Event, now: float) -> Iterator[c.Command]:
        turn = self.state.turn
        match event:
            case e.PlaybackStopped(heard):
                yield from self._settle(heard)
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
            case e.LinkFailed(told=True):
                self._hopeless = True
                if turn is Turn.THINKING:
                    yield from self._give_up(Cue.OFFLINE)
            # ---- people
            case e.MuteSwitched(muted):
                yield from self._mute(not self.state.muted if muted is None else muted)
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
                self._due = now + AUDIO_REPLY_S
                yield c.OpenUplink("closed" if self.settings.holds else "silence")
                yield c.PlayCue(Cue.LISTENING)
            case e.ButtonReleased() if turn is Turn.LISTENING and self.settings.holds:
                yield from self._close_uplink(now)
            # ---- sound
            case e.AudioStarted():
                self._stops = 0
            case e.UplinkOpened(opened_by="speech") if turn is not Turn.LISTENING and not self.state.muted:
                yield from self._listen(now)
                self._adopt(event)
            case e.UplinkOpened() if turn is Turn.LISTENING and self._uplink is None:
                self._adopt(event)
            case e.MicAudioRecorded(uplink_id, pcm) if self._listens_to(uplink_id):
                yield from self._hear(pcm)
            case e.UplinkClosed(uplink_id) if self._listens_to(uplink_id):
                yield from self._end_utterance(event, now)
            case e.SpeechStarted() if turn is Turn.LISTENING and not self._closing:
                self._voice_heard = True
                self._due = self._listen_until
            case e.SpeechEnded() if turn is Turn.LISTENING and self.settings.service_ends:
                if self.state.online:
                    self._due = min(self._listen_until, now + SERVICE_VAD_S)
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
                if request_id is None and code in RETRIES:
                    request_id = self._responses.request  # it can only mean what is under way
                if self._responses.refused(request_id, busy=code == BUSY) is Refused.LOST:
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
    def _listens_to(self, uplink_id: int) -> bool:
        listening = self.state.turn is Turn.LISTENING
        return listening and self._uplink is not None and self._uplink.uplink_id == uplink_id

    def _listen(self, now: float) -> Iterator[c.Command]:
        yield from self._end_turn()
        self.turns += 1
        self._question = Question()
        self._uplink = None
        self._closing = self._voice_heard = False
        self._listen_until = now + self.settings.listen_s
        self._go(Turn.LISTENING, due=self._listen_until)

    def _adopt(self, uplink: e.UplinkOpened) -> None:
        self._uplink = uplink
        self._voice_heard |= uplink.opened_by == "speech"
        if not self._closing:
            patient = self._voice_heard or self.settings.holds
            spared_s = 0 if patient else self.settings.listen_s - self.settings.silence_s
            self._due = self._listen_until - max(0, spared_s)

    def _hear(self, pcm: bytes) -> Iterator[c.Command]:
        assert self._question
        self._question.add(pcm)
        if self.state.online:
            yield from self._question.unsent()

    def _close_uplink(self, now: float) -> Iterator[c.Command]:
        if not self._closing:
            self._closing = True
            self._due = now + AUDIO_REPLY_S
            yield c.CloseUplink()

    def _end_utterance(self, closed: e.UplinkClosed, now: float) -> Iterator[c.Command]:
        assert self._uplink
        pressed_ms = closed.audio_ms - self._uplink.audio_ms
        if closed.speech_ms or (self.settings.holds and pressed_ms >= SHORTEST_PRESS_MS):
            yield from self._ask(now)
        else:
            yield from self._end_turn()

    def _service_hears(self, now: float) -> Iterator[c.Command]:
        """The service hears a voice in what it was sent."""
        if self.state.turn is Turn.LISTENING:
            self._due = self._listen_until
        elif self.state.turn is not Turn.IDLE:
            # It has cancelled the answer by itself, and waits for the end of what it hears.
            self._responses.interrupted()
            yield from self._listen(now)
            self._voice_heard = True
            yield c.OpenUplink("closed")

    # ---- asking ---------------------------------------------------------
    def _ask(self, now: float) -> Iterator[c.Command]:
        """The question is complete: send what is left of it, and want an answer."""
        assert self._question
        self._question.complete = True
        if self._question.spoken and self._question.ms < SHORTEST_COMMIT_MS:
            yield from self._end_turn()
            return
        self._await_answer(now)
        if self.state.online:
            yield from self._send_question()
            if self._question.spoken:
                yield c.PlayCue(Cue.DONE)
        elif self._hopeless:
            yield from self._give_up(Cue.OFFLINE)
        else:
            self._due = now + self.settings.offline_s
            yield c.PlayCue(Cue.OFFLINE)

    def _await_answer(self, now: float) -> None:
        self._failures, self._retry_at = 0, None
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
        if self._failures < RETRIES.get(code, 0):
            self._retry_at = now + RETRY_S * 2**self._failures
            self._failures += 1
        else:
            yield from self._give_up(Cue.GAVE_UP)

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
        self._question, self._retry_at = None, None
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

    # ---- link -----------------------------------------------------------
    def _connect(self, now: float) -> Iterator[c.Command]:
        self.state = replace(self.state, online=True)
        self._hopeless = False
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
        self._retry_at = None
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
        if self._retry_at is not None and now >= self._retry_at:
            self._retry_at = None
            yield from self._responses.ask()
        if self._due is None or now < self._due:
            return
        match self.state.turn:
            case Turn.LISTENING if self._closing and self._question and self._question.ms:
                yield from self._ask(now)  # the sound does not answer: what came of it is what there is
            case Turn.LISTENING if (
                not self._closing and self._uplink and (self._voice_heard or self.settings.holds)
            ):
                yield from self._close_uplink(now)
            case Turn.THINKING:
                yield from self._give_up(Cue.GAVE_UP if self.state.online else Cue.OFFLINE)
                self._responses.reset()
            case _:
                yield from self._give_up(Cue.GAVE_UP)

    def _go(self, turn: Turn, *, due: float | None = None) -> None:
        assert turn in LEGAL[self.state.turn], f"{self.state.turn} -> {turn}"
        self.state = replace(self.state, turn=turn)
        self._due = due
