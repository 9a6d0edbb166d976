"""The moments that pictures mark: in which lane, in which colour, and what is written at them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from ..telemetry import facts as f
from ..vocabulary import events as e
from ..vocabulary.frozen import frozen

GREEN, AMBER, BLUE, RED, PURPLE = "#2d7a3e", "#8a6d00", "#235f86", "#b03030", "#7a2f8a"
Lane: TypeAlias = Literal["person", "wire out", "wire in", "speaker"]


@frozen
class Mark:
    """`said`: what is written, of the fact."""

    lane: Lane
    colour: str
    said: Callable[[Any], str]


def _words(words: str) -> Callable[[f.Fact], str]:
    return lambda _: words


def _heard_ms(fact: e.PlaybackStopped) -> int:
    return sum(item.heard_ms for item in fact.heard)


MARKS: dict[type[f.Fact], Mark] = {
    e.ButtonPressed: Mark("person", GREEN, _words("press")),
    e.ButtonReleased: Mark("person", GREEN, _words("release")),
    e.SpeechStarted: Mark("person", GREEN, _words("voice")),
    e.SpeechEnded: Mark("person", GREEN, _words("silence")),
    e.WakeWordHeard: Mark("person", GREEN, lambda it: f"called: {it.word}"),
    e.StopWordHeard: Mark("person", RED, lambda it: f"stop: {it.word}"),
    f.CallYielded: Mark("person", AMBER, lambda it: f"{it.to} answers"),
    e.OwnWordHeard: Mark("speaker", AMBER, lambda it: f"says {it.word}"),
    f.RecordingEnded: Mark("person", GREEN, lambda it: f"recorded, loudest {it.loudest_dbfs} dBFS"),
    f.TextTaken: Mark("person", GREEN, _words("text")),
    f.MuteToggled: Mark("person", RED, _words("mute switch")),
    e.InterruptRequested: Mark("person", RED, _words("interrupt")),
    e.ForgetRequested: Mark("person", RED, _words("forget")),
    f.AudioFirstSent: Mark("wire out", AMBER, _words("first frame")),
    f.CommitSent: Mark("wire out", AMBER, _words("commit")),
    f.ClearSent: Mark("wire out", AMBER, _words("clear")),
    f.QuestionWithdrawn: Mark("wire out", AMBER, _words("withdrawn")),
    f.ResponseRequested: Mark("wire out", AMBER, _words("ask")),
    f.CancelSent: Mark("wire out", RED, _words("cancel")),
    f.Interrupted: Mark("wire out", RED, lambda it: f"cut at {it.heard_ms} ms"),
    e.ServiceSpeechStarted: Mark("wire in", BLUE, _words("hears speech")),
    e.ServiceSpeechStopped: Mark("wire in", BLUE, _words("speech ended")),
    e.SilenceTimedOut: Mark("wire in", BLUE, _words("nobody speaks")),
    e.InputCommitted: Mark("wire in", BLUE, _words("committed")),
    f.AnswerStarted: Mark("wire in", BLUE, _words("response")),
    f.FirstDelta: Mark("wire in", BLUE, _words("first delta")),
    f.AnswerDone: Mark("wire in", BLUE, lambda it: f"done {it.reason}".rstrip()),
    f.ServiceComplained: Mark("wire in", RED, lambda it: f"error {it.code}"),
    e.Disconnected: Mark("wire in", PURPLE, _words("link down")),
    f.LinkUp: Mark("wire in", PURPLE, _words("link up")),
    f.LinkMoved: Mark("wire in", PURPLE, _words("next session")),
    f.ConnectFailed: Mark("wire in", PURPLE, lambda it: f"no link: {it.code}"),
    e.PlaybackStarted: Mark("speaker", BLUE, _words("first sample")),
    e.PlaybackStarved: Mark("speaker", RED, _words("underrun")),
    f.AnswerHeard: Mark("speaker", BLUE, _words("heard to the end")),
    e.PlaybackStopped: Mark("speaker", RED, lambda it: f"stopped, {_heard_ms(it)} ms heard"),
    f.CuePlayed: Mark("speaker", AMBER, lambda it: f"cue {it.name}"),
    f.ToolStarted: Mark("wire out", PURPLE, lambda it: f"tool {it.tool}"),
    f.ToolEnded: Mark("wire out", PURPLE, lambda it: f"{it.tool} {'failed' if it.failed else 'done'}"),
    f.ToolCancelled: Mark("wire out", RED, lambda it: f"{it.tool} cancelled"),
    f.RingDue: Mark("speaker", AMBER, lambda it: f"{it.kind} rings"),
    f.RingEnded: Mark("speaker", AMBER, _words("ringing stops")),
    f.AnnouncementReady: Mark("speaker", AMBER, _words("announcement waits")),
    f.AnnouncementStarted: Mark("speaker", AMBER, _words("announcement")),
    f.AnnouncementEnded: Mark("speaker", AMBER, lambda it: f"announcement {it.outcome}"),
    f.OpeningTaken: Mark("person", GREEN, _words("told to begin")),
    f.OpeningEnded: Mark("person", GREEN, lambda it: f"opening {it.outcome}"),
    e.RingingStopped: Mark("person", GREEN, _words("stop ringing")),
    e.AudioLost: Mark("speaker", RED, lambda it: f"{it.part} lost"),
    e.AudioStarted: Mark("speaker", GREEN, _words("sound found")),
}
