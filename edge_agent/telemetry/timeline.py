"""What happened when: one record for each thing that a user or technician would name. Pure.

Positions on the sound card's clock are exact where the sound tells them, reckoned from when it was opened elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..vocabulary import commands as c
from ..vocabulary import events as e
from ..vocabulary.notices import Output, TurnEnded
from ..vocabulary.sound import SERVICE_BYTES_PER_MS
from ..vocabulary.state import State
from . import facts as f
from .fact_of import fact_of
from .records import Record, event_of

MOST_PLACES = 64


class Timeline:
    """`write` takes each record."""

    def __init__(self, clock: Callable[[], float], write: Callable[[Record], None]) -> None:
        self._clock, self._write = clock, write
        self._anchor: tuple[float, int] | None = None
        self._last_sent: float | None = None  # of this turn's audio
        self._first_delta_of = ""
        self._turn_of: dict[str, int] = {}  # of requests, responses and items
        self._received: dict[str, int] = {}  # bytes of sound of each response that is not done
        self._last_turn = 0
        self.turn = 0  # the one that is on

    def event(self, event: e.Event, before: State, after: State, outputs: Iterable[Output] = ()) -> None:
        """An event was handled, and this came of the state; `outputs` are what it led to."""
        now = self._clock()
        self._place(event)
        if isinstance(event, e.AudioStarted):
            self._anchor = now, event.audio_ms
        by = "deadline" if isinstance(event, e.Tick) else ""
        if fact := self._fact_of(event):
            self._record(now, fact)
            by = event_of(fact)
        ended = []
        for output in outputs:
            if isinstance(output, c.PlayCue):
                self._record(now, f.CuePlayed(output.cue))
            elif isinstance(output, c.RunTool):
                self._record(now, f.ToolStarted(output.run, output.name))
            elif isinstance(output, c.SettleRing):
                self._record(now, f.RingEnded(output.ring, output.heard))
            elif isinstance(output, c.Announce):
                self._record(now, f.AnnouncementStarted(output.number))
            elif isinstance(output, c.SettleAnnouncement):
                self._record(now, f.AnnouncementEnded(output.number, output.outcome))
            elif isinstance(output, c.SettleOpening):
                self._record(now, f.OpeningEnded(output.number, output.outcome))
            elif isinstance(output, c.CancelTool):
                self._record(now, f.ToolCancelled(output.run, output.name))
            elif isinstance(output, f.CallYielded):
                self._record(now, output)
            elif isinstance(output, TurnEnded):
                ended.append(f.TurnDone(output.turn, by, output.outcome, output.why))
        if isinstance(event, e.InputCommitted):
            self._last_audio()
        old, self._last_turn = self._last_turn, self.turn
        if old != self.turn:
            self._last_sent = None
        for done in ended:
            if done.number != self.turn:
                self._record(now, done, done.number)
        if after.volume != before.volume:
            self._record(now, f.VolumeChanged(after.volume))
        if after != before:
            self._record(now, f.StateChanged(after.turn, after.mode, after.muted, after.online))
        for done in ended:
            if done.number == self.turn:
                self._record(now, done, done.number)

    def sent(self, command: c.ServiceCommand) -> None:
        """A command is on the wire."""
        now = self._clock()
        match command:
            case c.AppendAudio(pcm):
                if self._last_sent is None:
                    self._record(now, f.AudioFirstSent(len(pcm)))
                self._last_sent = now
            case c.CommitInput():
                self._last_audio()
                self._record(now, f.CommitSent())
            case c.ClearInput():
                self._last_sent = None
                self._record(now, f.ClearSent())
            case c.CreateResponse(request_id):
                self._turn_of[request_id] = self.turn
                self._record(now, f.ResponseRequested(request_id))
            case c.CancelResponse(response_id):
                self._record(now, f.CancelSent(response_id))
            case c.TruncateItem(item_id, audio_end_ms):
                self._record(now, f.Interrupted(item_id, audio_end_ms))
            case c.DeleteItem(item_id):
                self._record(now, f.Interrupted(item_id, 0))

    def _last_audio(self) -> None:
        if self._last_sent is not None:
            self._record(self._last_sent, f.AudioLastSent())
            self._last_sent = None

    def _place(self, event: e.Event) -> None:
        """Keep which turn a response and its items answer, and how much came of it."""
        match event:
            case e.ResponseStarted(response_id, request_id):
                self._turn_of[response_id] = self._turn_of.get(request_id or "", self.turn)
            case e.AudioDelta(response_id, item_id, pcm):
                self._received[response_id] = self._received.get(response_id, 0) + len(pcm)
                # of this response, even where the id was there before
                self._turn_of[item_id] = self._turn_of.get(response_id, self.turn)
            case e.ResponseDone(response_id, item_ids=item_ids):
                for item_id in item_ids:
                    self._turn_of.setdefault(item_id, self._turn_of.get(response_id, self.turn))
            case e.Disconnected() | e.LinkSwitched():
                self._received.clear()
                self._last_sent = None
        for places in (self._turn_of, self._received):
            while len(places) > MOST_PLACES:
                del places[next(iter(places))]

    def _fact_of(self, event: e.Event) -> f.Fact | None:
        answer_ms = 0
        match event:
            case e.AudioDelta(response_id):
                if response_id == self._first_delta_of:
                    return None
                self._first_delta_of = response_id
            case e.ResponseDone(response_id):
                answer_ms = self._received.pop(response_id, 0) // SERVICE_BYTES_PER_MS
        return fact_of(event, answer_ms)

    def _record(self, at: float, fact: f.Fact, turn_id: int | None = None) -> None:
        reckoned_ms = None
        if self._anchor and not hasattr(fact, "audio_ms"):
            began, audio_ms = self._anchor
            reckoned_ms = round(audio_ms + (at - began) * 1000)
        if turn_id is None:
            turn_id = self._turn_of.get(_about(fact), self.turn)
        self._write(Record(round(at, 6), fact, turn_id, reckoned_ms))


def _about(fact: f.Fact) -> str:
    """Which answer a record is about: it is of the turn that is answered, not of the one that is on."""
    if isinstance(fact, e.PlaybackStopped):
        return next((item.item_id for item in fact.heard), "")
    for name in ("item_id", "response_id", "request_id"):
        if about := getattr(fact, name, ""):
            return str(about)
    return ""
