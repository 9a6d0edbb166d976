"""One of each fact that the timeline knows."""

from __future__ import annotations

from edge_agent.telemetry import facts as f
from edge_agent.vocabulary import events as e
from edge_agent.vocabulary.commands import Cue
from edge_agent.vocabulary.events import Heard
from edge_agent.vocabulary.state import Mode, Turn

EXAMPLES: list[f.Fact] = [
    e.AudioStarted("microphone A; speaker B", 0),
    e.AudioLost("speaker", "unplugged"),
    e.AudioNoted("48000 Hz"),
    e.EchoJudged(True, 31.5),
    f.LinkUp(1, "sess_1"),
    e.Disconnected(1, "dropped"),
    f.ConnectFailed("dns", "no network"),
    e.LinkPrepared(True),
    f.LinkMoved(2, "sess_2"),
    e.BudgetSpent(True),
    e.ButtonPressed(),
    e.ButtonReleased(),
    f.TextTaken(),
    f.MuteToggled(),
    e.InterruptRequested(),
    e.ForgetRequested(),
    e.StopRequested(),
    e.SpeechStarted(120),
    e.SpeechEnded(1800),
    f.RecordingStarted("speech", 100),
    f.RecordingEnded(1500, -20.4, 2000),
    f.AudioFirstSent(960),
    f.AudioLastSent(),
    f.CommitSent(),
    f.ClearSent(),
    f.QuestionWithdrawn(),
    f.ResponseRequested("ask_1"),
    f.CancelSent("resp_1"),
    f.Interrupted("item_1", 420),
    e.ServiceSpeechStarted("item_0", 100),
    e.ServiceSpeechStopped("item_0", 1900),
    e.SilenceTimedOut("item_0"),
    e.InputCommitted("item_0"),
    f.AnswerStarted("resp_1"),
    f.FirstDelta("resp_1", "item_1"),
    f.AnswerDone("resp_1", "failed", 90, 3000, "server_error"),
    f.ServiceComplained("server_error"),
    f.ServiceRemarked("deprecated"),
    e.PlaybackStarted("item_1", 2500),
    e.PlaybackStarved("item_1", 2600),
    f.AnswerHeard(3000, 5500),
    e.PlaybackStopped((Heard("item_1", 420), Heard("item_2", 0)), 3000),
    f.CuePlayed(Cue.GAVE_UP),
    f.StateChanged(Turn.IDLE, Mode.FAULT, muted=False, online=True),
    f.VolumeChanged(40),
    f.TurnDone(1, "deadline", "unanswered", "timeout"),
]
