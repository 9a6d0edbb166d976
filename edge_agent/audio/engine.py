"""The audio path as a function: microphone frames in, speaker frames out, events on the side.

It knows no device, no thread and no clock: the sound card's loop, the simulator and the tests call it.
Commands come in between frames; `emit` takes the events. Time is the number of frames seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, assert_never

from ..vocabulary.commands import (
    AcceptVoice,
    Announce,
    AudioCommand,
    CloseUplink,
    FinishPlayback,
    ForgetPreroll,
    MuteMicrophone,
    OpenUplink,
    Play,
    PlayCue,
    PlayWords,
    SetVolume,
    StartRinging,
    StopAnnouncing,
    StopPlayback,
    StopRinging,
)
from ..vocabulary.events import (
    AudioNoted,
    EchoJudged,
    Event,
    Heard,
    PlaybackStopped,
    SpeechEnded,
    SpeechStarted,
    VoiceMeasured,
)
from ..vocabulary.sound import (
    FRAME_MS,
    FULL_SCALE_DB,
    HELD_FRAMES,
    MIC_FRAME_BYTES,
    SERVICE_FRAME_BYTES,
    MicPcm,
    ServicePcm,
)
from .called import Called
from .cues import CuePlayer
from .ducking import Ducker, EarlySign
from .echo.break_in import BreakIn
from .echo.canceller import Cleaned
from .echo.duplex import Duplex
from .echo.lateness import told_late
from .echo.learned import Learned
from .echo.stereo import Stereo
from .gate import Edge, Gate
from .levels import level_dbfs
from .playback import Playback
from .speaker_mix import SpeakerMix
from .uplink import Uplink
from .volume import Volume

Until = Literal["silence", "closed"]
# frames at once while nothing sounds: if only a command can begin anything, else, and if a voice may begin or end
# something soon
DOZING, AT_REST, ATTENTIVE = 25, 5, 2
RECORDING = 10  # if only a command can end the utterance: as much as is sent at once
MEASURED = 400 // FRAME_MS  # of the beginning of a voice, which may be soft
SOUNDING = HELD_FRAMES  # at once, at most, while something does: if no voice is suspected


class Engine:
    """`hands_free`: what ends an utterance that a voice has opened; None: only commands open the uplink.
    `accepts_voice`: False: a voice opens it only between `AcceptVoice` and the next. `called`: who hears the wake word.
    `stereo`: the uplink takes the microphone as it is, with what the speaker played beside it. `measures`: how loud a
    voice is that opens the uplink."""

    def __init__(
        self,
        *,
        gate: Gate,
        uplink: Uplink,
        playback: Playback,
        cues: CuePlayer,
        volume: Volume,
        duplex: Duplex,
        emit: Callable[[Event], None],
        hands_free: Until | None = None,
        accepts_voice: bool = True,
        called: Called | None = None,
        stereo: Stereo | None = None,
        measures: bool = False,
    ) -> None:
        self._gate, self._uplink, self._playback, self._duplex = gate, uplink, playback, duplex
        self._speaker, self._emit = SpeakerMix(playback, cues, volume, emit), emit
        self._called, self._stereo = called, stereo
        self._ends_voice, self._always_accepts = hands_free, accepts_voice
        self._accept_voice(accepts_voice)
        self._until: Until = "closed"
        self._measures = measures
        self._measured_at: int | None = None  # in which frame a voice will be
        self._muted = False
        self.trusts_microphone = True  # False: what it delivers says nothing about the room
        self._early, self._ducker, self._break_in = EarlySign(), Ducker(), BreakIn()
        self._mic: MicPcm = bytes(MIC_FRAME_BYTES)  # as it came last
        self._spoken: ServicePcm = bytes(SERVICE_FRAME_BYTES)
        self._late_ms = duplex.late_ms  # as it was told
        self._frames = 0
        self._due = 0  # of them, for which nothing was played yet

    def _accept_voice(self, on: bool) -> None:
        """`_hands_free`: what ends an utterance that a voice opens now; None: none does."""
        self._hands_free = self._ends_voice if on or self._always_accepts else None

    @property
    def audio_ms(self) -> int:
        """Where the sound is: everything before was recorded, everything after is still to be played."""
        return self._frames * FRAME_MS

    @property
    def heard(self) -> tuple[Heard, ...]:
        """Of the answer at the speaker."""
        return self._playback.heard

    @property
    def playing(self) -> bool:
        """Whether an answer sounds, and the next frame will have more of it."""
        return self._playback.playing

    @property
    def played_ms(self) -> int:
        """Of answers, handed to the device since the start."""
        return self._playback.played_ms

    @property
    def sounding(self) -> bool:
        """Whether the next frame may be more than silence."""
        return self._speaker.sounding

    def delay(self, out_latency_ms: int, in_latency_ms: int = 0) -> None:
        """What the devices hold back."""
        self._speaker.delay(out_latency_ms)
        self._duplex.delay(out_latency_ms + in_latency_ms)

    def abandon(self) -> None:
        """The devices are gone: say what was heard until now; nothing more is played or recorded."""
        self._emit(PlaybackStopped(self._playback.heard, self.audio_ms))
        self._speaker.abandon()
        self._uplink.close(self.audio_ms)
        self._forget()
        self._gate.reset()
        self._accept_voice(False)

    @property
    def level_db(self) -> float:
        """Of the microphone's last frame, in dB of full scale."""
        return level_dbfs(self._mic)

    @property
    def noise_db(self) -> float:
        """Of the room without a voice, as far as it is known."""
        return self._gate.noise_dbfs

    @property
    def speaker_db(self) -> float:
        """Of the last frame for the speaker."""
        return level_dbfs(self._spoken[-SERVICE_FRAME_BYTES:])

    @property
    def full_duplex(self) -> bool:
        """Whether a voice may break in."""
        return self._duplex.full

    @property
    def erle_db(self) -> float:
        """How much of the speaker is taken out of what the microphone hears; 0: nothing to take out."""
        return self._duplex.erle_db

    @property
    def learned(self) -> Learned:
        """Of the room, to be kept."""
        return self._duplex.learned._replace(background_db=self._gate.noise_dbfs + FULL_SCALE_DB)

    def execute(self, command: AudioCommand) -> None:
        match command:
            case Play(item_id, pcm):
                self._playback.push(item_id, pcm)
            case FinishPlayback():
                self._playback.finish()
            case StopPlayback():
                self._emit(PlaybackStopped(self._playback.stop(), self.audio_ms))
            case PlayCue(cue):
                # after the word somebody may be talking already
                after_word = self._called and self._called.awaits_question
                heard = not self._duplex.full if after_word else self._duplex.hopeless
                if not (heard and self._uplink.is_open):
                    self._speaker.cues.start(cue)
            case PlayWords(pcm):
                self._speaker.cues.play(pcm)
            case StartRinging() | StopRinging():
                self._speaker.ring(isinstance(command, StartRinging))
            case Announce():
                self._speaker.announce(command)
            case StopAnnouncing():
                self._speaker.stop_announcing()
            case SetVolume(percent):
                self._speaker.volume.set(percent, at_once=not self.sounding)
            case OpenUplink(until, called):
                self._until = until
                if not self._uplink.is_open and not self._muted:
                    self._open_uplink(self._called if called else None)
            case AcceptVoice(on):
                if on and not self._hands_free:
                    self._gate.restart(self._uplink.preroll)
                self._accept_voice(on)
            case CloseUplink(goes_on):
                self._close_uplink(voice_goes_on=goes_on)
            case ForgetPreroll():
                self._forget()
            case MuteMicrophone(muted) if muted != self._muted:
                self._muted = muted
                self._close_uplink()
                self._forget()
            case MuteMicrophone():
                pass
            case _ as never:
                assert_never(never)

    @property
    def frames_at_once(self) -> int:
        """How many frames the next `step` should take: waking up costs more than the work."""
        if self._called and self._called.suspects and not self._uplink.is_open:
            return 1
        if self.sounding:
            return 1 if self._hands_free and self._doubts else SOUNDING
        if self._uplink.is_open:
            return min(self._uplink.lacking_frames, self._undecided_frames)
        if not self._hands_free:
            return AT_REST if self._called else DOZING
        return ATTENTIVE if self._gate.suspected else AT_REST

    @property
    def _doubts(self) -> bool:
        """Whether a voice may be over the answer: then each frame counts."""
        return self._gate.suspected or self._gate.is_open or self._early.alert

    @property
    def _undecided_frames(self) -> int:
        """So many frames of an utterance cannot end it, nor tell that a voice is in it."""
        if self._until == "closed" and not self._hands_free:
            return RECORDING
        if self._gate.is_open:
            return self._gate.undecided_frames
        return ATTENTIVE if self._hands_free else AT_REST

    def step(self, mic: MicPcm) -> ServicePcm:
        """Frames in, as many frames out, and no command between."""
        self.hear(mic)
        return self.speak()

    def hear(self, mic: MicPcm) -> None:
        """What the microphone heard, while the speaker played as much."""
        self._due = len(mic) // MIC_FRAME_BYTES
        self._speaker.elapse(self._due)
        sounding = self.sounding
        for at in range(0, len(mic), MIC_FRAME_BYTES):
            self._frames += 1
            if self._muted:
                self._duplex.skip()
            else:
                self._hear(mic[at : at + MIC_FRAME_BYTES], sounding)
            if self._hands_free and self._speaker.talks:
                self._duck()
        if self._hands_free and not self._speaker.talks:
            self._end_ducking()

    def speak(self) -> ServicePcm:
        """As much for the speaker. Only the last SOUNDING frames can sound: others are past already."""
        count = min(self._due, SOUNDING)
        pcm = self._speaker.pull(count, self.audio_ms)
        self._duplex.played(pcm)
        self._spoken = pcm or self._spoken
        return bytes((self._due - count) * SERVICE_FRAME_BYTES) + pcm

    def _hear(self, raw: MicPcm, sounding: bool) -> None:
        self._mic = raw
        recording = self._uplink.is_open
        listening = recording or bool(self._hands_free)
        cleaned, judged = self._duplex.hear(
            raw,
            measured=self.trusts_microphone and not recording,
            listening=listening or self._called is not None,
        )
        sent = self._stereo.beside(raw, self._duplex.last_played) if self._stereo else cleaned.sent
        if judged:
            self._gate.reset()
            self._tell_judgement()
        if self._duplex.late_ms != self._late_ms:
            self._late_ms = self._duplex.late_ms
            self._emit(AudioNoted(told_late(self._late_ms)))
        speaking = sounding and self._speaker.speaking
        deaf = self._duplex.is_deaf(speaking=speaking, listening=listening) and not recording
        if self._called and not recording:
            played = self._duplex.last_played
            self._emit_all(self._called.hear(cleaned.heard, played, self._frames, sounding=sounding))
        if deaf:
            self._uplink.pass_by(sent)
            return
        edge = self._listen(cleaned) if listening else None
        voiced = self._gate.voiced_frames if listening else 0
        for event in self._uplink.feed(sent, voiced=voiced):
            self._emit(event)
        if self._frames == self._measured_at and recording:
            self._emit(VoiceMeasured(self._gate.over_noise_db(MEASURED), self.audio_ms))
        if edge or self._gate.is_open:
            self._break_in.feed(voiced=voiced, sounding=sounding)
            self._act_on(edge)

    def _act_on(self, edge: Edge | None) -> None:
        if self._called:
            edge = self._called.judge(edge, self._gate, self._uplink)
        if edge is Edge.OPENED:
            self._break_in.opened(over_speaker=self._duplex.sounding)
            self._emit(SpeechStarted(self.audio_ms))
            if self._hands_free and not self._uplink.is_open:
                self._until = self._hands_free
                self._measured_at = self._frames + MEASURED if self._measures else None
                self._emit_all(self._uplink.open("speech", self.audio_ms))
        elif edge is Edge.CLOSED:
            self._emit(SpeechEnded(self.audio_ms))
            if self._until == "silence":
                self._close_uplink()
            echo = self._break_in.was_echo()
            if echo is not None and self._duplex.broke_in(echo=echo):
                self._tell_judgement()

    def _listen(self, cleaned: Cleaned) -> Edge | None:
        if cleaned.voice is not None and self._duplex.sounding and not self._uplink.is_open:
            return self._gate.feed_over_echo(cleaned.heard, voice=cleaned.voice, suspected=cleaned.suspected)
        return self._gate.feed(cleaned.heard, patient=not self._duplex.sounding)

    def _open_uplink(self, called: Called | None) -> None:
        """By the button, or `called` by the wake word."""
        self._uplink.recall(self._duplex.catch_up())
        kept = self._uplink.preroll
        if called is None:
            if not self._hands_free:
                self._gate.restart(kept)
            self._emit_all(self._uplink.open("button", self.audio_ms))
            return
        recorded, heard = called.frames_of_question(self._frames)
        question = kept[max(0, len(kept) - heard) :]
        self._gate.restart(kept[: len(kept) - len(question)])
        called.awaits_question = True
        self._emit_all(self._uplink.open("word", self.audio_ms, frames=recorded))
        for frame in question:
            edge = self._gate.feed(frame)
            self._uplink.count(self._gate.voiced_frames)
            self._act_on(edge)

    def _close_uplink(self, *, voice_goes_on: bool = False) -> None:
        if self._called:
            self._called.awaits_question = False
        self._gate.settle()
        self._emit_all(self._uplink.close(self.audio_ms, self._gate.noise_dbfs, self._gate.voiced_frames))
        if not voice_goes_on:
            self._gate.reset()

    def _forget(self) -> None:
        """What was heard until now must not leave."""
        self._uplink.forget()
        self._duplex.forget()
        self._gate.forget()
        if self._called:
            self._called.forget()

    def _duck(self) -> None:
        """A sign of a voice over the answer lowers it, and pauses it if it lasts, until the gate has decided."""
        if self._duplex.full:
            self._ducker.feed(self._early.feed(self._gate.suspected), is_open=self._gate.is_open)
        else:
            self._ducker.reset()
        self._speaker.volume.duck(self._ducker.down)
        self._speaker.pause(self._ducker.silent)

    def _end_ducking(self) -> None:
        """What follows the answer is as loud as ever, but for its own fade."""
        if not self._speaker.words_sound:
            self._ducker.reset()
        self._speaker.volume.duck(self._ducker.down)

    def _tell_judgement(self) -> None:
        self._emit(EchoJudged(self._duplex.full, self._duplex.erle_db))

    def _emit_all(self, events: Iterable[Event]) -> None:
        for event in events:
            self._emit(event)
