"""A person, a sound card and a service around a conversation, as small models with delays between them.

Lighter than `world` (no sound is computed, a second takes microseconds), so that hypothesis can try thousands
of ways in which their words cross. Sound comes in pieces of 100 ms, each filled with the number of the
utterance that is being said, or with 0.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from edge_agent.conversation.machine import Conversation
from edge_agent.conversation.settings import TurnSettings
from edge_agent.replay.recorder import Recorder
from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.notices import Output
from edge_agent.vocabulary.state import Turn

PIECE_MS = 100
PIECE = 48 * PIECE_MS
HANGOVER_MS = 600  # of the gate
SERVICE_SILENCE_MS = 300  # less: so that the service ends what the gate lets go on

Reply = Literal["short", "long", "two items", "call", "empty delta", "fails", "refused", "refused without id"]


@dataclass(frozen=True, slots=True)
class Say:
    after_ms: int
    for_ms: int


@dataclass(frozen=True, slots=True)
class Drop:
    at_ms: int
    for_ms: int


@dataclass(frozen=True, slots=True)
class Answer:
    utterances: set[int]
    enough_ms: int  # to be taken for an answer


@dataclass
class Service:
    """One connection's session; strict about one response at a time."""

    model: Model
    buffer: bytes = b""
    detecting: bool = True
    hearing: bool = False
    silent_ms: int = 0
    active: str = ""
    taken_in: set[int] = field(default_factory=set)  # utterances
    lengths_ms: Counter[str] = field(default_factory=Counter)

    def take(self, command: c.ServiceCommand) -> None:
        match command:
            case c.AppendAudio(pcm):
                for at in range(0, len(pcm), PIECE):
                    self._hear(pcm[at : at + PIECE])
            case c.CommitInput():
                if len(self.buffer) < PIECE:
                    self.tell(e.ServiceErred("input_audio_buffer_commit_empty", "nothing"))
                else:
                    self._commit()
            case c.ClearInput():
                self.buffer, self.hearing = b"", False
            case c.DetectTurns(on):
                self.detecting, self.hearing = on, False
            case c.CreateResponse(request_id):
                if self.active:
                    self.tell(e.ServiceErred("conversation_already_has_active_response", "busy", request_id))
                else:
                    self._respond(request_id)
            case c.CancelResponse(response_id):
                if response_id == self.active:
                    self._end("cancelled")
                else:
                    self.tell(e.ServiceErred("response_cancel_not_active", "none"))
            case c.TruncateItem(item_id, audio_end_ms):
                assert audio_end_ms <= self.lengths_ms[item_id]

    def tell(self, event: e.ServiceEvent) -> None:
        self.model.deliver("from service", self.model.net_ms, lambda: self._arrive(event))

    def _arrive(self, event: e.ServiceEvent) -> None:
        if self is self.model.service:
            self.model.post(event)

    def _hear(self, piece: bytes) -> None:
        self.buffer += piece
        if not (self.detecting and self.model.settings.service_ends):
            return
        self.silent_ms = 0 if piece[0] else self.silent_ms + PIECE_MS
        if piece[0] and not self.hearing:
            self.hearing = True
            self.tell(e.ServiceSpeechStarted("user", 0))
            self._end("cancelled")
        elif self.hearing and self.silent_ms >= SERVICE_SILENCE_MS:
            self.hearing = False
            self._commit()
            if not self.active:
                self._respond(None)

    def greet(self) -> None:
        """Nobody has asked."""
        number = next(self.model.numbers)
        self.active = f"r{number}"
        self.tell(e.ResponseStarted(self.active, None))
        self._speak(self.active, "short", [(f"i{number}.0", 400)])

    def _commit(self) -> None:
        self.taken_in |= set(self.buffer) - {0}
        self.buffer, self.hearing = b"", False
        self.tell(e.InputCommitted("user"))

    def _respond(self, request_id: str | None) -> None:
        reply = self.model.replies.pop(0) if self.model.replies else "short"
        if reply.startswith("refused") and request_id:
            named = request_id if reply == "refused" else None
            self.tell(e.ServiceErred("server_error", "sorry", named))
            return
        number = next(self.model.numbers)
        self.active = f"r{number}"
        self.tell(e.ResponseStarted(self.active, request_id))
        lengths_ms = {"long": [6000], "two items": [1000, 6000], "fails": []}.get(reply, [400])
        self._speak(self.active, reply, [(f"i{number}.{at}", ms) for at, ms in enumerate(lengths_ms)])

    def _speak(self, response_id: str, reply: str, left: list[tuple[str, int]], at_ms: int = 0) -> None:
        """200 ms of sound every 100 ms, until done or cancelled."""
        if response_id != self.active:
            return
        if not left:
            self._end("failed" if reply == "fails" else "completed", called=reply == "call")
            return
        item_id, length_ms = left[0]
        if not at_ms:
            self.model.answers[item_id] = Answer(set(self.taken_in), min(length_ms, 500))
            if reply == "empty delta":
                self.tell(e.AudioDelta(response_id, item_id, b""))
        self.tell(e.AudioDelta(response_id, item_id, bytes(48 * 200)))
        self.lengths_ms[item_id] += 200
        if self.lengths_ms[item_id] >= length_ms:
            self.tell(e.AudioFinished(response_id, item_id))
            left = left[1:]
        at_ms = self.lengths_ms[left[0][0]] if left else 0
        self.model.at(100, lambda: self._speak(response_id, reply, left, at_ms))

    def _end(self, status: e.ResponseStatus, *, called: bool = False) -> None:
        if self.active:
            response_id, self.active = self.active, ""
            calls = (e.FunctionCall("call", "f", "{}"),) if called else ()
            self.tell(
                e.ResponseDone(response_id, status, "server_error" if status == "failed" else "", calls=calls)
            )


