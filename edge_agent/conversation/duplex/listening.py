"""What the user says: recorded, sent, and kept until it is answered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.commands import Cue
from ...vocabulary.notices import NOTHING, Output
from ...vocabulary.sound import service_ms
from ..utterance import SOUND_RETURN_S
from .dialogue import ASK_S, RESUME_S, SURE_S, Dialogue
from .link_keeping import LinkKeeping
from .speaking import Speaking


class Listening:
    def __init__(self, dialogue: Dialogue, link: LinkKeeping, speaking: Speaking) -> None:
        self._dialogue, self._link, self._speaking = dialogue, link, speaking

    def handle(self, event: e.Event, now: float) -> Iterable[Output] | None:
        dialogue = self._dialogue
        match event:
            case e.AudioStarted():
                return [*self._find(), *self._link.spare()]
            case e.AudioLost(part):
                dialogue.sounds, dialogue.state = False, replace(dialogue.state, lost=part)
                self._speaking.lose()
                return self._break_off(now)
            case e.EchoJudged(full_duplex):
                dialogue.full_duplex = full_duplex
                return NOTHING
            case e.UplinkOpened(opened_by="speech") if dialogue.spent:
                return NOTHING  # let them finish, then tell them
            case e.UplinkOpened(opened_by=by) if dialogue.state.muted or not (
                by == "speech" or dialogue.listens
            ):
                return [c.CloseUplink()]  # nobody wants it any more
            case e.SpeechEnded() if (
                dialogue.spent and not dialogue.listens and dialogue.settings.hears_voices
            ):
                told = [] if dialogue.bursts.sounds else [c.PlayCue(Cue.DAILY_COST)]
                return [c.CloseUplink(), *told]
            case e.UplinkOpened():
                return self._open(event, now)
            case e.SpeechStarted():
                dialogue.is_voice, dialogue.first_word_until = True, None
                return NOTHING
            case e.MicAudioRecorded(uplink_id, pcm):
                return self._record(c.AppendAudio(pcm), now) if uplink_id == dialogue.uplink_id else NOTHING
            case e.UplinkClosed(uplink_id):
                return self._finish(event, now) if uplink_id == dialogue.uplink_id else NOTHING
        return None

    def tick(self, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        if dialogue.sure_at is not None and now >= dialogue.sure_at:
            dialogue.answered()
        dues = dialogue.listen_until, dialogue.first_word_until
        if any(due is not None and now >= due for due in dues):
            dialogue.listen_until = dialogue.first_word_until = None
            yield c.CloseUplink()
            if dialogue.uplink_id is None:  # there was no microphone
                yield from self._link.spare()

    def invite(self, now: float, *, called: bool = False) -> Iterator[Output]:
        """The button asks to be heard, or the wake word does."""
        dialogue, settings = self._dialogue, self._dialogue.settings
        yield from self._speaking.silence()
        dialogue.by_hand = True
        dialogue.listen_until = now + (settings.limits.listen_s if dialogue.sounds else SOUND_RETURN_S)
        if not settings.holds:
            dialogue.first_word_until = now + settings.limits.silence_s
        yield c.OpenUplink("closed" if settings.holds else "silence", called)
        yield c.PlayCue(Cue.LISTENING)
        yield from self._link.want()

    def begin_by_itself(self, now: float, first_word_s: float) -> Iterator[Output]:
        """The device asks to be answered. `first_word_s`: within which somebody has to; 0: as after a press."""
        dialogue, limits = self._dialogue, self._dialogue.settings.limits
        dialogue.by_hand = False
        dialogue.listen_until = now + limits.listen_s
        dialogue.first_word_until = now + min(first_word_s or limits.silence_s, limits.listen_s)
        yield c.OpenUplink("silence")
        yield from self._link.want()

    def leave(self) -> Iterator[Output]:
        """Whatever is being said is not listened to any more."""
        if self._dialogue.listens:
            self._close()
            yield c.CloseUplink()

    def _find(self) -> Iterator[Output]:
        """The sound is there, and knows nothing of what was before."""
        dialogue = self._dialogue
        dialogue.sounds, dialogue.state = True, replace(dialogue.state, lost="")
        dialogue.bursts.forsake(dialogue.transcript)
        self._close()
        yield c.SetVolume(dialogue.state.volume)
        yield c.MuteMicrophone(dialogue.state.muted)
        if dialogue.state.ringing:
            yield c.StartRinging()

    def _open(self, opened: e.UplinkOpened, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        dialogue.uplink_id, dialogue.is_voice = opened.uplink_id, False
        dialogue.transcript.keep_place()
        dialogue.asked_before = dialogue.asked_at is not None or bool(dialogue.kept.pieces or dialogue.texts)
        dialogue.asked_at = dialogue.resume_at = dialogue.early_at = dialogue.sure_at = None
        if opened.opened_by == "speech":
            dialogue.by_hand = False
            dialogue.listen_until = now + dialogue.settings.limits.listen_s
            yield from self._speaking.silence()
            yield from self._link.want()

    def _record(self, piece: c.AppendAudio, now: float) -> Iterator[Output]:
        dialogue, lasts_s = self._dialogue, service_ms(piece.pcm) / 1000
        dialogue.kept.add(piece)
        if dialogue.state.online:
            dialogue.heard_by = max(dialogue.heard_by, now - lasts_s) + lasts_s
            yield piece

    def _finish(self, closed: e.UplinkClosed, now: float) -> Iterator[Output]:
        dialogue = self._dialogue
        self._close()
        spoke = closed.speech_ms > 0
        heard_by = max(now, dialogue.heard_by)
        if dialogue.early_at is not None and heard_by - dialogue.early_at < ASK_S:
            dialogue.outcome = "answered"
            dialogue.sure_at = now + SURE_S
        elif spoke or dialogue.asked_before:
            dialogue.ask(now)
        else:
            yield from self._pass_over()
        if dialogue.by_hand:
            yield c.PlayCue(Cue.DONE if spoke else Cue.NOTHING_HEARD)
        yield from dialogue.bursts.release(dialogue.transcript)
        if dialogue.bursts.deaf and (spoke or not dialogue.by_hand):
            dialogue.resume_at = now + RESUME_S

    def _break_off(self, now: float) -> Iterator[Output]:
        """The sound is gone, and what was being said will not be ended by anybody."""
        dialogue = self._dialogue
        is_recorded = dialogue.uplink_id is not None
        self._close()
        if is_recorded and (dialogue.is_voice or dialogue.asked_before):
            dialogue.ask(now)
        elif is_recorded:
            yield from self._pass_over()
        else:
            yield from self._link.spare()

    def _pass_over(self) -> Iterator[Output]:
        """It was nothing."""
        self._dialogue.kept.clear()
        yield from self._link.spare()

    def _close(self) -> None:
        dialogue = self._dialogue
        dialogue.uplink_id = dialogue.listen_until = dialogue.first_word_until = None
