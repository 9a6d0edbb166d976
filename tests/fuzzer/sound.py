"""The sound path as the turn machine sees it: uplink, gate, player; late, and now and then gone."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Literal

from edge_agent.vocabulary import commands as c
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.sound import FRAME_MS, service_ms

from .clock import Clock, Pipe
from .microphone import Voices, sound
from .player import Player

PREROLL_MS, HANDS_FREE_PREROLL_MS = 300, 620
SHORTEST_PRESS_MS = 300  # of a button: less, without a voice, only interrupts
SHORTEST_COMMIT_MS = 100  # that the service takes
Until = Literal["silence", "closed"]
START_MS, HANGOVER_MS = 80, 600


class Sound:
    """`hands_free`: what ends an utterance that a voice began; None: only commands open the uplink. `waits_for_word`:
    then a voice begins one only while that is accepted."""

    def __init__(
        self,
        clock: Clock,
        random: Random,
        voices: Voices,
        post: Callable[[e.Event], None],
        hands_free: Until | None,
        *,
        waits_for_word: bool = False,
    ) -> None:
        self._clock, self._voices, self._ends_voice = clock, voices, hands_free
        self._waits_for_word = waits_for_word
        down_ms, up_ms = random.choice((1, 3, 25)), random.choice((0, 1, 8))
        self.down: Pipe[c.AudioCommand] = Pipe(clock, lambda: down_ms, self._obey)
        self.up: Pipe[e.Event] = Pipe(clock, lambda: up_ms, post)
        self._piece_ms = random.choice((60, 100) if hands_free == "closed" else (100, 200, 400))
        self._start_ms = random.choice((START_MS, 160, 400))
        self.player = Player(clock, self.up.send, random.choice((0, 40, 120)))
        self.voice = False  # is there one
        self.full_duplex = True
        self.uplinks = self._gate_epoch = self._piece_epoch = self._announcement = 0
        self.present = self.booting = False
        self._gate_ended_ms = 0
        self._waiting: list[c.AudioCommand] = []
        self._fresh()

    def _fresh(self) -> None:
        """As a process that has just begun."""
        self.muted = False
        self.is_open = False
        self.opened_ms = 0
        self._gate_open = False
        self._gate_epoch += 1
        self._piece_epoch += 1
        self._until: Until = "closed"
        self._next = self._frame  # the first that was not handed out yet
        self._speech_from = self._first = 0
        self._by: e.OpenedBy = "button"
        self.player.stop()
        self._accepts = not self._waits_for_word
        self._called_at = self._frame

    @property
    def _hands_free(self) -> Until | None:
        return self._ends_voice if self._accepts else None

    def call(self) -> None:
        """Somebody says the wake word."""
        if self.present and not (self.muted or self.is_open):
            self._called_at = self._frame
            self.up.send(e.WakeWordHeard("word", 0.9, self._clock.now_ms))

    @property
    def _frame(self) -> int:
        return self._clock.now_ms // FRAME_MS

    # ---- comes and goes -------------------------------------------------
    def begin(self) -> None:
        self.present, self.booting = True, False
        self._next = self._frame
        self.up.send(e.AudioStarted("simulated", self._clock.now_ms))
        waiting, self._waiting = self._waiting, []
        for command in waiting:
            self._execute(command)
        self._gate_again()

    def lose(self, part: e.SoundSide, *, crash: bool, boot_ms: int, away_ms: int) -> None:
        """Crashed, what it was told until it is started again never arrives; else only what must be remembered."""
        if not self.present:
            return
        self.up.send(e.PlaybackStopped(self.player.stop(), self._clock.now_ms))
        if crash:
            self.down.lose()
            self._fresh()
            self.uplinks = 0
            self.present = False
            self._clock.after(boot_ms, self._boot)
        else:
            self._close_uplink()
            self._gate_reset()
            self.present = False
        self._announcement += 1
        self.up.send(e.AudioLost(part, "gone"))
        self._clock.after(boot_ms + away_ms, self.begin)

    def _boot(self) -> None:
        self.booting = True

    def _obey(self, command: c.AudioCommand) -> None:
        if self.present:
            self._execute(command)
        elif self.booting:
            self._waiting.append(command)
        elif isinstance(command, c.MuteMicrophone):
            self._execute(command)

    # ---- commands -------------------------------------------------------
    def _execute(self, command: c.AudioCommand) -> None:
        match command:
            case c.Play(item_id, pcm):
                self.player.push(item_id, service_ms(pcm))
            case c.FinishPlayback():
                self.player.finish()
            case c.StopPlayback():
                self.up.send(e.PlaybackStopped(self.player.stop(), self._clock.now_ms))
            case c.Announce(number, pcm):
                self._announcement += 1
                self._clock.after(service_ms(pcm), self._announced, self._announcement, number)
            case c.StopAnnouncing():
                self._announcement += 1
            case c.OpenUplink(until, called):
                self._until = until
                if not self.is_open and not self.muted:
                    if not self._hands_free:
                        self._gate_reset()
                    self._open("word" if called else "button")
            case c.AcceptVoice(on):
                self._accepts = on or not self._waits_for_word
                self._gate_reset()
            case c.CloseUplink():
                self._close_uplink()
                self._gate_reset()
            case c.ForgetPreroll():
                self._next = self._frame if not self.is_open else self._next
            case c.MuteMicrophone(muted) if muted != self.muted:
                self.muted = muted
                self._close_uplink()
                self._next = self._frame
                self._gate_reset()
            case _:
                pass

    def _announced(self, announcement: int, number: int) -> None:
        if announcement == self._announcement:
            self.up.send(e.AnnouncementPlayed(number, self._clock.now_ms))

    def _open(self, by: e.OpenedBy) -> None:
        preroll_ms = HANDS_FREE_PREROLL_MS if self._hands_free else PREROLL_MS
        self.is_open, self.opened_ms = True, self._clock.now_ms
        self.uplinks += 1
        begins = self._called_at if by == "word" else self._frame - preroll_ms // FRAME_MS
        self._next = max(self._next, begins)
        self._speech_from, self._first, self._by = self._frame, self._next, by
        self.up.send(e.UplinkOpened(self.uplinks, by, self._clock.now_ms))
        self._piece_epoch += 1
        self._piece(self._piece_epoch)
        if not self._gate_open:
            self._gate_again()

    def _piece(self, epoch: int) -> None:
        if epoch == self._piece_epoch and self.is_open:
            self._flush()
            self._clock.after(self._piece_ms, self._piece, epoch)

    def _flush(self) -> None:
        if self._next < self._frame:
            first, self._next = self._next, self._frame
            for frame, run in self._voices.voiced(range(first, self._frame)):
                run.recorded.add(frame)
            self.up.send(e.MicAudioRecorded(self.uplinks, sound(first, self._frame)))

    def _close_uplink(self) -> None:
        if not self.is_open:
            return
        self._flush()
        self.is_open = False
        self._unsay()
        speech_ms = FRAME_MS * len(self._voices.voiced(range(self._speech_from, self._frame)))
        self.up.send(
            e.UplinkClosed(self.uplinks, speech_ms, self._clock.now_ms, -20.0 if speech_ms else -60.0)
        )

    def _unsay(self) -> None:
        """What was recorded by a press that only interrupts, or is too short for the service, is not said."""
        pressed_ms = self._clock.now_ms - self.opened_ms
        voiced = self._voices.voiced(range(self._speech_from, self._frame))
        interrupts = self._by != "speech" and pressed_ms < SHORTEST_PRESS_MS and not voiced
        if interrupts or (self._frame - self._first) * FRAME_MS < SHORTEST_COMMIT_MS:
            for frame, run in self._voices.voiced(range(self._first, self._frame)):
                run.recorded.discard(frame)

    # ---- the gate -------------------------------------------------------
    @property
    def gate_ended_ms(self) -> int:
        """When the last voice ended; now, if it lasts."""
        return self._clock.now_ms if self._gate_open else self._gate_ended_ms

    def hear(self, *, voice: bool) -> None:
        """A voice begins, or ends."""
        self.voice = voice
        self._gate_again()

    @property
    def _attentive(self) -> bool:
        return self.present and not self.muted and (bool(self._hands_free) or self.is_open)

    def _gate_reset(self) -> None:
        self._gate_open = False
        self._gate_again()

    def _gate_again(self) -> None:
        self._gate_epoch += 1
        if self._gate_open and not self.voice:
            self._clock.after(HANGOVER_MS, self._gate_closes, self._gate_epoch)
        elif self.voice and not self._gate_open:
            self._clock.after(self._start_ms, self._gate_opens, self._gate_epoch)

    def _gate_opens(self, epoch: int) -> None:
        if epoch != self._gate_epoch or not self._attentive or self._gate_open:
            return
        if self.player.item_id and not self.full_duplex and not self.is_open:
            self._next = self._frame
            self._gate_again()
            return
        self._gate_open = True
        self.up.send(e.SpeechStarted(self._clock.now_ms))
        if self._hands_free and not self.is_open:
            self._until = self._hands_free
            self._open("speech")

    def _gate_closes(self, epoch: int) -> None:
        if epoch != self._gate_epoch or not self._gate_open:
            return
        self._gate_open = False
        self._gate_ended_ms = self._clock.now_ms
        self.up.send(e.SpeechEnded(self._clock.now_ms))
        if self._until == "silence":
            self._close_uplink()
        self._gate_again()