@dataclass
class Sound:
    """Engine and card: gate, uplink and player."""

    model: Model
    uplink_id: int = 0
    is_open: bool = False
    until: str = "closed"
    speech_ms: int = 0
    voice: bool = False
    silent_ms: int = 0
    left: list[list[str | int]] = field(default_factory=list)  # [item, ms still to play]
    heard_ms: Counter[str] = field(default_factory=Counter)  # since the last silence
    finished: bool = False
    is_there: bool = True
    accepts: bool = False  # a voice without the wake word
    announced: int = 0
    announcing_ms: int = 0  # of it, still to play

    def take(self, command: c.AudioCommand) -> None:
        match command:
            case _ if not self.is_there:
                pass
            case c.OpenUplink(until, called):
                self.until = until
                self._open("word" if called else "button")
            case c.AcceptVoice(on):
                self.accepts = on
            case c.CloseUplink():
                self._close()
            case c.Play(item_id, pcm):
                self.left.append([item_id, len(pcm) // 48])
                self.heard_ms[item_id] += 0
                self.finished = False
            case c.FinishPlayback():
                self.finished = True
            case c.Announce(number, pcm):
                self.announced, self.announcing_ms = number, len(pcm) // 48
            case c.StopAnnouncing():
                self.announcing_ms = 0
            case c.StopPlayback():
                self.tell(e.PlaybackStopped(self._heard(), self.model.now_ms))
                self.left, self.finished = [], False
                self.heard_ms.clear()

    def lose(self) -> None:
        """The cable is pulled, or the audio process is killed: what was in it is gone."""
        self.is_there = self.is_open = self.voice = self.finished = self.accepts = False
        self.left, self.announcing_ms = [], 0
        self.heard_ms.clear()
        self.tell(e.AudioLost("sound", "pulled"))

    def find(self) -> None:
        self.is_there = True
        self.tell(e.AudioStarted("model", self.model.now_ms))

    def tell(self, event: e.AudioEvent) -> None:
        self.model.deliver("from sound", self.model.sound_ms, lambda: self.model.post(event))

    def frame(self) -> None:
        """100 ms go by."""
        if not self.is_there:
            return
        self._listen(self.model.saying)
        self._play()

    def _listen(self, tag: int) -> None:
        self.silent_ms = 0 if tag else self.silent_ms + PIECE_MS
        hands_free = self.accepts or self.model.settings.taking.mode == "hands-free"
        if tag and not self.voice and (hands_free or self.is_open):
            self.voice = True
            self.tell(e.SpeechStarted(self.model.now_ms))
            if hands_free and not self.is_open:
                self.until = "closed" if self.model.settings.service_ends else "silence"
                self._open("speech")
        if self.is_open:
            self.speech_ms += PIECE_MS if tag else 0
            self.model.recorded.add(tag)
            self.tell(e.MicAudioRecorded(self.uplink_id, bytes([tag]) * PIECE))
        if self.voice and self.silent_ms >= HANGOVER_MS:
            self.voice = False
            self.tell(e.SpeechEnded(self.model.now_ms))
            if self.until == "silence":
                self._close()

    def _open(self, opened_by: e.OpenedBy) -> None:
        if not self.is_open:
            self.is_open, self.speech_ms = True, 0
            self.uplink_id += 1
            self.tell(e.UplinkOpened(self.uplink_id, opened_by, self.model.now_ms))

    def _close(self) -> None:
        self.voice = False
        if self.is_open:
            self.is_open = False
            self.tell(e.UplinkClosed(self.uplink_id, self.speech_ms, self.model.now_ms))

    def _play(self) -> None:
        if self.announcing_ms:  # an answer waits
            self.announcing_ms -= PIECE_MS
            if not self.announcing_ms:
                self.tell(e.AnnouncementPlayed(self.announced, self.model.now_ms))
            return
        if self.left:
            head = self.left[0]
            item_id, left_ms = str(head[0]), int(head[1])
            self.heard_ms[item_id] += PIECE_MS
            self.model.hear(item_id, self.heard_ms[item_id])
            head[1] = left_ms - PIECE_MS
            if not head[1]:
                self.left.pop(0)
        if self.finished and not self.left and self.heard_ms:
            self.tell(e.PlaybackDrained(self._heard(), self.model.now_ms))
            self.heard_ms.clear()

    def _heard(self) -> tuple[e.Heard, ...]:
        return tuple(itertools.starmap(e.Heard, self.heard_ms.items()))


class Model:
    """Runs them all on one clock in ms, and keeps what happened."""

    def __init__(
        self,
        settings: TurnSettings,
        replies: Sequence[Reply] = (),
        *,
        net_ms: int = 50,
        sound_ms: int = 0,
        recorder: Recorder | None = None,
    ) -> None:
        self.settings, self.replies = settings, list(replies)
        self.net_ms, self.sound_ms = net_ms, sound_ms
        self.now_ms = 0
        self.numbers = itertools.count(1)
        self.saying = 0  # the utterance that is being said
        self.said = 0
        self.recorded: set[int] = set()
        self.answers: dict[str, Answer] = {}  # by item
        self.answered: set[int] = set()
        self.excused: set[int] = set()  # utterances that went with the sound
        self.received_whole: set[str] = set()  # items, before they were interrupted
        self.cues: list[c.Cue] = []
        self.settled: list[c.SettleAnnouncement] = []
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._last: dict[str, int] = {}
        self.conversation = Conversation(settings)
        self.recorder = recorder
        if recorder:
            recorder.begin(self.conversation)
        self.sound = Sound(self)
        self.service: Service | None = None
        self.post(e.AudioStarted("model", 0))
        if not settings.begins_unlinked:
            self.connect()
        self.at(PIECE_MS, self._frame)

    # ---- time -----------------------------------------------------------
    def at(self, delay_ms: int, what: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (self.now_ms + delay_ms, next(self._order), what))

    def deliver(self, way: str, delay_ms: int, what: Callable[[], None]) -> None:
        """After the delay, but never before what went the same way."""
        due_ms = max(self.now_ms + delay_ms, self._last.get(way, 0))
        self._last[way] = due_ms
        self.at(due_ms - self.now_ms, what)

    def run(self, until_ms: int) -> None:
        while self._heap and self._heap[0][0] <= until_ms:
            self.now_ms, _, what = heapq.heappop(self._heap)
            what()
        self.now_ms = until_ms

    def rest(self) -> None:
        """Until nothing goes on any more."""
        for _ in range(200):
            if self.conversation.state.turn is Turn.IDLE and not self.sound.left and not self.saying:
                self.run(self.now_ms + 2000)
                if self.conversation.state.turn is Turn.IDLE and not self.sound.left:
                    return
            self.run(self.now_ms + 1000)
        raise AssertionError(f"no rest: {self.conversation.state}")

    def _frame(self) -> None:
        self.sound.frame()
        if self.conversation.state.turn is Turn.IDLE and self._last.get("to sound", 0) < self.now_ms:
            assert not self.sound.left, "it thinks that it is silent"
            crossing = self._last.get("from sound", 0) >= self.now_ms
            assert crossing or not self.sound.is_open, "it thinks that nobody is listened to"
        deadline = self.conversation.deadline
        if deadline is not None and self.now_ms / 1000 >= deadline:
            self.post(e.Tick())
        self.at(PIECE_MS, self._frame)

    # ---- the device -----------------------------------------------------
    def post(self, event: e.Event) -> None:
        if isinstance(event, e.AudioFinished) and self.conversation.state.turn is Turn.SPEAKING:
            self.received_whole.add(event.item_id)
        commands = self.conversation.handle(event, self.now_ms / 1000)
        if self.recorder:
            self.recorder.record(event, self.now_ms / 1000, commands)
        for command in commands:
            self._execute(command)

    def _execute(self, command: Output) -> None:
        if isinstance(command, c.PlayCue):
            self.cues.append(command.cue)
        elif isinstance(command, c.SettleAnnouncement):
            self.settled.append(command)
        elif isinstance(command, c.RenewLink | c.CloseLink):
            self.disconnect()
            if isinstance(command, c.RenewLink):
                self.at(self.net_ms, self.connect)
        elif isinstance(command, c.SwitchLink):
            assert self.service, "it moves without a link"
            self.service = Service(self)
        elif isinstance(command, c.OpenLink):
            if self.conversation.state.standby:
                self.at(self.net_ms, self.connect)
        elif isinstance(command, c.ServiceCommand):
            assert self.service, f"{command} without a link"
            if isinstance(command, c.TruncateItem) and command.item_id in self.received_whole:
                assert command.audio_end_ms < self.service.lengths_ms[command.item_id]
            self.deliver("to service", self.net_ms, partial(self.service.take, command))
        elif isinstance(command, c.AudioCommand):
            self.deliver("to sound", self.sound_ms, partial(self.sound.take, command))

    def hear(self, item_id: str, heard_ms: int) -> None:
        """So much of an item was played."""
        answer = self.answers[item_id]
        if heard_ms >= answer.enough_ms:
            self.answered |= answer.utterances

    # ---- the sound ------------------------------------------------------
    def lose_sound(self, for_ms: int) -> None:
        if self.sound.is_there:
            self.excused |= set(range(1, self.said + 1)) - self.answered
            self.sound.lose()
            self.at(for_ms, self.sound.find)

    # ---- the link -------------------------------------------------------
    def connect(self) -> None:
        if self.service is None:
            self.service = service = Service(self)
            self.post(e.Connected(1))
            if self.settings.is_greeted:
                service.greet()

    def disconnect(self) -> None:
        if self.service is not None:
            self.service = None
            self.post(e.Disconnected(1, "scripted"))

    def announce(self, number: int) -> None:
        self.post(e.AnnouncementMade(number, bytes(48 * 700)))

    def prepare(self, *, urgent: bool) -> None:
        if self.service is not None:
            self.post(e.LinkPrepared(urgent))

    # ---- the person -----------------------------------------------------
    def say(self, what: Say, *, button: bool, called: bool = False) -> None:
        """Says it, with the button or after the wake word if that is asked for."""
        self.run(self.now_ms + what.after_ms)
        self.said += 1
        if button:
            self.post(e.ButtonPressed())
            self.run(self.now_ms + 50)  # nobody is quicker
        self.saying = self.said
        if called and not self.sound.is_open:
            self.sound.tell(e.WakeWordHeard("word", 0.9, self.now_ms))
        elif called and self.settings.service_ends:
            self.excused.add(
                self.said
            )  # the service may end what was said before, and nobody has called since
        self.run(self.now_ms + what.for_ms)
        self.saying = 0
        if button:
            self.post(e.ButtonReleased())
