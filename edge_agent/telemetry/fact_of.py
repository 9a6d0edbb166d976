"""What is told of each event by itself. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ..vocabulary import events as e
from ..vocabulary.sound import service_ms
from . import facts as f


def fact_of(event: e.Event, answer_ms: int = 0) -> f.Fact | None:
    """None: nothing. `answer_ms`: how much sound of a response came, where this is its end."""
    match event:
        # most of what happens, and words
        case e.MicAudioRecorded() | e.AudioFinished() | e.TranscriptDelta() | e.WordTimed():
            return None
        case e.UserTranscribed() | e.TranscriptionFailed():
            return None
        # the state tells what came of these
        case e.VolumeStepped() | e.VolumeSet() | e.Tick():
            return None
        case e.ResponseBilled():  # the status tells what was spent
            return None
        case e.SettingRefused():  # a finding tells it
            return None
        case e.ToolsListed() | e.ServiceCallEnded():
            return None
        case e.AnnouncementMade(number, pcm, when_busy):
            return f.AnnouncementReady(number, service_ms(pcm), when_busy)
        case e.OpeningRequested(number):
            return f.OpeningTaken(number)
        case e.AnnouncementPlayed():  # its end is told
            return None
        case e.WordsTranscribed() | e.SecondsBilled() | e.SessionEnded():
            return None
        case e.WorkAsked() | e.WorkPaused():  # the tools tell what they do
            return None
        case e.TimeReached(ring, kind):
            return f.RingDue(ring, kind)
        case e.RingMissed():
            return f.RingLost()
        case e.ToolReturned(run):
            return f.ToolEnded(run, event.name, event.took_ms, event.failed, event.why)
        case e.VoiceMeasured() | e.GroupReached() | e.CallClaimed() | e.DeviceEngaged():
            return None  # what is made of it is told
        case e.Withdrawn():
            return f.QuestionWithdrawn()
        case e.ServiceNoted(code):
            return f.ServiceRemarked(code)
        case e.AudioDelta() | e.ResponseStarted() | e.ResponseDone() | e.ServiceErred():
            return _of_service(event, answer_ms)
        case e.UplinkOpened(_, opened_by, audio_ms):
            return f.RecordingStarted(opened_by, audio_ms)
        case e.UplinkClosed(_, speech_ms, audio_ms, loudest_dbfs):
            return f.RecordingEnded(speech_ms, loudest_dbfs, audio_ms)
        case e.PlaybackDrained(heard, audio_ms):
            return f.AnswerHeard(sum(item.heard_ms for item in heard), audio_ms)
        case e.Connected(generation, session_id):
            return f.LinkUp(generation, session_id)
        case e.LinkSwitched(generation, session_id):
            return f.LinkMoved(generation, session_id)
        case e.LinkFailed(code, message):
            return f.ConnectFailed(code, message)
        case e.TextEntered():
            return f.TextTaken()
        case e.MuteSwitched():
            return f.MuteToggled()
        case e.EchoJudged(_, erle_db):
            return replace(event, erle_db=round(erle_db, 1))
        case _:
            return event


def _of_service(
    event: e.AudioDelta | e.ResponseStarted | e.ResponseDone | e.ServiceErred, answer_ms: int
) -> f.Fact:
    match event:
        case e.AudioDelta(response_id, item_id):
            return f.FirstDelta(response_id, item_id)
        case e.ResponseStarted(response_id):
            return f.AnswerStarted(response_id)
        case e.ResponseDone(response_id, status, reason):
            return f.AnswerDone(response_id, status, event.usage.total, answer_ms, reason)
        case e.ServiceErred(code):
            return f.ServiceComplained(code)
        case _ as never:
            assert_never(never)
