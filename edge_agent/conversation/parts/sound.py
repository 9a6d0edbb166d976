"""What is heard: the devices come, voices and the button open and close the uplink."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...vocabulary import commands as c
from ...vocabulary import events as e
from ...vocabulary.state import Turn
from ..turn_keeper import TurnKeeper
from .part import NOTHING, Output, Outputs, Part


class SoundPart(Part[TurnKeeper]):
    def handle(self, event: e.Event, now: float, /) -> Iterable[Output] | None:
        keeper = self.keeper
        listening = keeper.turn is Turn.LISTENING
        match event:
            case e.AudioStarted():
                return self._find()
            case e.UplinkOpened(opened_by="speech") if not (listening or keeper.state.muted):
                return keeper.hear_voice(event, now)
            case e.UplinkOpened() if not listening:
                return [c.CloseUplink()]  # of a turn that is over already
            case e.MicAudioRecorded(uplink_id) | e.UplinkClosed(uplink_id) if not (
                listening and keeper.utterance.owns(uplink_id)
            ):
                return NOTHING  # of an utterance that is over
            case e.MicAudioRecorded():
                return keeper.exchange.record(event, withheld=keeper.withholds)
            case e.UplinkClosed():
                return self._end_utterance(event, now)
            case e.PlaybackStarved() if keeper.turn is Turn.SPEAKING:
                keeper.due = now + keeper.settings.limits.stall_s
                return NOTHING
        return None

    def _find(self) -> Outputs:
        """The sound is there, and knows nothing of what was before."""
        keeper = self.keeper
        keeper.sounds, keeper.state = True, replace(keeper.state, lost="")
        yield from keeper.exchange.forsake()
        yield c.SetVolume(keeper.state.volume)
        yield c.MuteMicrophone(keeper.state.muted)
        if keeper.state.ringing:
            yield c.StartRinging()
        if keeper.turn is Turn.LISTENING and not keeper.utterance.closing:
            yield replace(keeper.recording, called=False)

    def _end_utterance(self, closed: e.UplinkClosed, now: float) -> Outputs:
        keeper = self.keeper
        utterance = keeper.utterance
        wanted = utterance.wants_answer(closed)
        yield from keeper.finish_listening(now, wanted=wanted)
        if not wanted and utterance.was_held(closed) and keeper.turn is Turn.IDLE:
            yield c.PlayCue(c.Cue.NOTHING_HEARD)
        if keeper.utterance.again:
            yield from keeper.invite(now)
